"""How routes take what arrives: the bytes are read before anybody validates them, so that they can be kept."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request
from starlette.requests import ClientDisconnect

from api.http.too_large import MAX_BODY
from api.problems import Problem
from marshrut.ports import Arrived, Caller, Format

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
