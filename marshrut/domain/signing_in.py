"""Signing in: how often somebody may be wrong, and how long they stay signed in. No I/O; "now" is an argument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# A ward's computer is left alone between two patients; a shift is twelve hours [A].
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# Whoever was wrong too often waits so long; what is older counts no more [A].
WINDOW = timedelta(minutes=15)
# Long enough that nobody guesses it within the limits below, and no page of text to hash.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256


class Guard(StrEnum):
    """What wrong tries are counted by. Several people sign in from one address of a hospital."""

    PAIR = "pair"
    USER = "user"
    ADDRESS = "address"


# Somebody who mistypes meets the pair's limit only; the others stop whoever guesses from many places or for many users.
ALLOWED = {Guard.PAIR: 5, Guard.USER: 25, Guard.ADDRESS: 100}


@dataclass(frozen=True, slots=True)
class Tries:
    """How often it was wrong so far, and when last."""

    count: int = 0
    last_at: datetime | None = None

    def counting(self, now: datetime) -> Tries:
        """Those that still count."""
        return self if self.last_at is not None and now - self.last_at < WINDOW else Tries()

    def again(self, now: datetime) -> Tries:
        """One more."""
        return Tries(self.counting(now).count + 1, now)

    def shut_until(self, guard: Guard, now: datetime) -> datetime | None:
        """Until when nobody is let in, whatever they say; None: they may try."""
        counting = self.counting(now)
        if counting.last_at is None or counting.count < ALLOWED[guard]:
            return None
        return counting.last_at + WINDOW

    def left(self, guard: Guard) -> int:
        """How many more there may be."""
        return max(0, ALLOWED[guard] - self.count)


def shut_until(tries: Mapping[Guard, Tries], now: datetime) -> datetime | None:
    """Until when nobody is let in: as long as any of the guards says so."""
    return max((until for guard, each in tries.items() if (until := each.shut_until(guard, now))), default=None)


def stays_until(started_at: datetime, seen_at: datetime, ends_at: datetime) -> datetime:
    """When a session is over: some time after it was used last, and at its end whatever is done."""
    return min(seen_at + IDLE, started_at + LONGEST, ends_at)
