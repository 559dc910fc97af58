"""What the OpenAPI document says beside what the framework sees: bodies that it does not read, and every fault."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from api.importing import NDJSON, ImportResult
from api.problems import MEDIA_TYPE, ProblemView
from marshrut.domain.admission import Admission
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.referral import Referral

REFS, LOCAL = "#/components/schemas/{model}", "#/$defs/"
# What is kept as it came, whether it can be taken or not; what is streamed; and how every fault is told.
TOLD: tuple[tuple[type[BaseModel], JsonSchemaMode], ...] = (
    *((model, "validation") for model in (Admission, Referral, Enquiry)),
    (ImportResult, "serialization"),
    (ProblemView, "validation"),
)
# What the framework would answer to a body that does not fit; here that is a problem like any other.
THEIRS = ("HTTPValidationError", "ValidationError")


def called(route: APIRoute) -> str:
    """What a generated client calls an operation: `steps_claim`, `cases`; the group, and what is done there."""
    group = str(route.tags[0]) if route.tags else ""
    return route.name if group in {"", route.name} else f"{group}_{route.name}"


def ref(model: type[BaseModel]) -> dict[str, str]:
    """Where the document defines a model."""
    return {"$ref": REFS.format(model=model.__name__)}


def sends(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that the framework does not read (`openapi_extra`)."""
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": ref(model)}}}}


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What it says of an answer of which each line is one."""
    return {"content": {NDJSON: {"schema": ref(model)}}}


def describe(app: FastAPI, examples: Mapping[type[BaseModel], Any]) -> None:
    """Have the document define what is referred to, show how it looks, and say of each operation how its faults do."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        _, described = models_json_schema(list(TOLD), ref_template=REFS)
        schemas: Mapping[str, Any] = described["$defs"]
        document["components"]["schemas"].update(schemas)
        _hoisted(document, document["components"]["schemas"])
        for operation in _operations(document):
            responses = operation["responses"]
            if ref_name(responses.get("422")) == THEIRS[0]:
                del responses["422"]
            responses.setdefault("default", FAULT)
            _with_headers(responses)
            _without_null(operation.get("requestBody", {}).get("content", {}).get("application/json", {}))
        for model, example in examples.items():
            document["components"]["schemas"][model.__name__]["examples"] = [example]
        for name in THEIRS:
            document["components"]["schemas"].pop(name, None)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI's manual shows


def _hoisted(told: Any, schemas: dict[str, Any]) -> None:
    """Have what schemas that stand inside others define for themselves be defined where the document looks for it."""
    if isinstance(told, list):
        for each in told:
            _hoisted(each, schemas)
    if not isinstance(told, dict):
        return
    for name, own in told.pop("$defs", {}).items():
        schemas.setdefault(name, own)
    if str(told.get("$ref", "")).startswith(LOCAL):
        told["$ref"] = REFS.format(model=told["$ref"].removeprefix(LOCAL))
    for each in list(told.values()):
        _hoisted(each, schemas)


_TEXT = {"type": "string"}
TAG = {"ETag": {"description": "For `If-None-Match`; with a thing's version also for `If-Match`", "schema": _TEXT}}
PLACE = {
    "Location": {"description": "Where to ask what became of it", "schema": _TEXT},
    "Retry-After": {"description": "In how many seconds to ask", "schema": {"type": "integer"}},
}
FAULT = {
    "description": "Nothing happened: `code` says why (a problem, RFC 9457)",
    "content": {MEDIA_TYPE: {"schema": ref(ProblemView)}},
}


def _with_headers(responses: dict[str, Any]) -> None:
    """Where a thing's version is told, and where to ask what became of a call."""
    if "304" in responses:
        for status in ("200", "304"):
            responses[status].setdefault("headers", {}).update(TAG)
    if "202" in responses:
        responses["202"].setdefault("headers", {}).update(PLACE)


def _without_null(body: dict[str, Any]) -> None:
    """A body that may be left out is left out, and not sent as `null`; that is accepted too, and no client needs it."""
    options = [each for each in body.get("schema", {}).get("anyOf", ()) if each != {"type": "null"}]
    if len(options) == 1:
        body["schema"] = options[0]


def _operations(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def ref_name(response: Mapping[str, Any] | None) -> str:
    """The model that a response refers to, if it does."""
    content = (response or {}).get("content", {}).get("application/json", {})
    return str(content.get("schema", {}).get("$ref", "")).rsplit("/", 1)[-1]
