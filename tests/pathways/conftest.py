import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.architecture.tree import ROOT
from workflows.map.charts import flows
from workflows.map.flow import Flow

HERE = Path(__file__).parent
PACKAGES = ("package.json", "package-lock.json")

Complaint = dict[str, str]
Reader = Callable[..., list[Complaint]]


@pytest.fixture(scope="session")
def charts() -> dict[str, Flow]:
    """Every track of today's code, followed once for all tests."""
    return flows()


@pytest.fixture(scope="session")
def read() -> Reader:
    """What bpmn-moddle and bpmnlint say of some files. Installed once, exactly as the lock names them."""
    missing = [tool for tool in ("node", "npm") if shutil.which(tool) is None]
    if missing:
        pytest.fail(f"the readers of BPMN need {' and '.join(missing)}; Debian's packages are nodejs and npm")
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

    def complaints(*paths: Path) -> list[Complaint]:
        told = subprocess.run(["node", HERE / "read.mjs", modules, *paths], check=True, capture_output=True, text=True)
        return list(json.loads(told.stdout))

    return complaints
