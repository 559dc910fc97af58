"""A third party's reader of event logs, in an environment of its own.

pm4py is under the AGPL: a process of its own opens the files (`tests/fixtures/apart.py`).
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.apart import interpreter

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"

Read = Callable[[Path], dict[str, Any]]


@pytest.fixture(scope="session")
def read() -> Read:
    """What pm4py finds in a file: `.json` and `.xml` are OCEL 2.0, `.xes` is XES."""
    python = reader()

    def opened(file: Path) -> dict[str, Any]:
        done = subprocess.run([python, HERE / "reading.py", file], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    return opened


def reader() -> Path:
    """The interpreter of that environment."""
    return interpreter(REQUIREMENTS, "mining")
