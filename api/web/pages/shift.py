"""Absence and shift handover: who is here, who covers for whom, and a shift that changes hands with its notes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BeforeValidator, ValidationError

from api.access import COLLEAGUES, PLANNERS
from api.bodies.handover import Acknowledging, Declining, Offering, Withdrawing
from api.problems import KINDS, Problem
from api.routes import handovers, staff
from api.web.desk import Desk, of
from api.web.faults import FaultPage, told
from api.web.forms import Form, invalid, sent
from api.web.shift.handovers import Handed, Shift, handed, shift
from api.web.shift.people import Person, people
from marshrut.domain.base import Code
from marshrut.domain.handover import HandoverState
from marshrut.domain.moves import CARE
from marshrut.domain.words import Role

router = APIRouter()

SHIFT = "/desk/shift"
KINDS_OF_ABSENCE = ("vacation", "sick", "off_shift")
# What the last day and night handed over is told here.
LATELY = timedelta(hours=24)
MOST = 20
GIVERS = CARE | {Role.HOTLINE}

OfColleague = Annotated[Desk, Depends(of(COLLEAGUES))]
Chosen = Annotated[Code | None, BeforeValidator(lambda said: said or None), Query()]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class ShiftPage:
    """`said`: what was typed into a form that was refused, `failed` which form, `about` which handover, `fault` why."""

    today: str
    hospital: str
    hospitals: Sequence[Option]
    people: Sequence[Person]
    here: int
    away: int
    planner: bool
    kinds: Sequence[Option]
    reasons: Sequence[Option]
    shift: Shift | None
    waiting: Sequence[Handed]
    lately: Sequence[Handed]
    key: str
    starts: str
    said: Mapping[str, str] = field(default_factory=dict)
    fault: FaultPage | None = None
    failed: str = ""
    about: str = ""
    done: str = ""


@router.get("/shift")
async def page(desk: OfColleague, hospital: Chosen = None, giver: Chosen = None, done: Chosen = None) -> Response:
    """The page; `giver`: whose shift is looked at, `done`: what has just been done."""
    shown = await _page(desk, hospital, giver, done=desk.done("shift", done))
    return await desk.page("shift.html", shown, section="my_day")


async def _page(desk: Desk, hospital: str | None, giver: str | None, **more: Any) -> ShiftPage:
    chosen = _hospital(desk, hospital)
    listed = await staff.staff(desk.caller, desk.parts, hospital=chosen)
    persons = people(desk, listed.items)
    preview = None
    if desk.caller.role in GIVERS:
        preview = await shift(desk, await handovers.preview(chosen, desk.caller, desk.parts, giver))
    waiting, lately = await _handovers(desk, chosen)
    known = desk.parts.catalogue.handover_reasons(chosen)
    return ShiftPage(
        today=desk.f.long_day(desk.now),
        hospital=chosen,
        hospitals=[Option(code, desk.hospital(code)) for code in _hospitals(desk)],
        people=persons,
        here=sum(each.present for each in persons),
        away=sum(not each.present for each in persons),
        planner=desk.caller.role in PLANNERS,
        kinds=[Option(kind, desk.t(f"shift.kind_{kind}")) for kind in KINDS_OF_ABSENCE],
        reasons=[Option(code, desk.said(title)) for code, title in known.items()],
        shift=preview,
        waiting=waiting,
        lately=lately,
        key=desk.key(),
        starts=desk.f.field(desk.now),
        **more,
    )


def _hospitals(desk: Desk) -> list[str]:
    return [code for code in desk.parts.catalogue.hospitals if desk.caller.sees(code)]


def _hospital(desk: Desk, wanted: str | None) -> str:
    """The one that is asked for, else the first of the reader's.

    Raises:
        Problem: the reader has none, or not this one.
    """
    known = _hospitals(desk)
    if wanted is not None and wanted not in known:
        raise Problem("hospital_not_allowed")
    if not known:
        raise Problem("hospital_not_allowed")
    return wanted or known[0]


async def _handovers(desk: Desk, hospital: str) -> tuple[list[Handed], list[Handed]]:
    """Those that wait for this reader's answer, or were given by them and wait; and what was handed over lately."""
    if desk.caller.role not in GIVERS:
        return [], []
    page = await handovers.handovers(desk.caller, desk.parts, hospital=hospital, limit=MOST)
    open_ = [each.id for each in page.items if each.state is HandoverState.OFFERED]
    since = desk.now - LATELY
    over = [each.id for each in page.items if each.state is not HandoverState.OFFERED and each.recorded_at >= since]

    async def full(names: Sequence[str]) -> list[Handed]:
        return [await handed(desk, await handovers.handover(name, desk.caller, desk.parts)) for name in names]

    return await full(open_), await full(over)


@router.post("/shift/absences")
async def absent(request: Request, desk: OfColleague) -> Response:
    """Say that somebody is away."""
    return await _done(request, desk, "absence", _absent)


async def _absent(desk: Desk, form: Form) -> None:
    starts = form.instant("from", desk.f.zone)
    if starts is None:
        raise Problem("missing_field", {"field": "from"})
    facts = {
        "from": starts,
        "until": form.instant("until", desk.f.zone),
        "kind": form.text("kind"),
        "deputy": form.text("deputy"),
    }
    user = form.text("user") or desk.caller.user
    given = staff.Leaving.model_validate(facts)
    await staff.record(user, given, desk.caller, desk.parts, Response(), form.text("key"))


@router.post("/shift/absences/{absence_id}/end")
async def back(absence_id: str, request: Request, desk: OfColleague) -> Response:
    """Say that somebody is back."""

    async def end(desk: Desk, _form: Form) -> None:
        await staff.end(absence_id, desk.caller, desk.parts)

    return await _done(request, desk, "end", end)


@router.post("/shift/handovers")
async def offer(request: Request, desk: OfColleague) -> Response:
    """Hand the shift over."""
    return await _done(request, desk, "offer", _offer)


async def _offer(desk: Desk, form: Form) -> None:
    noted = [
        {"item": name.removeprefix("note."), "note": text}
        for name in form.as_sent()
        if name.startswith("note.") and (text := form.text(name)) is not None
    ]
    facts = {
        "hospital": form.text("hospital"),
        "to": form.text("to"),
        "giver": form.text("giver"),
        "note": form.text("note"),
        "notes": noted,
    }
    given = Offering.model_validate(facts)
    await handovers.offer(given, desk.caller, desk.parts, Response(), form.text("key"))


@router.post("/shift/handovers/{handover_id}/{answer}")
async def answer(handover_id: str, answer: str, request: Request, desk: OfColleague) -> Response:
    """Take it, take nothing of it, or take it back."""
    if answer not in ANSWERS:
        raise Problem("not_found")

    async def say(desk: Desk, form: Form) -> None:
        await ANSWERS[answer](desk, handover_id, form)

    return await _done(request, desk, answer, say, about=handover_id)


async def _acknowledge(desk: Desk, handover_id: str, form: Form) -> None:
    left = [
        {"item": name.removeprefix("left."), "reason": reason}
        for name in form.as_sent()
        if name.startswith("left.") and (reason := form.text(name)) is not None
    ]
    given = Acknowledging.model_validate({"not_taken": left})
    await handovers.acknowledge(handover_id, desk.caller, desk.parts, given)


async def _decline(desk: Desk, handover_id: str, form: Form) -> None:
    given = Declining.model_validate({"reason": form.text("reason"), "note": form.text("note")})
    await handovers.decline(handover_id, given, desk.caller, desk.parts)


async def _withdraw(desk: Desk, handover_id: str, _form: Form) -> None:
    await handovers.withdraw(handover_id, desk.caller, desk.parts, Withdrawing())


ANSWERS: Mapping[str, Callable[[Desk, str, Form], Awaitable[None]]] = {
    "acknowledge": _acknowledge,
    "decline": _decline,
    "withdraw": _withdraw,
}


async def _done(
    request: Request, desk: Desk, what: str, do: Callable[[Desk, Form], Awaitable[None]], *, about: str = ""
) -> Response:
    """Do it and show the page anew; a form that was refused is shown again with all that was typed."""
    form = await sent(request)
    hospital, giver = form.text("hospital"), form.text("giver")
    try:
        await do(desk, form)
    except (Problem, ValidationError) as fault:
        problem = fault if isinstance(fault, Problem) else invalid(fault)
        said = {name: text for name in form.as_sent() if (text := form.text(name)) is not None}
        page = await _page(desk, hospital, giver, said=said, fault=told(problem, desk), failed=what, about=about)
        return await desk.page("shift.html", page, status=KINDS[problem.code].status, section="my_day")
    where = f"{SHIFT}?done={what}" + (f"&hospital={hospital}" if hospital in _hospitals(desk) else "")
    return desk.goes_to(where)
