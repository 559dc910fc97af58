"""Signing in: how often somebody may be wrong, and how long they stay signed in. No I/O; "now" is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A ward's computer is left alone between two patients; a shift is twelve hours [A].
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# Whoever was wrong too often waits: a minute, and longer with each wrong try, never beyond the last [A].
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(minutes=15)
# In such a time as many tries are forgotten as are allowed, a little every minute [A].
FORGOTTEN = timedelta(hours=1)
# Long enough that nobody guesses it within the limits below, and no page of text to hash.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
# Whoever gave the right password has so long for what is asked of them besides.
HALFWAY = timedelta(minutes=10)
# For so long a browser that somebody has signed in with is known as theirs [A].
KNOWN_BROWSER = timedelta(days=180)


class Stage(StrEnum):
    """What is still asked of somebody whose password was right: a code, a password of their own, a second factor."""

    CODE = "code"
    PASSWORD = "password"  # noqa: S105 - the name of a stage
    ENROL = "enrol"


class Guard(StrEnum):
    """What wrong tries are counted by. Several people sign in from one address of a hospital.

    A browser that its user has signed in with before is a pair with that user, and counted by nothing else: so nobody
    who is wrong elsewhere, however often, keeps people from their own computers.
    """

    PAIR = "pair"
    USER = "user"
    ADDRESS = "address"


# Somebody who mistypes meets the pair's limit only; the others stop whoever guesses from many places or for many users.
ALLOWED = {Guard.PAIR: 5, Guard.USER: 25, Guard.ADDRESS: 100}


@dataclass(frozen=True, slots=True)
class Tries:
    """How often it was wrong so far, less what is forgotten, and when last."""

    count: float = 0
    last_at: datetime | None = None

    def counting(self, guard: Guard, now: datetime) -> float:
        """How many still count."""
        if self.last_at is None:
            return 0
        return max(0, self.count - ALLOWED[guard] * max(timedelta(), now - self.last_at) / FORGOTTEN)

    def again(self, guard: Guard, now: datetime) -> Tries:
        """One more."""
        return Tries(round(self.counting(guard, now) + 1, 3), now)

    def shut_until(self, guard: Guard, now: datetime) -> datetime | None:
        """Until when nobody is let in, whatever they say; None: they may try."""
        if self.last_at is None or round(self.count) < ALLOWED[guard]:
            return None
        over = max(0.0, min(self.count - ALLOWED[guard], 10.0))
        until = self.last_at + min(LONGEST_WAIT, FIRST_WAIT * 2**over)
        return until if now < until else None

    def left(self, guard: Guard) -> int:
        """How many more there may be."""
        return max(0, ALLOWED[guard] - round(self.count))


def shut_until(tries: Mapping[Guard, Tries], now: datetime) -> datetime | None:
    """Until when nobody is let in: as long as any of the guards says so."""
    return max((until for guard, each in tries.items() if (until := each.shut_until(guard, now))), default=None)


def stays_until(started_at: datetime, seen_at: datetime, ends_at: datetime) -> datetime:
    """When a session is over: some time after it was used last, and at its end whatever is done."""
    return min(seen_at + IDLE, started_at + LONGEST, ends_at)
