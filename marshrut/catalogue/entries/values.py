"""What entries are made of: texts in two languages, and numbers that say whether they are known, and from where."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from marshrut.domain.base import Model
from marshrut.domain.clock import SPANS, Mark, Term, Unit

# Years are told in days. A term in days may end at a time of the last one, as in 1d@10:00.
TERM = r"^([1-9]\d{0,2}(m|h|d(@([01]\d|2[0-3]):[0-5]\d)?|wh|wd)|[1-9]\d{3}d)$"
SPAN = r"^[1-9]\d{0,2}(m|h|d)$"
SHIFT = r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$"


def _is_term(text: str) -> str:
    if not re.match(TERM, text):
        raise ValueError(f"{text} is no term: a number and m, h, d, wh or wd, as in 24h, 5wd or 1d@10:00")
    return text


def _is_span(text: str) -> str:
    if not re.match(SPAN, text):
        raise ValueError(f"{text} is no time around the clock: a number and m, h or d, as in 72h or 7d")
    return text


def _is_shift(text: str) -> str:
    if not re.match(SHIFT, text):
        raise ValueError(f"{text} are no hours: write them as 09:00-18:00")
    opens, closes = text.split("-")
    if closes <= opens:
        raise ValueError(f"{text}: closes before it opens")
    return text


Words = Annotated[str, StringConstraints(min_length=1, max_length=500, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
WaitName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$", max_length=60)]
StepName = WaitName
TermText = Annotated[str, AfterValidator(_is_term), Field(json_schema_extra={"pattern": TERM})]
SpanText = Annotated[str, AfterValidator(_is_span), Field(json_schema_extra={"pattern": SPAN})]
ShiftText = Annotated[str, AfterValidator(_is_shift), Field(json_schema_extra={"pattern": SHIFT})]
Profile = Literal["general", "flagship", "children", "infectious", "oncology", "ent", "rehabilitation", "centre"]


class Title(Model):
    """What people read."""

    ru: Words
    en: Words


class Sourced(Model):
    """A number tells whether it is known or assumed, and from where."""

    mark: Mark
    source: Words

    @property
    def unverified(self) -> bool:
        """Whether nobody has seen the number in a source yet."""
        return self.mark != "S"


class Figure(Sourced):
    """A term: minutes (m), hours (h), days (d), working hours (wh) or working days (wd).

    Days may name the time at which the last one ends: 1d@10:00 is the next morning at ten.
    """

    term: TermText

    @property
    def amount(self) -> Term:
        """The term as clocks count it."""
        length, _, at = self.term.partition("@")
        number, unit = re.findall(r"\d+|[a-z]+", length)
        return Term(amount=int(number), unit=Unit(unit), at=int(at[:2]) * 60 + int(at[3:]) if at else None)


class Span(Figure):
    """A term that counts around the clock, in no team's hours: minutes, hours or days."""

    term: SpanText

    @property
    def length(self) -> timedelta:
        """The time that it is."""
        return self.amount.amount * SPANS[self.amount.unit]


class Amount(Sourced):
    """A number without a unit."""

    value: Annotated[int, Field(ge=0, le=1000)]


class Choice(Sourced):
    """A yes or a no."""

    value: bool
