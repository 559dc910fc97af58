"""One resource by its id."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import ResourceReader
from api.fhir import plans, stays, systems
from api.fhir.answers import matches, shown
from api.fhir.finding import check
from api.fhir.kinds import KINDS, of_case, of_referrals
from api.fhir.seen import person_of, seen
from api.http.conditional import CACHE
from api.needing import knows
from api.parts import ApiParts, Parts
from api.problems import Problem
from marshrut.domain.guarding import SENDER, hidden
from marshrut.domain.ids import case_of
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import Role
from marshrut.ports import Caller

router = APIRouter()


@router.get("/{kind}/{name}")
async def read(kind: str, name: str, request: Request, caller: ResourceReader, parts: Parts) -> Response:
    """The resource as it is now, in the caller's scope."""
    resource = await found(kind, name, caller, parts)
    version = resource.get("meta", {}).get("versionId")
    if version is not None and matches(request.headers.get("if-none-match", ""), version):
        return Response(status_code=304, headers={"ETag": f'W/"{version}"', "Cache-Control": CACHE})
    return shown(resource)


async def found(kind: str, name: str, caller: Caller, parts: ApiParts) -> dict[str, Any]:
    """A resource in the caller's scope.

    Raises:
        Problem: `unknown_resource_type`, `resource_not_found`.
    """
    check(kind, caller)
    if kind == "Patient":
        return await _patient(name, caller, parts)
    if KINDS[kind].of_referrals:
        case, item = await referral_in_scope(name, caller, parts)
        (resource,) = await of_referrals(kind, case, [(name, item)], await seen([case], caller, parts))
        return resource
    case = await case_in_scope(name, caller, parts)
    return await of_case(kind, case, await seen([case], caller, parts))


async def case_in_scope(case_id: str, caller: Caller, parts: ApiParts) -> CaseState:
    """The case of a stay, if the caller may know of it; an enquiry is none.

    Raises:
        Problem: `resource_not_found`.
    """
    case = await parts.queries.case(case_id)
    if case is None or case.via == "enquiry" or not await knows(case, caller, parts):
        raise Problem("resource_not_found")
    return case


async def referral_in_scope(name: str, caller: Caller, parts: ApiParts) -> tuple[CaseState, Item]:
    """A referral and its case; a partner finds those alone that it was asked for.

    Raises:
        Problem: `resource_not_found`.
    """
    case = await parts.queries.case(case_of(name))
    item = None if case is None or case.via == "enquiry" else plans.referrals(case).get(name)
    if case is None or item is None:
        raise Problem("resource_not_found")
    asked = caller.role is Role.PARTNER and item.facts.get("partner") == caller.user
    if not asked and not await knows(case, caller, parts):
        raise Problem("resource_not_found")
    return case, item


async def _patient(name: str, caller: Caller, parts: ApiParts) -> dict[str, Any]:
    """A person by the newest of their cases in sight; of whom no case is open yet, what was told so far."""
    person = person_of(name)
    known = await parts.queries.of_person(person)
    cases = [case for case in known if case.via != "enquiry" and await knows(case, caller, parts)]
    if cases:
        case = cases[0]
        return stays.patient(case, await seen([case], caller, parts))
    held = [each for each in await parts.queries.held_of(person) if caller.sees(each.hospital)]
    if caller.role is SENDER:
        held = [each for each in held if each.sender == caller.actor]
    # Of whom the caller need not know, they are not told by what waits for the next case either.
    elif any(hidden(case, caller.onlooker) for case in known):
        held = []
    if not held:
        raise Problem("resource_not_found")
    view = await seen([], caller, parts)
    resource: dict[str, Any] = {"resourceType": "Patient", "id": name}
    if not view.names:
        return {**resource, "meta": {"security": [systems.REDACTED]}}
    name_of_it = held[0].command_id
    told = (await parts.vault.opened({name_of_it: held[0].content}))[name_of_it]
    return {**resource, **stays.person_fields(told, held[0].hospital)}
