"""The supervisor's board: what does not move, why, who has it, and what can be done about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.access import COLLEAGUES
from api.routes import overview as overviews
from api.routes import steps as steps_route
from api.routes import stuck as stuck_route
from api.views.overview import OverviewView
from api.web.board.filters import Filters, asked
from api.web.board.panel import Panel
from api.web.board.picture import Heat, Load, Reason, heat, reasons, workload
from api.web.board.rows import Row, open_rows, stuck_rows
from api.web.board.table import as_csv
from api.web.desk import Desk, OfReader
from marshrut.domain.moves import CARE
from marshrut.domain.overview import BANDS, Band
from marshrut.domain.stuck import Why
from marshrut.ports import StuckFilter

router = APIRouter()

AT_ONCE = 50
# A file holds no more rows than this; a board that is longer is narrowed first.
MOST_ROWS = 5_000

Asked = Annotated[Filters, Depends(asked)]
Cursor = Annotated[str | None, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Option:
    """A choice of a select."""

    value: str
    text: str


@dataclass(frozen=True, slots=True)
class BoardPage:
    """All that stands on the board. Without `heat` and `work` the reader leads no team; `panel`: what is being done."""

    title: str
    where: str
    filters: Filters
    reasons: Sequence[Reason]
    heat: Heat | None
    work: Sequence[Load] | None
    shown: str
    rows: Sequence[Row]
    more: str | None
    hospitals: Sequence[Option]
    wards: Sequence[Option]
    tracks: Sequence[Option]
    holders: Sequence[Option]
    acts: Sequence[str]
    may_shift: bool
    all_of_them: str
    panel: Panel | None = None

    @property
    def whole(self) -> bool:
        """Whether the first rows are all that there are."""
        return self.more is None


@dataclass(frozen=True, slots=True)
class Listed:
    """Some rows of a list, how many there are in all (None: not counted), and where the next begin."""

    rows: Sequence[Row]
    total: int | None
    next: str | None


@router.get("/board")
async def board(desk: OfReader, filters: Asked, cursor: Cursor = None, first: int = 1) -> Response:
    """The board."""
    return await desk.page("board.html", await board_page(desk, filters, cursor, first), section="board")


async def board_page(
    desk: Desk, filters: Filters, cursor: str | None = None, first: int = 1, panel: Panel | None = None
) -> BoardPage:
    """The board as this reader may see it."""
    picture = loads = None
    if desk.senior:
        area = {"hospital": filters.hospital, "ward": filters.ward}
        picture = await overviews.overview(desk.caller, desk.parts, **area)
        loads = workload(desk, filters, await overviews.workload(desk.caller, desk.parts, **area))
    counts = await _counts(desk, filters, picture)
    listed = await listing(desk, filters, cursor, first)
    more = None if listed.next is None else f"{_next(filters)}cursor={listed.next}&first={first + len(listed.rows)}"
    return BoardPage(
        title=_title(desk, filters, listed, picture),
        where=_where(desk, filters, counts, picture),
        filters=filters,
        reasons=reasons(desk, filters, counts),
        heat=None if picture is None else heat(desk, filters, picture),
        work=loads,
        shown=_shown(desk, filters, listed),
        rows=listed.rows,
        more=more,
        hospitals=_hospitals(desk),
        wards=await _wards(desk, filters),
        tracks=[Option(code, desk.said(track.title)) for code, track in desk.parts.catalogue.tracks.items()],
        holders=await _holders(desk, filters),
        acts=acts(desk),
        may_shift=desk.caller.role in COLLEAGUES,
        all_of_them="" if listed.total is None else desk.t("board.all_of_them", n=listed.total),
        panel=panel,
    )


def acts(desk: Desk) -> list[str]:
    """What this reader's role may do to many steps."""
    if desk.caller.role not in CARE:
        return []
    return ["assign", "extend", "remind", "escalate"] if desk.senior else ["remind", "escalate"]


async def listing(desk: Desk, filters: Filters, cursor: str | None, first: int, limit: int = AT_ONCE) -> Listed:
    """What is stuck, or the open steps of a cell, of a person: the API's own lists."""
    if filters.show == "stuck":
        found = await stuck_route.stuck(
            desk.caller,
            desk.parts,
            hospital=filters.hospital,
            track=filters.track,
            ward=filters.ward,
            why=None if filters.why is None else [filters.why],
            assignee=filters.holder,
            limit=limit,
            cursor=cursor,
        )
        return Listed(await stuck_rows(desk, found.items, first), found.total, found.next)
    band = _band(filters.age)
    steps = await steps_route.steps(
        desk.caller,
        desk.parts,
        state="live",
        hospital=filters.hospital,
        track=filters.track,
        ward=filters.ward,
        assignee=filters.holder,
        overdue=True if filters.late else None,
        opened_from=None if band is None else band.opened_from(desk.now),
        opened_before=None if band is None else band.opened_before(desk.now),
        limit=limit,
        cursor=cursor,
    )
    whole = cursor is None and steps.next is None
    return Listed(await open_rows(desk, steps.items, first), len(steps.items) if whole else None, steps.next)


def _band(age: str | None) -> Band | None:
    return next((band for band in BANDS if band.code == age), None)


def _next(filters: Filters) -> str:
    return f"{filters.way}{'&' if '?' in filters.way else '?'}"


async def _counts(desk: Desk, filters: Filters, picture: OverviewView | None) -> dict[Why, int]:
    """In how many cases each cause holds; for whoever is not shown the overview, how many items it holds up."""
    if picture is not None:
        return {cause.code: cause.cases for cause in picture.causes}
    found = {}
    for why in Why:
        only = StuckFilter(
            desk.caller.hospitals, desk.caller.onlooker, hospital=filters.hospital, ward=filters.ward, why=(why,)
        )
        found[why] = (await desk.parts.stuck.stuck(only, desk.now, limit=1, cursor=None)).total
    return found


def _title(desk: Desk, filters: Filters, listed: Listed, picture: OverviewView | None) -> str:
    if picture is None and listed.total is None:
        return desk.t("board.list_open")
    if picture is None:
        return desk.t("board.title_rows" if filters.show == "stuck" else "board.title_open", n=listed.total)
    return desk.t(
        "board.title_cases", cases=desk.t("board.cases", n=picture.stuck.cases), all=desk.f.number(picture.open_cases)
    )


def _where(desk: Desk, filters: Filters, counts: dict[Why, int], picture: OverviewView | None) -> str:
    """Which hospitals, how many rows (of all the reader's as many as the menu counts), how many causes."""
    scope = desk.caller.hospitals
    only = filters.hospital or (next(iter(scope)) if scope is not None and len(scope) == 1 else None)
    parts = [desk.hospital(only) if only else desk.t("board.all_hospitals")]
    if filters.ward:
        parts.append(filters.ward)
    if picture is not None:
        whole = not filters.ward and (filters.hospital is None or scope == frozenset({filters.hospital}))
        parts.append(desk.t("board.rows_of" if whole else "board.rows_here", n=picture.stuck.items))
        parts.append(desk.t("board.causes_of", n=sum(counts.values())))
    return " · ".join([*parts, desk.t("board.order")])


def _shown(desk: Desk, filters: Filters, listed: Listed) -> str:
    """What the list holds, in words."""
    tracks, parts = desk.parts.catalogue.tracks, []
    if filters.why is not None:
        parts.append(
            desk.t(f"board.tag_{filters.why.value}", n=0) if filters.why is not Why.SILENT else desk.t("board.silent")
        )
    if filters.track is not None:
        known = tracks.get(filters.track)
        parts.append(desk.t("board.adhoc") if known is None else desk.said(known.title))
    if filters.age is not None:
        parts.append(desk.t(f"board.age_{filters.age}"))
    if filters.late:
        parts.append(desk.t("board.only_late"))
    if filters.holder is not None:
        none = desk.t("board.no_holder")
        parts.append(none if filters.holder == "none" else desk.name_of(filters.holder))
    what = desk.t("board.list_stuck" if filters.show == "stuck" else "board.list_open")
    said = ": ".join(part for part in (what, ", ".join(parts)) if part)
    return said if listed.total is None else desk.t("board.list_of", what=said, n=listed.total)


def _hospitals(desk: Desk) -> list[Option]:
    known = desk.parts.catalogue.hospitals
    codes = [code for code in known if desk.caller.sees(code)]
    return [Option(code, desk.hospital(code)) for code in codes]


async def _wards(desk: Desk, filters: Filters) -> list[Option]:
    """The wards of open cases; codes are a hospital's own."""
    only = filters.hospital is not None and desk.caller.sees(filters.hospital)
    hospitals = frozenset({filters.hospital or ""}) if only else desk.caller.hospitals
    named = {*await desk.parts.search.finder.wards(hospitals), *([filters.ward] if filters.ward else [])}
    return [Option(ward, ward) for ward in sorted(named)]


async def _holders(desk: Desk, filters: Filters) -> list[Option]:
    people = await desk.parts.staff.people(desk.now, hospital=filters.hospital)
    seen = [each.user for each in people.values() if each.active and _works_here(desk, each.hospitals)]
    named = sorted((Option(user, desk.name_of(user)) for user in seen), key=lambda option: option.text)
    return [Option("none", desk.t("board.no_holder")), *named]


def _works_here(desk: Desk, hospitals: frozenset[str] | None) -> bool:
    scope = desk.caller.hospitals
    return scope is None or hospitals is None or not scope.isdisjoint(hospitals)


@router.get("/board.csv")
async def file(desk: OfReader, filters: Asked) -> Response:
    """The whole list as a file for a spreadsheet, with what this reader may see of persons."""
    rows: list[Row] = []
    cursor = None
    while len(rows) < MOST_ROWS:
        listed = await listing(desk, filters, cursor, len(rows) + 1, limit=500)
        rows += listed.rows
        if (cursor := listed.next) is None:
            break
    name = f"marshrut-{'stuck' if filters.show == 'stuck' else 'open'}-{desk.f.local(desk.now):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(as_csv(desk, rows), media_type="text/csv; charset=utf-8", headers=headers)
