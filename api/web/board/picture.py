"""The board's pictures in words and shares: why things are stuck, how old open work is, who has how much of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from api.views.overview import CellView, OverviewView, TrackAgesView, WorkloadView, WorkView
from api.web.board.filters import Filters
from api.web.board.rows import sign
from api.web.desk import Desk
from marshrut.domain.overview import BANDS
from marshrut.domain.stuck import Why

# From so many open steps, or overdue ones, on a cell is a shade deeper.
DEPTHS, LATE_DEPTHS = (1, 4, 8, 14), (1, 2, 4, 8)
# In this order causes are shown: those first that somebody can end at once.
ORDER = ("overdue", "blocked", "silent", "unowned", "escalated", "medically_ready", "technical")


@dataclass(frozen=True, slots=True)
class Reason:
    """A cause as a filter, with how often it holds."""

    code: str
    text: str
    sign: str
    count: int
    way: str
    current: bool


def reasons(desk: Desk, filters: Filters, counts: dict[Why, int]) -> list[Reason]:
    """The causes that there are; the chosen one leads back to all."""
    known = sorted(Why, key=lambda why: ORDER.index(why.value) if why.value in ORDER else len(ORDER))
    return [
        Reason(
            why.value,
            _said(desk, filters, why),
            sign(why),
            counts.get(why, 0),
            filters.but(show="stuck", age=None, late=False, why=None if filters.why is why else why),
            filters.why is why,
        )
        for why in known
    ]


def _said(desk: Desk, filters: Filters, why: Why) -> str:
    if why is Why.SILENT:
        rules = desk.parts.catalogue.stuck_rules()[filters.hospital]
        return desk.t("board.why_silent", n=rules.silent_after.days)
    return desk.t(f"board.why_{why.value}")


@dataclass(frozen=True, slots=True)
class Cell:
    """Open steps of a track and an age. `shade`: how deep; `label`: the same for whoever hears it."""

    steps: int
    overdue: int
    shade: str
    way: str
    label: str


@dataclass(frozen=True, slots=True)
class HeatRow:
    """A track: its cells, and what of it is overdue."""

    title: str
    cells: Sequence[Cell]
    late: str
    overdue: int
    way: str
    p50: str
    p90: str


@dataclass(frozen=True, slots=True)
class Heat:
    """The heat map: `ages` are its columns; `note`: in what the number of overdue steps agrees with the list."""

    ages: Sequence[str]
    rows: Sequence[HeatRow]
    total: Sequence[Cell]
    late: str
    note: str


def heat(desk: Desk, filters: Filters, overview: OverviewView) -> Heat:
    """Tracks by age of their open steps; every cell leads to its steps."""
    ages = [desk.t(f"board.age_{band.code}") for band in BANDS]
    narrowed = Filters(show="open", hospital=filters.hospital, ward=filters.ward)
    rows = [_heat_row(desk, narrowed, track, ages) for track in overview.tracks]
    total = [
        _cell(desk, cell, narrowed.but(age=band.code), desk.t("board.total"), age)
        for cell, band, age in zip(overview.total, BANDS, ages, strict=True)
    ]
    overdue, steps = sum(cell.overdue for cell in total), sum(cell.steps for cell in total)
    late = next((cause for cause in overview.causes if cause.code is Why.OVERDUE), None)
    cases = 0 if late is None else late.cases
    note = desk.t("board.heat_note", steps=desk.t("board.steps", n=overdue), cases=desk.t("board.in_cases", n=cases))
    return Heat(ages, rows, total, desk.t("board.late_of", late=overdue, all=steps), note)


def _heat_row(desk: Desk, filters: Filters, track: TrackAgesView, ages: Sequence[str]) -> HeatRow:
    title = track.track if track.title is None else desk.said(track.title)
    if track.track == "adhoc":
        title = desk.t("board.adhoc")
    cells = [
        _cell(desk, cell, filters.but(track=track.track, age=band.code), title, age)
        for cell, band, age in zip(track.cells, BANDS, ages, strict=True)
    ]
    return HeatRow(
        title=title,
        cells=cells,
        late=desk.t("board.late_of", late=track.overdue, all=track.steps),
        overdue=track.overdue,
        way=filters.but(track=track.track, late=track.overdue > 0),
        p50=_age(desk, track.p50_s),
        p90=_age(desk, track.p90_s),
    )


def _age(desk: Desk, seconds: int) -> str:
    """An age in one unit: it is compared, not counted on."""
    length = timedelta(seconds=seconds)
    if length >= timedelta(days=2):
        return desk.t("shell.days", n=length.days)
    return desk.t("shell.hours", n=round(seconds / 3600))


def _cell(desk: Desk, cell: CellView, way: str, title: str, age: str) -> Cell:
    depths, amount = (LATE_DEPTHS, cell.overdue) if cell.overdue else (DEPTHS, cell.steps)
    depth = sum(amount >= least for least in depths)
    shade = f"{'o' if cell.overdue else 'c'}{depth}" if cell.steps else ""
    label = desk.t("board.cell", track=title, age=age, steps=cell.steps, late=cell.overdue)
    return Cell(cell.steps, cell.overdue, shade, way, label)


@dataclass(frozen=True, slots=True)
class Load:
    """What somebody has; the shares are per cent of the most that anybody has."""

    name: str
    where: str
    cases: str
    overdue: int
    soon: int
    in_time: int
    steps: int
    shares: tuple[float, float, float]
    way: str
    label: str


def workload(desk: Desk, filters: Filters, work: WorkloadView) -> list[Load]:
    """Everybody's load, side by side; whoever has nothing and is away is left out."""
    shown = [each for each in work.items if each.steps or each.cases or each.present]
    most = max((each.steps for each in shown), default=0) or 1
    return [_load(desk, filters, each, most) for each in shown]


def _load(desk: Desk, filters: Filters, work: WorkView, most: int) -> Load:
    holder = work.user or "none"
    label = desk.t("board.load", late=work.overdue, soon=work.soon, rest=work.in_time)
    return Load(
        name=desk.t("board.no_holder") if work.user is None else desk.name_of(work.user),
        where=_where(desk, work),
        cases="—" if work.user is None else desk.f.number(work.cases),
        overdue=work.overdue,
        soon=work.soon,
        in_time=work.in_time,
        steps=work.steps,
        shares=(100 * work.overdue / most, 100 * work.soon / most, 100 * work.in_time / most),
        way=Filters(show="open", hospital=filters.hospital, ward=filters.ward, holder=holder).way,
        label=label,
    )


def _where(desk: Desk, work: WorkView) -> str:
    """In which role, and whether they are there."""
    if work.user is None:
        return desk.t("board.no_holder_where")
    if work.role is None:
        return desk.t("board.not_on_roster")
    if work.present:
        return desk.role(work.role)
    away = desk.t("board.away") if work.absence is None else desk.t(f"board.away_{work.absence.value}")
    parts = [desk.role(work.role), away]
    if work.absent_until is not None:
        parts[-1] = desk.t("board.away_until", away=away, day=desk.f.day(work.absent_until))
    if work.deputy is not None:
        parts.append(desk.t("board.deputy", name=desk.name_of(work.deputy)))
    return " · ".join(parts)
