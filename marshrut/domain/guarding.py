"""Need to know: a child's case, and a protected patient's, is seen of the hospital's staff by whoever works on it.

Whoever does steps sees such a case while they answer for it, have one of its steps, or did one and the case goes on;
and while a step of their role, or what their role was told in it, waits for somebody to see to it. What nobody has of
coordinators' work is the owner's to see to: to the other coordinators it opens the case only where nobody answers for
it, or where it is urgent. Who leads a team answers for all that is in it, and of the people who read codes alone
nobody is asked. A machine knows of a case, guarded or not, once it has sent something of it: what it sent stands in no
case, so of machines `store.guarding` alone can tell.

Of people `store.guarding` says the same to SQL; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marshrut.domain.handover import handover_of
from marshrut.domain.state import CaseState, Notice, Step
from marshrut.domain.words import Flag, Role, Variant

# Of whom it is asked whether they need to know.
ASKED = frozenset({Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR, Role.PLACEMENT})
# Who sees what it sent itself, and nothing else.
SENDER = Role.INTEGRATOR
# Whose steps are the owner's to do, as long as somebody answers for the case.
OF_THE_OWNER = Role.COORDINATOR


class Guard(StrEnum):
    """Why a case is seen by those alone who need to know."""

    PROTECTED = "protected"
    CHILD = "child"


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody who sees of guarded cases only what they need to know, or a machine, which sees what it sent."""

    user: str
    role: Role


def onlooker(user: str, role: Role) -> Onlooker | None:
    """Them as somebody who has to need it, or to have sent it; None: of their role nobody is asked."""
    return Onlooker(user, role) if role in ASKED or role is SENDER else None


def guard(case: CaseState) -> Guard | None:
    """Why the case is guarded; None: it is not. What somebody asks the Coordination Centre is no stay in hospital."""
    if case.via == "enquiry":
        return None
    if Flag.PROTECTED in case.flags:
        return Guard.PROTECTED
    return Guard.CHILD if Variant.CHILD in case.variants else None


def hidden(case: CaseState, who: Onlooker | None) -> bool:
    """Whether the case is as good as not there for somebody of its hospital; to a machine no case says that it is."""
    if who is not None and who.role is SENDER:
        return True
    if who is None or guard(case) is None or case.owner == who.user:
        return False
    if any(_theirs(case, step, who) for step in case.steps.values()):
        return False
    return case.closed or not any(_asked(case, key, notice, who) for key, notice in case.notices.items())


def _theirs(case: CaseState, step: Step, who: Onlooker) -> bool:
    """Whether the step is why they need to know: they have it, did it in a case that goes on, or may take it."""
    if who.user in {step.assignee, step.done_by}:
        return step.live or not case.closed
    return step.live and step.assignee is None and _theirs_to_take(case, step.role, who)


def _asked(case: CaseState, key: str, notice: Notice, who: Onlooker) -> bool:
    """Whether they see to what was told there, or their whole role was told and nobody sees to it yet.

    Of a handover people hear through one of its cases, before that is theirs.
    """
    if handover_of(key) is not None:
        return False
    if notice.acknowledged_by is not None:
        return notice.acknowledged_by == who.user
    about = case.steps.get(notice.about or "")
    if notice.user is not None or (about is not None and not about.live):
        return False
    return _theirs_to_take(case, notice.role, who, urgent=notice.urgent)


def _theirs_to_take(case: CaseState, role: Role, who: Onlooker, *, urgent: bool = False) -> bool:
    return role is who.role and (role is not OF_THE_OWNER or case.owner is None or urgent)
