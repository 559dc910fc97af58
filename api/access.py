"""Who may call: stated in each endpoint's types, decided here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.audit.noted import noted
from api.gates import EVERYBODY, lets
from api.parts import ApiParts
from api.problems import Problem
from api.scopes import LOOKING, covered
from marshrut.domain.auditing import Purpose
from marshrut.domain.breaking_glass import MAY
from marshrut.domain.ids import case_of
from marshrut.domain.moves import CARE, SENIOR
from marshrut.domain.staffing import STAFF
from marshrut.domain.words import Role
from marshrut.ports import Caller

# Whoever works in the service. A partner organisation does not: it is shown what it was asked for, and nothing else.
INSIDERS = frozenset(Role) - {Role.PARTNER}
# Who may read of whom: the head of service sees figures; machines, auditors and administrators see codes, no persons.
SEE_PERSONS = CARE - {Role.HEAD}
READERS = CARE | {Role.AUDITOR, Role.ADMIN, Role.INTEGRATOR}
REPORTERS = CARE | {Role.INTEGRATOR}
# Who answers at the Coordination Centre; they read of nobody's stay in hospital.
ENQUIRERS = frozenset({Role.HOTLINE, Role.PLACEMENT, Role.SUPERVISOR, Role.HEAD})
# Whom of them it is told who asks, about whom, and in which words: the head of service sees that an enquiry waits.
HEARERS = ENQUIRERS - {Role.HEAD}
ADMITTERS = frozenset({Role.COORDINATOR, Role.SUPERVISOR, Role.HEAD, Role.PLACEMENT, Role.INTEGRATOR})
REFERRERS = CARE | {Role.HOTLINE, Role.INTEGRATOR}
# A message's bytes name persons; the list of them holds codes only.
OPENERS = frozenset({Role.INTEGRATOR, Role.SUPERVISOR})
REPLAYERS = OPENERS | {Role.ADMIN}
INBOX_READERS = REPLAYERS | {Role.HEAD}
# Who keeps the roster; everybody on it sees who is there, and says when they are away themselves.
PLANNERS = frozenset({Role.SUPERVISOR, Role.HEAD, Role.ADMIN})
COLLEAGUES = STAFF | PLANNERS


# Figures name nobody, and are asked for by whoever answers for a team, a city or the system.
OVERSEERS = frozenset({Role.SUPERVISOR, Role.HEAD, Role.AUDITOR, Role.ADMIN})
# Who may take figures and journals (in codes) out of the system.
EXPORTERS = frozenset({Role.SUPERVISOR, Role.HEAD, Role.AUDITOR})
# A monitoring system reads counts by hospital, and nothing else with the token of an auditor.
SCRAPERS = frozenset({Role.AUDITOR, Role.ADMIN})


def sees_all(caller: Caller, hospitals: Collection[str] | None) -> bool:
    """Whether the caller sees each of these hospitals (None: every one)."""
    return caller.hospitals is None or (hospitals is not None and caller.hospitals.issuperset(hospitals))


_bearer = HTTPBearer(
    auto_error=False,
    description="A token (`marshrut token`, `POST /oauth/token`, the city's identity provider), or a machine's key",
)


@lets(EVERYBODY)
async def caller(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Caller:
    """Whoever the bearer token stands for; a machine asks only for what its scopes cover."""
    known = None if given is None else await request.app.state.parts.authenticate(given.credentials)
    if not isinstance(known, Caller):
        raise Problem("unauthenticated")
    noted().caller = known
    if known.scopes is not None and not covered(known.scopes, request.method, request.scope["path"]):
        raise Problem("scope_not_allowed", {"scope": " ".join(sorted(known.scopes))})
    return await looking(known, request)


async def looking(known: Caller, request: Request) -> Caller:
    """The caller with the cases that are open to them in need: for looking at what an address names, and no other."""
    if known.role not in MAY or request.method not in LOOKING or not request.path_params:
        return known
    parts: ApiParts = request.app.state.parts
    opened = await parts.glass.opened_to(known.user, parts.now())
    named = opened & {case_of(str(name)) for name in request.path_params.values()}
    # Whoever has come to work on the case since, or has got it into their hospital, is no stranger to it any more.
    cases = [await parts.queries.case(each) for each in named]
    looked_at = frozenset(case.case_id for case in cases if case is not None and not known.knows(case))
    if looked_at:
        noted().purpose = Purpose.BREAK_GLASS
    return replace(known, opened=looked_at)


def in_role(*allowed: Collection[Role]) -> Callable[..., Awaitable[Caller]]:
    """A dependency that lets only these roles pass."""
    roles = frozenset().union(*allowed)

    @lets(roles)
    async def check(who: Annotated[Caller, Depends(caller)]) -> Caller:
        if who.role not in roles:
            raise Problem("role_not_allowed", {"role": who.role})
        return who

    return check


PersonReader = Annotated[Caller, Depends(in_role(SEE_PERSONS))]
Reader = Annotated[Caller, Depends(in_role(READERS))]
CareWorker = Annotated[Caller, Depends(in_role(CARE))]
Reporter = Annotated[Caller, Depends(in_role(REPORTERS))]
# Whoever is told something may read it, and say that they see to it: the hotline of its enquiries.
Told = Annotated[Caller, Depends(in_role(READERS, {Role.HOTLINE}))]
Addressee = Annotated[Caller, Depends(in_role(CARE, {Role.HOTLINE}))]
Admitter = Annotated[Caller, Depends(in_role(ADMITTERS))]
Enquirer = Annotated[Caller, Depends(in_role(ENQUIRERS))]
MailSender = Annotated[Caller, Depends(in_role(ENQUIRERS, {Role.INTEGRATOR}))]
Referrer = Annotated[Caller, Depends(in_role(REFERRERS))]
InboxReader = Annotated[Caller, Depends(in_role(INBOX_READERS))]
Opener = Annotated[Caller, Depends(in_role(OPENERS))]
Replayer = Annotated[Caller, Depends(in_role(REPLAYERS))]
Planner = Annotated[Caller, Depends(in_role(PLANNERS))]
Colleague = Annotated[Caller, Depends(in_role(COLLEAGUES))]
Machine = Annotated[Caller, Depends(in_role({Role.INTEGRATOR}))]
Senior = Annotated[Caller, Depends(in_role(SENIOR))]
Scraper = Annotated[Caller, Depends(in_role(SCRAPERS))]
Overseer = Annotated[Caller, Depends(in_role(OVERSEERS))]
# Who reads the audit: whoever audits, and nobody whom it is about alone.
AuditReader = Annotated[Caller, Depends(in_role({Role.AUDITOR}))]
Exporter = Annotated[Caller, Depends(in_role(EXPORTERS))]
Administrator = Annotated[Caller, Depends(in_role({Role.ADMIN}))]
# Who answers for data protection; a head of service may be the second who confirms.
ERASERS = frozenset({Role.AUDITOR, Role.ADMIN})
Eraser = Annotated[Caller, Depends(in_role(ERASERS))]
EraserOrHead = Annotated[Caller, Depends(in_role(ERASERS, {Role.HEAD}))]
# In need a case of another hospital is opened to whom `domain.breaking_glass` names; who answers for it is told.
GLASS_KEEPERS = frozenset({Role.SUPERVISOR, Role.HEAD, Role.AUDITOR})
InNeed = Annotated[Caller, Depends(in_role(MAY))]
GlassReader = Annotated[Caller, Depends(in_role(MAY, GLASS_KEEPERS))]
# Who hands a person what is held on them: somebody who may read it.
DISCLOSERS = frozenset({Role.SUPERVISOR})
Discloser = Annotated[Caller, Depends(in_role(DISCLOSERS))]
Partner = Annotated[Caller, Depends(in_role({Role.PARTNER}))]
Insider = Annotated[Caller, Depends(in_role(INSIDERS))]
# Under /fhir: a partner reads the referrals that it was asked for, and answers them.
ResourceReader = Annotated[Caller, Depends(in_role(READERS, {Role.PARTNER}))]
Answerer = Annotated[Caller, Depends(in_role(CARE, {Role.PARTNER}))]
AnyCaller = Annotated[Caller, Depends(caller)]
