import hashlib
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.tree import ROOT
from workflows.map.__main__ import files
from workflows.map.charts import flows
from workflows.map.flow import Flow
from workflows.map.words import Words

HERE = Path(__file__).parent
DOCS = ROOT / "docs" / "pathways"
PACKAGES = ("package.json", "package-lock.json")

Complaint = dict[str, str]


class Written(NamedTuple):
    """What the command would write, by path below docs, and which words it misses."""

    files: dict[str, str]
    missing: list[str]


class Broken(NamedTuple):
    """BPMN files at which a reader must stop: a task has no name, an attribute is none of BPMN's."""

    nameless: Path
    unknown: Path


@pytest.fixture(scope="session")
def charts() -> dict[str, Flow]:
    """Every track of today's code, followed once for all tests."""
    return flows()


@pytest.fixture(scope="session")
def written(charts: dict[str, Flow]) -> Written:
    """Everything drawn, once for all tests."""
    ru, en = Words("ru"), Words("en")
    return Written(files(charts, ru, en), [*{**ru.missing, **en.missing}])


@pytest.fixture(scope="session")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Broken:
    """Made of a good file each."""
    good = (DOCS / "contact.bpmn").read_text()
    made = Broken(*(tmp_path_factory.mktemp("broken") / name for name in ("nameless.bpmn", "unknown.bpmn")))
    made.nameless.write_text(re.sub(r'(<userTask id="\w+") name="[^"]*"', r"\1", good))
    made.unknown.write_text(good.replace("targetRef=", "targetRf=", 1))
    return made


@pytest.fixture(scope="session")
def complaints(broken: Broken) -> list[Complaint]:
    """What bpmn-moddle and bpmnlint say of every file that is kept, and of the broken ones; in one process."""
    told = subprocess.run(
        ["node", HERE / "read.mjs", _modules(), *sorted(DOCS.glob("*.bpmn")), *broken],
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(told.stdout))


def _modules() -> Path:
    """The readers, installed once, exactly as the lock names them."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.fail(f"the readers of BPMN need {' and '.join(missing)}; Debian's packages are nodejs and npm")
    found = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    needed = json.loads((HERE / "package.json").read_text())["engines"]["node"].removeprefix(">=")
    if _version(found.removeprefix("v")) < _version(needed):
        pytest.fail(f"the readers of BPMN need Node {needed} or newer, and node is {found}: see tests/preflight.sh")
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in PACKAGES)).hexdigest()[:12]
    modules = ROOT / ".cache" / "pathways" / digest
    if not (modules / "installed").exists():
        modules.mkdir(parents=True, exist_ok=True)
        for name in PACKAGES:
            shutil.copy(HERE / name, modules)
        install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(install, cwd=modules, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        (modules / "installed").touch()
    return modules


def _version(text: str) -> tuple[int, ...]:
    return tuple(map(int, text.split(".")[:2]))
