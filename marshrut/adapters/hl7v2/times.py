"""HL7 times (v2.5, TS): `YYYY[MM[DD[HH[MM[SS[.S]]]]]][+/-ZZZZ]`, and the hospital's zone where they name none."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

_TIME = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,9})?)?)?)?)?)?(?:([+-])(\d\d)(\d\d))?", re.ASCII
)
_DATE = re.compile(r"(\d{4})(\d\d)?(\d\d)?(?:\d{2}){0,3}(?:\.\d{1,9})?(?:[+-]\d{4})?", re.ASCII)
_YEARS = range(1900, 2200)  # outside them a converter overflows or a clock is broken
# How 1C, SQL Server and Delphi write that there is no date.
_NO_DATES = frozenset({"00010101", "17530101", "18991230", "19000101"})
_LAST_OFFSET = timedelta(hours=14)


def instant(text: str, zone: str) -> datetime:
    """A moment with a fixed offset, to the second; a day without an hour is its first moment.

    Raises:
        ValueError: the text is no HL7 time, or tells no day.
    """
    found = _TIME.fullmatch(text)
    if not found or not found[3]:
        raise ValueError("not a time")
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    if year not in _YEARS:
        raise ValueError("not a time of ours")
    local = datetime(year, month, day, hour, minute, second)  # noqa: DTZ001 - its offset follows
    return local.replace(tzinfo=timezone(_offset(found, local, zone)))


def _offset(found: re.Match[str], local: datetime, zone: str) -> timedelta:
    if found[7] is None:
        offset = local.replace(tzinfo=ZoneInfo(zone)).utcoffset()
        return offset or timedelta(0)
    hours, minutes = int(found[8]), int(found[9])
    size = timedelta(hours=hours, minutes=minutes)
    if minutes > 59 or size > _LAST_OFFSET:  # noqa: PLR2004 - minutes of an hour
        raise ValueError("not an offset")
    return -size if found[7] == "-" else size


def birth(text: str) -> tuple[date | None, date | None]:
    """A birth date when all of it is known, and the earliest day that it can be.

    `1965`, `196500` and `19650000` tell a year, `196503` a month. Nothing known: (None, None); so are
    the zero dates of common systems.

    Raises:
        ValueError: the text is no HL7 date.
    """
    if not text[:8].strip("0") or text[:8] in _NO_DATES:
        return None, None
    found = _DATE.fullmatch(text)
    if not found:
        raise ValueError("not a date")
    year, month, day = (int(part or 0) for part in found.groups())
    if year not in _YEARS:
        raise ValueError("not a date of ours")
    earliest = date(year, month or 1, day or 1)
    return (earliest if month and day else None), earliest
