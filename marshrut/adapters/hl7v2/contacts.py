"""Whoever may be found: next of kin (NK1), and those who pay (GT1) or are insured (IN1) where they are another person.

Nothing here turns a patient away: what cannot be read of a contact is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from marshrut.adapters.hl7v2 import people
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.domain.admission import Contact, Kin
from marshrut.domain.kin_words import kin_of


@dataclass(frozen=True, slots=True)
class _Layout:
    """In which fields of its segment a contact's parts stand; the first that says anything holds."""

    segment: str
    source: Literal["next_of_kin", "guarantor", "insured"]
    names: tuple[int, ...]
    relation: int
    addresses: tuple[int, ...]
    telecom: tuple[int, ...]
    birth: int
    role: int | None = None
    organization: int | None = None


# NK1-30 to 32 name the person to speak to; since 2.7 telephones stand in NK1-40 and 41.
_KIN_LAYOUT = _Layout("NK1", "next_of_kin", (2, 30), 3, (4, 32), (5, 6, 31, 40, 41), 16, role=7, organization=13)
_OTHERS = (
    _Layout("GT1", "guarantor", (3,), 11, (5,), (6, 7), 8, organization=21),
    _Layout("IN1", "insured", (16,), 17, (19,), (), 18),
)


def contacts(message: Message) -> tuple[Contact, ...]:
    """Every NK1, even without a name ("the mother" alone is a trace too), then each other named person once."""
    told = [_contact(segment, _KIN_LAYOUT) for segment in message.segments("NK1")]
    patient = people.name(message.first("PID"), 5)
    seen = {(patient.family, patient.given, patient.patronymic), *map(_named, told)}
    for contact in _others(message):
        if _named(contact) not in seen:
            seen.add(_named(contact))
            told.append(contact)
    return tuple(told)


def reachable(contact: Contact) -> bool:
    """Whether this next of kin can be named or called."""
    found = contact.family or contact.given or contact.phones
    return bool(found) and contact.kin is not Kin.SELF and contact.source == "next_of_kin"


def _others(message: Message) -> Iterator[Contact]:
    for layout in _OTHERS:
        for segment in message.segments(layout.segment):
            contact = _contact(segment, layout)
            if contact.kin is not Kin.SELF and (contact.family or contact.given):
                yield contact


def _named(contact: Contact) -> tuple[str | None, str | None, str | None]:
    return contact.family, contact.given, contact.patronymic


def _contact(segment: Segment, layout: _Layout) -> Contact:
    name = people.name(segment, *layout.names)
    code, words = segment.text(layout.relation), segment.text(layout.relation, 2)
    return Contact(
        family=name.family,
        given=name.given,
        patronymic=name.patronymic,
        relation=people.cut(words or code) or "unknown",
        relation_code=people.cut(code),
        kin=kin_of(code, segment.text(layout.relation, 4), words),
        role=people.cut(_words(segment, layout.role)),
        organization=people.cut(segment.text(layout.organization)) if layout.organization else None,
        birth_date=people.born(segment, layout.birth),
        address=people.address(segment, *layout.addresses),
        phones=people.phones(segment, *layout.telecom),
        emails=people.emails(segment, *layout.telecom),
        source=layout.source,
    )


def _words(segment: Segment, field: int | None) -> str:
    return (segment.text(field, 2) or segment.text(field)) if field else ""
