"""When people have to be told, counted apart: nothing here is shared with our clock but the calendar's days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tests.fixtures.cases import DAY, HOUR
from tests.fixtures.shipped import shipped

ZONES = {"GKB29": ZoneInfo("Europe/Moscow"), "KKB1": ZoneInfo("Asia/Vladivostok")}
PERCENTS = {"amber": 80, "breach": 100, "grave": 150, "centre": 200}
# The team's hours and days, as the catalogue says them. Who is told soon after an opening is told within the minute.
OPENS, CLOSES = time(9), time(18)
HOURS_A_DAY = timedelta(hours=9)
RUSSIA = shipped().calendars["russia"]
SATURDAY = 5


def team_days(first: date) -> Iterator[date]:
    """The days on which the team works, from this one on."""
    day = first
    while True:
        usual = day.weekday() < SATURDAY and day not in RUSSIA.days_off
        if usual or day in RUSSIA.worked:
            yield day
        day += DAY


def after_a_day(since: datetime, zone: ZoneInfo) -> list[tuple[str, datetime]]:
    """The rungs of 24 hours, each put off to the team's next opening when nobody is there."""
    told = []
    for rung, percent in PERCENTS.items():
        reached = (since + 24 * HOUR * percent / 100).astimezone(zone)
        day = next(team_days(reached.date()))
        if day > reached.date() or reached.time() < OPENS:
            reached = datetime.combine(day, OPENS, zone)
        elif reached.time() > CLOSES:
            reached = datetime.combine(next(team_days(day + DAY)), OPENS, zone)
        told.append((rung, reached))
    return told


def after_a_working_day(since: datetime, zone: ZoneInfo) -> list[tuple[str, datetime]]:
    """The rungs of one working day, which begins on the day after."""
    days = team_days(since.astimezone(zone).date() + DAY)
    first, second = next(days), next(days)
    told = []
    for rung, percent in PERCENTS.items():
        worked = HOURS_A_DAY * percent / 100
        day, of_it = (first, worked) if worked <= HOURS_A_DAY else (second, worked - HOURS_A_DAY)
        told.append((rung, datetime.combine(day, OPENS, zone) + of_it))
    return told


def at_once(since: datetime) -> list[tuple[str, datetime]]:
    """The rungs of two hours that wait for nobody."""
    return [(rung, since + 2 * HOUR * percent / 100) for rung, percent in PERCENTS.items()]


def the_highest(told: list[tuple[str, datetime]]) -> list[tuple[str, datetime]]:
    """Of rungs that were put off to the same opening the highest is left."""
    return [(rung, at) for rung, at in told if all(at < later for _, later in told[told.index((rung, at)) + 1 :])]


def is_there(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the team is there, up to the moment of closing."""
    local = at.astimezone(zone)
    return next(team_days(local.date())) == local.date() and OPENS <= local.time() <= CLOSES
