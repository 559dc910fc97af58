"""Persons' keys in clear, for as long as a process needs them: each wrapped by a service key in the book."""

from __future__ import annotations

import os
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from datetime import datetime

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marshrut.adapters.envelope import KEY_BYTES, decrypt, encrypt
from marshrut.adapters.keys import ServiceKeys
from marshrut.ports import PersonKeyBook, StoredKey

# A key that was destroyed is known to a process no longer than that.
KEPT_S = 60.0
MOST_KEPT = 5000
ID_BYTES = 10


class PersonKeys:
    """Makes, wraps and opens them."""

    def __init__(self, book: PersonKeyBook, keys: ServiceKeys, now: Callable[[], float] = time.monotonic) -> None:
        self._book = book
        self._keys = keys
        self._now = now
        self._known: OrderedDict[str, tuple[float, AESGCM | None]] = OrderedDict()

    async def of(self, persons: Collection[str]) -> Mapping[str, tuple[str, AESGCM]]:
        """By person the id of their key, and the key; who has none is given one."""
        found = dict(await self._book.standing(persons))
        lacking = [person for person in dict.fromkeys(persons) if person not in found]
        if lacking:
            await self._book.add([self._fresh(person) for person in lacking])
            found |= await self._book.standing(lacking)
        return {person: (key.key_id, AESGCM(self._unwrapped(key))) for person, key in found.items()}

    async def ciphers(self, key_ids: Collection[str]) -> Mapping[str, AESGCM | None]:
        """By id; None: it was destroyed. One that the book does not know is left out."""
        now, wanted = self._now(), set(key_ids)
        known = {name: self._known[name] for name in wanted & self._known.keys()}
        found = {name: cipher for name, (until, cipher) in known.items() if until > now}
        if lacking := wanted - found.keys():
            for name, key in (await self._book.get(lacking)).items():
                found[name] = None if key.wrapped is None else AESGCM(self._unwrapped(key))
                self._known[name] = (now + KEPT_S, found[name])
                self._known.move_to_end(name)
            while len(self._known) > MOST_KEPT:
                self._known.popitem(last=False)
        return found

    async def count_of(self, persons: Collection[str]) -> int:
        """How many of these persons have a key."""
        return len(await self._book.standing(persons))

    async def destroy(self, persons: Collection[str], at: datetime) -> int:
        """Forget the keys of these persons, here and in the book; how many there were."""
        self._known.clear()
        return await self._book.destroy(persons, at)

    def rewrapped(self, key: StoredKey) -> bytes:
        """The key as the service key that writes wraps it."""
        return self._wrapped(key.key_id, self._unwrapped(key))

    @property
    def head(self) -> bytes:
        """How a key begins that the service key wraps that writes."""
        return _head(self._keys.writer.key_id)

    def _fresh(self, person: str) -> StoredKey:
        key_id = secrets.token_hex(ID_BYTES)
        return StoredKey(key_id, person, self._wrapped(key_id, os.urandom(KEY_BYTES)))

    def _wrapped(self, key_id: str, clear: bytes) -> bytes:
        writer = self._keys.writer
        return _head(writer.key_id) + encrypt(writer.record_cipher, clear, _about(key_id))

    def _unwrapped(self, key: StoredKey) -> bytes:
        wrapped, by = key.wrapped or b"\0", self._keys.reading(wrapped_by(key))
        if by is None:
            raise ValueError("a person's key under another service key")
        return decrypt(by.record_cipher, wrapped[1 + wrapped[0] :], _about(key.key_id))


def wrapped_by(key: StoredKey) -> str:
    """The id of the service key that wraps it."""
    wrapped = key.wrapped or b"\0"
    return wrapped[1 : 1 + wrapped[0]].decode(errors="replace")


def _head(key_id: str) -> bytes:
    name = key_id.encode()
    return bytes((len(name),)) + name


def _about(key_id: str) -> str:
    return f"person-key/{key_id}"
