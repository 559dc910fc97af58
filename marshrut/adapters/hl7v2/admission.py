"""ADT A01 and A04 become an admission. What the message does not say is not guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from marshrut.adapters.hl7v2 import people
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.adapters.hl7v2.times import age, birth, instant
from marshrut.domain.admission import Admission, Contact, Patient
from marshrut.domain.words import Flag

EVENTS = frozenset({"A01", "A04"})
OF_AGE = 18
CODE_LIMIT = 200

Sex = Literal["male", "female", "other", "unknown"]
SEXES: dict[str, Sex] = {"M": "male", "F": "female", "O": "other", "A": "other", "N": "other", "U": "unknown"}


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """Which codes say that the patient came as an emergency; any one of them does."""

    patient_class: frozenset[str] = frozenset({"E"})  # PV1-2, table 0004
    admission_type: frozenset[str] = frozenset({"E"})  # PV1-4, table 0007
    patient_type: frozenset[str] = frozenset({"EMR"})  # PV1-18, the hospitals' own

    def holds(self, visit: Segment) -> bool:
        """Whether this visit is an emergency."""
        return (
            visit.text(2).upper() in self.patient_class
            or visit.text(4).upper() in self.admission_type
            or visit.text(18).upper() in self.patient_type
        )


EMERGENCY = EmergencyRule()


def to_admission(message: Message, zones: Mapping[str, str], emergency: EmergencyRule = EMERGENCY) -> Admission:
    """The admission that the message reports.

    Args:
        message: a parsed message.
        zones: the IANA zone of each hospital code that the catalogue knows.
        emergency: which codes mean an emergency.

    Raises:
        Fault: `not_adt`, `unsupported_event`, `missing_segment`, `repeated_segment`, `missing_field`, `too_long`,
            `unknown_facility` or `bad_time`.
    """
    if message.type != "ADT":
        raise Fault(FaultCode.NOT_ADT, "MSH", 9)
    if not message.event:
        raise Fault(FaultCode.MISSING_FIELD, "MSH", 9)
    if message.event not in EVENTS:
        raise Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9)
    person, visit = message.only("PID"), message.only("PV1")
    facility = _facility(message, visit, zones)
    admitted_at = _admitted_at(message, visit, zones[facility])
    born, earliest_birth = _birth(person, admitted_at)
    contacts = tuple(_contact(segment) for segment in message.segments("NK1"))
    name = people.name(person, 5)
    return Admission(
        facility=facility,
        visit=_key(visit, 19, visit.text(19)),
        admitted_at=admitted_at,
        emergency=emergency.holds(visit),
        ward=_code(visit.text(3)),
        bed=_code("-".join(filter(None, (visit.text(3, 2), visit.text(3, 3))))),
        diagnosis=_diagnosis(message),
        patient=Patient(
            identified=name.known,
            mrn=_key(person, 3, _record_number(person)),
            family=name.family,
            given=name.given,
            patronymic=name.patronymic,
            birth_date=born,
            sex=SEXES.get(person.text(8).upper()),
            address=people.address(person, 11),
            phones=people.phones(person, 13, 14),
        ),
        contacts=contacts,
        flags=_flags(earliest_birth, admitted_at, contacts),
    ).with_flags()


def _facility(message: Message, visit: Segment, zones: Mapping[str, str]) -> str:
    """Where the patient lies (PV1-3.4), else who sends (MSH-4)."""
    place, field = (visit, 3) if visit.text(3, 4) else (message.first("MSH"), 4)
    code = place.text(field, 4 if place is visit else 1)
    if code not in zones:
        raise place.fault(FaultCode.UNKNOWN_FACILITY, field)
    return code


def _admitted_at(message: Message, visit: Segment, zone: str) -> datetime:
    """When it happened, else when it was entered, else when it was sent."""
    event, header = message.first("EVN"), message.first("MSH")
    for segment, field in ((visit, 44), (event, 6), (event, 2), (header, 7)):
        if text := segment.text(field):
            try:
                return instant(text, zone)
            except ValueError:
                raise segment.fault(FaultCode.BAD_TIME, field) from None
    raise visit.missing(44)


def _birth(person: Segment, admitted_at: datetime) -> tuple[date | None, date | None]:
    """The birth date and the earliest it can be; nobody is born after the day on which they came in."""
    try:
        born, earliest = birth(person.text(7))
    except ValueError:
        raise person.fault(FaultCode.BAD_TIME, 7) from None
    if earliest and earliest > admitted_at.date() + timedelta(days=1):  # the day differs by zone
        raise person.fault(FaultCode.BAD_TIME, 7)
    return born, earliest


def _record_number(person: Segment) -> str:
    """The facility's record number: the identifier of type MR (table 0203), else the first one."""
    numbers = person.values(3)
    marked = (number.text(1) for number in numbers if number.text(5).upper() == "MR")
    return next(filter(None, marked), "") or person.text(3)


def _key(segment: Segment, field: int, text: str) -> str:
    """What tells visits or records apart: it must be there, and is never cut."""
    if not text:
        raise segment.missing(field)
    if len(text) > people.TEXT_LIMIT:
        raise segment.fault(FaultCode.TOO_LONG, field)
    return text


def _contact(segment: Segment) -> Contact:
    """A contact, kept even without a name: "the mother" alone is a trace too."""
    name = people.name(segment, 2)
    return Contact(
        family=name.family,
        given=name.given,
        patronymic=name.patronymic,
        relation=people.cut(segment.text(3) or segment.text(3, 2)) or "unknown",
        phones=people.phones(segment, 5, 6),
    )


def _flags(earliest_birth: date | None, admitted_at: datetime, contacts: tuple[Contact, ...]) -> tuple[Flag, ...]:
    """A child is alone when nobody can be named or called. A partial birth date counts when it leaves no doubt."""
    child = earliest_birth is not None and age(earliest_birth, admitted_at.date()) < OF_AGE
    reachable = any(who.family or who.given or who.phones for who in contacts)
    return (Flag.CHILD_WITHOUT_CARER,) if child and not reachable else ()


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
