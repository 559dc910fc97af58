"""Which days and hours count, compiled: a running clock asks neither a time-zone database nor a holidays library.

A `Calendar` says which days are off or worked against the week; a `Timetable` says when a team or an office is open,
in its zone. Both travel with the case, so replay cannot drift with a worker's data.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, NamedTuple, Self

from pydantic import Field, model_validator

from marshrut.domain.base import Code, Instant, Wire

SATURDAY = 5
DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
# No clock of the service runs longer than this; a schedule that never opens would be searched for ever.
HORIZON = timedelta(days=3660)

Span = tuple[datetime, datetime]
MinuteOfDay = Annotated[int, Field(ge=0, le=24 * 60)]


class DayKind(StrEnum):
    """What a day is to a calendar."""

    WORKING = "working"
    WEEKEND = "weekend"
    DAY_OFF = "day_off"  # a weekday off: a public holiday, or a day to which one was moved
    WORKED = "worked"  # a Saturday or Sunday that is worked instead


class Calendar(Wire):
    """Days off and worked weekends between `first` and `last`; official up to `official_until`.

    `days_off` names the reason of each weekday off by a code. Days after `official_until` follow the week and the
    fixed holidays only: what is counted over them is provisional.
    """

    name: Code
    version: Code
    first: date
    last: date
    official_until: date
    days_off: dict[date, Code] = Field(default_factory=dict)
    worked: tuple[date, ...] = ()

    def __hash__(self) -> int:
        return hash((self.name, self.version))

    def kind(self, day: date) -> DayKind:
        """What the day is."""
        if day in self.days_off:
            return DayKind.DAY_OFF
        if day.weekday() < SATURDAY:
            return DayKind.WORKING
        return DayKind.WORKED if day in self.worked else DayKind.WEEKEND

    def official(self, day: date) -> bool:
        """Whether the calendar of that day has been declared."""
        return self.first <= day <= self.official_until


class Shift(Wire):
    """Opening hours of a day, in minutes after its local midnight.

    Raises:
        ValueError: it closes before it opens.
    """

    opens: MinuteOfDay
    closes: MinuteOfDay

    @model_validator(mode="after")
    def _closes_after_it_opens(self) -> Self:
        if self.closes <= self.opens:
            raise ValueError("a shift closes after it opens")
        return self


class Offset(Wire):
    """The zone's distance from UTC, in minutes, from an instant on."""

    since: Instant
    minutes: Annotated[int, Field(ge=-14 * 60, le=14 * 60)]


class Timetable(Wire):
    """When somebody is open: a shift for each day of the week (Monday first; None: closed), by a calendar or without.

    A worked weekend day has Monday's hours when its own weekday is closed. The offsets stand in order.

    Raises:
        ValueError: it never opens on a weekday, or the offsets are out of order.
    """

    zone: Code
    offsets: Annotated[tuple[Offset, ...], Field(min_length=1)]
    week: Annotated[tuple[Shift | None, ...], Field(min_length=7, max_length=7)]
    calendar: Code | None = None

    @model_validator(mode="after")
    def _opens_at_all(self) -> Self:
        if not any(self.week):
            raise ValueError("a timetable that never opens")
        if list(self.offsets) != sorted(self.offsets, key=lambda each: each.since):
            raise ValueError("the offsets are out of order")
        return self

    def offset(self, at: datetime) -> timedelta:
        """The distance from UTC at that instant; before the first one that is known, that one."""
        for each in reversed(self.offsets):
            if each.since <= at:
                return timedelta(minutes=each.minutes)
        return timedelta(minutes=self.offsets[0].minutes)

    def local(self, at: datetime) -> datetime:
        """The instant as the clocks there show it."""
        return at.astimezone(timezone(self.offset(at)))

    def local_date(self, at: datetime) -> date:
        """The day that it is there at that instant."""
        return (at.astimezone(UTC) + self.offset(at)).date()

    def instant(self, day: date, minutes: int) -> datetime:
        """The instant of that many minutes after the day's local midnight."""
        wall = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=minutes)
        guess = self.offset(wall)
        return wall - (guess if len(self.offsets) == 1 else self.offset(wall - guess))


class Day(NamedTuple):
    """A day of a schedule. `span` is None when nothing counts on it; `reason` is the code of a day off."""

    date: date
    kind: DayKind
    span: Span | None
    reason: str | None = None
    official: bool = True


@dataclass(frozen=True)
class Schedule:
    """The time that a clock counts. `working`: only while the timetable is open; else all of it."""

    timetable: Timetable
    calendar: Calendar | None
    working: bool
    # Days once made, by ordinal: clocks walk over the same ones for their budgets, due times and rungs.
    _made: dict[int, Day] = field(default_factory=dict, repr=False, compare=False)

    def days(self, start: date) -> Iterator[Day]:
        """Day after day, up to the horizon."""
        first = start.toordinal()
        for number in range(first, first + HORIZON.days):
            day = self._made.get(number)
            if day is None:
                day = self._made[number] = self._make(date.fromordinal(number))
            yield day

    def spans(self, start: datetime) -> Iterator[Span]:
        """The time that counts from an instant on, in order."""
        if not self.working:
            yield start, start + HORIZON
            return
        for day in self.days(self.timetable.local_date(start)):
            if day.span is not None and day.span[1] > start:
                yield max(day.span[0], start), day.span[1]

    def next_open(self, at: datetime) -> datetime:
        """The instant itself when it is open then, up to the moment of closing; else the next opening."""
        return next((max(opens, at) for opens, _ in self.spans(at - MOMENT)), at)

    def is_open(self, at: datetime) -> bool:
        """Whether it is open at that instant; at the moment of closing no more."""
        return next((opens <= at for opens, _ in self.spans(at)), False)

    def next_day(self, at: datetime) -> datetime:
        """The local midnight after an instant."""
        return self.timetable.instant(self.timetable.local_date(at) + DAY, 0)

    def closing(self, start: datetime, working_days: int) -> datetime:
        """When the n-th working day after the day of `start` closes; that day itself is not counted.

        Source: Civil Code, articles 191 and 194 [M]: a term begins on the next day and ends with the office's hours.
        """
        later = (day.span for day in self.days(self.timetable.local_date(start) + DAY) if day.span is not None)
        for number, (_, closes) in enumerate(later, start=1):
            if number == working_days:
                return closes
        raise ValueError("the schedule has too few working days")

    def _make(self, day: date) -> Day:
        kind = self.calendar.kind(day) if self.calendar else DayKind.WORKING
        span = self._open(day, kind) if self.working else self._whole(day)
        if self.calendar is None:
            return Day(day, kind, span)
        return Day(day, kind, span, self.calendar.days_off.get(day), self.calendar.official(day))

    def _whole(self, day: date) -> Span:
        return self.timetable.instant(day, 0), self.timetable.instant(day + DAY, 0)

    def _open(self, day: date, kind: DayKind) -> Span | None:
        shift = self.timetable.week[day.weekday()]
        if kind is DayKind.DAY_OFF:
            shift = None
        elif kind is DayKind.WORKED and shift is None:
            shift = self.timetable.week[0]
        if shift is None:
            return None
        return self.timetable.instant(day, shift.opens), self.timetable.instant(day, shift.closes)


@lru_cache(maxsize=256)
def opening(timetable: Timetable, calendar: Calendar | None) -> Schedule:
    """The working schedule of these, one for all cases of a process: making its days costs more than counting them.

    It follows from what it is asked by, and so do the days that it remembers, whoever asks first.
    """
    return Schedule(timetable, calendar, working=True)
