"""A questionnaire of the catalogue as a form: its questions in words, and what was chosen as the API takes it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from api.problems import Problem
from api.web.naming import Voice
from api.web.outcomes.reading import Typed
from api.web.outcomes.shown import PREFIX, FieldView, Option
from marshrut.catalogue.instruments import InstrumentEntry, ItemEntry, WhenEntry
from marshrut.domain.instruments import Instrument
from marshrut.domain.instruments.reading import met
from marshrut.domain.instruments.types import Item, Value

BOOLEAN: Mapping[str, bool] = {"yes": True, "no": False}
NUMBER = re.compile(r"[+-]?\d{1,9}")
# What the API says of an answer, as a form says it; anything else is said in general.
FAULTS: Mapping[str, str] = {
    "missing": "error_missing",
    "not_an_option": "error_choice",
    "wrong_type": "error_choice",
    "out_of_range": "error_number",
    "disabled": "error_not_now",
}


@dataclass(frozen=True, slots=True)
class Questions:
    """Those that stand together; without a title they all do."""

    title: str
    fields: tuple[FieldView, ...]


def questions(entry: InstrumentEntry, voice: Voice, typed: Typed, wrong: Mapping[str, str]) -> tuple[Questions, ...]:
    """The form in the order of the questionnaire. `typed` and `wrong` by question."""
    found: list[Questions] = []
    for group, items in groupby(entry.items.items(), lambda each: each[1].group):
        title = "" if group is None else voice.names.said(entry.groups[group])
        fields = tuple(_field(entry, name, item, voice, typed.get(name, ()), wrong.get(name)) for name, item in items)
        found.append(Questions(title, fields))
    return tuple(found)


def _field(  # noqa: PLR0913, PLR0917 - what is asked, in which words, and what was typed
    entry: InstrumentEntry, name: str, item: ItemEntry, voice: Voice, said: Sequence[str], wrong: str | None
) -> FieldView:
    return FieldView(
        name=PREFIX + name,
        id=f"q-{name}",
        control="number" if item.type == "integer" else "checks" if item.repeats else "radio",
        label=voice.names.said(item.title),
        hint=voice.words("outcomes.several") if item.repeats else "",
        value=said[0] if said else "",
        options=tuple(Option(code, title, code in said) for code, title in _options(entry, item, voice)),
        error=None if wrong is None else voice.words(f"outcomes.{wrong}"),
        required=item.required,
        when="" if item.enable_when is None else _when(entry, item.enable_when),
        low=item.minimum,
        high=item.maximum,
    )


def _options(entry: InstrumentEntry, item: ItemEntry, voice: Voice) -> Iterator[tuple[str, str]]:
    if item.type == "boolean":
        yield from ((code, voice.words(f"assessments.{code}")) for code in BOOLEAN)
    for code, option in entry.options(item).items():
        yield code, voice.names.said(option.title)


def _when(entry: InstrumentEntry, when: WhenEntry) -> str:
    """For the page's script; what it cannot be told is asked always, and left out when it is read."""
    if when.exists is False:
        return ""
    if when.exists:
        asked = entry.items[when.item]
        values = [*BOOLEAN] if asked.type == "boolean" else [*entry.options(asked)]
        return f"{when.item}={'|'.join(values)}" if values else ""
    value = when.equals
    return f"{when.item}={('yes' if value else 'no') if isinstance(value, bool) else value}"


def answers(rules: Instrument, typed: Typed) -> dict[str, Any]:
    """By question what was chosen. What is not asked after the other answers is left out, whatever stands in it."""
    given: dict[str, Any] = {}
    known: dict[str, tuple[Value, ...]] = {}
    for item in rules.items:
        values = [_value(item, each.strip()) for each in typed.get(item.link_id, ()) if each.strip()]
        if not values or (item.enabled is not None and not met(rules, item.enabled, known)):
            continue
        known[item.link_id] = tuple(values)
        given[item.link_id] = values if item.repeats else values[0]
    return given


def _value(item: Item, text: str) -> Value:
    if item.kind == "boolean":
        return BOOLEAN.get(text, text)
    return int(text) if item.kind == "integer" and NUMBER.fullmatch(text) else text


def wrong_of(problem: Problem) -> dict[str, str]:
    """By question what the API says against its answer, as a key of the forms' words."""
    found: dict[str, str] = {}
    for each in problem.errors:
        parts = each["field"].split(".")
        if parts[0] == "answers" and len(parts) > 1:
            found.setdefault(parts[1], FAULTS.get(each["message"], "error_other"))
    return found
