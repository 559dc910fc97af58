"""ADT A02, A03, A07, A08, A11 to A13, A31 and A38 become what a hospital tells of a visit that it announced before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from marshrut.adapters.hl7v2 import visit
from marshrut.adapters.hl7v2.contacts import contacts
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.adapters.hl7v2.occurrence import occurred, sent_at
from marshrut.adapters.hl7v2.patient import patient
from marshrut.adapters.hl7v2.sites import Site
from marshrut.adapters.hl7v2.times import birth, instant
from marshrut.domain.admission import too_far_ahead
from marshrut.domain.hospital_event import Happening, HospitalEvent, TimeFrom

HAPPENINGS: Mapping[str, Happening] = {
    "A02": Happening.MOVED,
    "A03": Happening.DISCHARGED,
    "A07": Happening.BECAME_OUTPATIENT,
    "A08": Happening.UPDATED,
    "A11": Happening.ADMISSION_CANCELLED,
    "A12": Happening.MOVE_CANCELLED,
    "A13": Happening.DISCHARGE_CANCELLED,
    "A31": Happening.UPDATED,
    "A38": Happening.PREADMISSION_CANCELLED,
}
OF_A_PERSON = "A31"  # and of no visit: chapter 3 of the standard has its PV1 empty
PLACED = frozenset({Happening.MOVED, Happening.MOVE_CANCELLED})
# These say that somebody died, each in its own field; of a move or a cancellation that is not asked.
MAY_TELL_DEATH = frozenset({Happening.DISCHARGED, Happening.UPDATED})
DAY = 8  # digits of a date


def to_event(message: Message, sites: Mapping[str, Site], *, now: datetime | None = None) -> HospitalEvent:
    """What happened.

    Args:
        message: a parsed message.
        sites: by its code, each hospital that the catalogue knows.
        now: with its zone; nothing happens more than a day after it. By default, when the message was sent.

    Raises:
        Fault: `not_adt`, `unsupported_event`, `missing_segment`, `repeated_segment`, `missing_field`, `too_long`,
            `unknown_facility` or `bad_time`.
    """
    event = message.adt_event()
    kind = HAPPENINGS.get(event)
    if kind is None:
        raise Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9, component=2)
    person = message.only("PID")
    stay = message.at_most_one("PV1") if event == OF_A_PERSON else message.only("PV1")
    facility = visit.facility(message, stay, sites)
    zone = sites[facility].zone
    latest = now or sent_at(message, zone)
    at, source = occurred(message, zone, latest)
    died = kind in MAY_TELL_DEATH and (_is_dead(person) or (event == "A03" and sites[facility].death.holds(stay)))
    if died and (death := _death(person, zone, at, latest)) is not None:
        at, source = death, TimeFrom.DEATH
    return HospitalEvent(
        facility=facility,
        visit=None if event == OF_A_PERSON else visit.key(stay, 19, stay.text(19)),
        kind=kind,
        occurred_at=at,
        time_from=source,
        ward=_ward(stay) if kind in PLACED else None,
        bed=visit.bed(stay) if kind in PLACED else None,
        died=died,
        patient=patient(message, person, facility, at),
        contacts=contacts(message),
    )


def _ward(stay: Segment) -> str:
    ward = visit.ward(stay)
    if ward is None:
        raise stay.missing(3)
    return ward


def _is_dead(person: Segment) -> bool:
    """PID-30, table 0136."""
    return person.text(30).upper() == "Y"


def _death(person: Segment, zone: str, told: datetime, latest: datetime | None) -> datetime | None:
    """When the patient died (PID-29); None: no day is told, so it counts from the event.

    Of a day alone the latest moment that it can have been: no later than the event that tells of it.
    """
    text = person.text(29)
    try:
        at = instant(text, zone)
    except ValueError:
        if _is_no_date(text):
            raise person.fault(FaultCode.BAD_TIME, 29) from None
        return None
    if latest and too_far_ahead(at, latest):
        raise person.fault(FaultCode.BAD_TIME, 29)
    if len(text.partition("+")[0].partition("-")[0]) > DAY:
        return at
    end_of_day = datetime.combine(at.date() + timedelta(days=1), time(), at.tzinfo) - timedelta(seconds=1)
    return min(end_of_day, told) if told > at else at


def _is_no_date(text: str) -> bool:
    """Nothing, a year or a month alone is no fault."""
    try:
        birth(text)
    except ValueError:
        return True
    return False
