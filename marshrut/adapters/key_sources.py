"""Where the installation's keys come from, and how a running process follows them: nobody has to be restarted."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import time
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

import structlog

from marshrut.adapters.key_management import KeyManagement, management
from marshrut.adapters.keys import KeyFileError, Keys, ServiceKey, read_file, write_file
from marshrut.settings import Settings

log = structlog.get_logger()

# A process looks so often whether the keys have changed, and at once when it meets one that it does not know; a source
# that is broken at that moment is not asked for each of them.
LOOKS_EVERY_S = 5.0
LOOKS_AGAIN_AFTER_S = 0.2


class KeySource(Protocol):
    """Where keys come from."""

    def mark(self) -> object:
        """Something that changes when they do, and costs little to ask."""
        ...

    def read(self) -> Keys:
        """The keys as they are now. Raises KeyFileError."""
        ...

    def change(self, how: Callable[[Keys], Keys]) -> Keys:
        """Put others in their place, whole or not at all; which they are now. Raises KeyFileError."""
        ...


class KeyFile:
    """A file, sealed by a key management system or not."""

    def __init__(self, file: Path, by: KeyManagement | None = None) -> None:
        self._file = file
        self._by = by

    def mark(self) -> object:
        """Which file it is: others are put in its place, never written into it."""
        with suppress(OSError):
            told = self._file.stat()
            return told.st_ino, told.st_mtime_ns, told.st_size
        return None

    def read(self) -> Keys:
        """The keys as they are now."""
        return Keys.of(self._opened(read_file(self._file)), self._file)

    def create(self, keys: Keys) -> None:
        """Write the first ones. Raises KeyFileError: there are some."""
        write_file(self._file, self._sealed(keys))

    def change(self, how: Callable[[Keys], Keys]) -> Keys:
        """Put others in their place, for the same readers. Of two who do so at once, one has to try again."""
        try:
            descriptor = os.open(self._file, os.O_RDONLY)
        except OSError:
            read_file(self._file)  # says what is wrong
            raise KeyFileError(f"{self._file}: cannot be opened") from None
        made = self._file.with_name(f"{self._file.name}.new")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            was = os.fstat(descriptor)
            if was.st_ino != self._file.stat().st_ino:
                raise KeyFileError(f"{self._file}: somebody else has just changed it; try again")
            keys = how(self.read())
            made.unlink(missing_ok=True)
            write_file(made, self._sealed(keys))
            # Whoever changes them is not always whose they are: root does, and the service has to go on reading them.
            os.chown(made, was.st_uid, was.st_gid)
            made.chmod(stat.S_IMODE(was.st_mode))
            made.replace(self._file)
            _to_disk(self._file.parent)
        except OSError as fault:
            with suppress(OSError):
                made.unlink()
            raise KeyFileError(f"{self._file}: cannot be changed ({fault.strerror})") from None
        finally:
            os.close(descriptor)
        return keys

    def _sealed(self, keys: Keys) -> bytes:
        text = keys.text.encode()
        return text if self._by is None else json.dumps({"wrapped": b64encode(self._by.wrap(text)).decode()}).encode()

    def _opened(self, content: bytes) -> bytes:
        try:
            wrapped = json.loads(content).get("wrapped")
            sealed = None if wrapped is None else b64decode(wrapped, validate=True)
        except (ValueError, AttributeError, TypeError):
            raise KeyFileError(f"{self._file}: not a key file of ours, or not readable") from None
        if (sealed is None) != (self._by is None):
            fault = "is not sealed, though a `kms` is set" if sealed is None else "is sealed, and no `kms` is set"
            raise KeyFileError(f"{self._file}: {fault}")
        return content if sealed is None or self._by is None else self._by.unwrap(sealed)


class KeyMaterial:
    """The keys themselves, in a setting: who starts the process keeps them, and starts another one for others."""

    def __init__(self, text: str, by: KeyManagement | None = None) -> None:
        self._text = text
        self._by = by

    def mark(self) -> object:
        """It never changes."""
        return ()

    def read(self) -> Keys:
        """The keys."""
        content = self._text.encode()
        if self._by is not None:
            try:
                content = self._by.unwrap(b64decode(content, validate=True))
            except ValueError:
                raise KeyFileError("MARSHRUT_KEY_MATERIAL: not sealed keys in base64") from None
        return Keys.of(content, "MARSHRUT_KEY_MATERIAL")

    def change(self, how: Callable[[Keys], Keys]) -> Keys:
        """Nobody can, from here."""
        del how
        raise KeyFileError(
            "the keys are in MARSHRUT_KEY_MATERIAL: change a key file (`--key-file`), and start every process with that"
        )


class LiveKeys:
    """The keys of a source, as they are at any moment. A source that fails leaves those that were known."""

    def __init__(self, source: KeySource, now: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._now = now
        self._mark = source.mark()
        self._keys = source.read()
        self._looked = now()
        self._broken = False

    @property
    def ids(self) -> bytes:
        """The key that ids are derived by."""
        return self._keys.ids

    @property
    def tokens(self) -> bytes:
        """The key that bearer tokens are signed by."""
        return self._keys.tokens

    @property
    def writer(self) -> ServiceKey:
        """The service key that is sealed by."""
        self._look(LOOKS_EVERY_S)
        return self._keys.writer

    def reading(self, key_id: str) -> ServiceKey | None:
        """The service key of that id: one that is not known may have been made a moment ago."""
        found = self._keys.reading(key_id)
        if found is None:
            self._look(LOOKS_AGAIN_AFTER_S if self._broken else 0.0)
            found = self._keys.reading(key_id)
        return found

    def _look(self, after_s: float) -> None:
        if self._now() - self._looked < after_s:
            return
        self._looked = self._now()
        mark = self._source.mark()
        if mark == self._mark:
            return
        try:
            keys = self._source.read()
        except KeyFileError:
            self._broken = True
            log.warning("keys.unreadable", goes_by=self._keys.key_id)
            return
        self._keys, self._mark, self._broken = keys, mark, False
        log.info("keys.read", writes=keys.key_id, reads=len(keys.others) + 1)


def source_of(settings: Settings) -> KeyFile | KeyMaterial:
    """Where an installation's keys come from."""
    by = management(settings.kms)
    if settings.key_material is not None:
        return KeyMaterial(settings.key_material.get_secret_value(), by)
    return KeyFile(settings.keys, by)


def live_keys(settings: Settings) -> LiveKeys:
    """The keys of an installation, followed while they change.

    Raises:
        KeyFileError: there are none, or they cannot be read.
    """
    return LiveKeys(source_of(settings))


def keys_now(settings: Settings) -> Keys:
    """The keys of an installation as they are now.

    Raises:
        KeyFileError: there are none, or they cannot be read.
    """
    return source_of(settings).read()


def _to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
