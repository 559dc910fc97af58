"""Whom and where a message is about: the hospital, the visit, the place, and what tells records apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from marshrut.adapters.hl7v2 import people
from marshrut.adapters.hl7v2.fault import FaultCode
from marshrut.adapters.hl7v2.message import Message, Segment, Value
from marshrut.adapters.hl7v2.sites import Site

CODE_LIMIT = 200
RECORD_TYPES = ("MR", "PI")  # table 0203: the medical record, the facility's own number of the patient


def facility(message: Message, visit: Segment, sites: Mapping[str, Site]) -> str:
    """Where the patient lies (PV1-3.4), else who sends (MSH-4).

    Raises:
        Fault: `unknown_facility`.
    """
    place, field = (visit, 3) if visit.text(3, 4) else (message.first("MSH"), 4)
    found = place.text(field, 4 if place is visit else 1)
    if found not in sites:
        raise place.fault(FaultCode.UNKNOWN_FACILITY, field, 4 if place is visit else 1)
    return found


def ward(visit: Segment) -> str | None:
    """PV1-3.1."""
    return code(visit.text(3))


def bed(visit: Segment) -> str | None:
    """Room and bed: PV1-3.2 and 3.3."""
    return code("-".join(filter(None, (visit.text(3, 2), visit.text(3, 3)))))


def key(segment: Segment, field: int, text: str) -> str:
    """What tells visits or records apart: it must be there, and is never cut.

    Raises:
        Fault: `missing_field` or `too_long`.
    """
    if not text:
        raise segment.missing(field)
    if len(text) > people.TEXT_LIMIT:
        raise segment.fault(FaultCode.TOO_LONG, field)
    return text


def own_number(values: Iterable[Value], at: str) -> str:
    """A facility's number of a patient: by type, the facility's own before others', else the first; empty: none."""
    numbers = [number for number in values if number.text(1)]
    for kind in RECORD_TYPES:
        marked = [number for number in numbers if number.text(5).upper() == kind]
        own = [number for number in marked if at in {number.text(4), number.text(6)}]
        if marked:
            return (own or marked)[0].text(1)
    return numbers[0].text(1) if numbers else ""


def code(text: str) -> str | None:
    """The text as a code of the domain: what does not fit becomes a hyphen."""
    fitting = "".join(char if _fits(char) else "-" for char in unicodedata.normalize("NFC", text))
    return re.sub("-+", "-", fitting).strip("-")[:CODE_LIMIT] or None


def _fits(char: str) -> bool:
    return char in "_.:/@+" or unicodedata.category(char) in {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd"}
