"""Overlays of variants as values: kept with a version of the catalogue, and laid over its tables when a case needs it.

Regions are laid when the catalogue is read. Variants are so many in combination that only those are made that occur; so
each is kept as what its files say, by table and entry, and is laid over whatever lies below.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import JsonValue

from marshrut.catalogue.content import TABLES, Content, Local, combined
from marshrut.catalogue.files import instrument_of, track_of
from marshrut.catalogue.layers import Tree
from marshrut.domain.base import Model
from marshrut.yamlfile import Value

# By table and entry what is said of it; null deletes.
Overlay = Mapping[str, Mapping[str, JsonValue]]


def overlay_of(trees: Mapping[str, Tree]) -> dict[str, dict[str, Any]]:
    """What the files of a folder say, by table and entry."""
    found: dict[str, dict[str, Any]] = {}
    for name, tree in trees.items():
        for table, entries in _tables(name, tree.data).items():
            if table in TABLES and isinstance(entries, dict):
                found.setdefault(table, {}).update(entries)
    return found


def laid(content: Content, overlays: Iterable[Overlay]) -> Content:
    """The tables with these overlays over them, one after the other.

    Raises:
        ValidationError: what they say together fits no table.
    """
    for overlay in overlays:
        changes = {table: _entries(getattr(content, table), entries) for table, entries in overlay.items()}
        content = combined(content, Local.model_validate_json(json.dumps(changes)))
    return content


def _entries(below: Mapping[str, Any], above: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {key: _merged(_plain(below.get(key)), value) for key, value in above.items()}


def _plain(entry: object) -> JsonValue:
    """An entry as its file has it."""
    found: JsonValue = entry.model_dump(mode="json") if isinstance(entry, Model) else None
    return found


def _merged(below: JsonValue, above: JsonValue) -> JsonValue:
    """As files are laid over one another: mappings key by key, all else whole, and null deletes."""
    if not isinstance(above, dict):
        return above
    found = dict(below) if isinstance(below, dict) else {}
    for key, value in above.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


def _tables(name: str, data: Value) -> dict[str, Any]:
    """A file's tables, under the names that they have in the whole catalogue."""
    if not isinstance(data, dict):
        return {}
    if (track := track_of(name)) is None:
        return {"instruments": {code: data.get("instrument")}} if (code := instrument_of(name)) else dict(data)
    steps = data.get("steps")
    own = {key: data[key] for key in ("title", "stage") if key in data}
    named = {f"{track}.{code}": step for code, step in steps.items()} if isinstance(steps, dict) else {}
    return {"steps": named, **({"tracks": {track: own}} if own else {})}
