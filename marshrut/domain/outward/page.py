"""`python -m marshrut.domain.outward.page` writes docs/events.md and a JSON Schema a type; a test compares them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from marshrut.domain.base import Wire
from marshrut.domain.outward.types import TYPES, EventType, OfCase, OfItem, OfStep

DOCS = Path(__file__).parents[3] / "docs"
PAGE, FOLDER = DOCS / "events.md", DOCS / "events"
# What is told with every event of a kind stands once on the page.
COMMON: Mapping[str, type[Wire]] = {"a case": OfCase, "a step": OfStep, "an item or a referral": OfItem}

INTRODUCTION = """\
# Events for systems outside

This page and the schemas in `events/` are made of `marshrut/domain/outward/types.py` (`make events`); a test compares
them.

Each event is a CloudEvent 1.0 in JSON; how they are subscribed to, signed and delivered stands in
[integration.md](integration.md#webhooks). `data` holds ids, codes and times, never a person, a user or a text: a code
that somebody may have typed is told as `other`. A type's data may gain fields; anything else makes a new version of the
type. `dataschema` names the schema, which `GET /api/v1/event-types` serves too.

| attribute | |
|---|---|
| `id` | the same whenever the event is sent again; `webhook-id` is the same |
| `source` | `urn:marshrut:hospital:` and the hospital's code |
| `subject` | the id of the case, step or item that it is about |
| `time` | when it was so; `data.recorded_at`, when it was entered |
| `partitionkey` | the case: events of one arrive in their order |
| `sequence` | that order, as text that sorts |
"""


def page() -> str:
    """docs/events.md."""
    return "\n".join(_lines()) + "\n"


def schemas() -> Mapping[str, str]:
    """The JSON Schema of each type, by the name of its file."""
    return {f"{each.name}.json": json.dumps(each.schema(), ensure_ascii=False, indent=1) + "\n" for each in TYPES}


def _lines() -> Iterator[str]:
    yield from INTRODUCTION.splitlines()
    yield from ("", "| `data` of every event of | |", "|---|---|")
    for what, data in COMMON.items():
        inherited = () if data is OfCase else OfCase.model_fields
        names = [name for name in data.model_fields if name not in inherited]
        yield f"| {what} | {_fields(names)} |"
    yield from ("", "| type | is told when | `data` beside that |", "|---|---|---|")
    yield from map(_row, TYPES)


def _row(each: EventType) -> str:
    common = {name for data in COMMON.values() if issubclass(each.data, data) for name in data.model_fields}
    more = [name for name in each.data.model_fields if name not in common]
    return f"| [`{each.name}`](events/{each.name}.json) | {each.says} | {_fields(more)} |"


def _fields(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.json"):
        old.unlink()
    for name, schema in schemas().items():
        (FOLDER / name).write_text(schema, encoding="utf-8")
