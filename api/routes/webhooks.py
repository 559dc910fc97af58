"""Systems outside that are told what happens: subscriptions, their secrets, what was delivered and what was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api.access import Administrator, Insider, sees_all
from api.http.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing
from api.views.webhook import (
    BY_HAND,
    DeliveryCard,
    DeliveryView,
    EventTypeView,
    Resent,
    Rotating,
    Subscribing,
    TestView,
    WebhookSecret,
    WebhookView,
    delivery_card,
    delivery_view,
    test_view,
    webhook_view,
)
from api.writing import IdempotencyKey
from marshrut.dispatch.parcel import MOST_SECRETS, Address, fresh_secret
from marshrut.domain.base import Code
from marshrut.domain.outward.types import NAMED_TYPES, TYPES, EventType
from marshrut.ports import Caller, Delivery, DeliveryState, KeyReused, Webhook, new_id

router = APIRouter(prefix="/api/v1", tags=["webhooks"])

# Each is told by itself, whether it answers or not.
MOST = 50


@router.get("/event-types")
async def event_types(_caller: Insider) -> Listing[EventTypeView]:
    """The catalogue of events, each with the JSON Schema of its data."""
    return Listing(items=[_type_view(each) for each in TYPES], next=None)


@router.get("/event-types/{event_type}")
async def event_type(event_type: str, _caller: Insider) -> EventTypeView:
    """One type of event."""
    if event_type not in NAMED_TYPES:
        raise Problem("event_type_not_found")
    return _type_view(NAMED_TYPES[event_type])


@router.get("/webhooks")
async def webhooks(request: Request, caller: Administrator, parts: Parts) -> Listing[WebhookView]:
    """The subscriptions to events of the caller's hospitals, the oldest first."""
    seen = [each for each in await parts.webhooks.every() if sees_all(caller, each.hospitals)]
    return Listing(items=[WebhookView(**each) for each in await _shown(seen, request, parts)], next=None)


@router.post("/webhooks", status_code=201)
async def add(
    given: Subscribing, request: Request, caller: Administrator, parts: Parts, key: IdempotencyKey = None
) -> WebhookSecret:
    """Have somebody told from now on; the answer has the secret by which they know that it is us."""
    await _check(given, caller, parts)
    name = new_id() if key is None else parts.fingerprint(f"webhook/{caller.user}/{key}".encode())[:32]
    now = parts.now()
    meant = _meant(given, name, Address(given.name, given.url, (fresh_secret(),)), parts)
    meant = replace(meant, created_by=caller.user, created_at=now, changed_at=now)
    known = await parts.webhooks.get(name)
    if known is None:
        if len(await parts.webhooks.every()) >= MOST:
            raise Problem("too_many_webhooks")
        await parts.webhooks.add(meant)
    kept = await parts.webhooks.get(name)
    # Once it was changed, its secret too, the call that made it is over: its answer would tell a newer secret.
    if kept is None or kept.changed_at != kept.created_at or _said(kept, parts) != _said(meant, parts):
        raise KeyReused(key)
    return await _with_secret(kept, request, parts)


@router.get("/webhooks/{webhook_id}")
async def webhook(webhook_id: Code, request: Request, caller: Administrator, parts: Parts) -> WebhookView:
    """One subscription, and how it does."""
    (shown,) = await _shown([await _in_scope(webhook_id, caller, parts)], request, parts)
    return WebhookView(**shown)


@router.put("/webhooks/{webhook_id}")
async def change(
    webhook_id: Code, given: Subscribing, request: Request, caller: Administrator, parts: Parts
) -> WebhookView:
    """Have it otherwise; what waits goes to the new address. The same again changes nothing."""
    known = await _in_scope(webhook_id, caller, parts)
    await _check(given, caller, parts)
    address = replace(parts.parcels.open(known), name=given.name, url=given.url)
    meant = _meant(given, webhook_id, address, parts)
    paused = (known.paused or BY_HAND) if given.paused else None
    told = replace(meant, created_by=known.created_by, created_at=known.created_at, paused=paused)
    await _change(known, told, parts)
    return await webhook(webhook_id, request, caller, parts)


@router.delete("/webhooks/{webhook_id}", status_code=204)
async def remove(webhook_id: Code, caller: Administrator, parts: Parts) -> Response:
    """Tell it nothing any more, nor what waits for it."""
    await _in_scope(webhook_id, caller, parts)
    await parts.webhooks.remove(webhook_id)
    return Response(status_code=204)


@router.post("/webhooks/{webhook_id}/secret")
async def rotate(
    webhook_id: Code, request: Request, caller: Administrator, parts: Parts, given: Rotating | None = None
) -> WebhookSecret:
    """Have another secret; for a while each message is signed by those of before, too."""
    known, now = await _in_scope(webhook_id, caller, parts), parts.now()
    address = parts.parcels.open(known)
    if len(address.holding(now)) >= MOST_SECRETS:
        raise Problem("too_many_secrets")
    overlap = timedelta(hours=(given or Rotating()).overlap_hours)
    target = parts.parcels.seal(webhook_id, address.with_new(now, overlap))
    await _change(known, replace(known, target=target), parts)
    return await _with_secret(await _in_scope(webhook_id, caller, parts), request, parts)


@router.post("/webhooks/{webhook_id}/test")
async def test(webhook_id: Code, request: Request, caller: Administrator, parts: Parts) -> TestView:
    """Send it `marshrut.webhook.tested.v1` now, also while it is paused, and say what came of that."""
    return test_view(await parts.parcels.test(await _in_scope(webhook_id, caller, parts)), request)


@router.post("/webhooks/{webhook_id}/replay")
async def replay(webhook_id: Code, caller: Administrator, parts: Parts) -> Resent:
    """Send all that is parked again, in its order, and try now what waits."""
    await _in_scope(webhook_id, caller, parts)
    return Resent(replayed=await parts.deliveries.replay(webhook_id))


@router.get("/webhooks/{webhook_id}/deliveries")
async def deliveries(
    webhook_id: Code,
    request: Request,
    caller: Administrator,
    parts: Parts,
    state: DeliveryState | None = None,
    case: Annotated[Code | None, Query(description="Only of this case")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[DeliveryView]:
    """What it was told and is to be told, the newest first; what is over is kept for 30 days."""
    await _in_scope(webhook_id, caller, parts)
    page = await page_of(parts.deliveries.log(webhook_id, state, case, limit=limit, cursor=cursor))
    return Listing(items=[delivery_view(each, request) for each in page.items], next=page.next)


@router.get("/webhooks/{webhook_id}/deliveries/{delivery_id}")
async def delivery(
    webhook_id: Code, delivery_id: Code, request: Request, caller: Administrator, parts: Parts
) -> DeliveryCard:
    """One of them, with what is sent and each sending."""
    return await _card(await _delivery(webhook_id, delivery_id, caller, parts), request, parts)


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/replay")
async def replay_one(
    webhook_id: Code, delivery_id: Code, request: Request, caller: Administrator, parts: Parts
) -> DeliveryCard:
    """Send a parked one again, and then what stands behind it."""
    await _delivery(webhook_id, delivery_id, caller, parts)
    if not await parts.deliveries.replay(webhook_id, delivery_id):
        raise Problem("delivery_not_parked")
    return await _card(await _delivery(webhook_id, delivery_id, caller, parts), request, parts)


@router.post("/webhooks/{webhook_id}/deliveries/{delivery_id}/discard")
async def discard(
    webhook_id: Code, delivery_id: Code, request: Request, caller: Administrator, parts: Parts
) -> DeliveryCard:
    """Let a parked one go for good: what stands behind it is sent without it."""
    await _delivery(webhook_id, delivery_id, caller, parts)
    if not await parts.deliveries.discard(webhook_id, delivery_id):
        raise Problem("delivery_not_parked")
    return await _card(await _delivery(webhook_id, delivery_id, caller, parts), request, parts)


def _type_view(each: EventType) -> EventTypeView:
    return EventTypeView(type=each.name, says=each.says, data_schema=each.schema())


async def _in_scope(webhook_id: str, caller: Caller, parts: ApiParts) -> Webhook:
    found = await parts.webhooks.get(webhook_id)
    if found is None or not sees_all(caller, found.hospitals):
        raise Problem("webhook_not_found")
    return found


async def _delivery(webhook_id: str, delivery_id: str, caller: Caller, parts: ApiParts) -> Delivery:
    await _in_scope(webhook_id, caller, parts)
    found = await parts.deliveries.get(webhook_id, delivery_id)
    if found is None:
        raise Problem("delivery_not_found")
    return found


async def _check(given: Subscribing, caller: Caller, parts: ApiParts) -> None:
    for hospital in given.hospitals or ():
        if hospital not in parts.catalogue.hospitals:
            raise Problem("unknown_facility", {"field": "hospitals"})
    if not sees_all(caller, given.hospitals):
        raise Problem("hospital_not_allowed")
    if (refused := await parts.parcels.refusal(given.url)) is not None:
        raise Problem(refused, {"field": "url"})


def _meant(given: Subscribing, name: str, address: Address, parts: ApiParts) -> Webhook:
    now = parts.now()
    return Webhook(
        id=name,
        target=parts.parcels.seal(name, address),
        types=None if given.types is None else frozenset(given.types),
        hospitals=None if given.hospitals is None else frozenset(given.hospitals),
        paused=BY_HAND if given.paused else None,
        created_by="",
        created_at=now,
        changed_at=now,
    )


def _said(each: Webhook, parts: ApiParts) -> tuple[object, ...]:
    """What a caller said of a subscription."""
    address = parts.parcels.open(each)
    return address.name, address.url, each.types, each.hospitals, each.paused


async def _change(known: Webhook, meant: Webhook, parts: ApiParts) -> None:
    if not await parts.webhooks.change(replace(meant, changed_at=parts.now()), known=known.changed_at):
        raise Problem("webhook_changed")


async def _shown(found: list[Webhook], request: Request, parts: ApiParts) -> list[dict[str, Any]]:
    standings = await parts.webhooks.standings([each.id for each in found])
    return [webhook_view(each, parts.parcels.open(each), standings[each.id], parts.now(), request) for each in found]


async def _with_secret(kept: Webhook, request: Request, parts: ApiParts) -> WebhookSecret:
    (shown,) = await _shown([kept], request, parts)
    return WebhookSecret(**shown, secret=parts.parcels.open(kept).secrets[0].value)


async def _card(found: Delivery, request: Request, parts: ApiParts) -> DeliveryCard:
    return delivery_card(found, list(await parts.deliveries.attempts(found)), request)
