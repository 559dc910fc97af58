"""The two records of PFIF 1.4; fields stand in the order in which they are written.

Blank is missing: an empty element and one that is left out mean the same.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, StringConstraints, model_validator

from marshrut.domain.base import Instant, Model, Private

_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PARTIAL = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


def _text(value: str) -> str:
    """Only what XML can carry, with its line ends."""
    if _NO_XML.search(value):
        raise ValueError("holds a character that XML cannot carry")
    return value.replace("\r\n", "\n").replace("\r", "\n").strip()


def _blank(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _second(moment: datetime) -> datetime:
    """PFIF counts whole seconds of UTC."""
    return moment.astimezone(UTC).replace(microsecond=0)


def _partial_date(value: str) -> str:
    found = _PARTIAL.fullmatch(value)
    if not found:
        raise ValueError("is no YYYY, YYYY-MM or YYYY-MM-DD")
    year, month, day = (int(part) if part else 1 for part in found.groups())
    date(year, month, day)
    return value


def _age(value: str) -> str:
    youngest, _, oldest = value.partition("-")
    if oldest and int(youngest) > int(oldest):
        raise ValueError("is a range that ends before it begins")
    return value


Text = Annotated[str, AfterValidator(_text), StringConstraints(min_length=1)]
Url = Annotated[str, AfterValidator(_text), StringConstraints(pattern=r"^https?://[^\s/]\S*$")]
RecordId = Annotated[str, StringConstraints(max_length=500, pattern=rf"^(?:{_LABEL}\.)*{_LABEL}\.?/[!-~]+$")]
Moment = Annotated[Instant, AfterValidator(_second)]
PartialDate = Annotated[str, AfterValidator(_partial_date)]
Age = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,3}(?:-[0-9]{1,3})?$"), AfterValidator(_age)]
State = Annotated[str, StringConstraints(pattern=r"^(?:[A-Z]{2}-)?[A-Z0-9]{1,3}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
Blank = BeforeValidator(_blank)


class Sex(StrEnum):
    """The sexes that PFIF has."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class Status(StrEnum):
    """What a note's author believes of the person."""

    INFORMATION_SOUGHT = "information_sought"
    IS_NOTE_AUTHOR = "is_note_author"
    BELIEVED_ALIVE = "believed_alive"
    BELIEVED_MISSING = "believed_missing"
    BELIEVED_DEAD = "believed_dead"


class NoteRecord(Model):
    """What somebody said about a person; never changed, only added to.

    A note with `linked_person_record_id` says that two records are of one person.
    """

    note_record_id: RecordId
    person_record_id: RecordId
    linked_person_record_id: Annotated[RecordId | None, Blank] = None
    entry_date: Annotated[Moment | None, Blank] = None
    author_name: Private[Text]
    author_email: Annotated[Private[Text | None], Blank] = None
    author_phone: Annotated[Private[Text | None], Blank] = None
    source_date: Moment
    author_made_contact: Annotated[bool | None, Blank] = None
    status: Annotated[Private[Status | None], Blank] = None
    email_of_found_person: Annotated[Private[Text | None], Blank] = None
    phone_of_found_person: Annotated[Private[Text | None], Blank] = None
    last_known_location: Annotated[Private[Text | None], Blank] = None
    text: Annotated[Private[Text | None], Blank] = None
    photo_url: Annotated[Private[Url | None], Blank] = None


class PersonRecord(Model):
    """Somebody sought or found, with the notes about them.

    `date_of_birth` may be a year or a month; `age` a number or a range, as of `source_date`. `alternate_names` and
    `profile_urls` hold one a line. A record that has expired holds its id and dates only.
    """

    person_record_id: RecordId
    entry_date: Annotated[Moment | None, Blank] = None
    expiry_date: Annotated[Moment | None, Blank] = None
    author_name: Annotated[Private[Text | None], Blank] = None
    author_email: Annotated[Private[Text | None], Blank] = None
    author_phone: Annotated[Private[Text | None], Blank] = None
    source_name: Annotated[Private[Text | None], Blank] = None
    source_date: Moment
    source_url: Annotated[Private[Url | None], Blank] = None
    full_name: Annotated[Private[Text | None], Blank] = None
    given_name: Annotated[Private[Text | None], Blank] = None
    family_name: Annotated[Private[Text | None], Blank] = None
    alternate_names: Annotated[Private[Text | None], Blank] = None
    description: Annotated[Private[Text | None], Blank] = None
    sex: Annotated[Private[Sex | None], Blank] = None
    date_of_birth: Annotated[Private[PartialDate | None], Blank] = None
    age: Annotated[Private[Age | None], Blank] = None
    home_street: Annotated[Private[Text | None], Blank] = None
    home_neighborhood: Annotated[Private[Text | None], Blank] = None
    home_city: Annotated[Private[Text | None], Blank] = None
    home_state: Annotated[Private[State | None], Blank] = None
    home_postal_code: Annotated[Private[Text | None], Blank] = None
    home_country: Annotated[Private[Country | None], Blank] = None
    photo_url: Annotated[Private[Url | None], Blank] = None
    profile_urls: Annotated[Private[Text | None], Blank] = None
    notes: tuple[NoteRecord, ...] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.full_name is None and not self.placeholder:
            raise ValueError("full_name is missing")
        if any(note.person_record_id != self.person_record_id for note in self.notes):
            raise ValueError("a note belongs to another person")
        return self

    @property
    def placeholder(self) -> bool:
        """Whether only the place of an expired record is left."""
        kept = {"person_record_id", "entry_date", "expiry_date", "source_date"}
        return self.expiry_date is not None and all(
            getattr(self, name) in {None, ()} for name in type(self).model_fields if name not in kept
        )
