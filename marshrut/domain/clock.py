"""The clock of a step: a budget of time that counts from a named event and is always recomputed from the start.

Nothing is added up as time goes by. A clock keeps its term, the instant it counts from and, beside it in the case, the
pauses; each answer follows from these, so pauses, late news and new calendars cannot make it drift.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from marshrut.domain.base import Code, Instant, Wire
from marshrut.domain.calendar import HORIZON, Calendar, Schedule, Span, Timetable, opening

Mark = Literal["S", "M", "A"]  # seen in a source, from memory, assumed
OPENING, ADMISSION = "opening", "admission"
PLANNED_DAY = "planned_day"  # from it a term is counted back
# From this part of its time on a step wants attention [A].
AMBER_FROM = 0.8
NOTHING = timedelta(0)


class Unit(StrEnum):
    """What a term counts: minutes, hours and days of the calendar; hours and days that are worked."""

    MINUTES = "m"
    HOURS = "h"
    DAYS = "d"
    WORKING_HOURS = "wh"
    WORKING_DAYS = "wd"


WORKING = frozenset({Unit.WORKING_HOURS, Unit.WORKING_DAYS})
SPANS = {
    Unit.MINUTES: timedelta(minutes=1),
    Unit.HOURS: timedelta(hours=1),
    Unit.DAYS: timedelta(days=1),
    Unit.WORKING_HOURS: timedelta(hours=1),
}


class Term(Wire):
    """So much time: 24 h, 5 wd. A day of the calendar is 24 hours.

    With `at`, in minutes after local midnight, it ends at that time of the n-th day after the start: 1 d at 10:00 is
    tomorrow at ten, whenever it begins today.

    Raises:
        ValueError: a time of day is named and the term is not in days of the calendar.
    """

    amount: Annotated[int, Field(gt=0, lt=10_000)]
    unit: Unit
    at: Annotated[int, Field(ge=0, lt=24 * 60)] | None = None

    @model_validator(mode="after")
    def _days_have_times(self) -> Self:
        if self.at is not None and self.unit is not Unit.DAYS:
            raise ValueError("only a term in days ends at a time of day")
        return self


class Pause(Wire):
    """Time that does not count; `reason`: of a step, what stopped its clock."""

    since: Instant
    until: Instant
    reason: Code | None = None

    @model_validator(mode="after")
    def _ends_after_it_began(self) -> Pause:
        if self.until < self.since:
            raise ValueError("a pause ends after it began")
        return self


class Extension(Wire):
    """A senior said at `at` that the step is due at `due_at`."""

    at: Instant
    due_at: Instant


class Times(Wire):
    """What a clock shows: computed from all that it depends on, and journaled, so that SQL need not compute it."""

    started_at: Instant
    due_at: Instant
    amber_at: Instant
    provisional: bool = False


class Clock(Wire):
    """A step's clock. Without a term its due time was said by a person, or counted back from a day (`extension`).

    `climbed` rungs of the ladder have been passed in this `generation`; an extension begins a new one.
    """

    term: Term | None
    counts_from: Code
    timetable: Code
    ladder: Code
    emergency: bool
    mark: Mark
    times: Times
    extension: Extension | None = None
    generation: int = 0
    climbed: int = 0


@dataclass(frozen=True)
class Basis:
    """What a clock is computed from, besides itself."""

    timetable: Timetable
    calendar: Calendar | None
    pauses: tuple[Pause, ...] = ()

    def schedule(self, term: Term | None) -> Schedule:
        """The time that counts for a term; what a person said counts around the clock."""
        if term is not None and term.unit in WORKING:
            return opening(self.timetable, self.calendar)
        return Schedule(self.timetable, self.calendar, working=False)


def minus(spans: Iterable[Span], pauses: Sequence[Pause]) -> Iterator[Span]:
    """The spans (in order) without the pauses, which may overlap and come in any order."""
    cuts = sorted((pause.since, pause.until) for pause in pauses)
    for begins, ends in spans:
        while cuts and cuts[0][1] <= begins:
            del cuts[0]
        at = begins
        for since, until in cuts:
            if since >= ends:
                break
            if since > at:
                yield at, since
            at = max(at, until)
        if at < ends:
            yield at, ends


def spent(schedule: Schedule, pauses: Sequence[Pause], start: datetime, until: datetime) -> timedelta:
    """The time that counts between two instants."""
    total = NOTHING
    for begins, ends in minus(schedule.spans(start), pauses):
        if begins >= until:
            break
        total += min(ends, until) - begins
    return total


def reach(schedule: Schedule, pauses: Sequence[Pause], start: datetime, amount: timedelta) -> datetime:
    """The instant at which so much time has counted."""
    left = amount
    if left <= NOTHING:
        return start
    for begins, ends in minus(schedule.spans(start), pauses):
        if ends - begins >= left:
            return begins + left
        left -= ends - begins
    return start + HORIZON


def budget(term: Term, start: datetime, schedule: Schedule) -> timedelta:
    """A term as time that counts. Working days end with the last one's hours, pauses apart."""
    if term.at is not None:
        table = schedule.timetable
        return table.instant(table.local_date(start) + term.amount * SPANS[term.unit], term.at) - start
    if term.unit is Unit.WORKING_DAYS:
        return spent(schedule, (), counts_since(term, start, schedule), schedule.closing(start, term.amount))
    return term.amount * SPANS[term.unit]


def counts_since(term: Term | None, start: datetime, schedule: Schedule) -> datetime:
    """Where the counting begins: of working days on the next day, whatever was left of the first (see `closing`)."""
    if term is not None and term.unit is Unit.WORKING_DAYS:
        return schedule.next_day(start)
    return start


def compute(term: Term | None, extension: Extension | None, started_at: datetime, basis: Basis) -> Times:
    """What a clock with this term and extension shows.

    Raises:
        ValueError: there is neither a term nor an extension, or the timetable has too few working days.
    """
    schedule = basis.schedule(term)
    since = counts_since(term, started_at, schedule)
    if extension is not None:
        due_at = _extended(extension, schedule, basis.pauses)
        total = spent(schedule, basis.pauses, since, due_at)
    elif term is not None:
        total = budget(term, started_at, schedule)
        due_at = reach(schedule, basis.pauses, since, total)
    else:
        raise ValueError("a clock needs a term or a due time")
    return Times(
        started_at=started_at,
        due_at=due_at,
        amber_at=min(due_at, reach(schedule, basis.pauses, since, total * AMBER_FROM)),
        provisional=_provisional(started_at, due_at, schedule),
    )


def at_percent(clock: Clock, percent: int, basis: Basis) -> datetime:
    """When so much of the clock's time has been used; past 100 it goes on counting."""
    schedule, due_at = basis.schedule(clock.term), clock.times.due_at
    if percent == 100:  # noqa: PLR2004 - all of it
        return due_at
    since = counts_since(clock.term, clock.times.started_at, schedule)
    total = spent(schedule, basis.pauses, since, due_at)
    if percent < 100:  # noqa: PLR2004 - as above
        return min(due_at, reach(schedule, basis.pauses, since, total * percent / 100))
    return reach(schedule, basis.pauses, due_at, total * (percent - 100) / 100)


def _extended(extension: Extension, schedule: Schedule, pauses: Sequence[Pause]) -> datetime:
    """What a person said stands; only the time that pauses took since they said it comes on top."""
    at, due_at = extension.at, extension.due_at
    taken = spent(schedule, (), at, due_at) - spent(schedule, pauses, at, due_at)
    return reach(schedule, pauses, due_at, taken)


def _provisional(started_at: datetime, due_at: datetime, schedule: Schedule) -> bool:
    """Whether the clock counts over days whose calendar is not declared."""
    calendar = schedule.calendar
    if not schedule.working or calendar is None:
        return False
    return not all(calendar.official(schedule.timetable.local_date(at)) for at in (started_at, due_at))
