"""The case: where it stands, what is to be done, what may be done to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import tzinfo
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import REPORTERS
from api.problems import Problem
from api.routes import cases, items, psychology, steps, variants
from api.routes.items import Flagging, Moving, Owning
from api.web.case.gathering import gathered
from api.web.case.page import Looking, case_page
from api.web.case.steps import Refused, slug_of
from api.web.desk import Desk, OfCare, OfReader, OfSenior, of
from api.web.faults import told
from api.web.forms import Form, made, sent
from api.web.outcomes.reading import Typed
from api.web.pages.breaking_glass import closed
from marshrut.domain.breaking_glass import MAY

router = APIRouter()

OfReporter = Annotated[Desk, Depends(of(REPORTERS))]
# What is said again in words at the form, and not as a page of its own.
SHOWN_AGAIN = frozenset({403, 409, 422})


async def shown(
    case_id: str, desk: Desk, looking: Looking, refused: Refused | None = None, status: int = 200
) -> Response:
    """The page of a case."""
    page = case_page(await gathered(case_id, desk, older=looking.older), looking, refused)
    return await desk.page("case.html", page, status=status, section="cases")


@router.get("/cases/{case_id}")
async def case(case_id: str, desk: OfReader, looking: Annotated[Looking, Query()]) -> Response:
    """The case; to whom it is closed, how it is opened in need."""
    try:
        return await shown(case_id, desk, looking)
    except Problem as problem:
        if problem.code != "case_not_found" or desk.caller.role not in MAY or desk.partial:
            raise
        return await closed(case_id, desk)


async def act(  # noqa: PLR0913 - what is done, to what, and where it leads
    case_id: str,
    desk: Desk,
    action: str,
    typed: Typed,
    call: Callable[[], Awaitable[object]],
    *,
    step_id: str = "",
    back: str | None = None,
) -> Response:
    """Do it and show the case; where it is refused show the form again with everything that was typed."""
    try:
        await call()
    except Problem as problem:
        fault = told(problem, desk)
        if fault.status not in SHOWN_AGAIN:
            raise
        refused = Refused(step_id, action, typed, fault=fault.line)
        return await shown(case_id, desk, Looking(), refused, fault.status)
    return await onward(case_id, desk, back or f"/desk/cases/{case_id}")


async def onward(case_id: str, desk: Desk, path: str) -> Response:
    """To the page about the case; who may see it no more after what they did, or never could, is led to their day."""
    case = await desk.parts.queries.case(case_id)
    return desk.goes_to(path if case is not None and desk.caller.sees_case(case) else "/desk/")


async def given(request: Request) -> tuple[Form, Typed, str | None]:
    """The form, as it was typed, and its key."""
    form = await sent(request)
    return form, form.as_sent(), form.text("key")


@router.post("/cases/{case_id}/events")
async def event(case_id: str, request: Request, desk: OfReporter) -> Response:
    """Something happened to the patient."""
    form, typed, key = await given(request)
    zone = await zone_of(case_id, desk)

    async def call() -> object:
        body = made(
            cases.Reporting,
            type=form.text("type"),
            occurred_at=form.instant("occurred_at", zone),
            ward=form.text("ward"),
            bed=form.text("bed"),
            expected_at=form.instant("expected_at", zone),
            note=form.text("note"),
        )
        return await cases.report(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "event", typed, call)


@router.post("/cases/{case_id}/steps")
async def add_step(case_id: str, request: Request, desk: OfCare) -> Response:
    """A step of one's own."""
    form, typed, key = await given(request)
    zone = await zone_of(case_id, desk)

    async def call() -> object:
        body = made(
            cases.NewStep,
            title=form.text("title"),
            role=form.text("role"),
            mandatory=form.text("mandatory") == "yes",
            due_at=form.instant("due_at", zone),
        )
        return await cases.add_step(case_id, body, desk.caller, desk.parts, Response(), key)

    return await act(case_id, desk, "step", typed, call, back=f"/desk/cases/{case_id}#steps")


@router.post("/cases/{case_id}/flags")
async def flags(case_id: str, request: Request, desk: OfCare) -> Response:
    """What is known of the patient's circumstances."""
    form, typed, key = await given(request)
    now, before = set(form.texts("flag")), set(form.texts("was"))

    async def call() -> object:
        added, removed = tuple(now - before), tuple(before - now)
        why, note = form.text("protection"), form.text("note")
        body = made(Flagging, add=added, remove=removed, protection=why, note=note)
        return await items.flags(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "flags", typed, call)


@router.post("/cases/{case_id}/variants")
async def kind(case_id: str, request: Request, desk: OfCare) -> Response:
    """What kind of case it is."""
    form, typed, key = await given(request)

    async def call() -> object:
        body = made(variants.Correction, variants=form.texts("variant"), reason=form.text("reason"))
        return await variants.correct(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "variants", typed, call)


@router.post("/cases/{case_id}/owner")
async def owner(case_id: str, request: Request, desk: OfCare) -> Response:
    """Who answers for the case."""
    form, typed, key = await given(request)
    said = form.text("owner") or ""

    async def call() -> object:
        if said == "none":
            body = Owning(owner=None, reason="given_back")
        elif said == "me" or said.startswith("u."):
            body = made(Owning, owner=desk.caller.user if said == "me" else said.removeprefix("u."), reason="given")
        else:
            raise Problem("missing_field", errors=({"field": "owner", "message": "missing"},))
        return await items.owner(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "owner", typed, call)


@router.post("/cases/{case_id}/transfer")
async def transfer(case_id: str, request: Request, desk: OfCare) -> Response:
    """To another hospital; whoever cannot see that one is led to their day."""
    form, typed, key = await given(request)

    async def call() -> object:
        body = made(
            cases.Transferring, hospital=form.text("hospital"), ward=form.text("ward"), note=form.text("note") or ""
        )
        return await cases.transfer(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "transfer", typed, call)


@router.post("/cases/{case_id}/merge")
async def merge(case_id: str, request: Request, desk: OfSenior) -> Response:
    """Both are one person's."""
    return await _merged(case_id, request, desk, cases.merge)


@router.post("/cases/{case_id}/unmerge")
async def unmerge(case_id: str, request: Request, desk: OfSenior) -> Response:
    """They were two people after all."""
    return await _merged(case_id, request, desk, cases.unmerge)


async def _merged(case_id: str, request: Request, desk: Desk, how: Callable[..., Awaitable[object]]) -> Response:
    form, typed, key = await given(request)

    async def call() -> object:
        body = made(cases.Merging, other=form.text("other"), note=form.text("note"))
        return await how(case_id, body, desk.caller, desk.parts, key)

    return await act(case_id, desk, "merge", typed, call)


@router.post("/cases/{case_id}/psychology")
async def refer(case_id: str, request: Request, desk: OfCare) -> Response:
    """Somebody is to be talked to by the psychologist."""
    form, typed, key = await given(request)

    async def call() -> object:
        body = made(
            psychology.Referring,
            reason=form.text("reason"),
            urgency=form.text("urgency"),
            client=form.text("client"),
            note=form.text("note"),
        )
        return await psychology.refer(case_id, body, desk.caller, desk.parts, Response(), key)

    return await act(case_id, desk, "psychology", typed, call, back=f"/desk/cases/{case_id}#a-psy")


@router.post("/items/{item_id}/move")
async def move(item_id: str, request: Request, desk: OfCare) -> Response:
    """How a paper, a referral or a need stands now."""
    form, typed, key = await given(request)
    found, _ = await items.item_in_scope(item_id, desk.caller, desk.parts)
    note = form.text("note")

    async def call() -> object:
        body = made(Moving, status=form.text("status"), facts={"note": note} if note else {})
        return await items.move(item_id, body, desk.caller, desk.parts, key)

    return await act(found.case_id, desk, f"item/{item_id}", typed, call)


@router.get("/steps/{step_id}")
async def step(step_id: str, desk: OfReader) -> Response:
    """A step stands in its case: there it is open."""
    row = await steps.step_in_scope(step_id, desk.caller, desk.parts)
    return desk.goes_to(f"/desk/cases/{row.case_id}?step={step_id}#{slug_of(step_id)}")


async def zone_of(case_id: str, desk: Desk) -> tzinfo:
    """In which zone whoever works on the case reads times."""
    known = await cases.case_in_scope(case_id, desk.caller, desk.parts)
    return desk.at(known.hospital).zone
