"""Which texts can be kept at all, and how a sender is told of those that cannot."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

# PostgreSQL knows no NUL, and half of a surrogate pair has no UTF-8.
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
# What its sender is told of such a text.
UNKEEPABLE = "A text with a character that cannot be kept"

# A body may have a hundred thousand faults, and names of fields as long as itself.
MAX_TOLD, MAX_NAME = 100, 200

Place = tuple[str | int, ...]


def keepable(text: str) -> bool:
    """Whether every database can hold the text."""
    return _UNKEEPABLE.search(text) is None


def named(place: Place) -> str:
    """A place as senders think of it: `contacts.0.phones`, or the body as a whole."""
    return ".".join(map(str, place))[:MAX_NAME] or "body"


def unkeepable(value: Any) -> Iterator[Place]:
    """Where a JSON value, however deep it goes, holds a text that cannot be kept; such a key is told as `?`."""
    if isinstance(value, str) and not keepable(value):
        yield ()
    # A place is made up only where there is something to look at: a body may be a list of a hundred thousand.
    todo: list[tuple[Place, Any]] = [((), value)]
    while todo:
        place, found = todo.pop()
        for name, each in _parts(found):
            if isinstance(name, str) and not keepable(name):
                yield (*place, "?")
            elif isinstance(each, str):
                if not keepable(each):
                    yield (*place, name)
            elif each and isinstance(each, list | dict):
                todo.append(((*place, name), each))


def _parts(value: Any) -> Iterable[tuple[str | int, Any]]:
    match value:
        case list():
            return enumerate(value)
        case dict():
            return value.items()
        case _:
            return ()
