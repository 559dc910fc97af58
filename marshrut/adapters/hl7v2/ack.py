"""Acknowledgements in original mode (v2.5, 2.9.2), in the sender's own separators, character set and version."""

from __future__ import annotations

import re
import uuid
from datetime import datetime

from marshrut.adapters.hl7v2.escapes import escape
from marshrut.adapters.hl7v2.fault import ERROR_NAMES, Fault
from marshrut.adapters.hl7v2.header import Header

_ECHO_LIMIT = 250  # of what a sender wrote, no more than this goes back
_VERSION_IF_UNKNOWN = "2.5"
_OLD = re.compile(r"2\.[0-4](\D|$)", re.ASCII)  # ERR has one field until 2.4 (2.16.5), and its present form since 2.5


def accepted(header: Header, *, now: datetime, control_id: str | None = None) -> bytes:
    """AA: the event is durable. Only whoever made it so may send this.

    Args:
        header: the message's.
        now: with its zone.
        control_id: of the answer; by default a new one.
    """
    return _ack(header, "AA", None, now, control_id)


def refused(header: Header, fault: Fault, *, now: datetime, control_id: str | None = None) -> bytes:
    """AE or AR, with the fault as the sender's version of ERR has it: place, error of table 0357, our stable code."""
    return _ack(header, fault.ack, fault, now, control_id)


def _ack(header: Header, code: str, fault: Fault | None, now: datetime, control_id: str | None) -> bytes:
    segments = [
        _msh(header, now, control_id or uuid.uuid4().hex[:20]),
        ["MSA", code, _echo(header, 10)],
    ]
    if fault is not None and _OLD.match(header.component(12)):
        segments[-1].append(escape(str(fault), header.separators))  # MSA-3; ERR has no place for words
        segments.append(_old_err(fault, header))
    elif fault is not None:
        segments.append(_err(fault, header))
    field = header.separators.field
    body = "".join(field.join(segment).rstrip(field) + "\r" for segment in segments)
    if body.isascii():
        return body.encode()
    known = header.codec is not None and header.component(18)
    codec, charset = (header.codec, _echo(header, 18)) if known else ("utf-8", "UNICODE UTF-8")
    body = body.replace("\r", f"{field * 6}{charset}\r", 1)  # MSH-18, six fields after MSH-12
    return body.encode(codec or "utf-8")


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


def _old_err(fault: Fault, header: Header) -> list[str]:
    """ERR-1 of 2.3 to 2.4: segment, ordinal, field, error; its parts are subcomponents, our code the alternate one."""
    error = (str(fault.error), ERROR_NAMES[fault.error], "HL70357", fault.code)
    coded = header.separators.sub.join(escape(text, header.separators) for text in error)
    place = [*_place(fault)[:3], "", "", ""][:3]
    return ["ERR", header.separators.component.join([*place, coded])]


def _err(fault: Fault, header: Header) -> list[str]:
    def parts(*texts: str) -> str:
        return header.separators.component.join(escape(text, header.separators) for text in texts)

    error = parts(str(fault.error), ERROR_NAMES[fault.error], "HL70357")
    return ["ERR", "", parts(*_place(fault)), error, "E", parts(fault.code), "", "", parts(str(fault))]


def _place(fault: Fault) -> list[str]:
    """Segment, ordinal, field, repetition, component: as many as are known (ERL)."""
    if fault.segment is None:
        return []
    numbers = (fault.field, fault.repetition or (fault.component and 1), fault.component)
    return [fault.segment, str(fault.ordinal), *(str(number) for number in numbers if number is not None)]


def _echo(header: Header, number: int) -> str:
    return header.raw(number)[:_ECHO_LIMIT]
