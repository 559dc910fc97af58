import json
import re
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.architecture.tree import ROOT
from tests.fixtures.npm import modules
from workflows.map.__main__ import files
from workflows.map.charts import flows
from workflows.map.flow import Flow
from workflows.map.words import Words

HERE = Path(__file__).parent
DOCS = ROOT / "docs" / "pathways"

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
        ["node", HERE / "read.mjs", modules(HERE, "the readers of BPMN"), *sorted(DOCS.glob("*.bpmn")), *broken],
        check=True,
        capture_output=True,
        text=True,
    )
    return list(json.loads(told.stdout))
