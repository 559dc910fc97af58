"""Acknowledgements in original mode (v2.5, 2.9.2), in the sender's own separators."""

from __future__ import annotations

import uuid
from datetime import datetime

from marshrut.adapters.hl7v2.escapes import escape
from marshrut.adapters.hl7v2.fault import ERROR_NAMES, Fault
from marshrut.adapters.hl7v2.header import Header

_ECHO_LIMIT = 250  # of what a sender wrote, no more than this goes back
_VERSION_IF_UNKNOWN = "2.5"


def accepted(header: Header, *, now: datetime, control_id: str | None = None) -> bytes:
    """AA: the event is durable. Only whoever made it so may send this.

    Args:
        header: the message's.
        now: with its zone.
        control_id: of the answer; by default a new one.
    """
    return _ack(header, "AA", None, now, control_id)


def refused(header: Header, fault: Fault, *, now: datetime, control_id: str | None = None) -> bytes:
    """AE or AR, with the fault in an ERR segment of v2.5: place, error of table 0357, our own stable code."""
    return _ack(header, fault.ack, fault, now, control_id)


def _ack(header: Header, code: str, fault: Fault | None, now: datetime, control_id: str | None) -> bytes:
    segments = [
        _msh(header, now, control_id or uuid.uuid4().hex[:20]),
        ["MSA", code, _echo(header, 10)],
    ]
    if fault is not None:
        segments.append(_err(fault, header))
    field = header.separators.field
    body = "".join(field.join(segment).rstrip(field) + "\r" for segment in segments)
    if not body.isascii():
        charset = escape("UNICODE UTF-8", header.separators)
        body = body.replace("\r", f"{field * 6}{charset}\r", 1)  # MSH-18, six fields after MSH-12
    return body.encode()


def _msh(header: Header, now: datetime, control_id: str) -> list[str]:
    component = header.separators.component
    event = header.component(9, 2)[:_ECHO_LIMIT]
    return [
        "MSH",
        header.separators.encoding,
        _echo(header, 5),
        _echo(header, 6),
        _echo(header, 3),
        _echo(header, 4),
        now.strftime("%Y%m%d%H%M%S%z"),
        "",
        component.join(["ACK", event, "ACK"]) if event else "ACK",
        control_id,
        _echo(header, 11) or "P",
        _echo(header, 12) or _VERSION_IF_UNKNOWN,
    ]


def _err(fault: Fault, header: Header) -> list[str]:
    def parts(*texts: str) -> str:
        return header.separators.component.join(escape(text, header.separators) for text in texts)

    place = [] if fault.segment is None else [fault.segment, str(fault.ordinal)]
    if place and fault.field is not None:
        place.append(str(fault.field))
    error = parts(str(fault.error), ERROR_NAMES[fault.error], "HL70357")
    return ["ERR", "", parts(*place), error, "E", parts(fault.code), "", "", parts(str(fault))]


def _echo(header: Header, number: int) -> str:
    return header.raw(number)[:_ECHO_LIMIT]
