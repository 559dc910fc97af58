"""Somebody's day in counts: who may want it, of what it is made, and at which hour of which day it is told."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from marshrut.domain.calendar import Schedule
from marshrut.domain.words import Role

DIGEST_ROLES = frozenset({Role.COORDINATOR, Role.PSYCHOLOGIST, Role.SUPERVISOR, Role.HEAD})
SENIORS = frozenset({Role.SUPERVISOR, Role.HEAD})
# Nobody is written to at night [A], and a morning's counts are of no use in the evening [A].
EARLIEST, LATEST, NIGHT = time(6), time(20), time(21)
LASTS = timedelta(hours=4)


class Part(StrEnum):
    """What is counted: the reader's own steps that are overdue, due by the end of the day or blocked; what nobody has.

    Seniors are told what has been without an owner for too long, and what is stuck.
    """

    OVERDUE = "overdue"
    TODAY = "today"
    WAITING = "waiting"
    UNOWNED = "unowned"
    ABANDONED = "abandoned"
    STUCK = "stuck"


OWN = (Part.OVERDUE, Part.TODAY, Part.WAITING)


def parts_of(role: Role) -> tuple[Part, ...]:
    """Of what the digest of a role is made, in its order."""
    return (*OWN, Part.STUCK, Part.ABANDONED) if role in SENIORS else (*OWN, Part.UNOWNED)


@dataclass(frozen=True, slots=True)
class Sending:
    """The day of a digest, and from when until when it may go out."""

    day: date
    since: datetime
    until: datetime


def sending(at: time, zone: tzinfo, schedule: Schedule, now: datetime) -> Sending | None:
    """The digest that is to go out now, if one is: at that hour of the reader's zone, on days that are worked there."""
    day = now.astimezone(zone).date()
    since = datetime.combine(day, at, zone)
    until = min(since + LASTS, datetime.combine(day, NIGHT, zone))
    if not since <= now < until or next(schedule.days(day)).span is None:
        return None
    return Sending(day, since, until)


def home(hospitals: Collection[str] | None, known: Collection[str]) -> str | None:
    """By whose clock somebody's day ends on the pages: of their hospitals the first by its code, else the first known.

    The mail that counts their day and the page that it links to go by the same one.
    """
    theirs = sorted(code for code in hospitals or () if code in known)
    return next(iter(theirs or ([] if hospitals else known)), None)


def day_ends(now: datetime, zone: tzinfo) -> datetime:
    """The midnight that ends the day, there."""
    return datetime.combine(now.astimezone(zone).date() + timedelta(days=1), time(0), zone)
