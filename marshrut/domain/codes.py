"""Which codes may leave the system: those of ours. Anything else was typed by somebody, and is told as `other`."""

from __future__ import annotations

import re

from marshrut.domain.words import ItemKind

# What a code of ours looks like.
OURS = re.compile(r"[a-z0-9][a-z0-9_.:+\-]{0,79}")
OTHER = "other"

# The names of these items are codes of the catalogue; of the others somebody may have chosen them.
NAMED = frozenset(ItemKind) - {
    ItemKind.RELATIVE,
    ItemKind.CANDIDATE,
    ItemKind.ATTEMPT,
    ItemKind.FEEDBACK,
    ItemKind.CONSENT,
}


def code(value: object) -> str:
    """A code of ours, and anything else as `other`; several in a row."""
    if isinstance(value, list | tuple):
        return " ".join(code(each) for each in value)
    text = str(value)
    return text if OURS.fullmatch(text) else OTHER
