"""Handovers of shifts: all that somebody has in a hospital, with notes, to a colleague or to the team."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from api.access import Addressee, Told
from api.bodies.handover import Acknowledging, Declining, Offering, Withdrawing
from api.filters import check_known
from api.http.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing
from api.views.handover import (
    HandoverSummary,
    HandoverView,
    PreviewView,
    about,
    handover_view,
    receiver_there,
    summary,
    things,
)
from api.writing import IdempotencyKey
from marshrut.domain.base import Code
from marshrut.domain.decide import SKEW
from marshrut.domain.handover import Handover, HandoverState, Item, may_decline, may_read, may_take, may_withdraw
from marshrut.domain.moves import SENIOR
from marshrut.domain.staffing import STAFF
from marshrut.domain.words import Role
from marshrut.ports import Caller, HandoverAnswer, HandoverFilter, KeyReused, Unavailable, Uncertain, new_id

router = APIRouter(prefix="/api/v1/handovers", tags=["handovers"])

# Who sees every handover of their hospitals, if not its notes.
OVER = SENIOR | {Role.AUDITOR, Role.ADMIN}
TAKEN = (HandoverState.ACKNOWLEDGED, HandoverState.DONE)
# An answer waits so long for things to change hands; then whatever is left goes on beside.
CARRY_S = 8.0


@contextmanager
def _stored() -> Iterator[None]:
    """What is shown of what is stored: 503 would say that nothing happened, so SQL away is "send it again" here."""
    try:
        yield
    except Unavailable as fault:
        raise Uncertain(fault.part) from fault


async def _carried(handover_id: str, caller: Caller, parts: ApiParts) -> HandoverView:
    """Have it go on as far as it does in time; how it stands then."""
    with _stored():
        with suppress(TimeoutError, Unavailable, Uncertain):  # a worker goes on with it
            async with asyncio.timeout(CARRY_S):
                await parts.shift_change.see_to(await _visible(handover_id, caller, parts))
        return await handover_view(await _visible(handover_id, caller, parts), caller, parts)


async def _visible(handover_id: str, caller: Caller, parts: ApiParts) -> Handover:
    """The handover, if the caller may know of it."""
    found = await parts.shifts.get(handover_id)
    if found is None or not caller.sees(found.hospital):
        raise Problem("handover_not_found")
    if caller.role not in OVER and not may_read(found, caller.user, caller.role):
        raise Problem("handover_not_found")
    return found


def _scope(hospital: str, caller: Caller, parts: ApiParts) -> None:
    check_known(parts, hospital=hospital)
    if not caller.sees(hospital):
        raise Problem("hospital_not_allowed")


async def _role_of(giver: str, caller: Caller, parts: ApiParts) -> Role:
    """The role in which they give: for somebody else a senior does, whom the roster has to know."""
    if giver == caller.user:
        return caller.role
    if not caller.actor.senior:
        raise Problem("role_not_allowed", {"role": caller.role})
    known = (await parts.staff.people(parts.now(), users=[giver])).get(giver)
    if known is None:
        raise Problem("user_not_found")
    return known.role


async def _check_receiver(given: Offering, giver: str, parts: ApiParts) -> None:
    """Let pass a colleague who works there, even if their shift has not begun, and whom the roster does not know."""
    if given.to is None:
        return
    known = (await parts.staff.people(parts.now(), users=[given.to])).get(given.to)
    fits = known is None or (known.active and known.role in STAFF and known.works_in(given.hospital))
    if given.to == giver or not fits:
        raise Problem("wrong_assignee", {"field": "to"})


def _when(occurred_at: datetime | None, parts: ApiParts, *, since: datetime | None = None) -> datetime:
    now = parts.now()
    if occurred_at is not None and occurred_at > now + SKEW:
        raise Problem("in_the_future", {"field": "occurred_at"})
    if occurred_at is not None and since is not None and occurred_at < since:
        raise Problem("ends_before_it_starts", {"field": "occurred_at"})
    return occurred_at or now


@router.get("/preview")
async def preview(hospital: Code, caller: Addressee, parts: Parts, giver: Code | None = None) -> PreviewView:
    """What a handover would hold now: a dry run."""
    _scope(hospital, caller, parts)
    who = giver or caller.user
    await _role_of(who, caller, parts)
    items = list(await parts.shifts.preview(who, hospital))
    which = HandoverFilter(caller.hospitals, who, caller.role, (), "given", HandoverState.OFFERED, hospital)
    waiting = (await parts.shifts.page(which, limit=1, cursor=None)).items
    return PreviewView(
        giver=who,
        hospital=hospital,
        items=await things(items, hospital, caller, parts),
        open=waiting[0].id if waiting else None,
    )


@router.post("", status_code=201)
async def offer(
    given: Offering, caller: Addressee, parts: Parts, response: Response, idempotency_key: IdempotencyKey = None
) -> HandoverView:
    """Hand over all that somebody has there. Until it is acknowledged everything stays with them."""
    _scope(given.hospital, caller, parts)
    giver = given.giver or caller.user
    role = await _role_of(giver, caller, parts)
    await _check_receiver(given, giver, parts)
    at, now = _when(given.occurred_at, parts), parts.now()
    said = f"handover/{caller.user}/{idempotency_key}".encode()
    name = new_id() if idempotency_key is None else parts.fingerprint(said)[:32]
    terms = parts.catalogue.handover_terms(given.hospital)
    meant = Handover(
        id=name,
        hospital=given.hospital,
        giver=giver,
        role=role,
        receiver=given.to,
        offered_by=caller.user,
        offered_at=at,
        recorded_at=now,
        senior_at=now + terms.senior_after,
        head_at=now + terms.head_after,
        urgent=terms.urgent,
        note=_sealed(given.note, about(name, "note"), parts),
    )
    repeated = await parts.shifts.get(name)
    kept = repeated or await parts.shifts.offer(meant, await _noted(given, giver, name, parts))
    if kept is None:
        raise Problem("nothing_to_hand_over")
    if kept.id != name:
        raise Problem("handover_open", {"handover": kept.id})
    if (kept.hospital, kept.giver, kept.receiver) != (meant.hospital, meant.giver, meant.receiver):
        raise KeyReused(idempotency_key)
    response.headers["Location"] = f"/api/v1/handovers/{name}"
    return await _carried(name, caller, parts)


async def _noted(given: Offering, giver: str, name: str, parts: ApiParts) -> list[Item]:
    """The things with a note, each sealed for its place."""
    held = {item.item_id: item for item in await parts.shifts.preview(giver, given.hospital)}
    if any(each.item not in held for each in given.notes):
        raise Problem("unknown_thing", {"field": "notes"})
    return [replace(held[each.item], note=_sealed(each.note, about(name, each.item), parts)) for each in given.notes]


def _sealed(note: str | None, place: str, parts: ApiParts) -> bytes | None:
    return None if note is None else parts.vault.seal({"note": note}, about=place)


@router.get("")
async def handovers(
    caller: Told,
    parts: Parts,
    mine: Annotated[
        Literal["given", "to_take"] | None, Query(description="Those that I gave, or those that wait for me")
    ] = None,
    state: HandoverState | None = None,
    hospital: str | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[HandoverSummary]:
    """Handovers that are the caller's or their team's, for seniors all of their hospitals; the newest first."""
    check_known(parts, hospital=hospital)
    which = HandoverFilter(caller.hospitals, caller.user, caller.role, OVER, mine, state, hospital)
    page = await page_of(parts.shifts.page(which, limit=limit, cursor=cursor))
    return Listing(items=[await summary(each, caller, parts) for each in page.items], next=page.next)


@router.get("/{handover_id}")
async def handover(handover_id: str, caller: Told, parts: Parts) -> HandoverView:
    """One handover with all that is in it."""
    return await handover_view(await _visible(handover_id, caller, parts), caller, parts)


def _check_open(found: Handover) -> None:
    if not found.open:
        details = {"state": found.state.value, "by": found.answered_by}
        raise Problem("handover_over", {name: value for name, value in details.items() if value})


async def _check_taker(found: Handover, caller: Caller, parts: ApiParts) -> None:
    """Let pass whom it is for, and who is there: nothing is given to who is away."""
    if not may_take(found, caller.user, caller.role, receiver_there=await receiver_there(found, parts)):
        raise Problem("handover_for_another")
    now = parts.now()
    known = (await parts.staff.people(now, users=[caller.user])).get(caller.user)
    if known is None:
        return
    if not known.active or not known.works_in(found.hospital):
        raise Problem("wrong_assignee")
    if (absence := known.away(now)) is not None:
        raise Problem("absent", {"deputy": absence.deputy} if absence.deputy else {})


async def _excepted(given: Acknowledging, found: Handover, parts: ApiParts) -> dict[str, str]:
    said = {each.item: each.reason for each in given.not_taken}
    if not said:
        return {}
    items = [*await parts.shifts.items(found.id), *await parts.shifts.preview(found.giver, found.hospital)]
    if said.keys() - {item.item_id for item in items}:
        raise Problem("unknown_thing", {"field": "not_taken"})
    if set(said.values()) - parts.catalogue.handover_reasons(found.hospital).keys():
        raise Problem("unknown_reason", {"field": "not_taken"})
    return said


@router.post("/{handover_id}/acknowledge")
async def acknowledge(
    handover_id: str, caller: Addressee, parts: Parts, given: Acknowledging | None = None
) -> HandoverView:
    """Take all that the giver has by now, but for what is excepted. Said again it changes nothing."""
    given = given or Acknowledging()
    found = await _visible(handover_id, caller, parts)
    if not found.answered(caller.user, *TAKEN):
        _check_open(found)
        await _check_taker(found, caller, parts)
        answer = _answer(caller, _when(given.occurred_at, parts, since=found.offered_at), parts)
        if not await parts.shifts.acknowledge(handover_id, answer, await _excepted(given, found, parts)):
            await _check_heard(handover_id, caller, parts, *TAKEN)
    return await _carried(handover_id, caller, parts)


@router.post("/{handover_id}/decline")
async def decline(handover_id: str, given: Declining, caller: Addressee, parts: Parts) -> HandoverView:
    """Take nothing of it: it stays with the giver, or goes into the pool when they are gone."""
    found = await _visible(handover_id, caller, parts)
    if not found.answered(caller.user, HandoverState.DECLINED):
        _check_open(found)
        if not may_decline(found, caller.user, caller.role):
            raise Problem("handover_for_another")
        if given.reason not in parts.catalogue.handover_reasons(found.hospital):
            raise Problem("unknown_reason", {"field": "reason"})
        at = _when(given.occurred_at, parts, since=found.offered_at)
        note = _sealed(given.note, about(handover_id, "answer"), parts)
        answer = replace(_answer(caller, at, parts), reason=given.reason, note=note)
        if not await parts.shifts.decline(handover_id, answer):
            await _check_heard(handover_id, caller, parts, HandoverState.DECLINED)
    return await _carried(handover_id, caller, parts)


@router.post("/{handover_id}/withdraw")
async def withdraw(handover_id: str, caller: Addressee, parts: Parts, given: Withdrawing | None = None) -> HandoverView:
    """Take it back before anybody has acknowledged it: everything stays with the giver."""
    found = await _visible(handover_id, caller, parts)
    if not found.answered(caller.user, HandoverState.WITHDRAWN):
        _check_open(found)
        if not may_withdraw(found, caller.user, caller.role):
            raise Problem("handover_for_another")
        at = _when((given or Withdrawing()).occurred_at, parts, since=found.offered_at)
        if not await parts.shifts.withdraw(handover_id, _answer(caller, at, parts)):
            await _check_heard(handover_id, caller, parts, HandoverState.WITHDRAWN)
    return await _carried(handover_id, caller, parts)


async def _check_heard(handover_id: str, caller: Caller, parts: ApiParts, *states: HandoverState) -> None:
    """Let pass whose own answer it was that was heard first."""
    now = await _visible(handover_id, caller, parts)
    if not now.answered(caller.user, *states):
        _check_open(now)


def _answer(caller: Caller, at: datetime, parts: ApiParts) -> HandoverAnswer:
    return HandoverAnswer(by=caller.user, role=caller.role, at=at, recorded_at=parts.now())
