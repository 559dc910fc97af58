"""After a rotation: whatever SQL holds under another service key is wrapped by the one that writes.

A little at a time, each as it is found, so it can be broken off, started again, and go on beside a service at work.
What a person's key wraps is not touched: that key is wrapped anew.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from marshrut.ports import PersonKeyBook, SealedValues, StoredKey

AT_ONCE = 100


class Renewing(Protocol):
    """What wraps the data keys of records anew."""

    @property
    def head(self) -> bytes:
        """How a record begins that needs none of it."""
        ...

    def renewed(self, sealed: bytes, *, about: str) -> bytes:
        """The record under the key that writes."""
        ...


class RenewingPersons(Protocol):
    """The same, of persons' keys."""

    @property
    def head(self) -> bytes:
        """How a key begins that needs none of it."""
        ...

    def rewrapped(self, key: StoredKey) -> bytes:
        """The key under the service key that writes."""
        ...


class Rewrapping:
    """Wraps anew."""

    def __init__(self, values: SealedValues, vault: Renewing, book: PersonKeyBook, persons: RenewingPersons) -> None:
        self._values = values
        self._vault = vault
        self._book = book
        self._persons = persons

    async def left(self) -> int:
        """How much there is to do."""
        return await self._values.count(self._vault.head) + await self._book.count(self._persons.head)

    async def run(self) -> AsyncIterator[int]:
        """Do it; how much is done, now and then."""
        done = 0
        while keys := await self._book.wrapped_otherwise(self._persons.head, AT_ONCE):
            for key in keys:
                await self._book.rewrap(key.key_id, key.wrapped or b"", self._persons.rewrapped(key))
            done += len(keys)
            yield done
        while kept := await self._values.under_others(self._vault.head, AT_ONCE):
            await self._values.put([(each, self._vault.renewed(each.sealed, about=each.about)) for each in kept])
            done += len(kept)
            yield done
