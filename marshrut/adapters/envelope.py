"""How sealed bytes are laid out, and data keys wrapped. No keys are kept here.

A sealed record: what wraps its data key (1 byte: a service key or a person's), length of that key's id (1), the id,
the wrapped data key (12 + 48), nonce (12), ciphertext. AES-256-GCM throughout; what the record is about is
authenticated by both layers, so that neither can be moved.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import IntEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
KEY_BYTES = 32
WRAPPED = NONCE + KEY_BYTES + 16


class Wrapping(IntEnum):
    """What wraps a data key."""

    SERVICE = 1
    PERSON = 2


@dataclass(frozen=True, slots=True)
class Sealed:
    """A sealed record in its parts."""

    by: Wrapping
    key_id: str
    wrapped: bytes
    content: bytes

    @classmethod
    def read(cls, sealed: bytes) -> Sealed:
        """The parts.

        Raises:
            ValueError: it is no sealed record.
        """
        start = 2 + sealed[1] if len(sealed) > 1 else 0
        if start == 0 or len(sealed) < start + WRAPPED + NONCE or sealed[0] not in set(Wrapping):
            raise ValueError("not a sealed record")
        key_id = sealed[2:start].decode(errors="replace")
        return cls(Wrapping(sealed[0]), key_id, sealed[start : start + WRAPPED], sealed[start + WRAPPED :])

    @property
    def written(self) -> bytes:
        """The record as it is kept."""
        return head(self.by, self.key_id) + self.wrapped + self.content


def head(by: Wrapping, key_id: str) -> bytes:
    """How a record begins that this key wraps."""
    name = key_id.encode()
    return bytes((by, len(name))) + name


def encrypt(cipher: AESGCM, clear: bytes, about: str) -> bytes:
    """Sealed for this place."""
    nonce = os.urandom(NONCE)
    return nonce + cipher.encrypt(nonce, clear, about.encode())


def decrypt(cipher: AESGCM, sealed: bytes, about: str) -> bytes:
    """In clear again.

    Raises:
        ValueError: it was altered, or moved.
    """
    try:
        return cipher.decrypt(sealed[:NONCE], sealed[NONCE:], about.encode())
    except InvalidTag:
        raise ValueError("altered, or moved from its place") from None
