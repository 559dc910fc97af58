"""ADT A01 and A04 become an admission. What the message does not say is not guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from marshrut.adapters.hl7v2 import people
from marshrut.adapters.hl7v2.contacts import contacts, reachable
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.adapters.hl7v2.times import age, birth, instant
from marshrut.domain.admission import EXTENSIONS_LIMIT, Admission, Contact, Patient, PersonName, too_far_ahead
from marshrut.domain.words import Flag

EVENTS = frozenset({"A01", "A04"})
OF_AGE = 18
CODE_LIMIT = 200
RECORD_TYPES = ("MR", "PI")  # table 0203: the medical record, the facility's own number of the patient
OWN_NUMBERS_UNTIL = ("2.3", "2.4", "2.5", "2.6")  # PID-2 and PID-4 are withdrawn in 2.7

Sex = Literal["male", "female", "other", "unknown"]
SEXES: dict[str, Sex] = {"M": "male", "F": "female", "O": "other", "A": "other", "N": "other", "U": "unknown"}
SEXES |= {"М": "male", "Ж": "female"}


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """Which codes say that the patient came as an emergency; any one of them does, in capitals or not."""

    patient_class: frozenset[str] = frozenset()  # PV1-2, table 0004
    admission_type: frozenset[str] = frozenset()  # PV1-4, table 0007
    patient_type: frozenset[str] = frozenset()  # PV1-18, the hospitals' own

    def holds(self, visit: Segment) -> bool:
        """Whether this visit is an emergency."""
        meant = ((2, self.patient_class), (4, self.admission_type), (18, self.patient_type))
        return any(not _codes(visit, field).isdisjoint(map(str.casefold, codes)) for field, codes in meant)


def _codes(visit: Segment, field: int) -> set[str]:
    """The codes of a field, which some versions send with a text and a second code beside it (CWE)."""
    return {value.text(component).casefold() for value in visit.values(field) for component in (1, 4)} - {""}


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a hospital before its message is read: its IANA zone, and its codes of an emergency."""

    zone: str
    emergency: EmergencyRule


def to_admission(message: Message, sites: Mapping[str, Site], *, now: datetime | None = None) -> Admission:
    """The admission that the message reports.

    Args:
        message: a parsed message.
        sites: by its code, each hospital that the catalogue knows.
        now: with its zone; nobody is admitted more than a day after it. By default, when the message was sent.

    Raises:
        Fault: `not_adt`, `unsupported_event`, `missing_segment`, `repeated_segment`, `missing_field`, `too_long`,
            `unknown_facility` or `bad_time`.
    """
    if message.type != "ADT":
        raise Fault(FaultCode.NOT_ADT, "MSH", 9)
    if not message.event:
        raise Fault(FaultCode.MISSING_FIELD, "MSH", 9, component=2)
    if message.event not in EVENTS:
        raise Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9, component=2)
    person, visit = message.only("PID"), message.only("PV1")
    facility = _facility(message, visit, sites)
    site = sites[facility]
    admitted_at = _admitted_at(message, visit, site.zone, now)
    born, earliest_birth = _birth(person, admitted_at)
    near = contacts(message)
    name = people.name(person, 5)
    return Admission(
        facility=facility,
        visit=_key(visit, 19, visit.text(19)),
        admitted_at=admitted_at,
        emergency=site.emergency.holds(visit),
        ward=_code(visit.text(3)),
        bed=_code("-".join(filter(None, (visit.text(3, 2), visit.text(3, 3))))),
        diagnosis=_diagnosis(message),
        patient=Patient(
            identified=name.known,
            mrn=_record_number(message, person, facility),
            family=name.family,
            given=name.given,
            patronymic=name.patronymic,
            aliases=_aliases(person),
            birth_date=born,
            sex=SEXES.get(person.text(8).upper()),
            address=people.address(person, 11),
            phones=people.phones(person, 13, 14, 40),
        ),
        contacts=near,
        flags=_flags(earliest_birth, admitted_at, near),
        extensions=_extensions(message),
    ).with_flags()


def _facility(message: Message, visit: Segment, sites: Mapping[str, Site]) -> str:
    """Where the patient lies (PV1-3.4), else who sends (MSH-4)."""
    place, field = (visit, 3) if visit.text(3, 4) else (message.first("MSH"), 4)
    code = place.text(field, 4 if place is visit else 1)
    if code not in sites:
        raise place.fault(FaultCode.UNKNOWN_FACILITY, field, 4 if place is visit else 1)
    return code


def _admitted_at(message: Message, visit: Segment, zone: str, now: datetime | None) -> datetime:
    """When it happened, else when it was entered, else when it was sent."""
    event, header = message.first("EVN"), message.first("MSH")
    latest = now or _sent_at(header, zone)
    for segment, field in ((visit, 44), (event, 6), (event, 2), (header, 7)):
        if text := segment.text(field):
            try:
                found = instant(text, zone)
            except ValueError:
                raise segment.fault(FaultCode.BAD_TIME, field) from None
            if latest and too_far_ahead(found, latest):
                raise segment.fault(FaultCode.BAD_TIME, field)
            return found
    raise visit.missing(44)


def _sent_at(header: Segment, zone: str) -> datetime | None:
    try:
        return instant(header.text(7), zone)
    except ValueError:
        return None


def _birth(person: Segment, admitted_at: datetime) -> tuple[date | None, date | None]:
    """The birth date and the earliest it can be; nobody is born after the day on which they came in."""
    try:
        born, earliest = birth(person.text(7))
    except ValueError:
        raise person.fault(FaultCode.BAD_TIME, 7) from None
    if earliest and earliest > admitted_at.date() + timedelta(days=1):  # the day differs by zone
        raise person.fault(FaultCode.BAD_TIME, 7)
    return born, earliest


def _record_number(message: Message, person: Segment, facility: str) -> str:
    """The facility's number of the patient: by type, the facility's own before others', else the first of PID-3.

    Until 2.6 a sender may know PID-2 or PID-4 only.
    """
    numbers = [number for number in person.values(3) if number.text(1)]
    for kind in RECORD_TYPES:
        marked = [number for number in numbers if number.text(5).upper() == kind]
        own = [number for number in marked if facility in {number.text(4), number.text(6)}]
        if marked:
            return _key(person, 3, (own or marked)[0].text(1))
    if not numbers and message.version.startswith(OWN_NUMBERS_UNTIL):
        field = next((field for field in (2, 4) if person.text(field)), 3)
        return _key(person, field, person.text(field))
    return _key(person, 3, numbers[0].text(1) if numbers else "")


def _aliases(person: Segment) -> tuple[PersonName, ...]:
    """The patient's other names (PID-5 again, PID-9)."""
    return tuple(
        PersonName(family=name.family, given=name.given, patronymic=name.patronymic)
        for name in people.other_names(person, 5, 9)
    )


def _extensions(message: Message) -> tuple[str, ...]:
    """The Z segments, as many as fit; whatever does not is in the sealed message still."""
    room, kept = EXTENSIONS_LIMIT, []
    for text in message.extensions():
        if len(text) <= room:
            room -= len(text)
            kept.append(text)
    return tuple(kept)


def _key(segment: Segment, field: int, text: str) -> str:
    """What tells visits or records apart: it must be there, and is never cut."""
    if not text:
        raise segment.missing(field)
    if len(text) > people.TEXT_LIMIT:
        raise segment.fault(FaultCode.TOO_LONG, field)
    return text


def _flags(earliest_birth: date | None, admitted_at: datetime, near: tuple[Contact, ...]) -> tuple[Flag, ...]:
    """A child is alone when nobody can be named or called. A partial birth date counts when it leaves no doubt."""
    child = earliest_birth is not None and age(earliest_birth, admitted_at.date()) < OF_AGE
    return (Flag.CHILD_WITHOUT_CARER,) if child and not any(map(reachable, near)) else ()


def _diagnosis(message: Message) -> str | None:
    """The first diagnosis: its code and text (DG1-3), else the older description (DG1-4)."""
    for segment in message.segments("DG1"):
        coded = " ".join(filter(None, (segment.text(3), segment.text(3, 2))))
        if text := coded or segment.text(4):
            return people.cut(text)
    return None


def _code(text: str) -> str | None:
    """The text as a code of the domain: what does not fit becomes a hyphen."""
    fitting = "".join(char if _fits(char) else "-" for char in unicodedata.normalize("NFC", text))
    return re.sub("-+", "-", fitting).strip("-")[:CODE_LIMIT] or None


def _fits(char: str) -> bool:
    return char in "_.:/@+" or unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}
