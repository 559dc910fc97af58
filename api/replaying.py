"""Many parked messages tried again, each by itself: shown first, then those that were shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from fastapi import Request

from api.bodies.message import MOST, Replaying, TriedView
from api.parts import ApiParts
from api.problems import Problem
from api.views.message import reason, tried_view
from marshrut.domain.refusal import Refused
from marshrut.ports import (
    Caller,
    CommandState,
    InboxMessage,
    MessageFilter,
    Sight,
    Taken,
    Unavailable,
    Uncertain,
    Unfit,
)

Outcome = Literal["possible", "done", "pending", "refused"]


async def found(given: Replaying, sight: Sight, parts: ApiParts) -> tuple[list[str], bool]:
    """The messages that are meant, the oldest first, and whether there are more than can be taken at once."""
    if given.messages is not None:
        return list(dict.fromkeys(given.messages)), False
    which = MessageFilter(sight, (CommandState.PARKED,), code=given.code, source=given.source, hospital=given.hospital)
    page = await parts.inbox.messages(which, limit=MOST, cursor=None, oldest_first=True)
    return [each.id for each in page.items], page.next is not None


async def shown(
    names: Sequence[str], sight: Sight, caller: Caller, request: Request, parts: ApiParts
) -> list[TriedView]:
    """What a replay of each would come to; nothing happens."""
    told = []
    for name in names:
        message = await parts.inbox.message(name, sight)
        if message is None:
            told.append(_refused(name, "message_not_found", request, parts))
            continue
        try:
            await parts.replays.foresee(name, sight, caller)
        except Unfit as fault:
            told.append(tried_view(message, "refused", fault, request, parts))
        except Refused as refused:
            told.append(_refused(name, refused.code, request, parts, message))
        else:
            told.append(tried_view(message, "possible", None, request, parts))
    return told


async def done(
    names: Sequence[str], sight: Sight, caller: Caller, request: Request, parts: ApiParts
) -> list[TriedView]:
    """What became of each; one that was taken before is done, however often this is asked."""
    return [await _tried(name, sight, caller, request, parts) for name in names]


async def _tried(name: str, sight: Sight, caller: Caller, request: Request, parts: ApiParts) -> TriedView:
    message = await parts.inbox.message(name, sight)
    if message is None:
        return _refused(name, "message_not_found", request, parts)
    if message.replayed_as is not None:
        return _went(message, "done", message.case_id, message.replayed_as)
    try:
        taken = await parts.replays.replay(name, sight, caller)
    except Unfit as fault:
        return tried_view(message, "refused", fault, request, parts)
    except Refused as refused:
        return _refused(name, refused.code, request, parts, message)
    except (Unavailable, Uncertain) as fault:
        # Those before it are done; this one and what follows can be asked for again.
        code = "unavailable" if isinstance(fault, Unavailable) else "uncertain"
        return _refused(name, code, request, parts, message)
    return _went(message, _outcome(taken), taken.case_id, taken.command_id)


def _outcome(taken: Taken) -> Outcome:
    return "pending" if taken.state is CommandState.PENDING else "done"


def _went(message: InboxMessage, outcome: Outcome, case_id: str | None, replayed_as: str) -> TriedView:
    return TriedView(
        id=message.id,
        received_at=message.received_at,
        source=message.source,
        hospital=message.hospital,
        outcome=outcome,
        case_id=case_id,
        replayed_as=replayed_as,
    )


def _refused(name: str, code: str, request: Request, parts: ApiParts, message: InboxMessage | None = None) -> TriedView:
    return TriedView(
        id=name,
        received_at=None if message is None else message.received_at,
        source=None if message is None else message.source,
        hospital=None if message is None else message.hospital,
        outcome="refused",
        code=code,
        reason=reason(code, "" if message is None else message.hospital, request, parts),
    )


def check(given: Replaying) -> None:
    """Whoever runs a filter later runs it over what has come since, which nobody has looked at.

    Raises:
        Problem: `dry_run_first`.
    """
    if given.messages is None and not given.dry_run:
        raise Problem("dry_run_first", {"field": "messages"})
