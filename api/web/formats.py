"""How the pages write days, times and numbers: text first, in the zone of whom it concerns (ui.md, "Words")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

from babel.dates import format_date, format_skeleton
from babel.numbers import format_decimal

from api.web.typesetting import NARROW, NBSP
from api.web.words import LOCALES, Language, Words

_NUMBER = re.compile("[0-9]{1,9}")
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Formats:
    """One language, one zone, one "now"."""

    language: Language
    zone: tzinfo
    now: datetime

    def local(self, moment: datetime) -> datetime:
        """The instant as the clocks there show it."""
        return moment.astimezone(self.zone)

    @property
    def today(self) -> date:
        """The day that it is there."""
        return self.local(self.now).date()

    def clock(self, moment: datetime) -> str:
        """`09:20`."""
        return f"{self.local(moment):%H:%M}"

    def day(self, day: date | datetime) -> str:
        """In lists: `06.11`, `6 Nov`; the year only when it differs."""
        at = self.local(day).date() if isinstance(day, datetime) else day
        if self.language == "ru":
            return f"{at:%d.%m}" if at.year == self.today.year else f"{at:%d.%m.%Y}"
        said = f"{at.day}{NBSP}{format_date(at, 'MMM', locale=LOCALES['en'])}"
        return said if at.year == self.today.year else f"{said} {at.year}"

    def full_day(self, day: date | datetime) -> str:
        """A day that is somebody's for good, as a birth date: `14.03.1958`, `14 Mar 1958`."""
        at = self.local(day).date() if isinstance(day, datetime) else day
        return f"{at:%d.%m.%Y}" if self.language == "ru" else format_date(at, "d MMM y", locale=LOCALES["en"])

    def when(self, moment: datetime) -> str:
        """In lists: `06.11 09:20`, `6 Nov 09:20`."""
        return f"{self.day(moment)}{NBSP}{self.clock(moment)}"

    def prose_day(self, day: date | datetime) -> str:
        """In prose: `6 ноября`, `6 November`; the year when it differs."""
        at = self.local(day).date() if isinstance(day, datetime) else day
        pattern = "d MMMM" if at.year == self.today.year else "d MMMM y"
        return format_date(at, pattern, locale=LOCALES[self.language]).replace(" ", NBSP, 1)

    def weekday(self, day: date | datetime) -> str:
        """`чт`, `Thu`."""
        at = self.local(day).date() if isinstance(day, datetime) else day
        return format_date(at, "EEE", locale=LOCALES[self.language])

    def long_day(self, day: date | datetime) -> str:
        """`четверг, 6 ноября 2025`, `Thursday, 6 November 2025`."""
        at = self.local(day).date() if isinstance(day, datetime) else day
        pattern = "EEEE, d MMMM y"
        return format_date(at, pattern, locale=LOCALES[self.language])

    def month(self, day: date) -> str:
        """`октябрь 2025`, `October 2025`."""
        said = str(format_skeleton("yMMMM", day, locale=LOCALES[self.language]))
        return said.removesuffix("г.").rstrip()  # before it stands whatever space the locale has

    def number(self, value: float, digits: int = 0) -> str:
        """`1 234`, `2,2`: a narrow space in thousands, digits after the point as said."""
        said = format_decimal(round(value, digits), locale=LOCALES[self.language], decimal_quantization=False)
        return said.replace(NBSP, NARROW).replace(",", NARROW if self.language == "en" else ",")

    def field(self, moment: datetime | None) -> str:
        """What a form's field of type `datetime-local` holds."""
        return "" if moment is None else f"{self.local(moment):%Y-%m-%dT%H:%M}"

    def lasting(self, length: timedelta, words: Words) -> str:
        """`1 ч 18 мин`, `2 д 4 ч`: two units at most, the smaller one left out when it is nothing."""
        minutes = max(0, length // MINUTE)
        days, hours, rest = minutes // (24 * 60), minutes // 60 % 24, minutes % 60
        if days:
            parts = [("days", days), ("hours", hours)]
        elif hours:
            parts = [("hours", hours), ("minutes", rest)]
        else:
            parts = [("minutes", rest)]
        said = [words(f"shell.{unit}", n=n) for unit, n in parts if n]
        return " ".join(said) or words("shell.moment")


def as_instant(text: str, zone: tzinfo) -> datetime:
    """What a field of type `datetime-local` says, in the zone of whoever filled it in.

    Raises:
        ValueError: it says no time.
    """
    at = datetime.fromisoformat(text)
    try:
        return (at if at.tzinfo is not None else at.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:  # a day of the first or the last year that there is
        raise ValueError(text) from None


def as_number(text: str | None) -> int | None:
    """What a field says where a number is counted: up to nine digits; None where it is no such number."""
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None
