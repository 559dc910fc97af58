"""A list of entries in a YAML file that an installation writes itself: read, checked, each with its line."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from marshrut.domain.base import Model
from marshrut.yamlfile import YamlFile

Entry = TypeVar("Entry", bound=Model)


class EntriesError(Exception):
    """What is wrong with such a file, and where: `people.yaml:12: ...`. It never repeats a value."""

    def __init__(self, file: Path, line: int, fault: str) -> None:
        super().__init__(f"{file}:{line}: {fault}")


def read(path: Path, under: str, kind: type[Entry], error: type[EntriesError]) -> Iterator[tuple[int, Entry]]:
    """Each entry of the list under that key, and the line on which it stands.

    Raises:
        EntriesError: it cannot be read, is no such list, or an entry does not fit.
    """
    file = YamlFile(path, private=True)
    if file.faults:
        first = min(file.faults)
        raise error(path, first.line, first.what)
    found = file.data.get(under) if isinstance(file.data, dict) and len(file.data) == 1 else None
    if not isinstance(found, list):
        raise error(path, 1, f"a list under `{under}` is expected, and nothing else")
    for number, each in enumerate(found):
        line = file.spots[under, number].line
        yield line, _entry(path, line, each, kind, error)


def known(codes: Collection[str] | None, hospitals: Collection[str]) -> str | None:
    """What is wrong with the hospitals of an entry: the first that the catalogue does not have."""
    wrong = (number for number, code in enumerate(codes or ()) if code not in hospitals)
    return next((f"hospitals.{number}: is not in the catalogue" for number in wrong), None)


def _entry(path: Path, line: int, entry: Any, kind: type[Entry], error: type[EntriesError]) -> Entry:
    try:
        return kind.model_validate(entry)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        # A key that is unknown may be anything, also somebody's address.
        where = ".".join(map(str, first["loc"])) if first["type"] != "extra_forbidden" else "an unknown key"
        raise error(path, line, f"{where}: {_said(first)}" if where else "an entry is a mapping") from None


def _said(error: Any) -> str:
    """Pydantic's words, but for patterns, which say nothing to people."""
    return "does not look as it should" if error["type"] == "string_pattern_mismatch" else str(error["msg"])
