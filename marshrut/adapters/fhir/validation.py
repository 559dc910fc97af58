"""Whether a resource is FHIR R4: its elements, how often, of which types, written how, and the codes it is bound to.

Decided by the official definitions. Their invariants (FHIRPath), and value sets beyond the standard's own, are not
looked at. No fault repeats what stood in an element, and the name of one that nobody knows is told to the sender alone.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

from marshrut.adapters.fhir.definitions import Element, r4
from marshrut.domain.text import MAX_NAME, MAX_TOLD, keepable

# Deeper than any resource of ours, and nothing for a stack.
DEEPEST = 40
# "Strings SHALL NOT contain Unicode character points below 32, except for u0009, u000D and u000A."
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
BASE64 = re.compile(r"[0-9A-Za-z+/=\s]+")
NUMBERS = frozenset({"integer", "positiveInt", "unsignedInt", "decimal"})
DATES = frozenset({"date", "dateTime", "instant"})
WHOLE_DAY = len("2026-01-01")


class Issue(NamedTuple):
    """What is wrong, by its code in FHIR's `issue-type`, and where; `known`: the place in names of the standard."""

    code: str
    place: str
    words: str
    known: str


class _At(NamedTuple):
    """A place: as it is told, in names of the standard alone, and how deep; `values`: as `faults` is asked."""

    told: str
    known: str
    depth: int
    values: bool

    def of(self, name: str, *, ours: bool = True) -> _At:
        known = f"{self.known}.{name if ours else '?'}"
        return _At(f"{self.told}.{name}"[-MAX_NAME:], known, self.depth + 1, self.values)

    def number(self, index: int) -> _At:
        return self._replace(told=f"{self.told}[{index}]")

    def fault(self, code: str, words: str) -> Issue:
        return Issue(code, self.told, words, self.known)


def faults(resource: Any, *, values: bool = False) -> tuple[Issue, ...]:
    """What is wrong with it, the first hundred; nothing: it is FHIR R4.

    `values`: what is needed has one. FHIR is content with an extension that says why there is none; who reads is not.
    """
    return tuple(islice(_resource(resource, _At("Resource", "Resource", 0, values), is_root=True), MAX_TOLD))


def _resource(value: Any, at: _At, *, is_root: bool = False) -> Iterator[Issue]:
    if not isinstance(value, dict):
        yield at.fault("structure", "a resource is a JSON object")
        return
    kind = value.get("resourceType")
    if not isinstance(kind, str) or kind not in r4().resources:
        yield at.of("resourceType").fault("structure", "this is no resource of FHIR R4")
        return
    if kind in r4().types:  # of what we neither take nor read the name is enough
        yield from _object(value, kind, at._replace(told=kind, known=kind) if is_root else at, is_resource=True)


def _object(value: Mapping[str, Any], kind: str, at: _At, *, is_resource: bool = False) -> Iterator[Issue]:
    if at.depth > DEEPEST:
        yield at.fault("structure", "this goes too deep")
        return
    elements = r4().types[kind]
    told: dict[str, str] = {}
    missing: set[str] = set()
    if not value or (is_resource and len(value) == 1 and kind == "Parameters"):
        yield at.fault("structure", "an object is not empty")
    for name, found in value.items():
        if name == "resourceType" and is_resource:
            continue
        base = name.removeprefix("_")
        element = elements.get(base)
        if element is None or (base != name and element.kind not in r4().primitives):
            yield at.of(name if keepable(name) else "?", ours=False).fault("structure", "FHIR R4 has no such element")
            continue
        group = element.group or base
        if told.setdefault(group, base) != base:
            yield at.of(base).fault("structure", "only one of its types may stand here")
        yield from _element(found, element, at.of(name), beside=value.get(f"_{base}"), extends=base != name)
    for name, element in elements.items():
        group = element.group or name
        there = told.get(group) in value if at.values else group in told
        if element.needed and group not in missing and not there:
            yield at.of(group).fault("required", "this is needed")
            missing.add(group)


def _element(value: Any, element: Element, at: _At, *, beside: Any, extends: bool) -> Iterator[Issue]:
    if not element.many:
        yield from _one(value, element, at, extends=extends)
    elif not isinstance(value, list):
        yield at.fault("structure", "this is a list")
    elif not value:
        yield at.fault("structure", "a list is not empty")
    else:
        for number, each in enumerate(value):
            # A primitive of a list may be missing where the other list says why.
            if each is None and (extends or isinstance(beside, list)):
                continue
            yield from _one(each, element, at.number(number), extends=extends)


def _one(value: Any, element: Element, at: _At, *, extends: bool) -> Iterator[Issue]:
    kind = "Element" if extends else element.kind
    if kind in r4().primitives:
        yield from _primitive(value, kind, element.codes, at)
    elif kind == "Resource":
        yield from _resource(value, at)
    elif not isinstance(value, dict):
        yield at.fault("structure", "this is a JSON object")
    else:
        yield from _object(value, kind, at)
        if element.codes is not None and not extends and not _bound(value, kind, element.codes):
            yield at.fault("code-invalid", "none of the codes that are allowed here")


def _primitive(value: Any, kind: str, codes: frozenset[str] | None, at: _At) -> Iterator[Issue]:
    if kind == "boolean":
        right = isinstance(value, bool)
    elif kind in NUMBERS:
        right = isinstance(value, int | float if kind == "decimal" else int) and not isinstance(value, bool)
        right = right and (_finite(value) if kind == "decimal" else _counts(value, kind))
    else:
        right = isinstance(value, str) and _written(value, kind)
    if not right:
        yield at.fault("value", f"this is no {kind}")
    elif codes is not None and value not in codes:
        yield at.fault("code-invalid", "none of the codes that are allowed here")


def _finite(value: float) -> bool:
    """JSON has no infinity, but numbers that become one."""
    return isinstance(value, int) or math.isfinite(value)


def _counts(value: int, kind: str) -> bool:
    """Whole numbers have 32 bits."""
    least = {"integer": -(2**31), "unsignedInt": 0, "positiveInt": 1}[kind]
    return least <= value < 2**31


def _written(value: str, kind: str) -> bool:
    if not keepable(value) or CONTROL.search(value):
        return False
    if kind == "base64Binary":  # the standard's own pattern takes exponential time
        return BASE64.fullmatch(value) is not None
    pattern = _pattern(kind)
    return (pattern is None or pattern.fullmatch(value) is not None) and (kind not in DATES or _there_is(value))


@cache
def _pattern(kind: str) -> re.Pattern[str] | None:
    written = r4().primitives[kind]
    return None if written is None else re.compile(written if kind not in {"uri", "url", "canonical"} else r"\S+")


def _there_is(value: str) -> bool:
    """Whether the calendar has such a day; a leap second is the second before it."""
    try:
        if len(value) > WHOLE_DAY:
            datetime.fromisoformat(value.replace(":60", ":59")[: len("2026-01-01T00:00:00")])
        elif len(value) == WHOLE_DAY:
            date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _bound(value: Mapping[str, Any], kind: str, codes: frozenset[str]) -> bool:
    """Whether one of the codes of a concept is one that it is bound to; a concept of words alone has none."""
    told = value.get("coding") if kind == "CodeableConcept" else [value]
    if not isinstance(told, list) or kind not in {"CodeableConcept", "Coding"}:
        return True
    found = [each.get("code") for each in told if isinstance(each, dict) and isinstance(each.get("code"), str)]
    return not found or not codes.isdisjoint(found)
