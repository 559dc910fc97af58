"""Acknowledgements in the sender's own separators, character set and version, whichever mode asks for them.

`accepted` and `refused` are those of the original mode (v2.5, 2.9.2); which of them a sender of the enhanced mode is
given, and under which code, says asked.py.
"""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from typing import Literal

from marshrut.adapters.hl7v2.escapes import escape
from marshrut.adapters.hl7v2.fault import ERROR_NAMES, Fault
from marshrut.adapters.hl7v2.header import NULL, Header

AnswerCode = Literal["AA", "AE", "AR", "CA", "CE", "CR"]  # table 0008

_ECHO_LIMIT = 250  # of what a sender wrote, no more than this goes back
_VERSION_IF_UNKNOWN = "2.5"
_LAST, _LAST_ENHANCED, _CHARSET = 12, 16, 18  # fields of MSH: the last that is written, and where a set is named
_OLD = re.compile(r"2\.[0-4](\D|$)", re.ASCII)  # ERR has one field until 2.4 (2.16.5), and its present form since 2.5


def accepted(header: Header, *, now: datetime, control_id: str | None = None) -> bytes:
    """AA: the event is durable. Only whoever made it so may send this.

    Args:
        header: the message's.
        now: with its zone.
        control_id: of the answer; by default a new one.
    """
    return answered(header, "AA", None, now=now, control_id=control_id)


def refused(header: Header, fault: Fault, *, now: datetime, control_id: str | None = None) -> bytes:
    """AE or AR, with the fault as the sender's version of ERR has it: place, error of table 0357, our stable code."""
    return answered(header, fault.ack, fault, now=now, control_id=control_id)


def answered(
    header: Header, code: AnswerCode, fault: Fault | None, *, now: datetime, control_id: str | None = None
) -> bytes:
    """An acknowledgement under that code, with the fault if there is one. In the enhanced mode it wants none itself."""
    segments = [
        _msh(header, now, control_id or uuid.uuid4().hex[:20], enhanced=is_enhanced(header)),
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
    head, _, rest = body.partition("\r")
    gap = field * (_CHARSET - (_LAST_ENHANCED if is_enhanced(header) else _LAST))
    body = f"{head}{gap}{charset}\r{rest}"
    return body.encode(codec or "utf-8")


def is_enhanced(header: Header) -> bool:
    """Whether the sender says which acknowledgements it wants (MSH-15, MSH-16): else the original mode holds."""
    return any(header.component(field) not in {"", NULL} for field in (15, 16))


def _msh(header: Header, now: datetime, control_id: str, *, enhanced: bool) -> list[str]:
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
        *(["", "", "NE", "NE"] if enhanced else []),
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
