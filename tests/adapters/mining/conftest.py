"""A third party's reader of event logs, in an environment of its own.

pm4py is under the AGPL, so nothing of ours imports it: a process of its own opens the files. `requirements.txt` pins
it and all that it needs, by hash; it is made of `requirements.in` by `uv pip compile --universal --python-version 3.11
--no-deps --generate-hashes --no-emit-index-url --no-emit-find-links`.
"""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.environments import environment

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
    return environment("mining", REQUIREMENTS)
