"""The clock against a count of minutes that shares nothing with it but the types."""

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from marshrut.domain.calendar import Calendar, Schedule, Timetable
from marshrut.domain.clock import Basis, Pause, Term, Unit, compute, reach, spent
from tests.domain.clocks.drawn import MINUTE, SETTINGS, bases, starts, terms

FEWER = settings(SETTINGS, max_examples=max(15, settings().max_examples // 8))
LIMIT = 400 * 24 * 60
HOURS = {Unit.MINUTES: 1, Unit.HOURS: 60, Unit.DAYS: 24 * 60, Unit.WORKING_HOURS: 60}


def is_open(minute: datetime, table: Timetable, calendar: Calendar | None) -> bool:
    """Whether an office is open for the minute that begins then."""
    there = minute + timedelta(minutes=table.offsets[0].minutes)
    day, since_midnight = there.date(), there.hour * 60 + there.minute
    hours = table.week[day.weekday()]
    if calendar is not None:
        if day in calendar.days_off:
            return False
        if day.weekday() in (5, 6) and day in calendar.worked:
            hours = hours or table.week[0]
    return hours is not None and hours.opens <= since_midnight < hours.closes


def counts(minute: datetime, on: Basis, pauses: tuple[Pause, ...], *, working: bool) -> bool:
    if any(pause.since <= minute < pause.until for pause in pauses):
        return False
    return not working or is_open(minute, on.timetable, on.calendar)


def due_by_minutes(term: Term, start: datetime, on: Basis) -> datetime:
    """When a term ends, minute after minute."""
    working = term.unit in (Unit.WORKING_HOURS, Unit.WORKING_DAYS)
    begin = start
    if term.unit is Unit.WORKING_DAYS:
        east = timedelta(minutes=on.timetable.offsets[0].minutes)
        day = (start + east).date()
        while (begin + east).date() == day:
            begin += MINUTE
        left, seen, minute = 0, 0, begin
        while seen < term.amount or (minute + east).date() == day:
            if is_open(minute, on.timetable, on.calendar):
                if (minute + east).date() != day:
                    day, seen = (minute + east).date(), seen + 1
                left += 1
            minute += MINUTE
    else:
        left = term.amount * HOURS[term.unit]
    minute = begin
    for _ in range(LIMIT):
        left -= counts(minute, on, on.pauses, working=working)
        minute += MINUTE
        if left == 0:
            return minute
    raise AssertionError("not due within the limit")


@given(terms, starts, bases)
@FEWER
def test_due_is_what_a_count_of_minutes_gives(term: Term, start: datetime, on: Basis) -> None:
    """Any term on any timetable, calendar and pauses is due at the minute at which counting them ends."""
    assert compute(term, None, start, on).due_at == due_by_minutes(term, start, on)


@given(starts, st.integers(0, 20 * 24 * 60), bases, st.booleans())
@FEWER
def test_spent_is_a_count_of_minutes(start: datetime, length: int, on: Basis, working: bool) -> None:
    """The time that counts between two instants is the number of minutes that do."""
    schedule = Schedule(on.timetable, on.calendar, working=working)
    found = [start + number * MINUTE for number in range(length)]
    counted = sum(counts(minute, on, on.pauses, working=working) for minute in found)
    assert spent(schedule, on.pauses, start, start + length * MINUTE) == counted * MINUTE
    if counted:
        last = max(minute for minute in found if counts(minute, on, on.pauses, working=working))
        assert reach(schedule, on.pauses, start, counted * MINUTE) == last + MINUTE
