"""`make fhir`: rewrite the table of FHIR R4 from the official definitions, which come as a package of npm."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from marshrut.adapters.fhir.compiling import Package, compiled
from marshrut.adapters.fhir.definitions import FILE
from tests.architecture.tree import ROOT
from tests.fixtures.npm import modules


def official() -> Path:
    """Where the package lies, installed as the lock says."""
    installed = modules(ROOT / "tests" / "fhir", "the official definitions of FHIR R4")
    return installed / "node_modules" / "hl7.fhir.r4.examples"


def files(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """Every resource of a type in the package."""
    for path in sorted(folder.glob(f"{kind}-*.json")):
        yield json.loads(path.read_text())


def package(folder: Path) -> Package:
    """The definitions in the package, without profiles of them."""
    structures = {
        each["name"]: each for each in files(folder, "StructureDefinition") if each.get("derivation") != "constraint"
    }
    value_sets = {each["url"]: each for each in files(folder, "ValueSet")}
    return Package(structures, value_sets, {each["url"]: each for each in files(folder, "CodeSystem")})


def written() -> str:
    """The table as the file holds it."""
    return json.dumps(compiled(package(official())), ensure_ascii=False, indent=0, sort_keys=True) + "\n"


if __name__ == "__main__":
    FILE.write_text(written())
