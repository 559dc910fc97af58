"""Character sets: what MSH-18 may name (table 0211, and how it is spelt in the wild), and which bytes do not fit.

Every set here holds ASCII as it is, so separators and segment names are read before the set is known. Nothing is ever
put in the place of a byte that does not fit: a wrong letter in a name is a relative who is never found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# Python's codec by the name without spaces and punctuation, in capitals. Another character set is another line here.
_CODECS: dict[str, str] = {
    name: codec
    for codec, names in {
        "utf-8": ("", "UTF8", "UNICODEUTF8", "UNICODE", "ISO10646", "ISO10646UTF8", "CP65001", "65001"),
        "ascii": ("ASCII", "USASCII", "ISOIR6", "ISOIR006", "ISO646", "ISO646US", "ANSIX341968"),
        "iso8859-5": ("88595", "ISO88595", "ISOIR144", "ISO885951988", "CYRILLIC", "CSISOLATINCYRILLIC"),
        "cp1251": ("CP1251", "WINDOWS1251", "WIN1251", "WINCP1251", "MSCP1251", "XCP1251", "1251", "ANSI1251"),
        "koi8-r": ("KOI8R", "KOI8", "CP20866", "20866", "CSKOI8R"),
    }.items()
    for name in names
}
CODECS = frozenset(_CODECS.values())
_PUNCTUATION = re.compile(r"[\s\"_./():-]+")

_WIDE = re.compile(rb"\xff\xfe|\xfe\xff|\x00{0,3}M\x00{1,3}S\x00")  # UTF-16 and UTF-32, with a mark or without
_NOT_ASCII = re.compile(rb"[\x80-\xff]")
_CONTROLS = re.compile(rb"[\x80-\x9f]")  # ISO 8859-5 defines no character here
_TELLING = 3  # so many letters are UTF-8 by no accident

# `\Cxxyy\` and `\Mxxyyzz\` (2.9.2) switch to another set; the set's own name and ASCII switch nothing.
SWITCH = r"(?:C2[89A-F][3-7][0-9A-F]|M24(?:2[89A-F])?[4-7][0-9A-F])"
_NO_SWITCH = {"iso8859-5": frozenset({"C2842", "C2D4C"})}
_ONLY_ASCII = frozenset({"C2842"})


class MisfitError(ValueError):
    """Bytes that the character set does not have; `at` is the place of the first."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__("not in the character set")


def codec(declared: Sequence[str]) -> str | None:
    """Python's codec for the repetitions of MSH-18; None when the set is not supported.

    The first names the default and holds for every byte. Where it is ASCII, or empty before others, the bytes beyond
    ASCII belong to the set named next.
    """
    first, *others = [_PUNCTUATION.sub("", name).upper() for name in declared] or [""]
    found = _CODECS.get(first)
    if found == "ascii" or (not first and others):
        return next((known for name in others if (known := _CODECS.get(name))), found)
    return found


def is_wide(data: bytes) -> bool:
    """Whether the message is in two or four bytes a character, which MLLP cannot frame and HL7 advises against."""
    return _WIDE.match(data) is not None


def narrowed(data: bytes) -> bytes:
    """The beginning of a wide message as UTF-8, as far as it can be read: enough to answer it."""
    little = data.startswith((b"\xff\xfe", b"M"))
    return data.decode("utf-16-le" if little else "utf-16-be", errors="ignore").lstrip("\ufeff").encode()


def is_utf8_after_all(data: bytes, codec: str) -> bool:
    """Whether a message that names a set of one byte a character is in UTF-8: each letter would read as two others."""
    if codec in {"utf-8", "ascii"}:
        return False
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return sum(map(len, re.findall(r"[^\x00-\x7f]+", text))) >= _TELLING


def decoded(line: bytes, codec: str, *, mistaken: bool = False) -> str:
    """The line as text; `mistaken`: its set is known to be another one, so that only ASCII can be read.

    Raises:
        MisfitError: a byte that the set does not have.
    """
    if misfit := _misfit(line, codec, mistaken=mistaken):
        raise MisfitError(misfit.start())
    try:
        return line.decode(codec)
    except UnicodeDecodeError as fault:
        raise MisfitError(fault.start) from None


def _misfit(line: bytes, codec: str, *, mistaken: bool) -> re.Match[bytes] | None:
    if mistaken:
        return _NOT_ASCII.search(line)
    return _CONTROLS.search(line) if codec == "iso8859-5" else None


def switch(text: str, codec: str, mark: str) -> int | None:
    """Where the text switches to a character set other than its own, with `mark` around the escape sequence."""
    if mark + "C2" not in text and mark + "M2" not in text:
        return None
    own = _NO_SWITCH.get(codec, _ONLY_ASCII)
    edge = re.escape(mark)
    found = (one for one in re.finditer(f"{edge}({SWITCH}){edge}", text) if one[1] not in own)
    return next((one.start() for one in found), None)
