r"""HL7 escapes (v2.5, 2.7): `\F\` and its kin, `\X..\`, `\.br\`.

The `hl7` library's own function writes the field into the log when it meets a sequence that it does not know, and
believes `\.sp99999999\`; so this is ours. A sequence that HL7 does not define stays as it was sent.
"""

from __future__ import annotations

import re
from functools import lru_cache

from marshrut.adapters.hl7v2.header import Separators

_KNOWN = r"[FSTREPHN]|\.(?:br|sp|fi|nf|in|ti|sk|ce)[+-]?\d{0,4}|X(?:[0-9A-Fa-f]{2})+"
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")
_LAYOUT = {".br": "\n", ".sp": "\n", ".ce": "\n", ".sk": " ", ".in": " ", ".ti": " "}


@lru_cache(maxsize=16)
def _pattern(escape: str) -> re.Pattern[str]:
    mark = re.escape(escape)
    return re.compile(f"{mark}({_KNOWN}){mark}", re.ASCII)


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
            sequence = found[1]
            if sequence.startswith("X"):
                return bytes.fromhex(sequence[1:]).decode(codec, errors="replace")
            return literal.get(sequence, "") or _LAYOUT.get(sequence[:3], "")

        text = _pattern(separators.escape).sub(meant, text)
    return _CONTROL.sub(" ", text)


def escape(text: str, separators: Separators) -> str:
    """The text with every separator written as HL7 wants it inside a field; line ends become spaces."""
    names = {
        separators.field: "F",
        separators.component: "S",
        separators.sub: "T",
        separators.repetition: "R",
        separators.escape: "E",
    }
    mark = separators.escape
    return "".join(f"{mark}{names[char]}{mark}" if char in names else char for char in _CONTROL.sub(" ", text)).replace(
        "\n", " "
    )
