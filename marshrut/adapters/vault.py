"""Sealing what is personal: each record has a data key of its own, wrapped by the installation's key.

Layout of a sealed record: version (1 byte), length of the key id (1), key id, wrapped data key (12 + 48), nonce (12),
ciphertext. AES-256-GCM throughout; what the record is about is authenticated with both layers.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marshrut.adapters.keys import Keys

VERSION = 1
NONCE = 12
WRAPPED = NONCE + 32 + 16


class EnvelopeVault:
    """`ports.Vault` with the installation's key."""

    def __init__(self, keys: Keys) -> None:
        self._key_id = keys.key_id.encode()
        self._wrapping = AESGCM(keys.records)

    def seal(self, content: Mapping[str, Any], *, about: str) -> bytes:
        """The content, sealed for this place."""
        data_key, outer, inner = os.urandom(32), os.urandom(NONCE), os.urandom(NONCE)
        wrapped = outer + self._wrapping.encrypt(outer, data_key, about.encode())
        ciphertext = AESGCM(data_key).encrypt(inner, orjson.dumps(dict(content)), about.encode())
        return bytes((VERSION, len(self._key_id))) + self._key_id + wrapped + inner + ciphertext

    def open(self, sealed: bytes, *, about: str) -> dict[str, Any]:
        """The content again.

        Raises:
            ValueError: the bytes were altered or moved, or their key is not ours.
        """
        if len(sealed) < 2 + len(self._key_id) + WRAPPED + NONCE or sealed[0] != VERSION:
            raise ValueError("not a sealed record")
        start = 2 + sealed[1]
        if sealed[2:start] != self._key_id:
            raise ValueError("sealed under another key")
        wrapped, rest = sealed[start : start + WRAPPED], sealed[start + WRAPPED :]
        try:
            data_key = self._wrapping.decrypt(wrapped[:NONCE], wrapped[NONCE:], about.encode())
            content = AESGCM(data_key).decrypt(rest[:NONCE], rest[NONCE:], about.encode())
        except InvalidTag:
            raise ValueError("altered, or moved from its place") from None
        opened: dict[str, Any] = orjson.loads(content)
        return opened
