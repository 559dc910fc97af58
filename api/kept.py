"""How routes take what arrives: the bytes are read before anybody validates them, so that they can be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import ClientDisconnect

from api.problems import Problem
from api.too_large import MAX_BODY
from marshrut.domain.admission import Admission
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.referral import Referral
from marshrut.ports import Arrived, Caller, Format

REFS = "#/components/schemas/{model}"
# What is kept as it came, whether it can be taken or not.
KEPT: tuple[type[BaseModel], ...] = (Admission, Referral, Enquiry)

# As `api.writing.IdempotencyKey`, but unchecked: a call with a bad key is kept too.
KeptKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="Repeat a call safely with the same key",
        json_schema_extra={"minLength": 1, "maxLength": 200},
    ),
]


async def beginning(request: Request) -> tuple[bytes, bool]:
    """The body as far as the limit goes, and whether that is all of it."""
    content = bytearray()
    try:
        async for chunk in request.stream():
            content += chunk
            if len(content) > MAX_BODY:
                return bytes(content[:MAX_BODY]), False
    except ClientDisconnect:
        raise Problem("malformed") from None  # it never arrived, and nobody hears this
    return bytes(content), True


async def arrived(request: Request, written_in: Format, caller: Caller, key: str | None) -> Arrived:
    """The call as a message."""
    raw, whole = await beginning(request)
    return Arrived(raw, written_in, caller, key, whole)


def sends(model: type[BaseModel]) -> dict[str, Any]:
    """What OpenAPI says of a body that the framework does not read (`openapi_extra`)."""
    schema = {"$ref": REFS.format(model=model.__name__)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def describe(app: FastAPI) -> None:
    """Have the OpenAPI document define what `sends` refers to."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        document = made()
        _, described = models_json_schema([(model, "validation") for model in KEPT], ref_template=REFS)
        schemas: Mapping[str, Any] = described["$defs"]
        document["components"]["schemas"].update(schemas)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI's manual shows
