"""The rules of OCEL 2.0 (its specification, sections 3 and 4), as complaints about a log that was read as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

TYPES = {"string", "time", "integer", "float", "boolean"}


def complaints(log: Mapping[str, Any]) -> list[str]:
    """What is wrong with a log: nothing, if it keeps the rules."""
    return list(_complaints(log))


def _complaints(log: Mapping[str, Any]) -> Iterator[str]:
    if set(log) != {"objectTypes", "eventTypes", "objects", "events"}:
        yield f"parts: {sorted(log)}"
        return
    things = {one["id"] for one in log["objects"]}
    for what, types in (("objects", "objectTypes"), ("events", "eventTypes")):
        yield from _types(types, log[types])
        known = {one["name"]: {each["name"]: each["type"] for each in one["attributes"]} for one in log[types]}
        twice = [name for name, count in Counter(one["id"] for one in log[what]).items() if count > 1]
        yield from (f"{what}: {name} is there twice" for name in twice)
        for one in log[what]:
            yield from _one(what, one, known, things)


def _types(types: str, declared: list[Mapping[str, Any]]) -> Iterator[str]:
    names = Counter(one["name"] for one in declared)
    yield from (f"{types}: {name} is declared twice" for name, count in names.items() if count > 1)
    for one in declared:
        yield from (
            f"{types}: {one['name']}.{each['name']} is of no type"
            for each in one["attributes"]
            if each["type"] not in TYPES
        )


def _one(what: str, one: Mapping[str, Any], known: Mapping[str, Mapping[str, str]], things: set[str]) -> Iterator[str]:
    if one["type"] not in known:
        yield f"{what}: {one['id']} is of an undeclared type {one['type']}"
        return
    if what == "events":
        yield from _instant(one["id"], one["time"])
        if not one["relationships"]:
            yield f"events: {one['id']} is about nothing"
    for each in one["attributes"]:
        sort = known[one["type"]].get(each["name"])
        if sort is None:
            yield f"{what}: {one['id']} has an undeclared attribute {each['name']}"
        elif not _fits(sort, each["value"]):
            yield f"{what}: {one['id']}.{each['name']} is no {sort}: {each['value']!r}"
        if what == "objects":
            yield from _instant(one["id"], each["time"])
    related = Counter((each["objectId"], each["qualifier"]) for each in one["relationships"])
    yield from (f"{what}: {one['id']} is related twice to {name}" for name, count in related.items() if count > 1)
    yield from (f"{what}: {one['id']} is related to nothing: {name}" for name, _ in related if name not in things)


def _instant(name: str, text: str) -> Iterator[str]:
    if not _fits("time", text):
        yield f"{name}: {text!r} is no instant"


def _fits(sort: str, value: object) -> bool:
    if not isinstance(value, str):
        return False
    match sort:
        case "time":
            return datetime.fromisoformat(value).tzinfo is not None
        case "integer":
            return value.lstrip("-").isdecimal()
        case "boolean":
            return value in {"true", "false"}
        case _:
            return True


def of_xml(root: Element) -> dict[str, Any]:
    """The same log, read from XML."""
    return {
        "objectTypes": [_type(one) for one in root.iterfind("object-types/object-type")],
        "eventTypes": [_type(one) for one in root.iterfind("event-types/event-type")],
        "objects": [
            {
                **_plain(one, "id", "type"),
                "attributes": [
                    {**_plain(each, "name", "time"), "value": each.text or ""} for each in one.iterfind("attributes/*")
                ],
                "relationships": _related(one),
            }
            for one in root.iterfind("objects/object")
        ],
        "events": [
            {
                **_plain(one, "id", "type", "time"),
                "attributes": [
                    {**_plain(each, "name"), "value": each.text or ""} for each in one.iterfind("attributes/*")
                ],
                "relationships": _related(one),
            }
            for one in root.iterfind("events/event")
        ],
    }


def _type(one: Element) -> dict[str, Any]:
    return {"name": one.get("name"), "attributes": [_plain(each, "name", "type") for each in one.iterfind("*/*")]}


def _plain(one: Element, *names: str) -> dict[str, str | None]:
    return {name: one.get(name) for name in names}


def _related(one: Element) -> list[dict[str, str | None]]:
    return [
        {"objectId": each.get("object-id"), "qualifier": each.get("qualifier")} for each in one.iterfind("objects/*")
    ]
