"""What an ADT message says, by its event: an admission, something that happened, or a merge of two records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from marshrut.adapters.hl7v2 import admission, event, merge
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.message import Message
from marshrut.adapters.hl7v2.sites import Site
from marshrut.domain.admission import Admission
from marshrut.domain.hospital_event import HospitalEvent
from marshrut.domain.patient_merge import PatientMerge

Understood = Admission | HospitalEvent | PatientMerge


def understood(message: Message, sites: Mapping[str, Site], *, now: datetime | None = None) -> Understood:
    """What the message says.

    Args:
        message: a parsed message.
        sites: by its code, each hospital that the catalogue knows.
        now: with its zone; nothing is told that happens more than a day after it. By default, when it was sent.

    Raises:
        Fault: `not_adt`, `unsupported_event`, `missing_segment`, `repeated_segment`, `missing_field`, `too_long`,
            `unknown_facility` or `bad_time`.
    """
    name = message.adt_event()
    if name in admission.EVENTS:
        return admission.to_admission(message, sites, now=now)
    if name in event.HAPPENINGS:
        return event.to_event(message, sites, now=now)
    if name in merge.EVENTS:
        return merge.to_merge(message, sites, now=now)
    raise Fault(FaultCode.UNSUPPORTED_EVENT, "MSH", 9, component=2)
