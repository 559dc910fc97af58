"""The head of a picture: days, worked weekends, and what stands above the lines, placed so that nothing meets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from api.web.formats import Formats
from api.web.picture.frame import Frame
from api.web.picture.measure import width
from api.web.picture.model import Route
from api.web.picture.placing import Box, x_of
from api.web.picture.window import Window

DAYS_Y, FIRST_Y, ROW = 15.0, 37.0, 18.0
SIGN = 16.0
Sort = Literal["ready", "delay", "plan"]


@dataclass(frozen=True, slots=True)
class Said:
    """Words above a line."""

    sort: Sort
    x: float
    y: float
    text: str
    box: Box


@dataclass(frozen=True, slots=True)
class Head:
    """`lines`: where the signs stand, by sort; `bottom`: where the lanes begin."""

    said: tuple[Said, ...]
    lines: dict[Sort, float]
    worked_y: float | None
    signs_y: float
    bottom: float


def head(route: Route, frame: Frame, window: Window) -> Head:
    """Each with its words to the right of its line where there is room, else to the left, else a row lower."""
    worked_y = FIRST_Y - 1 if any(day in route.worked for day in window.dates) else None
    signs_y = FIRST_Y + (ROW - 4 if worked_y is not None else 0)
    lines: dict[Sort, float] = {}
    wanted: list[tuple[Sort, float, float, str]] = []
    for sort, mark in (("ready", route.ready), ("plan", route.plan)):
        if mark is not None and window.shows(mark.at, mark.at):
            lines[_sort(sort)] = x = x_of(frame, window, window.at(mark.at))
            reach = SIGN / 2 if sort == "ready" else SIGN
            wanted.append((_sort(sort), x, reach, mark.text if frame.beside else mark.short))
    taken = [Box(x - (8 if sort == "ready" else 1), signs_y - 13, SIGN + 1, SIGN) for sort, x, _, _ in wanted]
    if route.delay is not None and window.shows(route.delay.begins, route.delay.ends):
        x = x_of(frame, window, window.at(route.delay.ends))
        lines["delay"] = x_of(frame, window, window.at(route.delay.begins))
        wanted.insert(1, ("delay", x, 4.0, route.delay.text if frame.beside else route.delay.short))
    said: list[Said] = []
    for sort, x, reach, text in wanted:
        placed = _place(sort, x, reach, text, taken, frame, signs_y)
        taken.append(placed.box)
        said.append(placed)
    lowest = max([signs_y, *(each.y for each in said)]) if wanted else FIRST_Y - ROW
    return Head(tuple(said), lines, worked_y, signs_y, max(lowest, worked_y or 0) + 11)


def _place(  # noqa: PLR0913, PLR0917 - what is said, where, and what stands there already
    sort: Sort, x: float, reach: float, text: str, taken: list[Box], frame: Frame, y: float
) -> Said:
    size = width(text, bold=True)
    row = 0
    while True:
        at = y + row * ROW
        for left in (x + reach + 5, x - reach - 5 - size):
            box = Box(left, at - 12, size, ROW - 2)
            inside = box.x >= frame.left and box.right <= frame.right
            if (inside and not any(box.meets(other) for other in taken)) or row > 4:  # noqa: PLR2004 - never so many
                return Said(sort, max(frame.margin, min(left, frame.right - size)), at, text, box)
        row += 1


def _sort(name: str) -> Sort:
    return "ready" if name == "ready" else "plan"


def day_name(formats: Formats, frame: Frame, day: date) -> str:
    """A day above its column: with its weekday where there is room."""
    return f"{formats.weekday(day)} {day.day}" if frame.beside else str(day.day)
