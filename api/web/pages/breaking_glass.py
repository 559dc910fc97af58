"""Break-glass at the desk: a case that the reader may not see, opened in need; and who opened which."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from api.access import GLASS_KEEPERS
from api.problems import KINDS, Problem
from api.routes import breaking_glass as route
from api.routes.breaking_glass import InNeedOf, OpeningView
from api.web.desk import Desk, of
from api.web.faults import told
from api.web.forms import made, sent
from marshrut.domain.base import Code
from marshrut.domain.breaking_glass import LASTS, MAY, Need
from marshrut.domain.words import Role

router = APIRouter()

OfInNeed = Annotated[Desk, Depends(of(MAY))]
OfGlassReader = Annotated[Desk, Depends(of(MAY, GLASS_KEEPERS))]
CLOSED = 404


@dataclass(frozen=True, slots=True)
class Closed:
    """A case that is not the reader's, with the form to open it. `fault`: why the form was refused."""

    case_id: str
    needs: tuple[str, ...]
    hours: int
    need: str = ""
    note: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """Who opened which case. `note`: for those who may read it; `ends`: whether the reader may end it."""

    id: str
    case_id: str
    who: str
    role: str
    where: str
    need: str
    note: str
    when: str
    until: str
    stands: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The list. `own`: of the reader's own, and not of their hospitals."""

    lines: tuple[Line, ...]
    own: bool
    keeps: bool


async def closed(case_id: str, desk: Desk) -> Response:
    """The case is not there for this reader; in need it may be opened, whether it is there or not."""
    return await _form(desk, Closed(case_id, _needs(desk), _hours()), CLOSED)


@router.post("/cases/{case_id}/break-glass")
async def break_glass(case_id: Code, request: Request, desk: OfInNeed) -> Response:
    """Open it, and on to its page; a form that was refused is shown again as it was typed."""
    form = await sent(request)
    try:
        given = made(InNeedOf, need=form.text("need"), note=form.text("note"))
        await route.break_glass(case_id, given, desk.caller, desk.parts, Response())
    except Problem as problem:
        if problem.code == "case_in_scope":
            return desk.goes_to(f"/desk/cases/{case_id}")
        fault = desk.t("glass.incomplete") if problem.code == "invalid" else told(problem, desk).title
        page = Closed(case_id, _needs(desk), _hours(), form.text("need") or "", form.raw("note"), fault)
        return await _form(desk, page, KINDS[problem.code].status)
    return desk.goes_to(f"/desk/cases/{case_id}")


@router.get("/break-glass")
async def openings(
    desk: OfGlassReader, case: Annotated[Code | None, Query()] = None, mine: Annotated[bool | None, Query()] = None
) -> Response:
    """Who opened which case in need: of the reader's hospitals, or their own."""
    keeps = desk.caller.role in GLASS_KEEPERS
    views = (await route.openings(desk.caller, desk.parts, case, mine, 200)).items
    page = Page(tuple(_line(desk, view) for view in views), bool(mine) or not keeps, keeps)
    return await desk.page("glass.html", page, section="glass")


@router.post("/break-glass/{opening_id}/end")
async def end(opening_id: Code, desk: OfInNeed) -> Response:
    """End it before its time."""
    view = await route.end(opening_id, desk.caller, desk.parts)
    return desk.goes_to("/desk/break-glass?mine=true" if view.user == desk.caller.user else "/desk/break-glass")


async def _form(desk: Desk, page: Closed, status: int) -> Response:
    return await desk.page("glass_case.html", page, status=status, section="cases")


def _hours() -> int:
    return int(LASTS.total_seconds()) // 3600


def _needs(desk: Desk) -> tuple[str, ...]:
    return tuple(need.value for need in Need if need in MAY[desk.caller.role])


def _line(desk: Desk, view: OpeningView) -> Line:
    f = desk.at(view.hospital)
    over = view.ended_at or view.ends_at
    return Line(
        id=view.id,
        case_id=view.case_id,
        who=desk.name_of(view.user),
        role=desk.role(view.role),
        where=desk.hospital(view.hospital),
        need=desk.t(f"glass.need_{view.need.value}"),
        note=view.note or "",
        when=f.when(view.opened_at),
        until=f.when(over),
        stands=view.stands,
        ends=view.stands and (view.user == desk.caller.user or desk.caller.role is Role.SUPERVISOR),
    )
