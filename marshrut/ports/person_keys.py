"""The book of the persons' keys, kept apart from what they seal: a copy of the one is nothing without the other."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol


class StoredKey(NamedTuple):
    """A person's key, wrapped by a service key; of one that was destroyed only that it was is known."""

    key_id: str
    person: str | None
    wrapped: bytes | None


class PersonKeyBook(Protocol):
    """Each raises Unavailable, or Uncertain where it writes."""

    async def standing(self, persons: Collection[str]) -> Mapping[str, StoredKey]:
        """By person the key that they have."""
        ...

    async def get(self, key_ids: Collection[str]) -> Mapping[str, StoredKey]:
        """By id, also those that were destroyed."""
        ...

    async def add(self, keys: Sequence[StoredKey]) -> None:
        """Keep new ones; who has one already keeps that."""
        ...

    async def destroy(self, persons: Collection[str], at: datetime) -> int:
        """Overwrite the keys of these persons, and forget whose they were; how many there were."""
        ...

    async def wrapped_otherwise(self, head: bytes, limit: int) -> Sequence[StoredKey]:
        """Some of those whose wrapping does not begin so."""
        ...

    async def rewrap(self, key_id: str, old: bytes, new: bytes) -> None:
        """Wrap one anew, unless it has changed meanwhile."""
        ...

    async def count(self, head: bytes | None = None) -> int:
        """How many there are; with `head` only those whose wrapping does not begin so."""
        ...
