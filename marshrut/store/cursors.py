"""Where the next page begins: the sort key of the last row, opaque to whoever carries it."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import Field, TypeAdapter

from marshrut.ports import Page

# As far as a database counts.
Whole = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Key = TypeVar("Key")
Row = TypeVar("Row")


class Cursor(Generic[Key]):
    """Cursors of one list, over its sort key; another list's cursor is none of them."""

    def __init__(self, name: str, key: type[Key]) -> None:
        self._name = f"{name}:".encode()
        self._key: TypeAdapter[Key] = TypeAdapter(key)

    def read(self, cursor: str | None) -> Key | None:
        """The key that a cursor holds.

        Raises:
            ValueError: it is none of ours.
        """
        if cursor is None:
            return None
        if not cursor.isascii():
            raise ValueError("a cursor is ASCII")
        told = urlsafe_b64decode(cursor)
        if not told.startswith(self._name):
            raise ValueError("a cursor of another list")
        if b"\\u0000" in told:
            raise ValueError("no row has a NUL in its key")
        return self._key.validate_json(told.removeprefix(self._name))

    def page(
        self, rows: Sequence[Any], limit: int, value: Callable[[Any], Row], key: Callable[[Any], Key]
    ) -> Page[Row]:
        """The page of at most `limit` rows; one row more was asked for, to know whether there is a next page."""
        shown = rows[:limit]
        more = len(rows) > limit
        cursor = self.written(key(shown[-1])) if more and shown else None
        return Page([value(row) for row in shown], cursor)

    def written(self, key: Key) -> str:
        """The cursor that holds a key."""
        return urlsafe_b64encode(self._name + self._key.dump_json(key)).decode()
