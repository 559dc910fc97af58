"""A mark of its own in every field of every call that takes text, as the API describes itself: nobody is forgotten.

Codes (fields with a pattern) are no text. Whether a call is taken or refused, what was sent has been received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from marshrut.domain.words import Role
from tests.api.test_access import ALLOWED, BODIES, OPEN, at_hand, operations
from tests.fixtures.system import HOSPITAL, System

Schema = Mapping[str, Any]
# A value for what is needed and is no text: read from its place in the tests of access, or plainly made.
PLAIN = {"boolean": True, "integer": 1, "number": 1, "object": {}, "array": []}
FORMATS = {"date-time": "2026-10-01T09:00:00+03:00", "date": "1941-03-09", "uri": "http://127.0.0.1:9/"}
DEEPEST = 6


@dataclass
class Sower:
    """Makes bodies by schemas, and remembers which mark stands for which field."""

    schemas: Mapping[str, Schema]
    marks: dict[str, str] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=count)

    def bodies(self, where: str, schema: Schema) -> Iterator[Any]:
        """A body for each shape that the schema allows at its top, or one field below."""
        schema = self._resolved(schema)
        shapes = _shapes(schema)
        if len(shapes) > 1:
            for each in shapes:
                yield from self.bodies(where, each)
            return
        properties = schema.get("properties", {})
        many = next((name for name, each in properties.items() if len(_texts_in(self, each)) > 1), None)
        if many is None:
            yield self._value(where, schema, 0)
            return
        for shape in _texts_in(self, properties[many]):
            body = self._value(where, {**schema, "properties": {**properties, many: shape}}, 0)
            yield body

    def _value(self, where: str, schema: Schema, depth: int) -> Any:  # noqa: PLR0911 - a line for each kind of value
        schema = self._resolved(schema)
        if shapes := _shapes(schema):
            best = max(shapes, key=lambda each: self._resolved(each).get("type") in {"object", "array", "string"})
            return self._value(where, best, depth)
        if "const" in schema or "enum" in schema:
            return schema.get("const", (schema.get("enum") or [None])[0])
        match schema.get("type"):
            case "string" if "format" in schema:
                return FORMATS.get(schema["format"], "2026-10-01")
            case "string" if "pattern" in schema:
                return HOSPITAL
            case "string":
                return self._mark(where, schema)
            case "array" if depth < DEEPEST:
                return [self._value(f"{where}[]", schema.get("items", {}), depth + 1)]
            case "object" if depth < DEEPEST:
                return self._object(where, schema, depth)
            case kind:
                return PLAIN.get(str(kind))

    def _object(self, where: str, schema: Schema, depth: int) -> dict[str, Any]:
        needed = set(schema.get("required", ()))
        made = {
            name: self._value(f"{where}.{name}", each, depth + 1)
            for name, each in schema.get("properties", {}).items()
            if name in needed or self._takes_text(each, depth + 1)
        }
        return {name: value for name, value in made.items() if value is not None}

    def _takes_text(self, schema: Schema, depth: int) -> bool:
        schema = self._resolved(schema)
        if depth > DEEPEST:
            return False
        if schema.get("type") == "string":
            return not {"enum", "const", "format", "pattern"} & set(schema)
        inner = [*_shapes(schema), *schema.get("properties", {}).values()]
        inner += [schema["items"]] if "items" in schema else []
        return any(self._takes_text(each, depth + 1) for each in inner)

    def _mark(self, where: str, schema: Schema) -> str:
        number = next(self._numbers)
        text = f"7911{number:07d}" if "phone" in where.rpartition(".")[2] else f"Тайнопись{number:04d}"
        self.marks[text] = where
        return text[: schema.get("maxLength", 100)]

    def _resolved(self, schema: Schema) -> Schema:
        while "$ref" in schema:
            schema = self.schemas[schema["$ref"].rpartition("/")[2]]
        return schema


def _shapes(schema: Schema) -> list[Schema]:
    told = [*schema.get("anyOf", ()), *schema.get("oneOf", ())]
    return [each for each in told if each.get("type") != "null"]


def _texts_in(sower: Sower, schema: Schema) -> list[Schema]:
    """The shapes of a field that may be several things, such as an outcome."""
    shapes = _shapes(sower._resolved(schema))
    return [each for each in shapes if "$ref" in each or each.get("type") == "object"]


async def sow(system: System, made: type[Sower] = Sower) -> Sower:
    """Call every operation that takes JSON, each with a mark in each field of text; `made`: who makes them."""
    document = system.app.openapi()
    sower = made(document["components"]["schemas"])
    there = await at_hand(system, await system.admit(visit="V-sown"))
    for method, path in sorted(operations(system) - {each for each in operations(system) if each[1] in OPEN}):
        content = document["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            continue
        allowed = ALLOWED[method, path]
        role = next(each for each in (Role.SUPERVISOR, Role.HOTLINE, Role.ADMIN, Role.PARTNER) if each in allowed)
        known: Any = BODIES.get(path, BODIES.get(path.rsplit("/", 1)[-1], {}))
        for body in sower.bodies(f"{method} {path}", content["application/json"]["schema"]):
            for sent in _sent(body, known):
                headers = system.token(role, None, HOSPITAL, "CENTRE")
                answer = await system.http.request(method, path.format(**there), json=sent, headers=headers)
                assert answer.status_code < 500, (method, path, answer.text)
    return sower


def _sent(body: Any, known: Mapping[str, Any]) -> Iterator[Any]:
    """The body as it was made, which is mostly refused; and with the codes that fit, which is mostly taken."""
    yield body
    if isinstance(body, dict) and known:
        texts = {name: value for name, value in body.items() if name not in known}
        marks = {name: value for name, value in body.items() if isinstance(value, str) and value.startswith("Тайн")}
        yield {**known, **texts}
        yield {**known, **marks}
