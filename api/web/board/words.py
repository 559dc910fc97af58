"""Small sayings that the board's parts share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from api.web.desk import Desk
from api.web.formats import as_number
from marshrut.domain.words import Role

# Beyond so many days off they are counted, not named.
NAMED = 4
# What happens while a page is made happens now.
MOMENT = timedelta(minutes=1)


def whom(desk: Desk, role: Role, user: str | None) -> str:
    """Somebody who is told: by name, or everybody of a role."""
    return desk.name_of(user) if user is not None else desk.t(f"board.they_{role.value}")


def told_when(desk: Desk, at: datetime, hospital: str | None) -> str:
    """Now, or when the team is there again."""
    return desk.t("board.now") if at <= desk.now + MOMENT else near(desk, at, hospital)


def near(desk: Desk, at: datetime, hospital: str | None) -> str:
    """The time alone where it is today's, else with its day."""
    f = desk.at(hospital)
    return f.clock(at) if f.local(at).date() == f.today else f.when(at)


def more_in_words(desk: Desk, said: Mapping[str, str]) -> str:
    """`2 раб. дня`."""
    unit, amount = said.get("unit", "wd"), said.get("amount", "")
    number = as_number(amount)
    return amount if number is None else desk.t(f"board.more_{unit}", n=number)


def days_off(desk: Desk, days: Sequence[date]) -> str:
    """Which days do not count."""
    if len(days) > NAMED:
        return desk.t("board.days_off_many", n=len(days))
    return desk.t("board.days_off", days=", ".join(desk.f.day(day) for day in days))
