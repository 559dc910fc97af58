"""A message that has been checked before anything reads it.

The `hl7` library splits; all that it would stumble over, or take for something else, is refused first: a message with
line feeds only, which it takes for one segment, an MSH without fields, a megabyte of separators.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import hl7  # type: ignore[import-untyped]  # it ships no types

from marshrut.adapters.hl7v2 import charsets
from marshrut.adapters.hl7v2.escapes import rewritten, unescape
from marshrut.adapters.hl7v2.fault import Fault, FaultCode
from marshrut.adapters.hl7v2.header import END, MAX_SEGMENT, NULL, START, Header, Separators, glance, unframe

MAX_MESSAGE = 1024 * 1024
MAX_SEGMENTS = 1000
MAX_SEPARATORS = 20_000  # the library takes about 5 µs for each; an admission has a few hundred
MAX_CONTROL_ID = 199  # v2.7; earlier versions allow 20

VERSIONS = frozenset({"2.3", "2.3.1", "2.4", "2.5", "2.5.1", "2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2"})

HEADERS = frozenset({"MSH", "BHS", "FHS"})
_SEGMENT_END = re.compile(rb"\r\n|\r|\n")
_SEGMENT_NAME = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)


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

    def fault(self, code: FaultCode, field: int, component: int | None = None) -> Fault:
        """A fault of a field, or of its component."""
        return Fault(code, self.name, field, ordinal=self.ordinal, component=component)


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

    def extensions(self) -> tuple[str, ...]:
        """The Z segments, which HL7 leaves to each sender (2.11): as they were sent, but with the usual separators."""
        sent = (str(node) for node in self.node if str(node[0]).startswith("Z"))
        return tuple(rewritten(text, self.header.separators, Separators()) for text in sent)

    def first(self, name: str) -> Segment:
        """The first segment of that name, or an empty one."""
        found = self.segments(name)
        return found[0] if found else Segment(name, 1, None, self.header, self.codec)

    def only(self, name: str) -> Segment:
        """The one segment of that name.

        Raises:
            Fault: `missing_segment`, or `repeated_segment`: two patients in one message are never guessed apart.
        """
        if not self.segments(name):
            raise Fault(FaultCode.MISSING_SEGMENT, name)
        return self.at_most_one(name)

    def at_most_one(self, name: str) -> Segment:
        """The one segment of that name, or an empty one.

        Raises:
            Fault: `repeated_segment`.
        """
        if len(self.segments(name)) > 1:
            raise Fault(FaultCode.REPEATED_SEGMENT, name, ordinal=2)
        return self.first(name)

    def adt_event(self) -> str:
        """The event of an ADT message (MSH-9.2).

        Raises:
            Fault: `not_adt` or `missing_field`.
        """
        if self.type != "ADT":
            raise Fault(FaultCode.NOT_ADT, "MSH", 9)
        if not self.event:
            raise Fault(FaultCode.MISSING_FIELD, "MSH", 9, component=2)
        return self.event


@dataclass(frozen=True, slots=True)
class Place:
    """Where a segment stands in its message."""

    name: str
    ordinal: int
    separators: Separators

    def fault(self, code: FaultCode, before: str = "") -> Fault:
        """A fault of this segment; of the component that follows `before`, the beginning of the segment as text."""
        fields = before.split(self.separators.field)
        if len(fields) == 1:
            return Fault(code, self.name, ordinal=self.ordinal)
        repetitions = fields[-1].split(self.separators.repetition)
        return Fault(
            code,
            self.name,
            len(fields) - (self.name != "MSH"),  # MSH-1 is the separator itself
            ordinal=self.ordinal,
            repetition=len(repetitions),
            component=repetitions[-1].count(self.separators.component) + 1,
        )


def parse(raw: bytes) -> Message:
    """Read one ER7 message. Segments may end with CR, CR LF or LF; MLLP framing and a byte order mark may be left on.

    Raises:
        Fault: `oversize`, `unparsable`, `unsupported_charset`, `bad_encoding`, `missing_field` (MSH-9, 10, 12),
            `too_long` (MSH-10) or `unsupported_version`.
    """
    if len(raw) > MAX_MESSAGE:
        raise Fault(FaultCode.OVERSIZE)
    data, header = unframe(raw), glance(raw)
    if charsets.is_wide(data):
        raise Fault(FaultCode.UNSUPPORTED_CHARSET, "MSH", 18)
    if not header.readable:
        raise Fault(FaultCode.UNPARSABLE, "MSH")
    if header.codec is None:
        raise Fault(FaultCode.UNSUPPORTED_CHARSET, "MSH", 18)
    text = "\r".join(_segments(data, header, header.codec))
    separators = header.separators
    if sum(map(text.count, (separators.field, *separators.encoding))) > MAX_SEPARATORS:
        raise Fault(FaultCode.OVERSIZE)
    return Message(
        header=header,
        codec=header.codec,
        type=_required(header, 9),
        event=header.component(9, 2),
        control_id=_control_id(header),
        version=_version(header),
        node=hl7.parse(text),
    )


def _segments(data: bytes, header: Header, codec: str) -> list[str]:
    """The segments as text, each one known to begin like a segment."""
    if START in data or END in data:
        raise Fault(FaultCode.UNPARSABLE)  # two frames that ran into each other
    lines = [line.lstrip(b" \t") for line in _SEGMENT_END.split(data) if line.strip()]
    if len(lines) > MAX_SEGMENTS:
        raise Fault(FaultCode.OVERSIZE)
    mistaken = charsets.is_utf8_after_all(data, codec)
    ordinals: Counter[str] = Counter()
    segments: list[str] = []
    for line in lines:
        name = line[:3].decode("ascii", errors="replace")
        named = _SEGMENT_NAME.fullmatch(name) and line[3:4] in (b"", header.separators.field.encode())
        if not named or (segments and name in HEADERS):
            raise Fault(FaultCode.UNPARSABLE)  # a line end inside a field, a second message, a batch
        ordinals[name] += 1
        place = Place(name, ordinals[name], header.separators)
        if len(line) > MAX_SEGMENT:
            raise place.fault(FaultCode.OVERSIZE)
        segments.append(_text(line, codec, place, mistaken=mistaken))
    return segments


def _text(line: bytes, codec: str, place: Place, *, mistaken: bool) -> str:
    try:
        text = charsets.decoded(line, codec, mistaken=mistaken)
    except charsets.MisfitError as misfit:
        raise place.fault(FaultCode.BAD_ENCODING, line[: misfit.at].decode("latin-1")) from None
    if (at := charsets.switch(text, codec, place.separators.escape)) is not None:
        raise place.fault(FaultCode.UNSUPPORTED_CHARSET, text[:at])
    return text


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
    if text not in VERSIONS:
        raise Fault(FaultCode.UNSUPPORTED_VERSION, "MSH", 12)
    return text


def _nth(node: object, number: int) -> object:
    """The numbered part of a node, counting from one; a node that was not split is its own first part."""
    parts = node if isinstance(node, list) else [node]
    return parts[number - 1] if number <= len(parts) else ""
