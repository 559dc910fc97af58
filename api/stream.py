"""What changes, told as it happens by Server-Sent Events: to machines by their token, to pages by their session."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import orjson
from fastapi import Response
from pydantic import BaseModel
from starlette.types import Receive, Scope, Send

from api.parts import ApiParts
from api.problems import Problem
from marshrut.dispatch.feed import Asking, Told, TooMany
from marshrut.domain.changes import ChangeKind
from marshrut.domain.guarding import SENDER
from marshrut.domain.words import Role
from marshrut.ports import Caller, Change, Unavailable

MEDIA_TYPE = "text/event-stream"
# So often whoever listens hears that the line holds, and it is looked whether they still may.
BEAT_S = 10.0
# Sessions are looked up in SQL, so not at every change.
CHECK_S = 2.0
NUMBER = 2**63

Still = Callable[[], Awaitable[Caller | None]]


class ChangeTold(BaseModel):
    """Something changed. `case_id` null: of the hospital's team (`shift`). `seq`: how far the case's journal goes."""

    case_id: str | None
    hospital: str
    kinds: list[ChangeKind]
    seq: int | None
    at: datetime


class Beat(BaseModel):
    """The line holds. `lag_s`: how far what is shown is behind what was said; null: the database does not answer."""

    at: datetime
    lag_s: float | None


def concerns(caller: Caller, change: Change, hospital: str | None = None) -> bool:
    """Whether a change is of somebody's scope; the hotline hears of enquiries alone."""
    if hospital not in (None, change.hospital) or not caller.sees(change.hospital):
        return False
    return caller.role is not Role.HOTLINE or ChangeKind.ENQUIRY in change.kinds


def mark_of(last_event_id: str | None, after: int | None) -> int | None:
    """From where to go on: what the browser heard last or, when it has forgotten that, what it asks for."""
    known = (last_event_id or "").strip()
    if known.isascii() and known.isdecimal() and int(known) < NUMBER:
        return int(known)
    return after


class EventStream(Response):
    """An answer that goes on until one side ends it; what it holds is let go of at once."""

    media_type = MEDIA_TYPE

    def __init__(self, first: bytes, frames: AsyncGenerator[bytes]) -> None:
        # No proxy is to keep frames back, and no browser to keep them.
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._first = first
        self._frames = frames

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI calls it
        """Send what there is; stop when the other side has gone."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        both = asyncio.create_task(self._send(send)), asyncio.create_task(_gone(receive))
        try:
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in both:
                each.cancel()
            ended = await asyncio.gather(*both, return_exceptions=True)
            await self._frames.aclose()
        if isinstance(fault := ended[0], Exception) and not isinstance(fault, OSError):
            raise fault

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for frame in self._frames:
            await send({"type": "http.response.body", "body": frame, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def listening(  # noqa: PLR0913 - what a line is made of
    parts: ApiParts,
    caller: Caller,
    still: Still,
    *,
    after: int | None,
    hospital: str | None = None,
    check_s: float = 0.0,
) -> EventStream:
    """A line to somebody, open until they hang up, may listen no more, or `parts.stream_s` have passed.

    `still` says who they are now, None once their token or session is over.

    Raises:
        Problem: they listen often enough.
        Unavailable: SQL does not answer.
    """
    frames = _frames(parts, caller, still, after, hospital, check_s=check_s)
    # Whatever keeps them from listening is answered as a problem.
    return EventStream(await anext(frames), frames)


async def _frames(  # noqa: PLR0913 - what a line is made of
    parts: ApiParts,
    caller: Caller,
    still: Still,
    after: int | None,
    hospital: str | None,
    *,
    check_s: float,
) -> AsyncGenerator[bytes]:
    now = asyncio.get_running_loop().time
    ends, checked = now() + parts.stream_s, now()
    who = caller
    async with _heard(parts, caller, lambda change: concerns(who, change, hospital), after) as told:
        async for news in told(min(BEAT_S, parts.stream_s)):
            if now() - checked >= check_s:
                known, checked = await _who(still, who), now()
                if known is None:
                    yield frame("end", {"code": "unauthenticated"})
                    return
                who = known
            if news.over:
                yield frame("end", {"code": "restart"})
                return
            changes = [change for change in news.changes if concerns(who, change, hospital)]
            yield _worded(await _known(changes, who, parts), news, parts.now())
            if now() >= ends:
                yield frame("end", {"code": "again"})
                return


async def _known(changes: list[Change], who: Caller, parts: ApiParts) -> list[Change]:
    """Those of them that the listener may know of; while SQL cannot say, nothing of what is guarded is told."""
    guarded = who.role is not SENDER
    asked = {each.case_id for each in changes if each.case_id is not None and (each.guarded or not guarded)}
    if not asked or who.onlooker is None:
        return changes
    try:
        hidden = await asyncio.shield(asyncio.ensure_future(parts.queries.hidden(asked, who.onlooker)))
    except Unavailable:
        hidden = frozenset(asked)
    return [change for change in changes if change.case_id not in hidden]


async def _who(still: Still, who: Caller) -> Caller | None:
    """Who listens by now. While SQL is away nobody can say, and nothing that changed is told either: whoever did."""
    try:
        # Whoever hangs up meanwhile takes no connection of the database with them.
        return await asyncio.shield(asyncio.ensure_future(still()))
    except Unavailable:
        return who


@asynccontextmanager
async def _heard(
    parts: ApiParts, caller: Caller, wanted: Callable[[Change], bool], after: int | None
) -> AsyncIterator[Asking]:
    try:
        async with parts.feed.listen(caller.user, wanted, after, hospitals=caller.hospitals) as told:
            yield told
    except TooMany:
        raise Problem("too_many_streams", retry_after_s=30) from None


def _worded(changes: list[Change], news: Told, at: datetime) -> bytes:
    """The frames of what is told at once; the mark stands in the last, so whoever loses the line before hears all."""
    told = [b": beat\n"]
    if news.again:
        told.append(frame("resync", {}))
    told += [
        frame(
            "change",
            ChangeTold(
                case_id=change.case_id,
                hospital=change.hospital,
                kinds=sorted(change.kinds),
                seq=change.seq,
                at=change.at,
            ).model_dump(mode="json"),
        )
        for change in changes
    ]
    told.append(frame("beat", Beat(at=at, lag_s=news.lag_s).model_dump(mode="json"), news.mark))
    return b"".join(told)


def frame(event: str, data: dict[str, Any], mark: int | None = None) -> bytes:
    """One event as it goes over the line."""
    known = b"" if mark is None else f"id: {mark}\n".encode()
    return known + f"event: {event}\n".encode() + b"data: " + orjson.dumps(data) + b"\n\n"
