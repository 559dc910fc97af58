"""The geometry of pictures: pure functions from numbers to places, which templates draw as inline SVG.

Where a picture stands in a table's cell it stretches with it: places are per cent of its width, marks keep their size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

# The longest bar leaves room for the number behind it.
FULL = 84.0
# A dot plot of shares begins here, unless something is worse: nothing is cut off.
FROM, STEP = 60, 20
WHOLE = 100.0
MOST_TICKS = 4


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar: of which kind, where it begins and how wide it is, in per cent."""

    kind: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar of several parts; `end`: where it ends."""

    segments: tuple[Segment, ...]
    end: float


def bars(rows: Sequence[Mapping[str, float]]) -> tuple[Bar, ...]:
    """Stacked bars of one scale: the longest takes all the room there is."""
    longest = max((sum(row.values()) for row in rows), default=0.0)
    return tuple(_bar(row, longest) for row in rows)


def _bar(row: Mapping[str, float], longest: float) -> Bar:
    at, segments = 0.0, []
    for kind, value in row.items():
        width = FULL * value / longest if longest else 0.0
        if _round(width):
            segments.append(Segment(kind, _round(at), _round(width)))
        at += width
    return Bar(tuple(segments), _round(at))


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of a scale: what it stands for, and where."""

    value: float
    at: float


@dataclass(frozen=True, slots=True)
class Axis:
    """A scale of shares, from `start` per cent to a hundred."""

    start: int
    ticks: tuple[Tick, ...]

    def at(self, percent: float) -> float:
        """Where a share stands, in per cent of the width; a little is left at both ends for the marks."""
        return _round(4 + 92 * (percent - self.start) / (WHOLE - self.start))


def axis(percents: Sequence[float]) -> Axis:
    """A scale on which all of these have their place."""
    lowest = min([FROM, *percents])
    start = max(0, floor(lowest / STEP) * STEP)
    found = Axis(start, ())
    return Axis(start, tuple(Tick(value, found.at(value)) for value in range(start, 101, STEP)))


@dataclass(frozen=True, slots=True)
class Dot:
    """A share against its goal: where both stand, and whether it is reached; without a goal there is no line."""

    x: float
    goal: float | None
    good: bool


def dot(percent: float, goal: float | None, scale: Axis) -> Dot:
    """A share on a scale. What is shown as equal is equal: both are compared as whole per cent."""
    good = goal is None or round(percent) >= goal
    return Dot(scale.at(percent), None if goal is None else scale.at(goal), good)


@dataclass(frozen=True, slots=True)
class Frame:
    """The drawing area of a course, in units of the picture."""

    width: float = 420
    height: float = 150
    left: float = 34
    right: float = 326
    top: float = 12
    bottom: float = 128


FRAME = Frame()
SPARK = Frame(84, 20, 2, 80, 3, 17)


@dataclass(frozen=True, slots=True)
class Line:
    """A course: its path, broken where nothing is known, and its last point."""

    path: str
    x: float
    y: float
    last: float


@dataclass(frozen=True, slots=True)
class Course:
    """Lines over one scale. `goal`: where the goal's line runs."""

    ticks: tuple[Tick, ...]
    lines: tuple[Line | None, ...]
    goal: float | None
    xs: tuple[float, ...]


def course(series: Sequence[Sequence[float | None]], goal: float | None = None, *, shares: bool = False) -> Course:
    """Series of the same length over one scale that begins at nothing.

    A scale of `shares` ends at a hundred per cent and begins at a round number below the lowest: they are compared with
    their goal, not with nothing.
    """
    known = [value for each in series for value in each if value is not None]
    known += [] if goal is None else [goal]
    low = max(0, floor((min(known, default=WHOLE) - 1) / STEP) * STEP) if shares else 0
    top = WHOLE if shares else max([1.0, *known])
    step = scale_step(top - low)
    count = ceil((top - low) / step)
    high = step * count
    xs = _xs(max((len(each) for each in series), default=0), FRAME)

    def y(value: float) -> float:
        return _round(FRAME.bottom - (FRAME.bottom - FRAME.top) * (value - low) / high)

    return Course(
        tuple(Tick(low + step * number, y(low + step * number)) for number in range(count + 1)),
        tuple(_line(xs, [None if value is None else y(value) for value in each], each) for each in series),
        None if goal is None else y(goal),
        xs,
    )


def spark(values: Sequence[float | None]) -> Line | None:
    """A course without a scale, as small as a word: from its lowest to its highest value."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    middle = (SPARK.top + SPARK.bottom) / 2

    def y(value: float) -> float:
        return middle if high == low else SPARK.bottom - (SPARK.bottom - SPARK.top) * (value - low) / (high - low)

    return _line(_xs(len(values), SPARK), [None if value is None else _round(y(value)) for value in values], values)


def _xs(count: int, frame: Frame) -> tuple[float, ...]:
    if count == 1:
        return (frame.right,)
    return tuple(_round(frame.left + (frame.right - frame.left) * number / (count - 1)) for number in range(count))


def _line(xs: Sequence[float], ys: Sequence[float | None], values: Sequence[float | None]) -> Line | None:
    path, last, pen = [], None, "M"
    for x, y, value in zip(xs, ys, values, strict=True):
        if y is None or value is None:
            pen = "M"
            continue
        path.append(f"{pen}{x:g} {y:g}")
        # A point between two gaps is a line without length: round ends make a dot of it.
        path += [f"L{x:g} {y:g}"] if pen == "M" else []
        pen, last = "L", (x, y, value)
    return None if last is None else Line(" ".join(path), *last)


def scale_step(top: float) -> float:
    """A round step of which a scale has four at most."""
    rough = top / MOST_TICKS
    size = 10 ** floor(log10(rough))
    return next(float(size * each) for each in (1, 2, 2.5, 5, 10) if size * each >= rough)


def _round(value: float) -> float:
    return round(value, 2)
