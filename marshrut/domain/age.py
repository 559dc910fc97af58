"""How old somebody is, and what that makes of a case."""

from __future__ import annotations

from datetime import date, timedelta

from marshrut.domain.words import Flag

OF_AGE = 18
NEWBORN = timedelta(days=28)  # [A] as the neonatal period is counted elsewhere


def age(born: date, on: date) -> int:
    """Full years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def flags_of_age(earliest: date | None, on: date) -> tuple[Flag, ...]:
    """What is certain of somebody who was born on that day, or at some time after it; None: nothing is known."""
    if earliest is None or age(earliest, on) >= OF_AGE:
        return ()
    return (Flag.CHILD, Flag.NEWBORN) if on - earliest <= NEWBORN else (Flag.CHILD,)
