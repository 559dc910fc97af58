"""The data folder: one process at a time, and keys that are made once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from marshrut.adapters.key_management import management
from marshrut.adapters.key_sources import KeyFile, source_of
from marshrut.adapters.keys import Keys
from marshrut.cli.exits import Exit, Stop
from marshrut.settings import Settings

LOCK = "lock"
LOG = Path("log")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Have the folder for this process alone; the system gives it back however the process ends.

    Raises:
        Stop: it cannot be made or written, or another process has it.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / LOG).mkdir(exist_ok=True)
        descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise Stop(Exit.FOLDER, f"{folder}: cannot be the data folder ({fault.strerror})") from None
    try:
        _take(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
        raise Stop(Exit.FOLDER_IN_USE, f"{folder}: folder in use by process {holder}") from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def keys_of(settings: Settings, database: Path) -> bool:
    """See that there are keys; whether they had to be made.

    Raises:
        KeyFileError: there is a key file, and it is not one of ours.
        Stop: the keys of a database that exists are gone; with new ones nothing in it could be read.
    """
    file, source = settings.keys, source_of(settings)
    if file.exists() or not isinstance(source, KeyFile):
        source.read()
        return False
    if database.exists():
        raise Stop(Exit.KEYS, f"{file}: the keys of {database} are gone; bring them back from a copy")
    made = file.with_name(f"{file.name}.new")
    made.unlink(missing_ok=True)
    KeyFile(made, management(settings.kms)).create(Keys.fresh(datetime.now(UTC)))
    made.rename(file)  # whole or not at all
    return True
