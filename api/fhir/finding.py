"""What a search finds, page by page: cases by the list of cases, referrals by theirs, each in the caller's scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.access import SEE_PERSONS
from api.fhir import plans
from api.fhir.asking import MOST, Asked
from api.fhir.kinds import KINDS
from api.fhir.seen import patient_id, person_of
from api.fhir.systems import RECORDS, VISITS
from api.parts import ApiParts
from api.problems import Problem
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Role
from marshrut.names import Name
from marshrut.ports import Caller, CaseFilter, ReferralFilter

# An answer looks through so many cases at most; where there are more, the next page goes on.
LOOKED_THROUGH, AT_ONCE = 200, 50
# Who may ask by a number: who may see persons, and the hospital's own system, which gave it.
BY_NUMBER = SEE_PERSONS | {Role.INTEGRATOR}
# No id of a Patient: a link to nobody finds nobody.
NOBODY = "none"
# What a partner organisation sees at all.
OF_PARTNERS = frozenset({"Task", "ServiceRequest"})


@dataclass(frozen=True, slots=True)
class Found:
    """A case that fits, or a referral in it."""

    case: CaseState
    referral: tuple[str, Item] | None = None


@dataclass(frozen=True, slots=True)
class Finds:
    """A page of what fits, and where the next one begins. `total`: of all pages, as far as that is known."""

    items: Sequence[Found] = ()
    next: str | None = None
    total: int | None = None


NOTHING = Finds(total=0)


def check(kind: str, caller: Caller) -> None:
    """Let those pass who may see resources of this type at all.

    Raises:
        Problem: `unknown_resource_type`, `role_not_allowed`.
    """
    if kind not in KINDS:
        raise Problem("unknown_resource_type", {"field": "Resource"})
    if caller.role is Role.PARTNER and kind not in OF_PARTNERS:
        raise Problem("role_not_allowed", {"role": caller.role})


async def page(kind: str, which: Asked, caller: Caller, parts: ApiParts) -> Finds:
    """What fits, as much as a page holds, and where the next page begins.

    Raises:
        Problem: `bad_cursor`; `role_not_allowed`: to ask by a number.
    """
    if which.identifiers is not None and caller.role not in BY_NUMBER:
        raise Problem("role_not_allowed", {"role": caller.role})
    if which.words or which.born is not None:
        await _by_name(which, caller, parts)
    try:
        if KINDS[kind].of_referrals:
            return await _referrals(kind, which, caller, parts)
        return await _cases(kind, which, caller, parts)
    except ValueError:
        if which.page is None:  # a fault of our own
            raise
        raise Problem("bad_cursor", {"field": "_page"}) from None


async def _by_name(which: Asked, caller: Caller, parts: ApiParts) -> None:
    """Whom a form looks for, as the API's search finds them; in links they are told by their ids.

    Raises:
        Problem: `role_not_allowed`.
    """
    if caller.role not in SEE_PERSONS:
        raise Problem("role_not_allowed", {"role": caller.role})
    among, born = CaseFilter(caller.hospitals, caller.onlooker), which.born
    if which.words:
        hits = await parts.search.alike(Name.of(" ".join(which.words), birth_date=born), among)
    else:
        hits = await parts.search.find("" if born is None else born.isoformat(), among)
    found = frozenset(list(dict.fromkeys(patient_id(hit.person) for hit in hits))[:MOST])
    which.said.append(("_id", ",".join(sorted(found)) or NOBODY))
    which.ids = found if which.ids is None else which.ids & found


async def _referrals(kind: str, which: Asked, caller: Caller, parts: ApiParts) -> Finds:
    """Referrals as SQL picks them, with the cases in which they are."""
    wanted = _of_referrals(kind, which, caller)
    if frozenset() in {wanted.hospitals, wanted.partners, wanted.stands, *_named(wanted)}:
        return NOTHING
    total = await parts.partners.count_referrals(wanted) if which.counted else None
    if not which.listed:
        return Finds(total=total)
    some = await parts.partners.referrals(wanted, limit=which.count, cursor=which.page)
    among = CaseFilter(None, None, case_ids=tuple({each.case_id for each in some.items}))
    cases = {case.case_id: case for case in (await parts.queries.cases(among, limit=which.count, cursor=None)).items}
    found = [each for one in some.items if (each := _in(cases, one.case_id, one.item_id)) is not None]
    whole = which.page is None and some.next is None
    return Finds(found, some.next, len(found) if whole and total is None else total)


def _named(wanted: ReferralFilter) -> tuple[frozenset[str] | None, ...]:
    return wanted.aliases, wanted.case_ids, wanted.persons


def _in(cases: Mapping[str, CaseState], case_id: str, item_id: str) -> Found | None:
    """A referral with its case; None: it has gone elsewhere meanwhile."""
    case = cases.get(case_id)
    known = {} if case is None else plans.referrals(case)
    name = plans.referral_id(item_id)
    return None if case is None or name not in known else Found(case, (name, known[name]))


def _of_referrals(kind: str, which: Asked, caller: Caller) -> ReferralFilter:
    partner = caller.role is Role.PARTNER
    owners = which.references.get("owner", which.references.get("performer"))
    own = frozenset({caller.user})
    asked, changed = which.within("authored"), which.within("_lastUpdated")
    focus = which.references.get("focus")
    ids = which.ids if focus is None else focus if which.ids is None else focus & which.ids
    persons = which.references.get("patient")
    return ReferralFilter(
        hospitals=None if partner else caller.hospitals,
        who=caller.onlooker,
        partners=owners if not partner else own if owners is None else own & owners,
        stands=None if which.statuses is None else plans.standing(kind, which.statuses),
        aliases=ids,
        case_ids=which.references.get("encounter"),
        # A partner does not know whom it is about, and finds nobody so.
        persons=None if persons is None else frozenset() if partner else frozenset(map(person_of, persons)),
        asked_from=asked.first,
        asked_before=asked.before,
        moved_from=changed.first,
        moved_before=changed.before,
    )


async def _cases(kind: str, which: Asked, caller: Caller, parts: ApiParts) -> Finds:
    """Cases whose resource of this type fits, newest first; a page that looks through many may be short."""
    narrowed = _of_cases(kind, which, caller, parts)
    if narrowed is None:
        return NOTHING
    most = which.count if which.listed else LOOKED_THROUGH
    found: list[CaseState] = []
    cursor, looked = which.page, 0
    while True:
        some = await parts.queries.cases(narrowed, limit=AT_ONCE, cursor=cursor)
        found += [case for case in some.items if _fits(kind, case, which)]
        looked, cursor = looked + len(some.items), some.next
        if len(found) > most:
            found, cursor = found[:most], parts.queries.after(found[most - 1])
            break
        if cursor is None or looked >= LOOKED_THROUGH:
            break
    total = len(found) if which.page is None and cursor is None else None
    return Finds([Found(case) for case in found], cursor, total) if which.listed else Finds(total=total)


def _fits(kind: str, case: CaseState, which: Asked) -> bool:
    if case.via == "enquiry":
        return False
    return which.statuses is None or KINDS[kind].status(case) in which.statuses


def _of_cases(kind: str, which: Asked, caller: Caller, parts: ApiParts) -> CaseFilter | None:
    """The cases among which all that fits must be; None: there can be none."""
    persons, cases = which.references.get("patient"), which.references.get("encounter")
    if kind == "Patient":
        persons = which.ids
    elif which.ids is not None:
        cases = which.ids if cases is None else cases & which.ids
    known = None if persons is None else frozenset(map(person_of, persons))
    if which.identifiers is not None:
        numbered = _numbered(kind, which.identifiers, caller, parts)
        # In a link they are told by their ids.
        told_by = map(patient_id, numbered) if kind == "Patient" else iter(numbered)
        which.said.append(("_id", ",".join(sorted(told_by))))
        if kind == "Patient":
            known = numbered if known is None else known & numbered
        else:
            cases = numbered if cases is None else cases & numbered
    hospitals = caller.hospitals
    for name in ("service-provider", "organization"):
        if (wanted := which.references.get(name)) is not None:
            hospitals = wanted if hospitals is None else hospitals & wanted
    if frozenset() in {hospitals, known, cases}:
        return None
    changed = which.within("_lastUpdated")
    return CaseFilter(
        hospitals=hospitals,
        who=caller.onlooker,
        state=_state(kind, which),
        case_ids=None if cases is None else tuple(sorted(cases)),
        persons=None if known is None else tuple(sorted(known)),
        changed_from=changed.first,
        changed_before=changed.before,
        newest=kind == "Patient",
    )


def _state(kind: str, which: Asked) -> str | None:
    """As which its case stands whose resource stands so."""
    if which.statuses is None:
        return None
    if which.statuses <= KINDS[kind].closed:
        return "closed"
    open_alone = {"active", "on-hold", "onhold", "draft", "planned", "in-progress"}
    return "live" if which.statuses <= open_alone else None


def _numbered(kind: str, identifiers: Sequence[str], caller: Caller, parts: ApiParts) -> frozenset[str]:
    """The ids of patients or stays with these numbers; a system of ours names the hospital."""
    hospitals = caller.hospitals if caller.hospitals is not None else frozenset(parts.catalogue.hospitals)
    found: set[str] = set()
    for token in identifiers:
        system, _, value = token.rpartition("|")
        ours = next((system.removeprefix(each) for each in (VISITS, RECORDS) if system.startswith(each)), None)
        among = hospitals if ours is None else hospitals & {ours}
        by = parts.resources.persons_numbered if kind == "Patient" else parts.resources.cases_numbered
        found.update(by(value, among))
    return frozenset(found)


def along(found: Sequence[Found], target: str) -> list[Found]:
    """Those of which the resources of a type are made that come along with what was found (`_include`), each once."""
    if target == "ServiceRequest":
        return list(found)
    once: dict[str, CaseState] = {}
    for each in found:
        case = each.case
        once.setdefault(case.person or case.case_id if target == "Patient" else case.case_id, case)
    return [Found(case) for case in once.values()]
