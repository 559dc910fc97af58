"""Which days are off and which weekends are worked, by the calendar of the hospital's team."""

from __future__ import annotations

from datetime import date, timedelta

from marshrut.domain.calendar import SATURDAY, Calendar, DayKind
from marshrut.domain.slice import TEAM, Slice
from marshrut.domain.state import CaseState

DAY = timedelta(days=1)


def off_and_worked(
    state: CaseState, rules: Slice | None, first: date, last: date
) -> tuple[frozenset[date], frozenset[date]]:
    """Days off, and Saturdays and Sundays that are worked instead."""
    calendar = _calendar(state, rules)
    days = [first + n * DAY for n in range((last - first).days + 1)]
    if calendar is None:
        return frozenset(day for day in days if day.weekday() >= SATURDAY), frozenset()
    kinds = {day: calendar.kind(day) for day in days}
    off = frozenset(day for day, kind in kinds.items() if kind in {DayKind.WEEKEND, DayKind.DAY_OFF})
    return off, frozenset(day for day, kind in kinds.items() if kind is DayKind.WORKED)


def _calendar(state: CaseState, rules: Slice | None) -> Calendar | None:
    """The team's; of a team that works every day that of any office, for the days are the city's all the same."""
    if rules is None:
        return None
    named = [rules.timetables[TEAM].calendar, *rules.calendars]
    name = next((name for name in named if name is not None), None)
    return None if name is None else state.calendars.get(name) or rules.calendars[name]
