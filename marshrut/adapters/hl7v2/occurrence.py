"""When something happened: EVN-6, else when it was entered (EVN-2), else when it was sent (MSH-7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marshrut.adapters.hl7v2.fault import FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment
from marshrut.adapters.hl7v2.times import instant
from marshrut.domain.admission import too_far_ahead
from marshrut.domain.hospital_event import TimeFrom

Places = Iterable[tuple[Segment, int, TimeFrom]]


def places(message: Message) -> list[tuple[Segment, int, TimeFrom]]:
    """Where a message may say when it happened; the first that says anything holds."""
    event, header = message.first("EVN"), message.first("MSH")
    return [(event, 6, TimeFrom.OCCURRED), (event, 2, TimeFrom.RECORDED), (header, 7, TimeFrom.SENT)]


def occurred(message: Message, zone: str, latest: datetime | None) -> tuple[datetime, TimeFrom]:
    """When the event of the message happened, and which field says so.

    Args:
        message: a parsed message.
        zone: of the hospital, for times that name no offset.
        latest: nothing happens more than a day after it.

    Raises:
        Fault: `bad_time` or `missing_field`.
    """
    found = first_of(places(message), zone, latest)
    if found is None:
        raise message.first("EVN").missing(2)
    return found


def first_of(told: Places, zone: str, latest: datetime | None) -> tuple[datetime, TimeFrom] | None:
    """The first of the fields that holds anything, as an instant.

    Raises:
        Fault: `bad_time`.
    """
    for segment, field, source in told:
        if text := segment.text(field):
            try:
                found = instant(text, zone)
            except ValueError:
                raise segment.fault(FaultCode.BAD_TIME, field) from None
            if latest and too_far_ahead(found, latest):
                raise segment.fault(FaultCode.BAD_TIME, field)
            return found, source
    return None


def sent_at(message: Message, zone: str) -> datetime | None:
    """When it was sent, if that can be read."""
    try:
        return instant(message.first("MSH").text(7), zone)
    except ValueError:
        return None
