"""The first segment, read leniently: whatever arrives, its sender gets an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass

from marshrut.adapters.hl7v2 import charsets

START, END = b"\x0b", b"\x1c"  # the bytes that frame a message in MLLP
BOM = b"\xef\xbb\xbf"
MAX_SEGMENT = 64 * 1024
NULL = '""'  # "this value is to be deleted" (v2.5, 2.5.3): nothing to read

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LINE_END = re.compile(rb"[\r\n]")
_MIN_ENCODING, _MAX_ENCODING = 4, 5  # since 2.7 a fifth character marks truncated values
_NEVER = frozenset(' "+-.')  # they occur in times, numbers and nulls
_CHARSET, _LAST_FIELD = 18, 25  # MSH ends here in every version


@dataclass(frozen=True, slots=True)
class Separators:
    """The characters that MSH-1 and MSH-2 declare."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"
    truncation: str = ""

    @property
    def encoding(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.sub + self.truncation


@dataclass(frozen=True, slots=True)
class Header:
    """MSH as raw text by field number; empty, and `readable` False, when MSH-1 and MSH-2 make no sense.

    `codec` is Python's for the character set that MSH-18 names; None when that one is not supported.
    """

    readable: bool = False
    separators: Separators = Separators()
    fields: tuple[str, ...] = ()
    codec: str | None = None

    def raw(self, number: int) -> str:
        """The field as it was sent, its separators and escapes included; empty when it is absent."""
        return self.fields[number] if number < len(self.fields) else ""

    def component(self, number: int, component: int = 1) -> str:
        """A component of the field's first repetition."""
        parts = self.raw(number).split(self.separators.repetition)[0].split(self.separators.component)
        return parts[component - 1].strip() if component <= len(parts) else ""


def unframe(raw: bytes) -> bytes:
    """The message without MLLP framing, byte order mark and surrounding blanks."""
    return raw.strip(b" \t\r\n" + START + END).removeprefix(BOM).lstrip(b" \t\r\n" + START)


def glance(raw: bytes) -> Header:
    """What the first segment says, as far as it can be read; never fails. What cannot be read becomes `?`."""
    data = unframe(raw[: MAX_SEGMENT + 16])
    wide = charsets.is_wide(data)
    first = _LINE_END.split(charsets.narrowed(data) if wide else data, maxsplit=1)[0]
    ascii_only = first.decode("ascii", errors="replace")  # MSH-1, MSH-2 and MSH-18 are no more than that
    separators = _separators(ascii_only)
    if separators is None:
        return Header()
    codec = None if wide else _codec(_fields(ascii_only, separators), separators)
    fields = _fields(first.decode(codec or "ascii", errors="replace").replace("\ufffd", "?"), separators)
    return Header(readable=True, separators=separators, fields=fields, codec=codec)


def _fields(text: str, separators: Separators) -> tuple[str, ...]:
    rest = text[4:].split(separators.field, _LAST_FIELD)[1:]
    return ("MSH", separators.field, separators.encoding, *(_CONTROL.sub("", field) for field in rest))


def _codec(fields: tuple[str, ...], separators: Separators) -> str | None:
    """The codec of MSH-18, which in some versions has components and in most repetitions."""
    names = fields[_CHARSET].split(separators.repetition) if len(fields) > _CHARSET else []
    return charsets.codec([name.split(separators.component)[0] for name in names])


def _separators(text: str) -> Separators | None:
    """MSH-1 and MSH-2, if they are printable, distinct, and nothing that values are made of."""
    if not text.startswith("MSH") or len(text) < len("MSH|") + _MIN_ENCODING:
        return None
    field = text[3]
    encoding = text[4:].split(field, 1)[0]
    used = field + encoding
    sane = (
        _MIN_ENCODING <= len(encoding) <= _MAX_ENCODING
        and len(set(used)) == len(used)
        and all(char.isascii() and char.isprintable() and not char.isalnum() and char not in _NEVER for char in used)
    )
    return Separators(field, *encoding) if sane else None
