"""What every test process begins with."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections import Counter
from pathlib import Path

import pytest

pytest_plugins = [
    "tests.fixtures.once",
    "tests.fixtures.engine",
    "tests.fixtures.system",
    "tests.fixtures.databases",
    "tests.fixtures.post",
    "tests.fixtures.receiver",
    "tests.fixtures.ahead",
    "tests.fixtures.browser",
    "tests.fixtures.outside",
]

# What tests write is gone after them, so it may stand in memory: a commit on a disk that others use may take seconds.
MEMORY, ROOM = Path("/dev/shm"), 8 * 2**30


def fits(folder: Path) -> bool:
    """Whether all that a run writes has its place there, programs of a test's own among it."""
    try:
        return shutil.disk_usage(folder).free > ROOM and not os.statvfs(folder).f_flag & os.ST_NOEXEC
    except OSError:
        return False


if "TMPDIR" not in os.environ and fits(MEMORY):
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


# What is loaded until then stays: the garbage collector need not look it over again and again, neither now nor later.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files of many tests go first, so that processes end together; before them the bench: few, and very long."""
    tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (item.path.parent.name != "bench", -tests[item.path], item.path))


def pytest_collection_finish() -> None:
    """Everything is loaded."""
    gc.collect()
    gc.freeze()
    gc.enable()
    gc.set_threshold(50_000, 20, 50)  # as every command of ours has it (`marshrut.cli.app`)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish() -> None:
    """What was never let go is looked over once more, and not five times, as pytest does when it leaves."""
    gc.collect()
    gc.freeze()
