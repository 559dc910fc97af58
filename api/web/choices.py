"""Filters of a list as a form shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from api.web.desk import Desk


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of a filter."""

    value: str
    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter with its options, the first of which is any."""

    name: str
    label: str
    choices: tuple[Choice, ...]


Options = Sequence[tuple[str, str]]


def choice_of(desk: Desk, page: str, name: str, options: Options, chosen: Mapping[str, str]) -> Filter:
    """A filter in the words of a page: `<page>.<name>` and `<page>.any_<name>`."""
    given = chosen.get(name)
    choices = (
        Choice("", desk.t(f"{page}.any_{name}"), given is None),
        *(Choice(value, text, value == given) for value, text in options),
    )
    if given is not None and not any(choice.chosen for choice in choices):
        choices = (*choices, Choice(given, given, chosen=True))  # a view may name what is there no longer
    return Filter(name, desk.t(f"{page}.{name}"), choices)


def own_hospitals(desk: Desk) -> list[str]:
    """The hospitals that the reader may choose from."""
    scope, known = desk.caller.hospitals, desk.parts.catalogue
    return sorted(set(known.hospitals) - known.centres() if scope is None else scope)
