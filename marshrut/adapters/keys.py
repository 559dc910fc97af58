"""The installation's keys: made once, readable by their owner only.

Each purpose has a key of its own: `ids` derives case and person ids and is for ever, `tokens` signs bearer tokens.
The *service key* is a pair under one id: `records` wraps the data keys of what is sealed in SQL, `payloads` seals what
Temporal holds. There may be several of them: all can be read by, one writes. The id travels with everything sealed.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, Self

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PURPOSES = ("ids", "records", "payloads", "tokens")
PAIR = ("records", "payloads")
KEY_BYTES = 32


class KeyFileError(Exception):
    """The key file is missing, unreadable or not one of ours."""


@dataclass(frozen=True, repr=False)
class ServiceKey:
    """A service key, and since when there has been one; the first ones did not say."""

    key_id: str
    records: bytes
    payloads: bytes
    made_at: datetime | None = None

    @cached_property
    def record_cipher(self) -> AESGCM:
        """What wraps the keys of records."""
        return AESGCM(self.records)

    @cached_property
    def payload_cipher(self) -> AESGCM:
        """What seals payloads."""
        return AESGCM(self.payloads)

    @classmethod
    def fresh(cls, made_at: datetime) -> Self:
        """A new one."""
        return cls(secrets.token_hex(4), secrets.token_bytes(KEY_BYTES), secrets.token_bytes(KEY_BYTES), made_at)


class ServiceKeys(Protocol):
    """What seals and opens by service keys: the keys of an installation as they are, or as they are at any moment."""

    @property
    def ids(self) -> bytes:
        """The key that ids are derived by."""
        ...

    @property
    def tokens(self) -> bytes:
        """The key that bearer tokens are signed by."""
        ...

    @property
    def writer(self) -> ServiceKey:
        """The one that is sealed by."""
        ...

    def reading(self, key_id: str) -> ServiceKey | None:
        """The one of that id, if it is known."""
        ...


@dataclass(frozen=True, repr=False)
class Keys:
    """The keys, 32 bytes each, and the id under which the service key is known that writes; the others are read by.

    `writes_since`: when it began to; the first ones did not say.
    """

    key_id: str
    ids: bytes
    records: bytes
    payloads: bytes
    tokens: bytes
    made_at: datetime | None = None
    others: tuple[ServiceKey, ...] = ()
    writes_since: datetime | None = None

    @classmethod
    def fresh(cls, made_at: datetime | None = None) -> Self:
        """New keys."""
        ids, records, payloads, tokens = (secrets.token_bytes(KEY_BYTES) for _ in PURPOSES)
        return cls(secrets.token_hex(4), ids, records, payloads, tokens, made_at=made_at, writes_since=made_at)

    @cached_property
    def writer(self) -> ServiceKey:
        """The service key that is sealed by."""
        return ServiceKey(self.key_id, self.records, self.payloads, self.made_at)

    def reading(self, key_id: str) -> ServiceKey | None:
        """The service key of that id, if it is known."""
        return next((each for each in (self.writer, *self.others) if each.key_id == key_id), None)

    def knowing(self, another: ServiceKey) -> Self:
        """The keys, with one more to read by."""
        return replace(self, others=(*self.others, another))

    def written_by(self, key_id: str, since: datetime) -> Self:
        """The keys, of which that one writes from then on.

        Raises:
            KeyFileError: there is none of that id.
        """
        new = self.reading(key_id)
        if new is None:
            raise KeyFileError(f"there is no key {key_id}")
        others = tuple(each for each in (self.writer, *self.others) if each.key_id != key_id)
        return replace(
            self,
            key_id=key_id,
            records=new.records,
            payloads=new.payloads,
            made_at=new.made_at,
            others=others,
            writes_since=since,
        )

    def without(self, key_id: str) -> Self:
        """The keys but that one: what it sealed can never be opened again.

        Raises:
            KeyFileError: there is none of that id, or it writes.
        """
        if key_id == self.key_id:
            raise KeyFileError(f"key {key_id} writes; rotate first")
        if self.reading(key_id) is None:
            raise KeyFileError(f"there is no key {key_id}")
        return replace(self, others=tuple(each for each in self.others if each.key_id != key_id))

    @classmethod
    def of(cls, content: str | bytes, where: object) -> Self:
        """The keys in a text that `text` made.

        Raises:
            KeyFileError: it holds no keys of ours.
        """
        try:
            told = json.loads(content)
            ids, records, payloads, tokens = (_key(told[purpose]) for purpose in PURPOSES)
            others = tuple(
                ServiceKey(str(each["key_id"]), _key(each["records"]), _key(each["payloads"]), _moment(each, "made_at"))
                for each in told.get("others", ())
            )
            made, since = _moment(told, "made_at"), _moment(told, "writes_since")
            return cls(str(told["key_id"]), ids, records, payloads, tokens, made, others, since)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise KeyFileError(f"{where}: not a key file of ours, or not readable") from None

    @property
    def text(self) -> str:
        """All of them as JSON; whoever has it can read everything."""
        content: dict[str, Any] = {"key_id": self.key_id}
        content |= _written(made_at=self.made_at, writes_since=self.writes_since)
        content |= {purpose: b64encode(getattr(self, purpose)).decode() for purpose in PURPOSES}
        if self.others:
            content["others"] = [
                {"key_id": each.key_id}
                | _written(made_at=each.made_at)
                | {purpose: b64encode(getattr(each, purpose)).decode() for purpose in PAIR}
                for each in self.others
            ]
        return json.dumps(content, indent=1)

    @classmethod
    def read(cls, file: Path) -> Self:
        """The keys in a file that nothing else seals.

        Raises:
            KeyFileError: there is no such file, or it does not hold our keys.
        """
        return cls.of(read_file(file), file)

    def write(self, file: Path) -> None:
        """Write them to a new file, for its owner only.

        Raises:
            KeyFileError: the file is there already (keys are never overwritten) or cannot be written.
        """
        write_file(file, self.text.encode())


def read_file(file: Path) -> bytes:
    """What a key file holds.

    Raises:
        KeyFileError: there is none, or it cannot be read.
    """
    try:
        return file.read_bytes()
    except FileNotFoundError:
        raise KeyFileError(f"{file}: there is no key file; `marshrut keys new` makes one") from None
    except OSError:
        raise KeyFileError(f"{file}: not a key file of ours, or not readable") from None


def write_file(file: Path, content: bytes) -> None:
    """Write a new key file, for its owner only.

    Raises:
        KeyFileError: it is there already, or cannot be written.
    """
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
    except FileExistsError:
        raise KeyFileError(f"{file}: there is a key file already; it is never overwritten") from None
    except OSError as fault:
        raise KeyFileError(f"{file}: cannot be written ({fault.strerror})") from None


def _key(written: str) -> bytes:
    key = b64decode(written, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("a key of another length")
    return key


def _moment(told: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromisoformat(told[name]) if name in told else None


def _written(**moments: datetime | None) -> dict[str, str]:
    return {name: moment.isoformat() for name, moment in moments.items() if moment is not None}
