"""How long something took, in the unit of its term: hours and days of the calendar, or those that were worked.

Working time is looked up and not walked through: a year of a city has a million steps.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from marshrut.domain.calendar import Calendar, Timetable, opening
from marshrut.domain.clock import Unit
from marshrut.domain.kpi.facts import Stop, TermFact, micros

HUNDREDTHS = 100
HOUR_SPENT = 3_600_000_000 // HUNDREDTHS
DAY_SPENT = 24 * HOUR_SPENT
_CALENDAR = {Unit.MINUTES: HOUR_SPENT // 60, Unit.HOURS: HOUR_SPENT, Unit.DAYS: DAY_SPENT}
_UNITS = {unit.value: unit for unit in Unit}
# So long before a period something may have begun and still be counted right.
LOOKS_BACK = timedelta(days=1100)
TEAM = "team"
# Partners are waited for in working days of the team (`waits.yaml`).
PARTNERS_UNIT = Unit.WORKING_DAYS

Reading = Callable[[int], int]


class Hours:
    """The opening hours of somebody, as sums: how much had been worked by an instant, since long ago."""

    def __init__(self, timetable: Timetable, calendar: Calendar | None, since: datetime, until: datetime) -> None:
        schedule = opening(timetable, calendar)
        self._opens: list[int] = []
        self._closes: list[int] = []
        self._worked: list[int] = []
        self._midnights: list[int] = []
        total, first = 0, timetable.local_date(since)
        last = timetable.local_date(until) + timedelta(days=2)
        for day in schedule.days(first):
            self._midnights.append(micros(timetable.instant(day.date, 0)))
            if day.date > last:
                break
            if day.span is not None:
                opens, closes = map(micros, day.span)
                self._opens.append(opens)
                self._closes.append(closes)
                self._worked.append(total)
                total += closes - opens

    def hours(self, at: int) -> int:
        """Hundredths of hours that had been worked."""
        number = bisect_right(self._opens, at) - 1
        if number < 0:
            return 0
        return (self._worked[number] + min(at, self._closes[number]) - self._opens[number]) // HOUR_SPENT

    def days(self, at: int) -> int:
        """Hundredths of days that had been worked: of a day that is not over, so much of its hours."""
        number = bisect_right(self._opens, at) - 1
        if number < 0:
            return 0
        opens, closes = self._opens[number], self._closes[number]
        return number * HUNDREDTHS + (min(at, closes) - opens) * HUNDREDTHS // (closes - opens)

    def next_midnight(self, at: int) -> int:
        """The local midnight after an instant: a term in working days begins there."""
        number = bisect_right(self._midnights, at)
        return self._midnights[number] if 0 < number < len(self._midnights) else at


class Worked:
    """What was worked in a hospital and in the offices that answer it, by the catalogue in force."""

    def __init__(
        self,
        timetables: Mapping[str, Timetable],
        calendars: Mapping[str, Calendar],
        since: datetime,
        until: datetime,
    ) -> None:
        self._timetables, self._calendars = timetables, calendars
        self._since, self._until = since - LOOKS_BACK, until
        self._hours: dict[str, Hours | None] = {}

    def spent(self, term: TermFact, now: int) -> int | None:
        """How long a step took, or has taken by now, in hundredths of its unit; None where nobody can say."""
        if term.unit is None:
            return None
        until = now if term.done is None else term.done
        return self.between(_UNITS[term.unit], term.started, until, term.stops, term.timetable)

    def between(
        self, unit: Unit, since: int, until: int, stops: Sequence[Stop] = (), timetable: str = TEAM
    ) -> int | None:
        """The time that counted between two instants, in hundredths of a unit."""
        if until <= since:
            return 0
        if (length := _CALENDAR.get(unit)) is not None:
            return (until - since - _stopped(stops, since, until, int)) // length
        hours = self._of(timetable)
        if hours is None:
            return None
        start = hours.next_midnight(since) if unit is Unit.WORKING_DAYS else since
        if until <= start:
            return 0
        reading = hours.days if unit is Unit.WORKING_DAYS else hours.hours
        return reading(until) - reading(start) - _stopped(stops, start, until, reading)

    def _of(self, timetable: str) -> Hours | None:
        if timetable not in self._hours:
            known = self._timetables.get(timetable)
            calendar = None if known is None or known.calendar is None else self._calendars.get(known.calendar)
            self._hours[timetable] = None if known is None else Hours(known, calendar, self._since, self._until)
        return self._hours[timetable]


def _stopped(stops: Sequence[Stop], since: int, until: int, reading: Reading) -> int:
    """What of it did not count."""
    return sum(
        reading(min(end, until)) - reading(max(begin, since)) for begin, end in stops if begin < until and end > since
    )
