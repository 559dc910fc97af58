"""A message that has been checked before anything reads it.

The `hl7` library splits; all that it would stumble over, or take for something else, is refused first: a message with
line feeds only, which it takes for one segment, an MSH without fields, a megabyte of separators.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import hl7  # type: ignore[import-untyped]  # it ships no types

from marshrut.adapters.hl7v2.escapes import unescape
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.header import END, MAX_SEGMENT, START, Header, glance, unframe

MAX_MESSAGE = 1024 * 1024
MAX_SEGMENTS = 1000
MAX_SEPARATORS = 20_000  # the library takes about 5 µs for each; an admission has a few hundred
MAX_CONTROL_ID = 199  # v2.7; earlier versions allow 20

# Table 0211 as MSH-18 may name it, and Python's codec. Another character set is another line here.
CHARSETS: dict[str, str] = {
    "": "utf-8",
    "ASCII": "ascii",
    "UNICODE": "utf-8",
    "UNICODE UTF-8": "utf-8",
}

HEADERS = frozenset({"MSH", "BHS", "FHS"})
NULL = '""'  # "this value is to be deleted" (v2.5, 2.5.3): nothing to read
_SEGMENT_END = re.compile(rb"\r\n|\r|\n")
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_VERSION = re.compile(r"2\.[3-8](\.\d)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Value:
    """One repetition of a field."""

    node: Any
    header: Header
    codec: str

    def text(self, component: int = 1, sub: int = 1) -> str:
        """A component as people would read it; empty when it is absent or null."""
        leaf = str(_nth(_nth(self.node, component), sub))
        return "" if leaf == NULL else unescape(leaf, self.header.separators, self.codec).strip()


@dataclass(frozen=True, slots=True)
class Segment:
    """A segment, or the absence of one (`node` is None): reading it never fails."""

    name: str
    ordinal: int
    node: Any
    header: Header
    codec: str

    def values(self, field: int) -> tuple[Value, ...]:
        """The repetitions of a field."""
        if self.node is None or not 0 < field < len(self.node):
            return ()
        found = self.node[field]
        nodes = list(found) if isinstance(found, hl7.Field) else [found]
        return tuple(Value(node, self.header, self.codec) for node in nodes)

    def text(self, field: int, component: int = 1, sub: int = 1) -> str:
        """A component of the field's first repetition; empty when it is absent."""
        values = self.values(field)
        return values[0].text(component, sub) if values else ""

    def missing(self, field: int) -> Fault:
        """The fault of a field that should be there."""
        return Fault(FaultCode.MISSING_FIELD, self.name, field, ordinal=self.ordinal)

    def fault(self, code: FaultCode, field: int) -> Fault:
        """A fault of a field."""
        return Fault(code, self.name, field, ordinal=self.ordinal)


@dataclass(frozen=True, slots=True)
class Message:
    """A message whose header, character set and segments are in order."""

    header: Header
    codec: str
    type: str
    event: str
    control_id: str
    version: str
    node: Any

    def segments(self, name: str) -> tuple[Segment, ...]:
        """Every segment of that name, in the order sent."""
        found = [node for node in self.node if str(node[0]) == name]
        return tuple(Segment(name, ordinal, node, self.header, self.codec) for ordinal, node in enumerate(found, 1))

    def first(self, name: str) -> Segment:
        """The first segment of that name, or an empty one."""
        found = self.segments(name)
        return found[0] if found else Segment(name, 1, None, self.header, self.codec)

    def only(self, name: str) -> Segment:
        """The one segment of that name.

        Raises:
            Fault: `missing_segment`, or `repeated_segment`: two patients in one message are never guessed apart.
        """
        found = self.segments(name)
        if not found:
            raise Fault(FaultCode.MISSING_SEGMENT, name)
        if len(found) > 1:
            raise Fault(FaultCode.REPEATED_SEGMENT, name, ordinal=2)
        return found[0]


def parse(raw: bytes) -> Message:
    """Read one ER7 message. Segments may end with CR, CR LF or LF; MLLP framing and a byte order mark may be left on.

    Raises:
        Fault: `oversize`, `unparsable`, `unsupported_charset`, `bad_encoding`, `missing_field` (MSH-9, 10, 12),
            `too_long` (MSH-10) or `unsupported_version`.
    """
    if len(raw) > MAX_MESSAGE:
        raise Fault(FaultCode.OVERSIZE)
    header = glance(raw)
    if not header.readable:
        raise Fault(FaultCode.UNPARSABLE, "MSH")
    codec = _codec(header)
    text = "\r".join(_segments(unframe(raw), header, codec))
    separators = header.separators
    if sum(map(text.count, (separators.field, *separators.encoding))) > MAX_SEPARATORS:
        raise Fault(FaultCode.OVERSIZE)
    return Message(
        header=header,
        codec=codec,
        type=_required(header, 9),
        event=header.component(9, 2),
        control_id=_control_id(header),
        version=_version(header),
        node=hl7.parse(text),
    )


def _codec(header: Header) -> str:
    """The codec of MSH-18, whose first repetition is the one that holds throughout."""
    name = " ".join(header.component(18).upper().split())
    if name not in CHARSETS:
        raise Fault(FaultCode.UNSUPPORTED_CHARSET, "MSH", 18)
    return CHARSETS[name]


def _segments(data: bytes, header: Header, codec: str) -> list[str]:
    """The segments as text, each one known to begin like a segment."""
    if START in data or END in data:
        raise Fault(FaultCode.UNPARSABLE)  # two frames that ran into each other
    lines = [line for line in _SEGMENT_END.split(data) if line.strip()]
    if len(lines) > MAX_SEGMENTS:
        raise Fault(FaultCode.OVERSIZE)
    segments = [_decoded(line.lstrip(b" \t"), codec) for line in lines]
    for number, segment in enumerate(segments):
        named = _SEGMENT_NAME.match(segment) and segment[3:4] in ("", header.separators.field)
        if not named or (number > 0 and segment[:3] in HEADERS):
            raise Fault(FaultCode.UNPARSABLE)  # a line end inside a field, a second message, a batch
    return segments


def _decoded(line: bytes, codec: str) -> str:
    name = line[:3].decode("ascii", errors="replace")
    place = name if _SEGMENT_NAME.fullmatch(name) else None
    if len(line) > MAX_SEGMENT:
        raise Fault(FaultCode.OVERSIZE, place)
    try:
        return line.decode(codec)
    except UnicodeDecodeError:
        raise Fault(FaultCode.BAD_ENCODING, place) from None


def _required(header: Header, field: int) -> str:
    text = header.component(field)
    if not text or text == NULL:
        raise Fault(FaultCode.MISSING_FIELD, "MSH", field)
    return text


def _control_id(header: Header) -> str:
    _required(header, 10)
    text = header.raw(10).strip()  # all of it: it is what makes the message idempotent
    if len(text) > MAX_CONTROL_ID:
        raise Fault(FaultCode.TOO_LONG, "MSH", 10)
    return text


def _version(header: Header) -> str:
    text = _required(header, 12)
    if not _VERSION.fullmatch(text):
        raise Fault(FaultCode.UNSUPPORTED_VERSION, "MSH", 12)
    return text


def _nth(node: object, number: int) -> object:
    """The numbered part of a node, counting from one; a node that was not split is its own first part."""
    parts = node if isinstance(node, list) else [node]
    return parts[number - 1] if number <= len(parts) else ""
