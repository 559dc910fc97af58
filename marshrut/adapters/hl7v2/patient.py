"""PID becomes the patient, as far as it can be told; a partial birth date is not made up into a day."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from marshrut.adapters.hl7v2 import people
from marshrut.adapters.hl7v2.fault import FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.adapters.hl7v2.times import birth
from marshrut.adapters.hl7v2.visit import key, own_number
from marshrut.domain.admission import Patient, PersonName

OWN_NUMBERS_UNTIL = ("2.3", "2.4", "2.5", "2.6")  # PID-2 and PID-4 are withdrawn in 2.7

Sex = Literal["male", "female", "other", "unknown"]
SEXES: dict[str, Sex] = {"M": "male", "F": "female", "O": "other", "A": "other", "N": "other", "U": "unknown"}
SEXES |= {"М": "male", "Ж": "female"}


def patient(message: Message, person: Segment, facility: str, by: datetime) -> Patient:
    """Whom the message is about; `by`: when what it tells had happened.

    Raises:
        Fault: `missing_field` or `too_long` (PID-3), `bad_time` (PID-7).
    """
    born, _ = birth_date(person, by)
    name = people.name(person, 5)
    return Patient(
        identified=name.known,
        mrn=record_number(message, person, facility),
        family=name.family,
        given=name.given,
        patronymic=name.patronymic,
        aliases=_aliases(person),
        birth_date=born,
        sex=SEXES.get(person.text(8).upper()),
        address=people.address(person, 11),
        phones=people.phones(person, 13, 14, 40),
    )


def birth_date(person: Segment, by: datetime) -> tuple[date | None, date | None]:
    """The birth date and the earliest it can be; nobody is born after the day on which something happened to them.

    Raises:
        Fault: `bad_time`.
    """
    try:
        born, earliest = birth(person.text(7))
    except ValueError:
        raise person.fault(FaultCode.BAD_TIME, 7) from None
    if earliest and earliest > by.date() + timedelta(days=1):  # the day differs by zone
        raise person.fault(FaultCode.BAD_TIME, 7)
    return born, earliest


def record_number(message: Message, person: Segment, facility: str) -> str:
    """The facility's number of the patient, of PID-3; until 2.6 a sender may know PID-2 or PID-4 only.

    Raises:
        Fault: `missing_field` or `too_long`.
    """
    found, field = own_number(person.values(3), facility), 3
    if not found and message.version.startswith(OWN_NUMBERS_UNTIL):
        field = next((field for field in (2, 4) if person.text(field)), 3)
        found = person.text(field)
    return key(person, field, found)


def _aliases(person: Segment) -> tuple[PersonName, ...]:
    """The patient's other names (PID-5 again, PID-9)."""
    return tuple(
        PersonName(family=name.family, given=name.given, patronymic=name.patronymic)
        for name in people.other_names(person, 5, 9)
    )
