"""Hospitals and parties: where they are, when they are open, and how their systems write."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from marshrut.catalogue.entries.values import Key, Profile, ShiftText, Sourced, Title, Words
from marshrut.domain.base import Code, Model

# No space and none of HL7's separators: a code that holds one would never be found in a message.
SystemCode = Annotated[str, StringConstraints(pattern=r"^[^\s|^~\\&]{1,60}$")]
Coding = Literal["patient_class", "admission_type", "patient_type"]  # HL7 v2: PV1-2, PV1-4, PV1-18
DeathCoding = Literal["discharge_disposition"]  # PV1-36
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Side = Literal["hospital", "social", "agency", "family", "other"]


class Hospital(Model):
    """A hospital of the service. `zone` is an IANA name: its clocks run by it. `hours` are its team's.

    `psychologists`: the hours of its psychologists.
    """

    title: Title
    region: Key
    zone: Words
    profile: Profile
    hours: Key
    psychologists: Key = "psychologists"


class Party(Model):
    """Somebody who can hold a case up, and when their office is open, if a clock asks for it.

    `side`: where figures of delays put it, the hospital's, social care's, another agency's or the family's.
    """

    title: Title
    hours: Key | None = None
    side: Side = "other"


class Hours(Sourced):
    """When a team or an office is open. A day that is not named is closed.

    `zone` is the hospital's unless another is named; with a `calendar`, public holidays are days off.
    """

    title: Title
    week: Annotated[Mapping[Weekday, ShiftText], Field(min_length=1)]
    calendar: Key | None = None
    zone: Words | None = None


class CalendarEntry(Sourced):
    """Days off, each with its reason, and worked weekend days; declared up to `official_until`."""

    title: Title
    version: Code
    first: date
    last: date
    official_until: date
    days_off: Mapping[date, Key]
    worked: tuple[date, ...] = ()


class SystemCodes(Sourced):
    """Codes of hospitals' systems that mean something to us. In capitals or not."""

    codes: Annotated[tuple[SystemCode, ...], Field(min_length=1)]


class CodedField(SystemCodes):
    """A field of hospital messages that may hold them. `at`: hospitals whose codes take the place of these."""

    at: Mapping[Code, SystemCodes] = Field(default_factory=dict)
