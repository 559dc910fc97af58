"""How old somebody is, and what that makes of a case."""

from __future__ import annotations

from datetime import date, timedelta

from marshrut.domain.words import Flag

OF_AGE = 18
# From so many years a child consents alone (procedures 6 S9). Whom drugs have hold of does from 16 on: no admission
# tells of that, so a person takes the flag away.
CONSENTS = 15
NEWBORN = timedelta(days=28)  # [A] as the neonatal period is counted elsewhere


def age(born: date, on: date) -> int:
    """Full years."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def flags_of_age(earliest: date | None, on: date) -> tuple[Flag, ...]:
    """What is certain of somebody who was born on that day, or at some time after it; None: nothing is known.

    The day differs by zone; of somebody born later than that nothing was told.
    """
    if earliest is None or earliest > on + timedelta(days=1) or age(earliest, on) >= OF_AGE:
        return ()
    return (Flag.CHILD, Flag.NEWBORN) if on - earliest <= NEWBORN else (Flag.CHILD,)


def of_consent_age(born: date | None, on: date) -> tuple[Flag, ...]:
    """That a child born on that very day decides on treatment alone; of a day that is not known nothing follows."""
    return (Flag.OF_CONSENT_AGE,) if born is not None and CONSENTS <= age(born, on) < OF_AGE else ()
