"""Searches, in pages: `GET [type]` and `POST [type]/_search`, in the caller's scope."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request

from api.access import SEE_PERSONS, Reader
from api.fhir import plans
from api.fhir.answers import FORM, FhirResponse, base_of, preferred, sends, shown
from api.fhir.asking import Asked, asked
from api.fhir.faults import told
from api.fhir.kinds import KINDS, OPEN_TASKS, Kind, of_case, of_referrals
from api.fhir.seen import patient_id, person_of, seen
from api.fhir.systems import RECORDS, VISITS
from api.kept import beginning
from api.parts import ApiParts, Parts
from api.problems import Problem
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Role
from marshrut.ports import Caller, CaseFilter

router = APIRouter()

# An answer looks through so many cases at most; where there are more, the next page goes on.
LOOKED_THROUGH, AT_ONCE = 400, 50
PAGE = re.compile(r"(\d{1,6})~([A-Za-z0-9_\-=]{0,500})", re.ASCII)
# Who may ask by a number: who may see persons, and the hospital's own system, which gave it.
BY_NUMBER = SEE_PERSONS | {Role.INTEGRATOR}


@dataclass(frozen=True, slots=True)
class Found:
    """A case that fits, or a referral in it; `at`: the page on which it begins."""

    case: CaseState
    referral: tuple[str, Item] | None
    at: str


@router.get("/{kind}")
async def search(kind: str, request: Request, caller: Reader, parts: Parts) -> FhirResponse:
    """Some resources of a type, newest case first."""
    return await answered(kind, request.query_params.multi_items(), request, caller, parts)


@router.post("/{kind}/_search")
async def search_by_form(kind: str, request: Request, caller: Reader, parts: Parts) -> FhirResponse:
    """The same with the parameters in the body, where no log keeps them."""
    if not sends(request, FORM):
        raise Problem("unsupported_media_type", {"field": "Content-Type"})
    raw, whole = await beginning(request)
    if not whole:
        raise Problem("too_large")
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=100)
    except ValueError:
        raise Problem("malformed") from None
    return await answered(kind, [*request.query_params.multi_items(), *pairs], request, caller, parts)


async def answered(
    kind: str, pairs: Iterable[tuple[str, str]], request: Request, caller: Caller, parts: ApiParts
) -> FhirResponse:
    """The page that is asked for.

    Raises:
        Problem: `unknown_resource_type`, `bad_search`, `bad_cursor`, `role_not_allowed`.
    """
    if kind not in KINDS:
        raise Problem("unknown_resource_type", {"field": "Resource"})
    which = asked(pairs, KINDS[kind])
    if which.unknown and preferred(request, "handling") == "strict":
        told_of = ({"field": name, "message": "no such parameter"} for name in which.unknown)
        raise Problem("bad_search", errors=tuple(told_of))
    if which.identifiers is not None and caller.role not in BY_NUMBER:
        raise Problem("role_not_allowed", {"role": caller.role})
    matching, after = await page(kind, which, caller, parts)
    base = base_of(request)
    entries = [
        {"fullUrl": f"{base}/{kind}/{each['id']}", "resource": each, "search": {"mode": "match"}}
        for each in await resources(kind, matching, caller, parts)
    ]
    if which.unknown:
        outcome = told("Parameters that are not known were left out", severity="warning", code="not-supported")
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
    links = [{"relation": "self", "url": f"{base}/{kind}?{which.link(which.page)}"}]
    if after is not None:
        links.append({"relation": "next", "url": f"{base}/{kind}?{which.link(after)}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    return shown({**bundle, "entry": entries} if entries else bundle)


async def resources(kind: str, matching: Sequence[Found], caller: Caller, parts: ApiParts) -> list[dict[str, Any]]:
    """The resources that were found, as the caller may see them."""
    cases = {each.case.case_id: each.case for each in matching}
    view = await seen(list(cases.values()), caller, parts)
    made: list[dict[str, Any]] = []
    for case in cases.values():
        found = [each.referral for each in matching if each.case.case_id == case.case_id and each.referral is not None]
        if KINDS[kind].of_referrals:
            made += await of_referrals(kind, case, found, view)
        else:
            made.append(await of_case(kind, case, view))
    return made


async def page(kind: str, which: Asked, caller: Caller, parts: ApiParts) -> tuple[list[Found], str | None]:
    """What fits, as much as a page holds, and where the next page begins."""
    narrowed = _narrowed(kind, which, caller, parts)
    if narrowed is None:
        return [], None
    found: list[Found] = []
    async for each in _walk(kind, which, narrowed, parts):
        if isinstance(each, str):
            return found, each
        if len(found) == which.count:
            return found, each.at
        found.append(each)
    return found, None


async def _walk(kind: str, which: Asked, narrowed: CaseFilter, parts: ApiParts) -> AsyncIterator[Found | str]:
    """Everything that fits, from where the page begins; at last, where it was too much to look through, where to go on.

    A page is told by the cursor of the cases among which it begins, and how many that fit there come before it.
    """
    skipped, cursor = _begins(which.page)
    looked = 0
    while True:
        try:
            some = await parts.queries.cases(narrowed, limit=AT_ONCE, cursor=cursor)
        except ValueError:
            raise Problem("bad_cursor", {"field": "_page"}) from None
        number = 0
        for case in some.items:
            for referral in await _fitting(kind, case, which, narrowed, parts):
                if number >= skipped:
                    yield Found(case, referral, f"{number}~{cursor or ''}")
                number += 1
        looked, skipped, cursor = looked + len(some.items), 0, some.next
        if cursor is None:
            return
        if looked >= LOOKED_THROUGH:
            yield f"0~{cursor}"
            return


async def _fitting(
    kind: str, case: CaseState, which: Asked, narrowed: CaseFilter, parts: ApiParts
) -> list[tuple[str, Item] | None]:
    """What of a case fits: itself once, or some of its referrals."""
    sort = KINDS[kind]
    if case.via == "enquiry":
        return []
    if sort.of_referrals:
        return [each for each in plans.referrals(case).items() if _fits(each, which, sort)]
    if kind == "Patient" and not await _newest(case, narrowed, parts):
        return []
    return [None] if which.statuses is None or not sort.statuses or sort.status(case) in which.statuses else []


async def _newest(case: CaseState, narrowed: CaseFilter, parts: ApiParts) -> bool:
    """Whether a person is told by this case: each is in the list once, by their newest one in sight."""
    others = await parts.queries.of_person(case.person or "")
    scope = narrowed.hospitals
    in_sight = [each for each in others if scope is None or each.hospital in scope]
    newest = max(in_sight, key=lambda each: (each.admitted_at or each.opened_at, each.case_id), default=case)
    return newest.case_id == case.case_id


def _fits(each: tuple[str, Item], which: Asked, sort: Kind) -> bool:
    name, item = each
    at = item.moved_at
    return (
        (which.ids is None or name in which.ids)
        and (which.statuses is None or sort.status(item) in which.statuses)
        and (which.changed_from is None or at >= which.changed_from)
        and (which.changed_before is None or at < which.changed_before)
        and all(
            str(item.facts["partner"]) in wanted
            for key, wanted in which.references.items()
            if key in {"owner", "performer"}
        )
        and name in which.references.get("focus", {name})
    )


def _narrowed(kind: str, which: Asked, caller: Caller, parts: ApiParts) -> CaseFilter | None:
    """The cases among which all that fits must be; None: there can be none."""
    sort = KINDS[kind]
    persons = which.references.get("patient")
    cases = which.references.get("encounter")
    if which.ids is not None:
        if kind == "Patient":
            persons = which.ids if persons is None else persons & which.ids
        else:
            ids = frozenset(map(plans.case_of, which.ids)) if sort.of_referrals else which.ids
            cases = ids if cases is None else cases & ids
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
    if hospitals == frozenset() or known == frozenset() or cases == frozenset():
        return None
    by_case = not sort.of_referrals
    return CaseFilter(
        hospitals=hospitals,
        state=_state(kind, which),
        case_ids=None if cases is None else tuple(sorted(cases)),
        persons=None if known is None else tuple(sorted(known)),
        changed_from=which.changed_from,  # a case changes with its referrals, never before them
        changed_before=which.changed_before if by_case else None,
    )


def _state(kind: str, which: Asked) -> str | None:
    """As which its case stands whose resource stands so."""
    if which.statuses is None:
        return None
    if which.statuses <= KINDS[kind].closed:
        return "closed"
    open_alone = OPEN_TASKS if kind == "Task" else {"active", "on-hold", "onhold", "draft", "planned", "in-progress"}
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


def _begins(told_page: str | None) -> tuple[int, str | None]:
    if told_page is None:
        return 0, None
    found = PAGE.fullmatch(told_page)
    if found is None:
        raise Problem("bad_cursor", {"field": "_page"})
    return int(found[1]), found[2] or None
