"""When messages arrived and how long they took, as geometry: bars by what became of them, and a line of the lag."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from api.bodies.message import ArrivalsView, SummaryView
from api.web.charts import Tick, scale_step
from api.web.desk import Desk
from api.web.formats import Formats
from api.web.messages.timing import lasting
from marshrut.ports import CommandState

# From the foot of a bar upwards.
OUTCOMES: Mapping[str, tuple[CommandState, ...]] = {
    "taken": (CommandState.DONE,),
    "waiting": (CommandState.PENDING, CommandState.HELD),
    "discarded": (CommandState.DISCARDED,),
    "parked": (CommandState.PARKED,),
    "failed": (CommandState.REJECTED, CommandState.EXPIRED),
}
LEFT, RIGHT, TOP, BOTTOM, LAG_TOP, LAG_BOTTOM = 34.0, 8.0, 16.0, 128.0, 168.0, 204.0
WIDE, NARROW, HEIGHT = 640, 350, 224
# Of a bar's place so much is bar; labels stand no nearer than this.
BAR, LABEL = 0.72, 62.0
WIDEST = 34.0
InWords = Callable[[float], str]


@dataclass(frozen=True, slots=True)
class Box:
    """A part of a bar."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Mark:
    """A text at a place."""

    x: float
    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The picture in one width."""

    width: int
    height: int
    ticks: tuple[Tick, ...]
    boxes: tuple[Box, ...]
    parked: tuple[Mark, ...]
    labels: tuple[Mark, ...]
    lag: str
    dots: tuple[Mark, ...]
    worst: Mark | None


@dataclass(frozen=True, slots=True)
class Line:
    """A stretch in the table beside the picture: when, how many by outcome, half and 95 per cent within."""

    when: str
    counts: tuple[str, ...]
    p50: str
    p95: str


@dataclass(frozen=True, slots=True)
class Picture:
    """Both widths of it, what it says in a sentence, and the same as a table. `legend`: outcome, name, how many."""

    said: str
    wide: Drawing
    narrow: Drawing
    legend: tuple[tuple[str, str, int], ...]
    lines: tuple[Line, ...]


def counts(states: Mapping[CommandState, int]) -> dict[str, int]:
    """How many by outcome."""
    return {name: sum(states.get(state, 0) for state in those) for name, those in OUTCOMES.items()}


def filled(view: SummaryView, step: timedelta) -> tuple[ArrivalsView, ...]:
    """Every stretch of the period, also those in which nothing came."""
    known = {each.since: each for each in view.stretches}
    found, at = [], view.since
    while at < view.until:
        found.append(known.get(at) or ArrivalsView(since=at, states={}, wait=None))
        at += step
    return tuple(found)


def picture(desk: Desk, view: SummaryView, step: timedelta, f: Formats) -> Picture:
    """The picture of a period whose `since` begins a stretch."""
    stretches, t, total = filled(view, step), desk.t, counts(view.states)
    by = t(f"messages.picture_by_{view.by}")
    said = t("messages.picture_said", by=by, received=view.received, parked=total["parked"], failed=total["failed"])

    def in_words(seconds: float) -> str:
        return lasting(desk, seconds)

    def named(at: datetime) -> str:
        return f.day(at) if view.by == "day" else f.clock(at)

    lines = [
        Line(
            named(each.since) if view.by == "day" else f.when(each.since),
            tuple(f.number(many) for many in counts(each.states).values()),
            "" if each.wait is None else lasting(desk, each.wait.p50_s),
            "" if each.wait is None else lasting(desk, each.wait.p95_s),
        )
        for each in stretches
    ]
    names = [named(each.since) for each in stretches]
    return Picture(
        said=said,
        wide=drawn(stretches, names, WIDE, in_words),
        narrow=drawn(stretches, names, NARROW, in_words),
        legend=tuple((name, t(f"messages.out_{name}"), many) for name, many in total.items() if many),
        lines=tuple(line for line, each in zip(lines, stretches, strict=True) if each.states),
    )


def drawn(stretches: Sequence[ArrivalsView], names: Sequence[str], width: int, in_words: InWords) -> Drawing:
    """The picture in a width; `names`: of each stretch, of which as many are told as have room."""
    highest = max((sum(each.states.values()) for each in stretches), default=0) or 1
    step = ceil(scale_step(float(max(highest, 4))))  # of whole messages
    top = step * ceil(highest / step)
    place = (width - LEFT - RIGHT) / max(1, len(stretches))
    bar = min(WIDEST, place * BAR)
    boxes: list[Box] = []
    parked: list[Mark] = []
    for number, each in enumerate(stretches):
        x, y = LEFT + place * number + (place - bar) / 2, BOTTOM
        for kind, many in counts(each.states).items():
            height = (BOTTOM - TOP) * many / top
            if many:
                y -= height
                boxes.append(Box(kind, _round(x), _round(y), _round(bar), _round(height)))
            if kind == "parked" and many:
                parked.append(Mark(_round(x + bar / 2), 0.0, str(many)))
        if parked and parked[-1].y == 0 and parked[-1].x == _round(x + bar / 2):
            parked[-1] = Mark(parked[-1].x, _round(y - 4), parked[-1].text)
    every = max(1, ceil(LABEL / place))
    labels = [Mark(_round(LEFT + place * (at + 0.5)), 146, name) for at, name in enumerate(names) if at % every == 0]
    lag, dots, worst = _lag(stretches, place, in_words)
    values = [step * number for number in range(round(top / step) + 1)]
    ticks = tuple(Tick(value, _round(BOTTOM - (BOTTOM - TOP) * value / top)) for value in values)
    return Drawing(width, HEIGHT, ticks, tuple(boxes), tuple(parked), tuple(labels), lag, dots, worst)


def _lag(
    stretches: Sequence[ArrivalsView], place: float, in_words: InWords
) -> tuple[str, tuple[Mark, ...], Mark | None]:
    """The line of the lag, broken where nothing was applied, its points, and the worst of them in words."""
    known = [(at, each.wait.p95_s) for at, each in enumerate(stretches) if each.wait is not None]
    if not known:
        return "", (), None
    most = max(1.0, *(seconds for _, seconds in known))
    dots = [
        Mark(_round(LEFT + place * (at + 0.5)), _round(LAG_BOTTOM - (LAG_BOTTOM - LAG_TOP) * seconds / most), "")
        for at, seconds in known
    ]
    path = [
        f"{'L' if number and known[number - 1][0] == at - 1 else 'M'}{dot.x:g} {dot.y:g}"
        for number, ((at, _), dot) in enumerate(zip(known, dots, strict=True))
    ]
    worst = max(range(len(known)), key=lambda number: known[number][1])
    return " ".join(path), tuple(dots), Mark(dots[worst].x, dots[worst].y, in_words(known[worst][1]))


def _round(value: float) -> float:
    return round(value, 1)
