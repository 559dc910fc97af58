"""What a birth date makes of a case, whole or in part."""

from __future__ import annotations

from datetime import date

import pytest

from marshrut.domain.age import age, flags_of_age
from marshrut.domain.words import Flag

DAY = date(2026, 3, 12)
CHILD, BABY = (Flag.CHILD,), (Flag.CHILD, Flag.NEWBORN)


@pytest.mark.parametrize(
    ("earliest", "flags"),
    [
        (None, ()),
        (date(1941, 3, 9), ()),
        (date(2008, 3, 12), ()),  # eighteen today
        (date(2008, 3, 13), CHILD),
        (date(2008, 1, 1), ()),  # the year 2008: perhaps of age
        (date(2009, 1, 1), CHILD),  # the year 2009: a child for sure
        (date(2026, 2, 11), CHILD),
        (date(2026, 2, 12), BABY),  # 28 days ago
        (date(2026, 3, 12), BABY),
        (date(2026, 3, 13), BABY),  # the day differs by zone
    ],
)
def test_what_is_certain_of_an_age(earliest: date | None, flags: tuple[Flag, ...]) -> None:
    """Of a partial date the earliest day counts: whoever is a child by that is one."""
    assert flags_of_age(earliest, DAY) == flags


def test_a_birthday_on_the_last_of_february() -> None:
    """Full years, also for who is born on a day that most years lack."""
    assert (age(date(2008, 2, 29), date(2026, 2, 28)), age(date(2008, 2, 29), date(2026, 3, 1))) == (17, 18)
