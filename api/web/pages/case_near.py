"""People near to the patient are added from the case: who came forward, who may be the one, what was tried."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.problems import Problem
from api.routes import items, relatives
from api.routes.items import NewItem
from api.web.desk import Desk, OfPersonReader
from api.web.formats import as_number
from api.web.forms import Form, made
from api.web.pages.case import act, given, zone_of

router = APIRouter(prefix="/cases/{case_id}")

ATTEMPT = "try"  # the name of each; which one it is says its key


@router.post("/contacts")
async def contact(case_id: str, request: Request, desk: OfPersonReader) -> Response:
    """Somebody near: whom the admission named, or who came forward."""
    form, typed, key = await given(request)

    async def call() -> object:
        return await items.add(case_id, await _contact(case_id, form, desk), desk.caller, desk.parts, Response(), key)

    return await act(case_id, desk, "contact", typed, call, back=f"/desk/cases/{case_id}#a-contacts")


async def _contact(case_id: str, form: Form, desk: Desk) -> NewItem:
    named = form.text("named")
    if named is not None:
        known = (await relatives.relatives(case_id, desk.caller, desk.parts)).contacts or []
        place = as_number(named)
        if place is None or place >= len(known):
            raise Problem("item_not_found")
        return made(NewItem, **known[place].add)
    relation = form.text("relation") or "unknown"
    facts = _said(form, "name", "note") | {"relation": relation, "source": "own_word"}
    if phones := form.texts("phone"):
        facts["phones"] = phones
    return made(NewItem, kind="relative", name=relation, status="found", facts=facts)


@router.post("/candidates")
async def candidate(case_id: str, request: Request, desk: OfPersonReader) -> Response:
    """Somebody who may be the one that is looked for; the names are compared, and a person decides."""
    form, typed, key = await given(request)

    async def call() -> object:
        said = _said(form, "family", "given", "patronymic", "birth_date", "source", "relative", "note")
        body = made(relatives.NewCandidate, **said, phones=form.texts("phone"))
        return await relatives.add_candidate(case_id, body, desk.caller, desk.parts, Response(), key)

    return await act(case_id, desk, "candidate", typed, call, back=f"/desk/cases/{case_id}#a-candidates")


@router.post("/attempts")
async def attempt(case_id: str, request: Request, desk: OfPersonReader) -> Response:
    """One try to reach somebody or to learn something."""
    form, typed, key = await given(request)
    zone = await zone_of(case_id, desk)

    async def call() -> object:
        facts, at = _said(form, "channel", "result", "relative", "note"), form.instant("occurred_at", zone)
        body = made(NewItem, kind="attempt", name=ATTEMPT, facts=facts, occurred_at=at)
        return await items.add(case_id, body, desk.caller, desk.parts, Response(), key)

    return await act(case_id, desk, "attempt", typed, call, back=f"/desk/cases/{case_id}#a-attempts")


def _said(form: Form, *names: str) -> dict[str, Any]:
    """The fields that were filled in."""
    return {name: text for name in names if (text := form.text(name)) is not None}
