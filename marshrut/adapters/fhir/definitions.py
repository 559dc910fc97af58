"""The table of FHIR R4 (`compiling`), read once."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).parent / "definitions.json"


class Element(NamedTuple):
    """An element of a type. `group`: what it is one of the spellings of; `codes`: those that it may have, if bound."""

    kind: str
    needed: bool
    many: bool
    group: str | None
    codes: frozenset[str] | None


class Definitions(NamedTuple):
    """Types by their name or path with their elements, primitives with how they are written, and all resources."""

    version: str
    types: dict[str, dict[str, Element]]
    primitives: dict[str, str | None]
    resources: frozenset[str]


@cache
def r4() -> Definitions:
    """FHIR R4, 4.0.1."""
    table = json.loads(FILE.read_text())
    codes = {url: frozenset(known) for url, known in table["codes"].items()}

    def element(told: dict[str, Any]) -> Element:
        kind = told["types"][0]
        return Element(kind, told["min"] > 0, told["many"], told.get("group"), codes.get(told.get("codes", "")))

    types = {name: {key: element(each) for key, each in has.items()} for name, has in table["types"].items()}
    return Definitions(table["version"], types, table["primitives"], frozenset(table["resources"]))
