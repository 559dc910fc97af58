import json
from pathlib import Path

import pytest

from marshrut.catalogue.generate import SCHEMAS, schemas
from marshrut.catalogue.loader import BASE


def test_the_json_schemas_are_those_of_the_models() -> None:
    """An editor checks what the loader checks: the kept schemas are what the models would write today."""
    kept = {path.relative_to(SCHEMAS).as_posix(): path.read_text(encoding="utf-8") for path in SCHEMAS.rglob("*.json")}
    assert kept == schemas()


@pytest.mark.parametrize("path", sorted(BASE.rglob("*.yaml")), ids=lambda path: path.relative_to(BASE).as_posix())
def test_every_file_tells_the_editor_its_schema(path: Path) -> None:
    """A file's first line leads to a schema that is there, in an overlay to the one that asks for nothing."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    target = (path.parent / first.removeprefix("# yaml-language-server: $schema=")).resolve()
    assert target.is_relative_to(SCHEMAS)
    schema = json.loads(target.read_text(encoding="utf-8"))
    assert ("required" in schema) == (not {"regions", "variants"} & {*path.relative_to(BASE).parts})


def test_an_overlays_schema_asks_for_nothing_and_lets_delete() -> None:
    """In a file that holds only what differs no key is required anywhere, and every value may be null."""
    step = json.loads(schemas()["overlay/track.json"])["$defs"]["StepEntry"]
    assert "required" not in step
    assert {"type": "null"} in step["properties"]["role"]["anyOf"]
    assert "required" in json.loads(schemas()["track.json"])["$defs"]["StepEntry"]
