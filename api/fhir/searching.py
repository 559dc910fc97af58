"""Searches, in pages: `GET [type]` and `POST [type]/_search`, in the caller's scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request

from api.access import ResourceReader
from api.audit.noted import noted
from api.fhir.answers import FORM, FhirResponse, base_of, preferred, sends, shown
from api.fhir.asking import Asked, Pairs, asked
from api.fhir.faults import told
from api.fhir.finding import OF_PARTNERS, Found, along, check, page
from api.fhir.kinds import KINDS, of_case, of_referrals
from api.fhir.seen import seen
from api.http.kept import beginning
from api.parts import ApiParts, Parts
from api.problems import Problem
from marshrut.domain.state import CaseState, Item
from marshrut.domain.text import MAX_TOLD
from marshrut.domain.words import Role
from marshrut.ports import Caller

router = APIRouter()
MOST_PARAMETERS = 100


@router.get("/{kind}")
async def search(kind: str, request: Request, caller: ResourceReader, parts: Parts) -> FhirResponse:
    """Some resources of a type."""
    return await answered(kind, request.query_params.multi_items(), request, caller, parts)


@router.post("/{kind}/_search")
async def search_by_form(kind: str, request: Request, caller: ResourceReader, parts: Parts) -> FhirResponse:
    """The same with the parameters in the body, where no log keeps them."""
    if not sends(request, FORM):
        raise Problem("unsupported_media_type", {"field": "Content-Type"})
    raw, whole = await beginning(request)
    if not whole:
        raise Problem("too_large")
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, max_num_fields=MOST_PARAMETERS)
    except ValueError:
        raise Problem("malformed") from None
    return await answered(kind, request.query_params.multi_items(), request, caller, parts, form=pairs)


async def answered(  # noqa: PLR0913 - what a search is made of
    kind: str, pairs: Pairs, request: Request, caller: Caller, parts: ApiParts, *, form: Pairs = ()
) -> FhirResponse:
    """The page that is asked for.

    Raises:
        Problem: `unknown_resource_type`, `bad_search`, `bad_cursor`, `role_not_allowed`.
    """
    check(kind, caller)
    which = asked(pairs, kind, form)
    if which.unknown and preferred(request, "handling") == "strict":
        told_of = ({"field": name, "message": "no such parameter"} for name in which.unknown[:MAX_TOLD])
        raise Problem("bad_search", errors=tuple(told_of))
    finds = await page(kind, which, caller, parts)
    noted().searched(
        (name for name in KINDS[kind].params if any(key.split(":")[0] == name for key, _ in [*pairs, *form])),
        len(finds.items),
    )
    base = base_of(request)
    entries = [
        {"fullUrl": f"{base}/{each['resourceType']}/{each['id']}", "resource": each, "search": {"mode": mode}}
        for mode, each in await _listed(kind, finds.items, which, caller, parts)
    ]
    notes = ["Parameters that are not known were left out"] if which.unknown else []
    if not which.listed and finds.total is None:
        notes.append("There are more than are counted here")
    for words in notes:
        outcome = told(words, severity="warning", code="not-supported")
        entries.append({"resource": outcome, "search": {"mode": "outcome"}})
    links = [{"relation": "self", "url": f"{base}/{kind}?{which.link(which.page)}"}]
    if finds.next is not None:
        links.append({"relation": "next", "url": f"{base}/{kind}?{which.link(finds.next)}"})
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "link": links}
    if finds.total is not None:
        bundle["total"] = finds.total
    return shown({**bundle, "entry": entries} if entries else bundle)


async def _listed(
    kind: str, found: Sequence[Found], which: Asked, caller: Caller, parts: ApiParts
) -> list[tuple[str, dict[str, Any]]]:
    """The resources that were found, and those that come along with them."""
    listed = [("match", each) for each in await resources(kind, found, caller, parts)]
    for target in dict.fromkeys(KINDS[kind].params[name].target for name in which.includes):
        if target is None or (caller.role is Role.PARTNER and target not in OF_PARTNERS):
            continue  # what a partner does not see, it is not referred to either
        listed += [("include", each) for each in await resources(target, along(found, target), caller, parts)]
    return listed


async def resources(kind: str, found: Sequence[Found], caller: Caller, parts: ApiParts) -> list[dict[str, Any]]:
    """The resources of this type, in the order of what was found, as the caller may see them."""
    cases = {each.case.case_id: each.case for each in found}
    view = await seen(list(cases.values()), caller, parts)
    if not KINDS[kind].of_referrals:
        return [await of_case(kind, each.case, view) for each in found]
    made: dict[str, dict[str, Any]] = {}
    for case in cases.values():
        made |= {each["id"]: each for each in await of_referrals(kind, case, _of(case, found), view)}
    return [made[each.referral[0]] for each in found if each.referral is not None]


def _of(case: CaseState, found: Sequence[Found]) -> list[tuple[str, Item]]:
    return [each.referral for each in found if each.case.case_id == case.case_id and each.referral is not None]
