"""Everything of a picture in its place: bars in rows, words where nothing else is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from api.web.picture.frame import Frame
from api.web.picture.measure import fitted, in_two, width
from api.web.picture.model import Bar, Lane, Look, Route
from api.web.picture.window import Window

GAP, PAD = 6.0, 5.0
ICON = 15.0
NAME = 14.0  # the size of a lane's name
SMALLEST = {Look.DONE: 20.0, Look.REFUSED: 16.0}
AFTER = 12.0  # between neighbours of a row
SHORT = 26.0  # words that would be cut shorter are left out


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    def meets(self, other: Box) -> bool:
        """Whether the two have a part in common."""
        beside = self.right <= other.x or other.right <= self.x
        return not (beside or self.y + self.height <= other.y or other.y + other.height <= self.y)


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a place; `inside` a bar or beside it."""

    text: str
    box: Box
    inside: bool


@dataclass(frozen=True, slots=True)
class Placed:
    """A bar at its place. `goes_on`, `came`: it is longer than what is shown, to the right, to the left."""

    bar: Bar
    box: Box
    label: Label | None
    goes_on: bool
    came: bool


@dataclass(frozen=True, slots=True)
class PlacedLane:
    """A lane at its place; `hidden`: so many of its done bars there is no room for."""

    lane: Lane
    top: float
    height: float
    bars: tuple[Placed, ...]
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """All lanes one under another, from `top` to `bottom`."""

    frame: Frame
    window: Window
    lanes: tuple[PlacedLane, ...]
    top: float
    bottom: float
    by_key: dict[str, Placed] = field(default_factory=dict)


def x_of(frame: Frame, window: Window, at: float) -> float:
    """Where so many days after the window's beginning are; what lies outside is at its edge."""
    return frame.left + max(0.0, min(float(window.days), at)) * frame.day


def laid_out(route: Route, frame: Frame, window: Window, top: float) -> Layout:
    """Every lane with the bars of the days that are shown."""
    found: list[PlacedLane] = []
    y = top
    for lane in route.lanes:
        placed = _lane(lane, frame, window, y)
        found.append(placed)
        y += placed.height
    by_key = {each.bar.key: each for lane in found for each in lane.bars}
    return Layout(frame, window, tuple(found), top, y, by_key)


def _lane(lane: Lane, frame: Frame, window: Window, top: float) -> PlacedLane:
    shown = [bar for bar in lane.bars if window.shows(bar.begins, bar.ends)]
    most = frame.most_rows if any(bar.look is not Look.DONE for bar in shown) else frame.rows_of_the_past
    dropped = 0
    while True:
        rows = _rows(shown, frame, window)
        done = [bar for bar in shown if bar.look is Look.DONE]
        if len(rows) <= most or not done:
            break
        # Of many that are done the oldest are counted instead of drawn.
        fewer = max(1, len(done) // 4)
        shown = [bar for bar in shown if bar not in done[:fewer]]
        dropped += fewer
    placed = tuple(
        _moved(each, top + frame.above + number * frame.row) for number, row in enumerate(rows) for each in row
    )
    lines = len(in_two(lane.title, frame.room, size=NAME, bold=True)) if frame.beside else 1
    return PlacedLane(lane, top, frame.lane(len(rows), lines), placed, dropped)


def _moved(each: Placed, y: float) -> Placed:
    label = each.label and replace(each.label, box=replace(each.label.box, y=y))
    return replace(each, box=replace(each.box, y=y), label=label)


def _rows(bars: Sequence[Bar], frame: Frame, window: Window) -> list[list[Placed]]:
    """First fit, from the left: a bar with its words takes the first row in which there is room for both."""
    rows: list[list[Placed]] = []
    home: dict[str, int] = {}
    for bar in bars:
        following = [each for each in bars if bar.row is not None and each.row == bar.row and each.begins > bar.begins]
        placed = _placed(bar, frame, window, following)
        first = home.get(bar.row or "", 0)
        for number in (first, *(n for n in range(len(rows)) if n != first)):
            if number < len(rows) and _fits(placed, rows[number]):
                rows[number].append(placed)
                break
        else:
            number = len(rows)
            rows.append([placed])
        if bar.row is not None:
            home.setdefault(bar.row, number)
    return rows


def _fits(placed: Placed, row: Iterable[Placed]) -> bool:
    begins, ends = _extent(placed)
    return all(ends + AFTER / 2 <= _extent(other)[0] or _extent(other)[1] + AFTER / 2 <= begins for other in row)


def _extent(placed: Placed) -> tuple[float, float]:
    boxes = [placed.box] + ([placed.label.box] if placed.label else [])
    return min(box.x for box in boxes), max(box.right for box in boxes)


def _placed(bar: Bar, frame: Frame, window: Window, following: Sequence[Bar]) -> Placed:
    begins, ends = window.at(bar.begins), window.at(bar.ends)
    x, right = x_of(frame, window, begins), x_of(frame, window, ends)
    smallest = SMALLEST.get(bar.look, 12.0)
    if right - x < smallest:
        x = min(x, frame.right - smallest)
        right = x + smallest
    box = Box(x, 0, right - x, frame.bar)
    goes_on = bar.goes_on or ends > window.days
    limit = min((x_of(frame, window, window.at(each.begins)) for each in following), default=frame.right) - PAD
    return Placed(bar, box, _label(bar, box, frame, limit, goes_on=goes_on), goes_on, begins < 0)


def _label(bar: Bar, box: Box, frame: Frame, limit: float, *, goes_on: bool) -> Label | None:
    """Inside where all of it fits, or its brief form; else beside it, right before left; cut only as a last resort."""
    bold = bar.look in {Look.DONE, Look.BLOCKED, Look.AMBER}
    icon = ICON if bar.look in {Look.DONE, Look.BLOCKED, Look.REFUSED} else 0.0
    begins, ends = _readable(bar, box)
    room = ends - begins - icon - PAD - (12 if goes_on else 0)

    def within(text: str) -> Label:
        return Label(text, Box(begins + PAD + icon, 0, width(text, bold=bold), frame.bar), inside=True)

    def beside(text: str, x: float) -> Label:
        return Label(text, Box(x, 0, width(text, bold=bold), frame.bar), inside=False)

    right = box.right + GAP + (4 if bar.due or goes_on else 0)
    for text in dict.fromkeys((bar.label, bar.brief or bar.label)):
        if width(text, bold=bold) <= room:
            return within(text)
    for text in dict.fromkeys((bar.label, bar.brief or bar.label)):
        size = width(text, bold=bold)
        if right + size <= limit:
            return beside(text, right)
        if bar.row is None and box.x - GAP - size >= frame.left:
            return beside(text, box.x - GAP - size)
    text = bar.brief or bar.label
    if room >= max(SHORT, limit - right):
        cut = fitted(text, room, bold=bold)
        return within(cut) if cut else None
    cut = fitted(text, limit - right, bold=bold) if limit - right >= SHORT else ""
    return beside(cut, right) if cut else None


def _readable(bar: Bar, box: Box) -> tuple[float, float]:
    """The part of a bar on which words can be read: not the red one."""
    if bar.late is None:
        return box.x, box.right
    whole = (bar.ends - bar.begins).total_seconds() or 1.0
    before = (bar.late[0] - bar.begins).total_seconds() / whole
    return box.x, min(box.right, box.x + max(0.0, before) * box.width)
