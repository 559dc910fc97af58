"""Numbers by which a person is found exactly: of records and visits, telephones, documents; what counts in each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any


class Mark(StrEnum):
    """What a number is one of."""

    RECORD = "record"
    VISIT = "visit"
    PHONE = "phone"
    DOCUMENT = "document"


# Under which name a sealed record holds one.
HELD_AS = {
    "mrn": Mark.RECORD,
    "visit": Mark.VISIT,
    "phone": Mark.PHONE,
    "phones": Mark.PHONE,
    "number": Mark.DOCUMENT,
    "receipt": Mark.DOCUMENT,
}
SHORTEST, LONGEST = 4, 40
# A Russian number is dialled with 8 or +7 in front; the rest is the subscriber's.
SUBSCRIBER = 10
_BETWEEN = re.compile(r"[\W_]+")


def plain(mark: Mark, text: str) -> str | None:
    """The number without what people write into it; None: too short, or too long, to be one."""
    told = _BETWEEN.sub("", text).casefold()
    if mark is Mark.PHONE:
        told = "".join(char for char in told if char.isdigit())[-SUBSCRIBER:]
    return told if SHORTEST <= len(told) <= LONGEST else None


def marks_in(content: Any) -> Iterator[tuple[Mark, str]]:
    """The numbers in what was sealed."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            mark = HELD_AS.get(name)
            texts = value if isinstance(value, list) else [value]
            found = [plain(mark, text) for text in texts if isinstance(text, str)] if mark is not None else ()
            yield from ((mark, text) for text in found if mark is not None and text is not None)
            yield from marks_in(value)
    elif isinstance(content, list):
        for each in content:
            yield from marks_in(each)


def sought(text: str) -> list[tuple[Mark, str]]:
    """Whatever a number that somebody typed may be."""
    if sum(char.isdigit() for char in text) < SHORTEST:
        return []
    return [(mark, told) for mark in Mark if (told := plain(mark, text)) is not None]
