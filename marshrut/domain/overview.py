"""A supervisor's picture of open work: what holds it up, how old it is, and who has how much of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from marshrut.domain.stuck import DAY, Why

WEEK = 7 * DAY


@dataclass(frozen=True, slots=True)
class Band:
    """Ages of steps: up to `most`, and longer than `over`; None: without a limit."""

    code: str
    over: timedelta | None
    most: timedelta | None

    def opened_from(self, now: datetime) -> datetime | None:
        """A step of this age was opened then or later."""
        return None if self.most is None else now - self.most

    def opened_before(self, now: datetime) -> datetime | None:
        """And before that."""
        return None if self.over is None else now - self.over


# Ages are no terms: norms differ within a track and clocks pause, so no age says that a step is late.
BANDS = (
    Band("day", None, DAY),
    Band("days_3", DAY, 3 * DAY),
    Band("week", 3 * DAY, WEEK),
    Band("weeks_2", WEEK, 2 * WEEK),
    Band("weeks_4", 2 * WEEK, 4 * WEEK),
    Band("longer", 4 * WEEK, None),
)


@dataclass(frozen=True, slots=True)
class Count:
    """How many items of the list of what is stuck, how many of them are steps, and in how many cases."""

    items: int = 0
    steps: int = 0
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Cell:
    """Open steps, and how many of them are overdue."""

    steps: int = 0
    overdue: int = 0

    def __add__(self, other: Cell) -> Cell:
        return Cell(self.steps + other.steps, self.overdue + other.overdue)


@dataclass(frozen=True, slots=True)
class TrackAges:
    """The open steps of a track by age: a cell for each of `BANDS`; half of them are no older than `p50`."""

    track: str
    cells: Sequence[Cell]
    p50: timedelta
    p90: timedelta

    @property
    def all(self) -> Cell:
        """All of its open steps."""
        return sum(self.cells, Cell())


@dataclass(frozen=True, slots=True)
class Picture:
    """What is open and what of it is stuck, as of an instant. `open_cases`: those that are not closed."""

    as_of: datetime
    open_cases: int
    stuck: Count
    causes: Mapping[Why, Count]
    tracks: Sequence[TrackAges]


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody has: cases that they answer for, live steps, and of these the overdue and the soon due (amber)."""

    cases: int = 0
    steps: int = 0
    overdue: int = 0
    soon: int = 0

    @property
    def in_time(self) -> int:
        """Live steps with time left, or whose clock stands still, or without one."""
        return self.steps - self.overdue - self.soon


def place(count: int, percent: int) -> int:
    """Which of so many values, in their order, is the smallest that at least so many percent do not exceed."""
    return -(-count * percent // 100)
