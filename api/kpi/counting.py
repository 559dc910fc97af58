"""Counting: from the records of the cases to the figures of hospitals and periods, in one pass over them.

A record costs about 0.2 ms of one core, where reading its case cost ten times as much: a month of a city (7,000 cases
that were there in it) one to two seconds, a year of it (40,000) about eight; the period before and the course of the
weeks add half of that. Between two batches of 100 others are served.
"""

from __future__ import annotations

import asyncio
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from api.parts import ApiParts
from api.problems import Problem
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR
from marshrut.domain.delay import delay_of
from marshrut.domain.kpi import Figures, Period, Tally
from marshrut.domain.kpi.weeks import Course, Week, weeks
from marshrut.domain.kpi.worked import Worked
from marshrut.ports import Caller

DAY = timedelta(days=1)
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Days:
    """A period in days: from the first one on and before the other, by each hospital's own clock."""

    since: date
    until: date

    def at(self, zone: tzinfo) -> Period:
        """The period in a zone."""
        return Period(_midnight(self.since, zone), _midnight(self.until, zone))


@dataclass(frozen=True, slots=True)
class Counted:
    """What a hospital, or all together, counted; `before` and `course` where they were asked for."""

    figures: Figures
    before: Figures | None = None
    course: tuple[Week, ...] = ()

    def __add__(self, other: Counted) -> Counted:
        before = None if self.before is None or other.before is None else self.before + other.before
        course = tuple(mine + theirs for mine, theirs in zip(self.course, other.course, strict=True))
        return Counted(self.figures + other.figures, before, course)


@dataclass(frozen=True, slots=True)
class Tables:
    """All that was counted. `before`: the days that a comparison is with."""

    days: Days
    before: Days | None
    hospitals: Mapping[str, Counted]

    @property
    def total(self) -> Counted:
        """The hospitals together: somebody who came to two of them is one person."""
        each = list(self.hospitals.values())
        if not each:
            return Counted(Figures(), None if self.before is None else Figures())
        found = each[0]
        for other in each[1:]:
            found += other
        return found


def checked(since: date, until: date) -> Days:
    """The days that are asked for.

    Raises:
        Problem: no such year is counted, or it ends before it begins.
    """
    if not all(FIRST_YEAR <= day.year <= LAST_YEAR for day in (since, until)):
        raise Problem("invalid", errors=({"field": "from", "message": "No such year is counted"},))
    if until <= since:
        raise Problem("ends_before_it_starts", {"field": "until"})
    return Days(since, until)


def counted_hospitals(caller: Caller, parts: ApiParts, hospital: str | None) -> tuple[str, ...]:
    """The hospitals of the caller that are counted, or the one that is asked for.

    Raises:
        Problem: it is not one of theirs.
    """
    allowed = parts.zones.keys() if caller.hospitals is None else parts.zones.keys() & caller.hospitals
    if hospital is not None and hospital not in allowed:
        raise Problem("hospital_not_allowed")
    return tuple(code for code in sorted(allowed) if hospital in {None, code})


def before(days: Days, today: date) -> Days:
    """The period before: as many whole months, or as many days. Of one that is not over only as much is compared."""
    if days.since.day == 1 and days.until.day == 1:
        first = months_later(
            days.since, -((days.until.year - days.since.year) * MONTHS + days.until.month - days.since.month)
        )
    else:
        first = days.since - (days.until - days.since)
    gone = today - days.since
    if days.since <= today < days.until:
        return Days(first, min(days.since, first + max(gone, DAY)))
    return Days(first, days.since)


def months_later(day: date, number: int) -> date:
    """The same day so many months later, or the last of a month that has no such day."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + number, MONTHS)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


async def count(parts: ApiParts, hospitals: tuple[str, ...], days: Days, *, compare: bool = False) -> Tables:
    """The figures of the hospitals; with `compare` also those of the period before, and the course of the weeks.

    Raises:
        Unavailable: SQL does not answer.
    """
    now = parts.now()
    today = min((now.astimezone(parts.zones[code]).date() for code in hospitals), default=now.date())
    earlier = before(days, today) if compare else None
    firsts = weeks(days.since, days.until, today) if compare else ()
    asked = _Asked(days, earlier, firsts, now)
    return Tables(days, earlier, {code: await _hospital(parts, code, asked) for code in hospitals})


@dataclass(frozen=True, slots=True)
class _Asked:
    days: Days
    earlier: Days | None
    firsts: tuple[date, ...]
    now: datetime


async def _hospital(parts: ApiParts, code: str, asked: _Asked) -> Counted:
    days, earlier, firsts, now = asked.days, asked.earlier, asked.firsts, asked.now
    zone, paused_days = parts.zones[code], parts.catalogue.at(code).stay.paused_days.value
    first = min([days.since, *([] if earlier is None else [earlier.since]), *firsts[:1]])
    worked = await _worked(parts, code, _midnight(first, zone), now)
    tally = Tally(days.at(zone), now, worked)
    past = None if earlier is None else Tally(earlier.at(zone), now, None)
    course = Course(firsts, zone) if firsts else None
    async for batch in parts.facts.facts(code, _midnight(first, zone), _midnight(days.until, zone)):
        for facts in batch:
            stay = facts.stay
            found = None if stay is None else delay_of(stay, zone, now, paused_days=paused_days)
            tally.case(facts)
            tally.delayed(found, days.since, days.until)
            if past is not None and earlier is not None:
                past.case(facts)
                past.delayed(found, earlier.since, earlier.until)
            if course is not None:
                course.case(facts, found)
        await asyncio.sleep(0)
    return Counted(tally.figures(), None if past is None else past.figures(), () if course is None else course.weeks())


async def _worked(parts: ApiParts, code: str, since: datetime, now: datetime) -> Worked | None:
    """The hours of the hospital and of the offices that answer it, by the catalogue in force."""
    rules = await parts.catalogues.slice_of(parts.catalogue.version, code)
    return None if rules is None else Worked(rules.timetables, rules.calendars, since, now)


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)
