"""ADT A01, A04, A05 and A06 become an admission, now or ahead. What the message does not say is not guessed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from marshrut.adapters.hl7v2 import people, visit
from marshrut.adapters.hl7v2.contacts import contacts, reachable
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.adapters.hl7v2.occurrence import first_of, places, sent_at
from marshrut.adapters.hl7v2.patient import birth_date, patient
from marshrut.adapters.hl7v2.sites import Site
from marshrut.adapters.hl7v2.times import instant
from marshrut.domain.admission import EXTENSIONS_LIMIT, Admission, Contact, InpatientAdmission, Preadmission
from marshrut.domain.age import flags_of_age
from marshrut.domain.hospital_event import TimeFrom
from marshrut.domain.words import Flag

EVENTS = frozenset({"A01", "A04", "A05", "A06"})
AHEAD = "A05"


def to_admission(message: Message, sites: Mapping[str, Site], *, now: datetime | None = None) -> Admission:
    """The admission that the message reports; of A05 one that lies ahead, of A06 one of somebody who was an outpatient.

    Args:
        message: a parsed message.
        sites: by its code, each hospital that the catalogue knows.
        now: with its zone; nobody is admitted more than a day after it. By default, when the message was sent.

    Raises:
        Fault: `not_adt`, `unsupported_event`, `missing_segment`, `repeated_segment`, `missing_field`, `too_long`,
            `unknown_facility` or `bad_time`.
    """
    event = message.adt_event()
    if event not in EVENTS:
        raise Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9, component=2)
    person, stay = message.only("PID"), message.only("PV1")
    facility = visit.facility(message, stay, sites)
    site = sites[facility]
    admitted_at = _admitted_at(message, stay, site.zone, now)
    near = contacts(message)
    _, earliest_birth = birth_date(person, admitted_at)
    admission = Admission(
        facility=facility,
        visit=visit.key(stay, 19, stay.text(19)),
        admitted_at=admitted_at,
        emergency=event != AHEAD and site.emergency.holds(stay),
        ward=visit.ward(stay),
        bed=visit.bed(stay),
        diagnosis=_diagnosis(message),
        patient=patient(message, person, facility, admitted_at),
        contacts=near,
        flags=_flags(earliest_birth, admitted_at, near),
        extensions=_extensions(message),
    ).with_flags()
    match event:
        case "A05":
            return Preadmission(**dict(admission), planned_for=_planned_for(message, stay, site.zone))
        case "A06":
            return InpatientAdmission(**dict(admission))
        case _:
            return admission


def told_at(message: Message, zone: str, admitted_at: datetime) -> datetime:
    """When an admission was announced: an admission of a case that is there says so again, or anew.

    Nobody is announced before they came, so old systems whose clock of EVN is no clock do no harm.
    """
    for segment, field, _ in places(message):
        try:
            return max(instant(segment.text(field), zone), admitted_at)
        except ValueError:
            continue
    return admitted_at


def _admitted_at(message: Message, stay: Segment, zone: str, now: datetime | None) -> datetime:
    """When the stay began, else when the event happened; of one that lies ahead when it was announced."""
    began = [] if message.event == AHEAD else [(stay, 44, TimeFrom.OCCURRED)]
    found = first_of([*began, *places(message)], zone, now or sent_at(message, zone))
    if found is None:
        raise stay.missing(44) if began else message.first("EVN").missing(2)
    return found[0]


def _planned_for(message: Message, stay: Segment, zone: str) -> datetime:
    """For when a stay is planned: PV2-8, else EVN-3, else PV1-44."""
    more = message.at_most_one("PV2")
    expected = ((more, 8), (message.first("EVN"), 3), (stay, 44))
    found = first_of([(segment, field, TimeFrom.OCCURRED) for segment, field in expected], zone, None)
    if found is None:
        raise more.missing(8)
    return found[0]


def _extensions(message: Message) -> tuple[str, ...]:
    """The Z segments, as many as fit; whatever does not is in the sealed message still."""
    room, kept = EXTENSIONS_LIMIT, []
    for text in message.extensions():
        if len(text) <= room:
            room -= len(text)
            kept.append(text)
    return tuple(kept)


def _flags(earliest_birth: date | None, admitted_at: datetime, near: tuple[Contact, ...]) -> tuple[Flag, ...]:
    """A child is alone when nobody can be named or called. A partial birth date counts when it leaves no doubt."""
    of_age = flags_of_age(earliest_birth, admitted_at.date())
    alone = Flag.CHILD in of_age and not any(map(reachable, near))
    return (*of_age, *((Flag.CHILD_WITHOUT_CARER,) if alone else ()))


def _diagnosis(message: Message) -> str | None:
    """The first diagnosis: its code and text (DG1-3), else the older description (DG1-4)."""
    for segment in message.segments("DG1"):
        coded = " ".join(filter(None, (segment.text(3), segment.text(3, 2))))
        if text := coded or segment.text(4):
            return people.cut(text)
    return None
