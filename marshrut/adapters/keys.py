"""The installation's keys: one small file, made once, readable by its owner only.

Each purpose has a key of its own: `ids` derives case and person ids, `records` wraps the data keys of what is sealed in
SQL, `payloads` seals what Temporal holds, `tokens` signs bearer tokens. Rotation comes with the security part; the
key id travels with everything sealed, so that it can.
"""

from __future__ import annotations

import json
import os
import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path
from typing import Self

PURPOSES = ("ids", "records", "payloads", "tokens")
KEY_BYTES = 32


class KeyFileError(Exception):
    """The key file is missing, unreadable or not one of ours."""


@dataclass(frozen=True, repr=False)
class Keys:
    """The keys, 32 bytes each, and the id under which they are known."""

    key_id: str
    ids: bytes
    records: bytes
    payloads: bytes
    tokens: bytes

    @classmethod
    def fresh(cls) -> Self:
        """New keys."""
        return cls(secrets.token_hex(4), **{purpose: secrets.token_bytes(KEY_BYTES) for purpose in PURPOSES})

    @classmethod
    def read(cls, file: Path) -> Self:
        """The keys in a file.

        Raises:
            KeyFileError: there is no such file, or it does not hold our keys.
        """
        try:
            content = json.loads(file.read_text())
            keys = {purpose: b64decode(content[purpose], validate=True) for purpose in PURPOSES}
            if any(len(key) != KEY_BYTES for key in keys.values()):
                raise KeyFileError(f"{file}: a key is not {KEY_BYTES} bytes long")
            return cls(str(content["key_id"]), **keys)
        except FileNotFoundError:
            raise KeyFileError(f"{file}: there is no key file; `marshrut keys new` makes one") from None
        except (OSError, ValueError, KeyError, TypeError):
            raise KeyFileError(f"{file}: not a key file of ours, or not readable") from None

    def write(self, file: Path) -> None:
        """Write them to a new file, for its owner only.

        Raises:
            KeyFileError: the file is there already (keys are never overwritten) or cannot be written.
        """
        content = {"key_id": self.key_id, **{p: b64encode(getattr(self, p)).decode() for p in PURPOSES}}
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                json.dump(content, stream, indent=1)
                stream.flush()
                os.fsync(stream.fileno())
        except FileExistsError:
            raise KeyFileError(f"{file}: there is a key file already; it is never overwritten") from None
        except OSError as fault:
            raise KeyFileError(f"{file}: cannot be written ({fault.strerror})") from None
