"""What seals the key file itself: the port of a key management system, and two ways to have one.

A master key in a file of its own (on a medium that is mounted for the service alone) is the reference. A program is
for everything else: it is called with `wrap` or `unwrap`, reads bytes and writes bytes, and speaks to whatever key
management there is; our keys pass it at the start and when they change, never with a record.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from marshrut.adapters.keys import KEY_BYTES, KeyFileError

NONCE = 12
ABOUT = b"marshrut/key-file"
ANSWERS_WITHIN_S = 30.0


class KeyManagement(Protocol):
    """Seals a few thousand bytes by a key that never leaves it. Each raises KeyFileError."""

    def wrap(self, content: bytes) -> bytes:
        """The content, sealed."""
        ...

    def unwrap(self, wrapped: bytes) -> bytes:
        """The content again."""
        ...


class MasterKeyFile:
    """By a file of 32 random bytes."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def wrap(self, content: bytes) -> bytes:
        """The content, sealed."""
        nonce = os.urandom(NONCE)
        return nonce + self._cipher().encrypt(nonce, content, ABOUT)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The content again."""
        try:
            return self._cipher().decrypt(wrapped[:NONCE], wrapped[NONCE:], ABOUT)
        except (InvalidTag, ValueError):
            raise KeyFileError(f"{self._file}: another master key sealed the key file, or it was altered") from None

    def _cipher(self) -> AESGCM:
        try:
            key = self._file.read_bytes()
        except OSError as fault:
            raise KeyFileError(f"{self._file}: the master key cannot be read ({fault.strerror})") from None
        if len(key) != KEY_BYTES:
            raise KeyFileError(f"{self._file}: a master key is {KEY_BYTES} bytes long")
        return AESGCM(key)


class KeyProgram:
    """By a program of the installation's."""

    def __init__(self, program: Path) -> None:
        self._program = program

    def wrap(self, content: bytes) -> bytes:
        """The content, sealed."""
        return self._asked("wrap", content)

    def unwrap(self, wrapped: bytes) -> bytes:
        """The content again."""
        return self._asked("unwrap", wrapped)

    def _asked(self, what: str, content: bytes) -> bytes:
        try:
            # The installation's own program, named by whoever may set its settings; no shell reads the line.
            done = subprocess.run(  # noqa: S603 - as said above
                [self._program, what], input=content, capture_output=True, timeout=ANSWERS_WITHIN_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as fault:
            raise KeyFileError(f"{self._program} {what}: does not answer ({type(fault).__name__})") from None
        if done.returncode != 0 or not done.stdout:
            raise KeyFileError(f"{self._program} {what}: failed (code {done.returncode})")
        return done.stdout


def management(named: str | None) -> KeyManagement | None:
    """The one that a setting names: `file:PATH` or `command:PATH`."""
    if named is None:
        return None
    kind, _, path = named.partition(":")
    return KeyProgram(Path(path)) if kind == "command" else MasterKeyFile(Path(path))
