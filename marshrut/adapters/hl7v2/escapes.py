r"""HL7 escapes (v2.5, 2.7): `\F\` and its kin, `\X..\`, `\.br\`, `\Cxxyy\`.

The `hl7` library's own function writes the field into the log when it meets a sequence that it does not know, and
believes `\.sp99999999\`; so this is ours. A sequence that HL7 does not define, and hexadecimal bytes that are no text
in the message's character set, stay as they were sent.
"""

from __future__ import annotations

import re
from functools import lru_cache

from marshrut.adapters.hl7v2.charsets import SWITCH
from marshrut.adapters.hl7v2.header import Separators

_KNOWN = r"[FSTREPHN]|\.(?:br|sp|fi|nf|in|ti|sk|ce)[+-]?\d{0,4}"
_HEX = r"X(?:[0-9A-Fa-f]{2})+"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LAYOUT = {".br": "\n", ".sp": "\n", ".ce": "\n", ".sk": " ", ".in": " ", ".ti": " "}


@lru_cache(maxsize=16)
def _pattern(escape: str) -> re.Pattern[str]:
    """A known sequence, a switch of the character set, or a run of bytes: one letter may be spread over several."""
    mark = re.escape(escape)
    return re.compile(f"{mark}(?:({_KNOWN})|{SWITCH}){mark}|((?:{mark}{_HEX}{mark})+)", re.ASCII)


def unescape(text: str, separators: Separators, codec: str) -> str:
    """The text as it was meant, without control characters other than line ends."""
    if separators.escape in text:
        literal = {
            "F": separators.field,
            "S": separators.component,
            "T": separators.sub,
            "R": separators.repetition,
            "E": separators.escape,
            "P": separators.truncation,
        }

        def meant(found: re.Match[str]) -> str:
            sequence, run = found.groups()
            if run:
                return _from_hex(run, separators.escape, codec)
            # A switch that stands here leads to the set in which the message is: parse() refuses the others.
            return literal.get(sequence, "") or _LAYOUT.get((sequence or "")[:3], "")

        text = _pattern(separators.escape).sub(meant, text)
    return _CONTROL.sub(" ", text)


def _from_hex(run: str, mark: str, codec: str) -> str:
    try:
        return bytes.fromhex(run.replace(mark, "").replace("X", "")).decode(codec)
    except UnicodeDecodeError:
        return run


def rewritten(text: str, old: Separators, new: Separators) -> str:
    """Escaped text of one message as another would write it: nothing is read, so nothing is lost."""
    usual = {
        old.component: new.component,
        old.repetition: new.repetition,
        old.escape: new.escape,
        old.sub: new.sub,
        old.field: new.field,
    }
    return _CONTROL.sub(" ", text.translate(_table(_sequences(new) | usual)))


def escape(text: str, separators: Separators) -> str:
    """The text with every separator written as HL7 wants it inside a field; line ends become spaces."""
    return _CONTROL.sub(" ", text).replace("\n", " ").translate(_table(_sequences(separators)))


def _sequences(separators: Separators) -> dict[str, str]:
    names = {
        separators.field: "F",
        separators.component: "S",
        separators.sub: "T",
        separators.repetition: "R",
        separators.escape: "E",
    }
    return {char: f"{separators.escape}{name}{separators.escape}" for char, name in names.items()}


def _table(replaced: dict[str, str]) -> dict[int, str]:
    return {ord(char): text for char, text in replaced.items()}
