"""Sealing what is personal: each record has a data key of its own (`envelope`).

A service key wraps it until it is known whom the record is about, then that person's own key, which a service key
wraps in its turn: who destroys one key has destroyed every record of one person, in every copy of them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marshrut.adapters.envelope import KEY_BYTES, Sealed, Wrapping, decrypt, encrypt, head
from marshrut.adapters.keys import ServiceKeys
from marshrut.adapters.person_keys import PersonKeys


class EnvelopeVault:
    """`ports.Vault`. Without persons' keys it opens what the service keys wrap."""

    def __init__(self, keys: ServiceKeys, persons: PersonKeys | None = None) -> None:
        self._keys = keys
        self._persons = persons

    def seal(self, content: Mapping[str, Any], *, about: str) -> bytes:
        """The content, sealed for this place by the service key that writes."""
        writer, data_key = self._keys.writer, os.urandom(KEY_BYTES)
        wrapped = encrypt(writer.record_cipher, data_key, about)
        sealed = encrypt(AESGCM(data_key), orjson.dumps(dict(content)), about)
        return Sealed(Wrapping.SERVICE, writer.key_id, wrapped, sealed).written

    def open(self, sealed: bytes, *, about: str) -> dict[str, Any]:
        """The content again of what a service key wraps.

        Raises:
            ValueError: the bytes were altered or moved, or their key is not ours.
        """
        record = Sealed.read(sealed)
        return _opened(record, self._service(record), about)

    async def opened(self, sealed: Mapping[str, bytes], *, kind: str = "command") -> dict[str, dict[str, Any]]:
        """By name the contents of records of a kind, whatever wraps them; a destroyed one is empty.

        Raises:
            ValueError: as for `open`.
            Unavailable: the book of the persons' keys does not answer.
        """
        records = {name: Sealed.read(each) for name, each in sealed.items()}
        ciphers = await self._theirs(records.values())
        found: dict[str, dict[str, Any]] = {}
        for name, record in records.items():
            cipher = self._service(record) if record.by is Wrapping.SERVICE else ciphers[record.key_id]
            found[name] = {} if cipher is None else _opened(record, cipher, f"{kind}/{name}")
        return found

    async def bound(self, sealed: Mapping[tuple[str, str], tuple[bytes, str]]) -> dict[tuple[str, str], bytes]:
        """Records by kind and name, each with the person it is about: the same, wrapped by that person's key.

        One whose key was destroyed is left out.
        """
        records = {place: Sealed.read(each) for place, (each, _) in sealed.items()}
        ciphers = await self._theirs(records.values())
        own = {} if self._persons is None else await self._persons.of({person for _, person in sealed.values()})
        found: dict[tuple[str, str], bytes] = {}
        for place, record in records.items():
            key_id, key = own[sealed[place][1]]
            cipher = self._service(record) if record.by is Wrapping.SERVICE else ciphers[record.key_id]
            if cipher is not None:
                found[place] = _wrapped_by(record, cipher, (Wrapping.PERSON, key_id, key), "/".join(place))
        return found

    def renewed(self, sealed: bytes, *, about: str) -> bytes:
        """What a service key wraps, wrapped by the one that writes."""
        record, writer = Sealed.read(sealed), self._keys.writer
        return _wrapped_by(
            record, self._service(record), (Wrapping.SERVICE, writer.key_id, writer.record_cipher), about
        )

    @property
    def head(self) -> bytes:
        """How a record begins that the service key wraps that writes."""
        return head(Wrapping.SERVICE, self._keys.writer.key_id)

    def _service(self, record: Sealed) -> AESGCM:
        key = self._keys.reading(record.key_id) if record.by is Wrapping.SERVICE else None
        if key is None:
            raise ValueError("sealed under another key")
        return key.record_cipher

    async def _theirs(self, records: Any) -> Mapping[str, AESGCM | None]:
        wanted = {record.key_id for record in records if record.by is Wrapping.PERSON}
        if not wanted:
            return {}
        if self._persons is None:
            raise ValueError("sealed under a person's key")
        found = await self._persons.ciphers(wanted)
        if found.keys() < wanted:
            raise ValueError("sealed under a person's key that the book does not know")
        return found


def _opened(record: Sealed, by: AESGCM, about: str) -> dict[str, Any]:
    data_key = decrypt(by, record.wrapped, about)
    content: dict[str, Any] = orjson.loads(decrypt(AESGCM(data_key), record.content, about))
    return content


def _wrapped_by(record: Sealed, old: AESGCM, new: tuple[Wrapping, str, AESGCM], about: str) -> bytes:
    by, key_id, cipher = new
    wrapped = encrypt(cipher, decrypt(old, record.wrapped, about), about)
    return Sealed(by, key_id, wrapped, record.content).written
