"""The periods that a head of service looks at: a month, a year, the last twelve months, or days of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from api.kpi.counting import Days, months_later
from api.web.formats import Formats
from api.web.words import Words
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR

# Until this day of a month the one before is what people ask about.
SETTLED_FROM = 8
MONTHS = 12
LAST_TWELVE = "12m"
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")
_DAYS = re.compile(r"(\d{4}-\d{2}-\d{2})\.\.(\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Choice:
    """A period that can be chosen: its code in the address, and what it is called."""

    code: str
    title: str
    days: Days


def month(first: date) -> Days:
    """The month that begins on that day."""
    return Days(first, months_later(first, 1))


def usual(today: date) -> str:
    """The month that is asked about when nobody says which: this one, once there is something of it."""
    first = today.replace(day=1)
    return _code(first if today.day >= SETTLED_FROM else months_later(first, -1))


def choices(today: date, f: Formats, t: Words) -> tuple[Choice, ...]:
    """The months of the last year, newest first, and the last twelve of them together."""
    first = today.replace(day=1)
    each = [months_later(first, -number) for number in range(MONTHS + 1)]
    twelve = Choice(LAST_TWELVE, t("figures.last_twelve"), Days(months_later(first, -MONTHS), first))
    return (*(Choice(_code(day), _upper(f.month(day)), month(day)) for day in each), twelve)


def chosen(code: str, today: date, f: Formats, t: Words) -> Choice:
    """The period of that code; whatever is none is the usual one."""
    known = {each.code: each for each in choices(today, f, t)}
    if code in known:
        return known[code]
    found = _own(code, f)
    return found or known[usual(today)]


def _own(code: str, f: Formats) -> Choice | None:
    """A month of long ago, or days of somebody's own: `2026-03-02..2026-03-09`."""
    try:
        if (found := _MONTH.fullmatch(code)) is not None:
            first = date(int(found[1]), int(found[2]), 1)
            return Choice(code, _upper(f.month(first)), month(first)) if _counted(first, first) else None
        if (found := _DAYS.fullmatch(code)) is not None:
            since, until = date.fromisoformat(found[1]), date.fromisoformat(found[2])
            title = f"{f.full_day(since)} – {f.full_day(until - timedelta(days=1))}"
            return Choice(code, title, Days(since, until)) if since < until and _counted(since, until) else None
    except ValueError:
        return None  # no such day
    return None


def _counted(since: date, until: date) -> bool:
    return since.year > FIRST_YEAR and until.year < LAST_YEAR


def _code(first: date) -> str:
    return f"{first:%Y-%m}"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
