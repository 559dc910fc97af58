"""Rights of the person: erasures, legal holds, cases whose time is over, and how long what is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from api.access import ERASERS
from api.audit.noted import noted
from api.problems import KINDS, Problem
from api.routes import erasures as route
from api.routes import retention
from api.views.erasure import BASES
from api.web.desk import Desk, OfOverseer, of
from api.web.faults import told
from api.web.forms import Form, made, sent
from api.web.rights.rows import (
    DueRow,
    ErasureRow,
    HoldRow,
    KeptRow,
    due_row,
    erasure_row,
    hold_row,
    kept_row,
)
from marshrut.domain.auditing import CASE_ID
from marshrut.domain.words import Role

router = APIRouter(prefix="/rights")

OfEraser = Annotated[Desk, Depends(of(ERASERS))]

HERE = "/desk/rights"
LIMIT = 200
# The forms that may be refused.
ASK, HOLD = "ask", "hold"


@dataclass(frozen=True, slots=True)
class Refused:
    """A form that was refused: which one, why, and what was typed."""

    form: str
    fault: str
    case: str
    more: str


@dataclass(frozen=True, slots=True)
class Page:
    """The page. `decides`: the reader sees erasures and holds; `asks`: they ask for them and set holds.

    `waiting`, `settled`: erasures that wait for people, and all others.
    """

    decides: bool
    asks: bool
    waiting: tuple[ErasureRow, ...]
    settled: tuple[ErasureRow, ...]
    holds: tuple[HoldRow, ...]
    due: tuple[DueRow, ...]
    kept: tuple[KeptRow, ...]
    bases: tuple[tuple[str, str], ...]
    done: str = ""
    refused: Refused | None = None

    def typed(self, form: str, name: str, usual: str = "") -> str:
        """What a refused form had in a field."""
        if self.refused is None or self.refused.form != form:
            return usual
        return self.refused.case if name == "case" else self.refused.more


@router.get("")
async def rights(desk: OfOverseer, done: str = "") -> Response:
    """The page, as far as the reader's role goes."""
    return await _shown(desk, done=done)


@router.post("/erasures")
async def ask(desk: OfEraser) -> Response:
    """Ask that the person of a case be erased, and on to what that would be."""
    form = await sent(desk.request)
    try:
        case_id = _case(form)
        noted().about(case_id)
        view = await route.ask(case_id, made(route.Asking, basis=form.text("basis")), desk.caller, desk.parts)
    except Problem as problem:
        return await _again(desk, ASK, form, problem, form.text("basis") or "")
    return desk.goes_to(f"{HERE}/erasures/{view.id}")


@router.post("/holds")
async def hold(desk: OfEraser) -> Response:
    """Keep a case by order."""
    form = await sent(desk.request)
    try:
        case_id = _case(form)
        noted().about(case_id)
        await route.hold(case_id, made(route.Holding, reason=form.text("reason")), desk.caller, desk.parts)
    except Problem as problem:
        return await _again(desk, HOLD, form, problem, form.raw("reason"))
    return desk.goes_to(f"{HERE}?done=held#holds")


@router.post("/holds/lift")
async def lift(desk: OfEraser) -> Response:
    """Keep it no longer."""
    form = await sent(desk.request)
    case_id = _case(form)
    noted().about(case_id)
    await route.lift(case_id, desk.caller, desk.parts)
    return desk.goes_to(f"{HERE}?done=lifted#holds")


def _case(form: Form) -> str:
    """The case that was typed: its id, or an address in which that stands.

    Raises:
        Problem: `invalid`: there is none in it.
    """
    found = CASE_ID.search((form.text("case") or "").lower())
    if found is None:
        raise Problem("invalid", errors=({"field": "case_id", "message": "not a case id"},))
    return found.group()


async def _again(desk: Desk, name: str, form: Form, problem: Problem, more: str) -> Response:
    fields = {each["field"] for each in problem.errors}
    key = next((f"rights.wrong_{each}" for each in ("case_id", "basis", "reason") if each in fields), "")
    fault = desk.t(key) if key else told(problem, desk).title
    refused = Refused(name, fault, form.raw("case"), more)
    return await _shown(desk, status=KINDS[problem.code].status, refused=refused)


async def _shown(desk: Desk, *, done: str = "", status: int = 200, refused: Refused | None = None) -> Response:
    caller, parts = desk.caller, desk.parts
    decides = caller.role in ERASERS or caller.role is Role.HEAD
    more: dict[str, Any] = {"waiting": (), "settled": (), "holds": (), "due": ()}
    if decides:
        rows = [erasure_row(desk, each) for each in (await route.erasures(caller, parts, LIMIT)).items]
        more = {
            "waiting": tuple(row for row in rows if row.waits),
            "settled": tuple(row for row in rows if not row.waits),
            "holds": tuple(hold_row(desk, each) for each in (await route.holds(caller, parts, LIMIT)).items),
            "due": tuple(due_row(desk, each) for each in (await retention.due(caller, parts, LIMIT)).items),
        }
    kept = (await retention.retention(caller, parts)).items
    page = Page(
        decides=decides,
        asks=caller.role in ERASERS,
        kept=tuple(kept_row(desk, each) for each in kept),
        bases=tuple((each.value, desk.said(title)) for each, title in BASES.items()),
        done=desk.done("rights", done),
        refused=refused,
        **more,
    )
    return await desk.page("rights.html", page, status=status, section="rights")
