"""The day by its hours: which due times it holds, and where it stands now. Pure arithmetic; the template draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from api.web.formats import Formats
from marshrut.domain.overdue import ClockState

LEFT, RIGHT, HOURS = 10.0, 340.0, 12
DAY_FROM, NIGHT_FROM = 8, 20
# Labels nearer than this would lie over one another.
LABEL_WIDTH, LABEL_HALF, EDGE = 46.0, 45.0, 24.0
MARK = 9.0


@dataclass(frozen=True, slots=True)
class Mark:
    """A due time; `x` its left edge. `kind`: amber, green."""

    x: float
    kind: ClockState


@dataclass(frozen=True, slots=True)
class Label:
    """A time over one or several marks."""

    x: float
    text: str
    many: int


@dataclass(frozen=True, slots=True)
class Strip:
    """`since`, `until`: the hours it spans; `late`: how many are overdue; `told`: the due times for who cannot see."""

    since: str
    until: str
    hours: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]
    late: int
    now: float
    now_label: float
    now_text: str
    told: str


def strip(dues: Sequence[tuple[datetime, ClockState]], late: int, f: Formats) -> Strip:
    """The twelve hours of the shift that it is now: by day from 8 to 20, else the night."""
    here = f.local(f.now)
    by_day = DAY_FROM <= here.hour < NIGHT_FROM
    start = here.replace(hour=DAY_FROM if by_day else NIGHT_FROM, minute=0, second=0, microsecond=0)
    if start > here:
        start -= timedelta(days=1)

    def x(moment: datetime) -> float:
        part = (f.local(moment) - start).total_seconds() / (HOURS * 3600)
        return LEFT + part * (RIGHT - LEFT)

    inside = sorted((due, kind) for due, kind in dues if 0 <= (f.local(due) - start).total_seconds() <= HOURS * 3600)
    now = x(f.now)
    return Strip(
        since=f"{start:%H}",
        until=f"{(start + timedelta(hours=HOURS)):%H}",
        hours=tuple(
            (x(start + timedelta(hours=hour)), str((start + timedelta(hours=hour)).hour)) for hour in range(0, 13, 2)
        ),
        marks=_apart([Mark(round(x(due) - MARK / 2, 1), kind) for due, kind in inside]),
        labels=_labels([(x(due), f.clock(due)) for due, _ in inside]),
        late=late,
        now=round(now, 1),
        now_label=round(min(max(now, LABEL_HALF + 4), RIGHT + LEFT - LABEL_HALF - 4), 1),
        now_text=f.clock(f.now),
        told=", ".join(f.clock(due) for due, _ in inside),
    )


def _apart(marks: list[Mark]) -> tuple[Mark, ...]:
    """Those at one time stand side by side."""
    placed: list[Mark] = []
    for mark in marks:
        at = mark.x if not placed else max(mark.x, placed[-1].x + MARK + 2)
        placed.append(Mark(at, mark.kind))
    # What would stand beyond the end moves back, and whatever it meets with it.
    limit = RIGHT - MARK / 2
    for number in reversed(range(len(placed))):
        placed[number] = Mark(min(placed[number].x, limit), placed[number].kind)
        limit = placed[number].x - MARK - 2
    return tuple(placed)


def _labels(times: list[tuple[float, str]]) -> tuple[Label, ...]:
    """Times that would lie over one another share a label: the first of them, and how many more."""
    found: list[Label] = []
    last_x = 0.0
    for x, text in times:
        at = round(min(max(x, LEFT + EDGE), RIGHT - EDGE), 1)
        near, last_x = at - last_x < LABEL_WIDTH, at
        if found and near:
            last = found[-1]
            found[-1] = Label(last.x, last.text, last.many + 1)
        else:
            found.append(Label(at, text, 1))
    return tuple(found)
