"""Calendars, timetables, pauses and terms, drawn at random: on whole minutes, so that they can be counted by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st

from marshrut.domain.calendar import SATURDAY, Calendar, Offset, Shift, Timetable
from marshrut.domain.clock import Basis, Pause, Term, Unit
from tests.domain.clocks.world import LONG_AGO

MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONTH = 30 * 24 * 60
SETTINGS = settings(deadline=None)

minutes = st.integers(0, MONTH)
starts = st.integers(0, 14 * 24 * 60).map(lambda number: MONDAY + number * MINUTE)
DATES = tuple(MONDAY.date() + number * DAY for number in range(61))


@st.composite
def shifts(draw: st.DrawFn) -> Shift:
    opens, closes = sorted(draw(st.lists(st.integers(0, 24), min_size=2, max_size=2, unique=True)))
    return Shift(opens=60 * opens, closes=60 * closes)


# At least one weekday is open.
weeks = st.tuples(shifts(), *[st.none() | shifts()] * 6)


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    offset = Offset(since=LONG_AGO, minutes=60 * draw(st.sampled_from((-3, 0, 3, 10))))
    return Timetable(zone="Zone", offsets=(offset,), week=draw(weeks), calendar="ru")


@st.composite
def calendars(draw: st.DrawFn, version: str = "1") -> Calendar:
    off: list[date] = draw(st.lists(st.sampled_from(DATES), max_size=12))
    worked = draw(st.lists(st.sampled_from([day for day in DATES if day.weekday() >= SATURDAY]), max_size=4))
    return Calendar(
        name="ru",
        version=version,
        first=date(2025, 1, 1),
        last=date(2027, 12, 31),
        official_until=date(2025, 4, 10),
        days_off=dict.fromkeys(off, "holiday"),
        worked=tuple(day for day in worked if day not in off),
    )


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    since = MONDAY + draw(minutes) * MINUTE
    return Pause(since=since, until=since + draw(st.integers(0, 6 * 24 * 60)) * MINUTE)


several = st.lists(pauses(), max_size=5).map(tuple)
_AMOUNTS = {
    Unit.MINUTES: 600,
    Unit.HOURS: 100,
    Unit.DAYS: 10,
    Unit.WORKING_HOURS: 40,
    Unit.WORKING_DAYS: 8,
}
terms = st.sampled_from(Unit).flatmap(
    lambda unit: st.integers(1, _AMOUNTS[unit]).map(lambda amount: Term(amount=amount, unit=unit))
)
bases = st.builds(Basis, timetables(), calendars(), several)
