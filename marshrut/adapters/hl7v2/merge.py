"""ADT A40: two records of a hospital were one patient's, and one of them is given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from marshrut.adapters.hl7v2 import visit
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.message import Message
from marshrut.adapters.hl7v2.occurrence import occurred, sent_at
from marshrut.adapters.hl7v2.patient import record_number
from marshrut.adapters.hl7v2.sites import Site
from marshrut.domain.patient_merge import PatientMerge

EVENTS = frozenset({"A40"})


def to_merge(message: Message, sites: Mapping[str, Site], *, now: datetime | None = None) -> PatientMerge:
    """Which record goes on (PID), and which one is given up (MRG).

    Args:
        message: a parsed message.
        sites: by its code, each hospital that the catalogue knows.
        now: with its zone; nothing happens more than a day after it. By default, when the message was sent.

    Raises:
        Fault: `not_adt`, `unsupported_event`, `missing_segment`, `repeated_segment`, `missing_field`, `too_long`,
            `unknown_facility` or `bad_time`.
    """
    if message.adt_event() not in EVENTS:
        raise Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9, component=2)
    person, given_up = message.only("PID"), message.only("MRG")
    facility = visit.facility(message, message.at_most_one("PV1"), sites)
    zone = sites[facility].zone
    at, _ = occurred(message, zone, now or sent_at(message, zone))
    prior_visit = given_up.text(5)
    return PatientMerge(
        facility=facility,
        survivor=record_number(message, person, facility),
        prior=visit.key(given_up, 1, visit.own_number(given_up.values(1), facility)),
        prior_visit=visit.key(given_up, 5, prior_visit) if prior_visit else None,
        occurred_at=at,
    )
