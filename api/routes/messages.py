"""The inbox: what arrived, what became of it, and how it is tried again when the fault is mended."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from api.access import InboxReader, Opener, Replayer
from api.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.problems import Problem, in_russian, words
from api.routes.admissions import Admitted
from api.views import Listing
from marshrut.domain.base import Code, Instant
from marshrut.domain.words import Role
from marshrut.ports import Caller, CommandState, Format, InboxMessage, MessageFilter, Sight

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])


class MessageView(BaseModel):
    """A message that arrived: codes and places only. `replayed_as`: the command that its replay became."""

    id: str
    received_at: datetime
    source: str
    format: Format
    hospital: str
    state: CommandState
    code: str | None
    reason: str | None
    details: dict[str, str]
    case_id: str | None
    attempts: int
    replayed_as: str | None


class MessageListing(Listing[MessageView]):
    """Some messages; `parked`: how many of all in the caller's sight wait for somebody to mend them."""

    parked: int


class Replayed(Admitted):
    """What a replayed message became: a command, whose case stands (`done`), is on its way (`pending`) or awaited."""

    state: CommandState
    replayed_as: str


def sight_of(caller: Caller, parts: ApiParts) -> Sight:
    """What the caller may see. A message of no known hospital is for those who see every hospital, and its sender."""
    if caller.role is Role.INTEGRATOR:
        return Sight(frozenset(), caller.actor)
    everywhere = caller.hospitals is None or caller.hospitals >= parts.catalogue.hospitals.keys()
    return Sight(None if everywhere else caller.hospitals, caller.actor)


async def message_in_sight(message_id: str, caller: Caller, parts: ApiParts) -> InboxMessage:
    """The message, if the caller may know of it."""
    found = await parts.inbox.message(message_id, sight_of(caller, parts))
    if found is None:
        raise Problem("message_not_found")
    return found


def message_view(message: InboxMessage, request: Request, parts: ApiParts) -> MessageView:
    """A message as it is shown, its fault in the caller's language."""
    return MessageView(
        id=message.id,
        received_at=message.received_at,
        source=message.source,
        format=message.format,
        hospital=message.hospital,
        state=message.state,
        code=message.code,
        reason=None if message.code is None else _reason(message.code, message.hospital, request, parts),
        details=dict(message.details),
        case_id=message.case_id,
        attempts=message.attempts,
        replayed_as=message.replayed_as,
    )


def _reason(code: str, hospital: str, request: Request, parts: ApiParts) -> str | None:
    known = hospital in parts.catalogue.hospitals
    rule = (parts.catalogue.at(hospital) if known else parts.catalogue).screened_out.get(code)
    if rule is not None:
        return rule.title.ru if in_russian(request) else rule.title.en
    return words(code, request)


@router.get("")
async def messages(
    request: Request,
    caller: InboxReader,
    parts: Parts,
    state: CommandState | None = None,
    code: Code | None = None,
    source: Annotated[str | None, Query(pattern=r"^[^\x00]*$")] = None,
    hospital: Annotated[
        Code | None, Query(description="`unknown`: the message names none that its sender serves")
    ] = None,
    since: Instant | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MessageListing:
    """What arrived, newest first: an integrator's own messages, to others those of their hospitals."""
    sight = sight_of(caller, parts)
    which = MessageFilter(sight=sight, state=state, code=code, source=source, hospital=hospital, since=since)
    page = await page_of(parts.inbox.messages(which, limit=limit, cursor=cursor))
    return MessageListing(
        items=[message_view(each, request, parts) for each in page.items],
        next=page.next,
        parked=await parts.inbox.parked(sight),
    )


@router.get("/{message_id}")
async def message(message_id: Code, request: Request, caller: InboxReader, parts: Parts) -> MessageView:
    """One message."""
    return message_view(await message_in_sight(message_id, caller, parts), request, parts)


@router.get(
    "/{message_id}/raw",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The bytes as they came"}},
)
async def raw(message_id: Code, caller: Opener, parts: Parts) -> Response:
    """The bytes as they came, for its sender and the supervisors of its hospital: they name persons."""
    await message_in_sight(message_id, caller, parts)
    original = await parts.replays.original(message_id)
    if original is None:
        raise Problem("message_not_found")
    headers = {
        "Content-Disposition": f'attachment; filename="{message_id}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(original, headers=headers, media_type="application/octet-stream")


@router.post("/{message_id}/replay")
async def replay(message_id: Code, caller: Replayer, parts: Parts) -> Replayed:
    """Try a parked message again, in its sender's name, once; what still is wrong with it is answered as a fault."""
    try:
        taken = await parts.replays.replay(message_id, sight_of(caller, parts), caller)
    except LookupError:
        raise Problem("message_not_found") from None
    return Replayed(
        case_id=taken.case_id,
        created=taken.created,
        reason=taken.reason,
        state=taken.state,
        replayed_as=taken.command_id,
    )
