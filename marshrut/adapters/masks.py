"""What may be shown of any message: a value is a mask unless it is known to name nobody.

A mask keeps how a value is written, so that whoever mends it sees that a date has dashes or a field is empty: dots for
letters, small squares for digits, and no more of its length than a name has. Of numbers by which a sender finds its
message again the end is shown, and never more than half.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from marshrut.ports import Masked, MaskedLine, Part, PartKind

LETTER, DIGIT = "•", "▫"
KEPT = frozenset("-.:/+ ")
# No longer than this is a mask, a number's end, a message as it is shown.
LONGEST, ENDING, MOST_LINES, MOST_PARTS, DEEPEST = 16, 4, 400, 6000, 40
_NUMBER = re.compile(r"[!-~]*?([A-Za-z0-9]*)", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?", re.ASCII
)
# Times of a stay lie about the time when they are told; what lies further away may be a birth or a number.
BEFORE, AFTER = timedelta(days=730), timedelta(days=366)


def codes(text: str) -> frozenset[str]:
    """A closed set of codes."""
    return frozenset(text.split())


def shape(text: str) -> str:
    """How the value is written, without what it says."""
    told = "".join(char if char in KEPT else DIGIT if char.isdecimal() else LETTER for char in text[:LONGEST])
    return told + ("…" if len(text) > LONGEST else "")


def mask(text: str, place: str = "") -> Part:
    """The value masked."""
    return Part(PartKind.MASKED, shape(text), place)


def ending(text: str, place: str = "") -> Part:
    """The value masked but for its end: enough to find a message by, and nobody's number."""
    found = _NUMBER.fullmatch(text)
    shown = "" if found is None or len(text) <= 1 else found[1][-min(ENDING, len(text) // 2) :]
    # A word without a digit may be somebody's name.
    if not any(char.isdigit() for char in shown):
        return mask(text, place)
    return Part(PartKind.ENDING, shape(text[: -len(shown)][-LONGEST:]) + shown, place)


def shown(text: str, place: str = "") -> Part:
    """The value as it is."""
    return Part(PartKind.SHOWN, text, place)


def built(text: str, place: str = "") -> Part:
    """How the message is built."""
    return Part(PartKind.BUILT, text, place)


def one_of(text: str, known: Collection[str], place: str = "") -> Part:
    """The value if it is one of these codes."""
    return shown(text, place) if text in known else mask(text, place)


def instant(text: str, received_at: datetime, place: str = "") -> Part:
    """An ISO 8601 time about the time when the message came."""
    found = _INSTANT.fullmatch(text)
    return shown(text, place) if found and about(received_at, found.groups()) else mask(text, place)


def about(received_at: datetime, digits: Iterable[str | None]) -> bool:
    """Whether year, month, day, hour, minute and second are a time about that one."""
    year, month, day, *time = (int(each) for each in digits if each is not None)
    hour, minute, second = (*time, 0, 0, 0)[:3]
    try:
        moment = datetime(year, month, day, hour, minute, second, tzinfo=received_at.tzinfo)
    except ValueError:
        return False
    return received_at - BEFORE <= moment <= received_at + AFTER


def message(lines: Iterator[MaskedLine]) -> Masked:
    """The lines, as many as are shown."""
    found: list[MaskedLine] = []
    parts = 0
    for line in lines:
        parts += len(line.parts)
        if len(found) == MOST_LINES or parts > MOST_PARTS:
            return Masked(tuple(found), cut=True)
        found.append(line)
    return Masked(tuple(found))


Path = tuple[str, ...]
# A text that stands at a path, whose place may be told by that name, as it may be shown.
Value = Callable[[str, Path, str], Part]


def json_of(raw: bytes) -> Any:
    """The JSON of these bytes; None where it is none, or only a word."""
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict | list) else None


def of_json(content: Any, known: Callable[[Path], bool], value: Value) -> Iterator[MaskedLine]:
    """JSON as people write it, a value a line. A path goes by names, and by `*` through a list.

    `known`: whether a name is one of the format's, so that it may be told; `value`: a text as it may be shown.
    """
    yield from _lines(content, (), (), 0, (), "", _How(known, value))


@dataclass(frozen=True, slots=True)
class _How:
    known: Callable[[Path], bool]
    value: Value


def _lines(  # noqa: PLR0913, PLR0917 - where a value stands
    content: Any, path: Path, places: Path, depth: int, before: tuple[Part, ...], after: str, how: _How
) -> Iterator[MaskedLine]:
    ends = (built(after),) if after else ()
    if isinstance(content, dict | list) and content and depth < DEEPEST:
        opening, closing = ("{", "}") if isinstance(content, dict) else ("[", "]")
        yield MaskedLine(places, depth, (*before, built(opening)))
        inside = content.items() if isinstance(content, dict) else ((None, each) for each in content)
        for number, (name, each) in enumerate(inside, 1):
            comma = "," if number < len(content) else ""
            if name is None:
                yield from _lines(each, (*path, "*"), (), depth + 1, (), comma, how)
            else:
                here = (*path, name)
                told = how.known(here)
                key = (built(f'"{name}": '),) if told else (built('"'), mask(name), built('": '))
                at = (".".join(each for each in here if each != "*"),) if told else ()
                yield from _lines(each, here, at, depth + 1, key, comma, how)
        yield MaskedLine((), depth, (built(closing), *ends))
        return
    yield MaskedLine(places, depth, (*before, *_leaf(content, path, next(iter(places), ""), how), *ends))


def _leaf(content: Any, path: Path, place: str, how: _How) -> tuple[Part, ...]:
    if content is None or isinstance(content, bool) or content in ({}, []):
        return (built(json.dumps(content)),)
    if isinstance(content, str):
        return (built('"'), how.value(content, path, place), built('"'))
    # Too deep to be ours, or a number, which may be anybody's.
    return (mask(str(content)) if isinstance(content, int | float) else built("…"),)


def unread(text: str) -> Iterator[MaskedLine]:
    """What cannot be read: line by line masked, with the marks of JSON, so that a missing bracket is seen."""
    for line in re.split(r"\r\n|\r|\n", text):
        if line.strip():
            pieces = re.split(r"([\[\]{}\":,|^~&]+)", line[:2000])
            # Each other one is a separator.
            parts = [built(each) if number % 2 else mask(each) for number, each in enumerate(pieces) if each]
            yield MaskedLine((), 0, tuple(parts[:200]))
