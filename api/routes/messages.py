"""The inbox: what arrived, what became of it, and how it is tried again when the fault is mended."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request, Response

from api import replaying
from api.access import InboxReader, Opener, Replayer
from api.bodies.message import (
    ArrivalsView,
    Discarding,
    MaskedView,
    MessageListing,
    MessageView,
    ReplayAnswer,
    Replayed,
    Replaying,
    SummaryView,
)
from api.http.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.message import faults_view, masked_view, message_view, note_of, sources_view, wait_view
from marshrut.domain.base import Code, Instant
from marshrut.domain.digest import home
from marshrut.domain.words import Role
from marshrut.ports import Caller, CommandState, InboxMessage, MessageFilter, Sight

router = APIRouter(prefix="/api/v1/messages", tags=["messages"])

Source = Annotated[str | None, Query(pattern=r"^[^\x00]*$", max_length=200)]
Hospital = Annotated[Code | None, Query(description="`unknown`: the message names none that its sender serves")]
By = Literal["hour", "day"]
STRETCH: dict[By, timedelta] = {"hour": timedelta(hours=1), "day": timedelta(days=1)}
# Counting goes over all that arrived; nobody has to wait for a year of it.
LONGEST, USUAL = timedelta(days=31), timedelta(days=1)


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


@router.get("")
async def messages(
    request: Request,
    caller: InboxReader,
    parts: Parts,
    state: Annotated[list[CommandState] | None, Query(max_length=7, description="One, or several")] = None,
    code: Code | None = None,
    source: Source = None,
    hospital: Hospital = None,
    since: Instant | None = None,
    until: Instant | None = None,
    repeated: Annotated[bool | None, Query(description="Only what its sender sent more than once")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> MessageListing:
    """What arrived, newest first: an integrator's own messages, to others those of their hospitals."""
    sight = sight_of(caller, parts)
    which = MessageFilter(sight, tuple(state or ()), code, source, hospital, since, until, bool(repeated))
    page = await page_of(parts.inbox.messages(which, limit=limit, cursor=cursor))
    acts = await parts.inbox.acts([each.id for each in page.items])
    return MessageListing(
        items=[message_view(each, acts.get(each.id, ()), request, caller, parts) for each in page.items],
        next=page.next,
        parked=await parts.inbox.parked(sight),
    )


@router.get("/summary")
async def summary(
    request: Request,
    caller: InboxReader,
    parts: Parts,
    since: Annotated[Instant | None, Query(description="By default a day before `until`; 31 days at most")] = None,
    until: Annotated[Instant | None, Query(description="By default now")] = None,
    by: By = "hour",
    source: Source = None,
    hospital: Hospital = None,
) -> SummaryView:
    """The inbox in numbers: what stands in it, what arrived by hour or day, how long it took, and who sent it."""
    now = parts.now()
    until = until or now
    since = since or until - USUAL
    if since >= until:
        raise Problem("ends_before_it_starts", {"field": "until"})
    since = max(since, until - LONGEST)
    which = MessageFilter(sight_of(caller, parts), source=source, hospital=hospital, since=since, until=until)
    waiting = await parts.inbox.waiting(which)
    flow = await parts.inbox.flow(which, stretch=STRETCH[by], offset=_offset(hospital, caller, parts, now))
    return SummaryView(
        as_of=now,
        since=since,
        until=until,
        by=by,
        now=dict(waiting.counts),
        oldest=dict(waiting.oldest),
        faults=faults_view(waiting, request),
        received=sum(flow.states.values()),
        states=dict(flow.states),
        repeated=flow.repeated,
        repeats=flow.repeats,
        wait=wait_view(flow.wait),
        stretches=[
            ArrivalsView(since=each.since, states=dict(each.states), wait=wait_view(each.wait))
            for each in flow.stretches
        ],
        sources=sources_view(flow),
    )


def _offset(hospital: str | None, caller: Caller, parts: ApiParts, now: datetime) -> timedelta:
    """By whose clock days are cut: the hospital's, else that of the caller's first, the city's."""
    zone = parts.zones.get(hospital or "") or parts.zones.get(home(caller.hospitals, parts.zones) or "")
    return timedelta() if zone is None else now.astimezone(zone).utcoffset() or timedelta()


@router.post("/replay")
async def replay_many(given: Replaying, request: Request, caller: Replayer, parts: Parts) -> ReplayAnswer:
    """Try many parked messages again: a dry run first, then those that it showed, by their ids, each by itself."""
    replaying.check(given)
    sight, as_of = sight_of(caller, parts), parts.now()
    names, more = await replaying.found(given, sight, parts)
    act = replaying.shown if given.dry_run else replaying.done
    items = await act(names, sight, caller, request, parts)
    counts = {outcome: sum(each.outcome == outcome for each in items) for outcome in ("possible", "done", "pending")}
    return ReplayAnswer(
        dry_run=given.dry_run,
        as_of=as_of,
        items=items,
        messages=[each.id for each in items if each.outcome == "possible"],
        refused=len(items) - sum(counts.values()),
        more=more,
        **counts,
    )


@router.get("/{message_id}")
async def message(message_id: Code, request: Request, caller: InboxReader, parts: Parts) -> MessageView:
    """One message."""
    found = await message_in_sight(message_id, caller, parts)
    acts = await parts.inbox.acts([message_id])
    return message_view(found, acts.get(message_id, ()), request, caller, parts)


@router.get("/{message_id}/masked")
async def masked(message_id: Code, caller: InboxReader, parts: Parts) -> MaskedView:
    """How the message is built: its codes, the times of the stay and the end of its numbers; names are masked."""
    found = await message_in_sight(message_id, caller, parts)
    original = await parts.replays.original(message_id)
    if original is None:
        raise Problem("message_content_gone")
    return masked_view(found, original, parts.masker.masked(original, found.format, found.received_at))


@router.get(
    "/{message_id}/raw",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}, "description": "The bytes as they came"}},
)
async def raw(message_id: Code, caller: Opener, parts: Parts) -> Response:
    """The bytes as they came, for its sender and the supervisors of its hospital: they name persons.

    That they were opened, and by whom, stands in the message's history.
    """
    await message_in_sight(message_id, caller, parts)
    original = await parts.replays.original(message_id)
    if original is None:
        raise Problem("message_content_gone")
    await parts.inbox.opened(message_id, caller.actor)
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


@router.post("/{message_id}/discard")
async def discard(message_id: Code, given: Discarding, request: Request, caller: Replayer, parts: Parts) -> MessageView:
    """Put a parked message aside: it is kept, counts no longer, and can be taken back or replayed. Again: the same."""
    await message_in_sight(message_id, caller, parts)
    note = None if given.note is None else parts.vault.seal({"note": given.note}, about=note_of(message_id))
    put_aside = await parts.inbox.discard(message_id, given.reason, note, caller.actor)
    return await _now(message_id, CommandState.DISCARDED, "only_parked", request, caller, parts, done=put_aside)


@router.post("/{message_id}/restore")
async def restore(message_id: Code, request: Request, caller: Replayer, parts: Parts) -> MessageView:
    """Take back that a message was put aside: it is parked again."""
    await message_in_sight(message_id, caller, parts)
    if await parts.replays.original(message_id) is None:
        raise Problem("message_content_gone")
    back = await parts.inbox.restore(message_id, caller.actor)
    return await _now(message_id, CommandState.PARKED, "message_not_discarded", request, caller, parts, done=back)


async def _now(
    message_id: str,
    meant: CommandState,
    refused: str,
    request: Request,
    caller: Caller,
    parts: ApiParts,
    *,
    done: bool,
) -> MessageView:
    """The message as it stands; whoever says once more what is so already is answered the same."""
    view = await message(message_id, request, caller, parts)
    if not done and view.state is not meant:
        raise Problem(refused, {"state": view.state})
    return view
