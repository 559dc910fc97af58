"""Many admissions in one call: a line each, taken one by one, answered in their order while more of them come in.

Memory holds one line that is being read, a few that are being taken, and results that the caller has not read yet: at
most as many as a call may have lines. So a caller may send everything before reading anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, suppress
from typing import Any, Literal, NamedTuple

from fastapi import Request, Response
from pydantic import BaseModel
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.audit.noted import noted
from api.http.too_large import MAX_BODY
from api.parts import ApiParts
from api.problems import Problem, told, unfit
from marshrut.ports import Arrived, Caller, CommandState, Format, Taken, Unavailable, Uncertain, Unfit

NDJSON = "application/x-ndjson"
MEDIA_TYPES = frozenset({NDJSON, "application/ndjson", "application/jsonl", "application/json-lines"})
MOST_LINES = 10_000
# So many are taken at once; each waits for its case most of the time.
AT_ONCE = 8


class ImportResult(BaseModel):
    """What became of a line; `line` counts from 1, empty lines too.

    `done`: as the same admission alone would be answered. `pending`: stored, ask at `location`. `refused`: kept in the
    inbox with its fault (`code`, `title`, `errors`). `failed`: SQL was away; send the file again.
    """

    line: int
    state: Literal["done", "pending", "refused", "failed"]
    case_id: str | None = None
    created: bool | None = None
    reason: str | None = None
    command_id: str | None = None
    location: str | None = None
    code: str | None = None
    title: str | None = None
    details: dict[str, str] | None = None
    errors: list[dict[str, str]] | None = None


class Streamed(Response):
    """Lines, as they come.

    The framework's own listens for the end of the connection, and would eat the lines that are still being sent.
    """

    media_type = NDJSON

    def __init__(self, lines: AsyncIterator[bytes]) -> None:
        super().__init__()
        self._lines = lines
        del self.headers["content-length"]
        self.headers["Cache-Control"] = "no-store"
        self.headers["X-Accel-Buffering"] = "no"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - what ASGI hands over
        """Send each line as soon as it is there."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for line in self._lines:
            await send({"type": "http.response.body", "body": line, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def results(request: Request, caller: Caller, parts: ApiParts) -> AsyncIterator[bytes]:
    """A line of JSON for each line that holds something, as soon as it and all before it are known."""
    made: asyncio.Queue[ImportResult | None] = asyncio.Queue()
    work = asyncio.create_task(_work(request, caller, parts, made))
    work.add_done_callback(lambda _: made.put_nowait(None))
    try:
        while (result := await made.get()) is not None:
            yield result.model_dump_json(exclude_none=True).encode() + b"\n"
        await work
    finally:
        work.cancel()


async def _work(request: Request, caller: Caller, parts: ApiParts, made: asyncio.Queue[ImportResult | None]) -> None:
    under_way: asyncio.Queue[asyncio.Task[ImportResult] | None] = asyncio.Queue(AT_ONCE - 1)
    async with asyncio.TaskGroup() as together:
        together.create_task(_in_order(under_way, made))
        # Who has gone reads nothing any more; what has begun is finished all the same.
        with suppress(ClientDisconnect):
            async with aclosing(lines(request.stream())) as read:
                async for number, said in read:
                    if number > MOST_LINES:
                        beyond = _fault(number, Problem("too_many_lines"), request)
                        await under_way.put(together.create_task(_known(beyond)))
                        break
                    if said.raw.strip():
                        await under_way.put(together.create_task(_one(number, said, request, caller, parts)))
        await under_way.put(None)


async def _in_order(
    under_way: asyncio.Queue[asyncio.Task[ImportResult] | None], made: asyncio.Queue[ImportResult | None]
) -> None:
    while (task := await under_way.get()) is not None:
        made.put_nowait(await task)


async def _known(result: ImportResult) -> ImportResult:
    return result


class Line(NamedTuple):
    """What stands on a line; not `whole`: it is so long that only its beginning was kept."""

    raw: bytes
    whole: bool


async def lines(stream: AsyncIterator[bytes]) -> AsyncGenerator[tuple[int, Line]]:
    """Each line with its number."""
    number, line, cut = 1, bytearray(), False
    async for chunk in stream:
        first, *others = chunk.split(b"\n")
        for part, ends in ((first, bool(others)), *((each, at < len(others)) for at, each in enumerate(others, 1))):
            line += part[: max(0, MAX_BODY + 1 - len(line))]
            cut = cut or len(line) > MAX_BODY
            if ends:
                yield number, Line(bytes(line[:MAX_BODY]).rstrip(b"\r"), not cut)
                number, line, cut = number + 1, bytearray(), False
    if line:
        yield number, Line(bytes(line[:MAX_BODY]).rstrip(b"\r"), not cut)


async def _one(number: int, said: Line, request: Request, caller: Caller, parts: ApiParts) -> ImportResult:
    """What became of one. It is known by what it says, so the same line again is the same admission."""
    key = f"import/{parts.fingerprint(said.raw)}"
    try:
        taken = await parts.documents.receive(
            Arrived(said.raw, Format.ADMISSION, caller, key, said.whole, lasting=True)
        )
    except Unfit as fault:
        return _fault(number, unfit(fault), request)
    except Unavailable:
        return _fault(number, Problem("unavailable"), request, state="failed")
    except Uncertain:
        return _fault(number, Problem("uncertain"), request, state="failed")
    return _taken(number, taken, request)


def _taken(number: int, taken: Taken, request: Request) -> ImportResult:
    noted().about(taken.case_id)
    match taken.state:
        case CommandState.PENDING:
            where = f"/api/v1/commands/{taken.command_id}"
            return ImportResult(line=number, state="pending", command_id=taken.command_id, location=where)
        case CommandState.DONE:
            return ImportResult(
                line=number, state="done", case_id=taken.case_id, created=taken.created, reason=taken.reason
            )
        case _:
            return _fault(number, Problem(taken.reason or "expired"), request)


def _fault(
    number: int, problem: Problem, request: Request, state: Literal["refused", "failed"] = "refused"
) -> ImportResult:
    said: dict[str, Any] = told(problem, request)
    return ImportResult(
        line=number,
        state=state,
        code=said["code"],
        title=said["title"],
        details=said.get("details"),
        errors=said.get("errors"),
    )
