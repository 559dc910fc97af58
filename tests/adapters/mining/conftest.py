"""A third party's reader of event logs, in an environment of its own.

pm4py is under the AGPL, so nothing of ours imports it: a process of its own opens the files. `requirements.txt` pins
it and all that it needs, by hash; it is made of `requirements.in` by `uv pip compile --universal --python-version 3.11
--no-deps --generate-hashes --no-emit-index-url --no-emit-find-links`.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.tree import ROOT

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
    """The interpreter of that environment: installed once, exactly as the requirements name it."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(version.encode() + REQUIREMENTS.read_bytes()).hexdigest()[:12]
    place = ROOT / ".cache" / "mining" / digest
    python = place / "bin" / "python"
    if not (place / "installed").exists():
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=True)
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--require-hashes",
            "-r",
            REQUIREMENTS,
        ]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (place / "installed").touch()
    return python
