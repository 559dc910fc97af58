"""Why a step is due when it is: its clock told day by day, from the same facts and rules that compute it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce

from marshrut.domain.calendar import Day, DayKind, Schedule, Span
from marshrut.domain.clock import (
    ADMISSION,
    NOTHING,
    OPENING,
    PLANNED_DAY,
    Clock,
    Pause,
    Unit,
    compute,
    counts_since,
    minus,
    spent,
)
from marshrut.domain.ladder import Climb
from marshrut.domain.overdue import ClockState, clock_state
from marshrut.domain.slice import REPORTS, Slice
from marshrut.domain.state import CaseState, Step

# A clock that has run for longer than this is told for its first days only.
MOST_DAYS = 400


class Mark(StrEnum):
    """What is special about a day."""

    START = "start"
    NOT_COUNTED = "not_counted"  # the day of the start, of a term in working days
    TODAY = "today"
    DUE = "due"
    END = "end"  # the step was done or cancelled
    PROVISIONAL = "provisional"  # its calendar has not been declared yet


class RungState(StrEnum):
    """How a rung of the ladder stands."""

    PASSED = "passed"
    NEXT = "next"
    AHEAD = "ahead"
    VOID = "void"  # the step ended before


@dataclass(frozen=True, slots=True)
class DayCount:
    """A day of a clock.

    `counted` is what counted of it until the step was due, `over` what did after; `paused` is open time that did not
    count. `total` is what had counted when the day ended. `number`: of a term in working days, the n-th that counted.
    """

    date: date
    kind: DayKind
    reason: str | None
    hours: Span | None
    counted: timedelta
    over: timedelta
    paused: timedelta
    total: timedelta
    number: int | None
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """Time that did not count: of the case as a whole, or by a reason on the step. `until` is None while it stands."""

    since: datetime
    until: datetime | None
    case: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class RungCount:
    """A rung of the ladder and how it stands."""

    climb: Climb
    state: RungState


@dataclass(frozen=True, slots=True)
class Explanation:
    """A clock, told.

    `due_at` is what every list shows. `reached_at` is when the budget has counted: another time only while something
    stands that stops the clock (it is then the due time if that ended now), or when a pause was told of after the end.
    `started_recorded_at` is None where only the journal knows it. `end` is when the step ended, else now. `left` and
    `over` are counted time. `cut`: there were more days than are told.
    """

    clock: Clock
    state: ClockState
    started_recorded_at: datetime | None
    schedule: Schedule
    due_at: datetime
    reached_at: datetime
    end: datetime
    budget: timedelta
    used: timedelta
    days: tuple[DayCount, ...]
    cut: bool
    stops: tuple[Stop, ...]
    rungs: tuple[RungCount, ...]

    @property
    def left(self) -> timedelta:
        """What is left of the budget."""
        return max(NOTHING, self.budget - self.used)

    @property
    def over(self) -> timedelta:
        """What has counted beyond the budget."""
        return max(NOTHING, self.used - self.budget)


def explain(catalogue: Slice, state: CaseState, step: Step, now: datetime) -> Explanation | None:
    """Why the step is due when it is; None when it has no clock.

    Raises:
        KeyError: the slice does not know the clock's timetable or ladder.
    """
    if step.clock is None:
        return None
    end = now if step.live else step.occurred_at or now
    stops = tuple(_stops(state, step, end))
    known_state, known_step = _as_if_ended(state, step, stops, end)
    clock, basis = step.clock, catalogue.basis(known_state, step.clock.timetable, known_step.pauses)
    schedule, started_at = basis.schedule(clock.term), clock.times.started_at
    times = compute(clock.term, clock.extension, started_at, basis)
    since = counts_since(clock.term, started_at, schedule)
    days = tuple(_days(clock, schedule, basis.pauses, times.due_at, end, now))
    shown = known_step.but(clock=clock.model_copy(update={"times": times}))
    return Explanation(
        clock=clock,
        state=clock_state(step, state.closed or state.paused_since is not None, now),
        started_recorded_at=_recorded_at(state, step, clock),
        schedule=schedule,
        due_at=clock.times.due_at,
        reached_at=times.due_at,
        end=end,
        budget=spent(schedule, basis.pauses, since, times.due_at),
        used=spent(schedule, basis.pauses, since, end),
        days=days[:MOST_DAYS],
        cut=len(days) > MOST_DAYS,
        stops=stops,
        rungs=tuple(_rungs(catalogue.climbs(known_state, shown), step, clock)),
    )


def _stops(state: CaseState, step: Step, end: datetime) -> Iterator[Stop]:
    """What stopped the clock before its end, in order."""
    found = [Stop(pause.since, pause.until, case=True, reason=None) for pause in state.pauses]
    found += [Stop(pause.since, pause.until, case=False, reason=pause.reason) for pause in step.pauses]
    found += [Stop(block.since, None, case=False, reason=block.reason) for block in step.blocks if block.pauses]
    if state.paused_since is not None:
        found.append(Stop(state.paused_since, None, case=True, reason=None))
    for stop in sorted(found, key=lambda each: each.since):
        if stop.since < end and stop.until != stop.since:
            yield stop


def _as_if_ended(state: CaseState, step: Step, stops: tuple[Stop, ...], end: datetime) -> tuple[CaseState, Step]:
    """Case and step as if all that still stops the clock ended at its end."""
    pauses = {case: tuple(_pause(stop, end) for stop in stops if stop.case is case) for case in (True, False)}
    return state.but(pauses=pauses[True]), step.but(pauses=pauses[False])


def _pause(stop: Stop, end: datetime) -> Pause:
    return Pause(since=stop.since, until=min(stop.until or end, end), reason=stop.reason)


def _days(  # noqa: PLR0913, PLR0917 - all that a day is counted from
    clock: Clock, schedule: Schedule, pauses: tuple[Pause, ...], due_at: datetime, end: datetime, now: datetime
) -> Iterator[DayCount]:
    """Each day from the start to the last one that matters, and one more where there are too many."""
    table, started_at = schedule.timetable, clock.times.started_at
    since, until = counts_since(clock.term, started_at, schedule), max(due_at, end)
    first, last = table.local_date(started_at), table.local_date(until)
    in_working_days = clock.term is not None and clock.term.unit is Unit.WORKING_DAYS
    special = {
        Mark.START: first,
        Mark.NOT_COUNTED: first if in_working_days else None,
        Mark.TODAY: table.local_date(now),
        Mark.DUE: table.local_date(due_at),
        Mark.END: None if end == now else table.local_date(end),
    }
    total, number = NOTHING, 0
    for day, _ in zip(schedule.days(first), range(MOST_DAYS + 1), strict=False):
        if day.date > last:
            return
        whole = _within(day.span, since, until)
        left = tuple(minus(whole, pauses))
        counted = _length(piece for span in left for piece in _within(span, since, due_at))
        total += _length(left)
        number += counted > NOTHING
        yield DayCount(
            date=day.date,
            kind=day.kind,
            reason=day.reason,
            hours=day.span,
            counted=counted,
            over=_length(left) - counted,
            paused=_length(whole) - _length(left),
            total=total,
            number=number if in_working_days and counted > NOTHING else None,
            marks=_marks(day, special, schedule),
        )


def _marks(day: Day, special: dict[Mark, date | None], schedule: Schedule) -> tuple[Mark, ...]:
    found = [mark for mark, when in special.items() if when == day.date]
    return (*found, Mark.PROVISIONAL) if schedule.working and not day.official else tuple(found)


def _within(span: Span | None, since: datetime, until: datetime) -> tuple[Span, ...]:
    """The part of a span between two instants, if there is one."""
    if span is None:
        return ()
    begins, ends = max(span[0], since), min(span[1], until)
    return ((begins, ends),) if begins < ends else ()


def _length(spans: Iterable[Span]) -> timedelta:
    return reduce(lambda total, span: total + (span[1] - span[0]), spans, NOTHING)


def _recorded_at(state: CaseState, step: Step, clock: Clock) -> datetime | None:
    """When the start event was recorded, as far as the case itself knows."""
    if clock.counts_from in {OPENING, PLANNED_DAY}:
        return step.opened_at
    if clock.counts_from == ADMISSION:
        return state.opened_at
    if clock.counts_from in REPORTS:
        return None
    done = [
        each.ended_at
        for each in state.steps.values()
        if f"{each.track}.{each.name}" == clock.counts_from and each.occurred_at == clock.times.started_at
    ]
    return done[-1] if done else step.opened_at


def _rungs(climbs: tuple[Climb, ...], step: Step, clock: Clock) -> Iterator[RungCount]:
    for climb in climbs:
        if climb.number <= clock.climbed:
            yield RungCount(climb, RungState.PASSED)
        elif not step.live:
            yield RungCount(climb, RungState.VOID)
        else:
            yield RungCount(climb, RungState.NEXT if climb.number == clock.climbed + 1 else RungState.AHEAD)
