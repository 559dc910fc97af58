"""Open work in numbers, as the API shows it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from api.parts import ApiParts
from api.views.titles import Title
from marshrut.domain.overview import BANDS, Cell, Count, Picture, TrackAges, Work
from marshrut.domain.staffing import Away, Colleague
from marshrut.domain.stuck import Why
from marshrut.domain.words import Role


class CountView(BaseModel):
    """How long the list of what is stuck is: its items, those of them that are steps, and in how many cases."""

    items: int
    steps: int
    cases: int


class CauseCountView(CountView):
    """The same with `why` set to a cause."""

    code: Why
    title: Title


class BandView(BaseModel):
    """Ages of steps, youngest first; `/api/v1/steps?state=live` with both bounds lists those of one."""

    code: str
    opened_from: datetime | None
    opened_before: datetime | None


class CellView(BaseModel):
    """Open steps, and how many of them are overdue."""

    steps: int
    overdue: int


class TrackAgesView(BaseModel):
    """The open steps of a track: a cell for each age. Half of them are no older than `p50_s` seconds."""

    track: str
    title: Title | None
    cells: list[CellView]
    steps: int
    overdue: int
    p50_s: int
    p90_s: int


class OverviewView(BaseModel):
    """What is open and what of it is stuck, as of `as_of`. `open_cases`: those that are not closed.

    Every number is the length of a list with the same filters, asked at the same instant. `total`: all tracks, by age.
    """

    as_of: datetime
    open_cases: int
    stuck: CountView
    causes: list[CauseCountView]
    ages: list[BandView]
    tracks: list[TrackAgesView]
    total: list[CellView]


class WorkView(BaseModel):
    """What somebody has, or (`user` null) nobody.

    Cases that they answer for; live steps, which are overdue, soon due (amber) or in time. `role` and `present` are
    null for whoever is not on the roster.
    """

    user: str | None
    role: Role | None
    present: bool | None
    absent_until: datetime | None
    absence: Away | None
    deputy: str | None
    cases: int
    steps: int
    overdue: int
    soon: int
    in_time: int


class WorkloadView(BaseModel):
    """By user, what nobody has last; also who has nothing."""

    as_of: datetime
    items: list[WorkView]


def overview_view(picture: Picture, parts: ApiParts) -> OverviewView:
    """The picture with its words; tracks in the catalogue's order."""
    order = {code: number for number, code in enumerate(parts.catalogue.tracks)}
    tracks = sorted(picture.tracks, key=lambda each: (order.get(each.track, len(order)), each.track))
    causes = parts.catalogue.causes
    return OverviewView(
        as_of=picture.as_of,
        open_cases=picture.open_cases,
        stuck=CountView(**_counted(picture.stuck)),
        causes=[
            CauseCountView(code=why, title=Title(**causes[why].model_dump()), **_counted(count))
            for why, count in picture.causes.items()
        ],
        ages=[
            BandView(
                code=band.code,
                opened_from=band.opened_from(picture.as_of),
                opened_before=band.opened_before(picture.as_of),
            )
            for band in BANDS
        ],
        tracks=[_track(each, parts) for each in tracks],
        total=[_cell(sum((each.cells[number] for each in tracks), Cell())) for number in range(len(BANDS))],
    )


def _counted(count: Count) -> dict[str, int]:
    return {"items": count.items, "steps": count.steps, "cases": count.cases}


def _track(ages: TrackAges, parts: ApiParts) -> TrackAgesView:
    known = parts.catalogue.tracks.get(ages.track)
    return TrackAgesView(
        track=ages.track,
        title=None if known is None else Title(ru=known.title.ru, en=known.title.en),
        cells=[_cell(each) for each in ages.cells],
        steps=ages.all.steps,
        overdue=ages.all.overdue,
        p50_s=int(ages.p50.total_seconds()),
        p90_s=int(ages.p90.total_seconds()),
    )


def _cell(cell: Cell) -> CellView:
    return CellView(steps=cell.steps, overdue=cell.overdue)


def work_view(user: str | None, known: Colleague | None, work: Work, now: datetime) -> WorkView:
    """What somebody has, and whether they are there."""
    away = None if known is None else known.away(now)
    return WorkView(
        user=user,
        role=None if known is None else known.role,
        present=None if known is None else known.present(now),
        absent_until=None if away is None else away.ends_at,
        absence=None if away is None else away.kind,
        deputy=None if away is None else away.deputy,
        cases=work.cases,
        steps=work.steps,
        overdue=work.overdue,
        soon=work.soon,
        in_time=work.in_time,
    )
