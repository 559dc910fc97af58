"""Subscriptions as the API takes and shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

from api.problems import in_russian
from marshrut.dispatch.parcel import Address, message
from marshrut.domain.base import Code
from marshrut.domain.outward.types import SUBSCRIBED
from marshrut.ports import Attempt, Delivery, DeliveryState, SendFault, Sent, Standing, Webhook

# In English and Russian.
FAULTS: Mapping[SendFault, tuple[str, str]] = {
    SendFault.NOT_ALLOWED: ("The address is not public", "Адрес не открытый"),
    SendFault.UNRESOLVED: ("The host name leads nowhere", "Имя узла никуда не ведёт"),
    SendFault.UNREACHABLE: ("No connection, or it broke", "Нет соединения, или оно оборвалось"),
    SendFault.TLS: ("The certificate is not good", "Сертификат не подходит"),
    SendFault.TIMEOUT: ("No answer in time", "Нет ответа вовремя"),
    SendFault.REDIRECT: ("It leads elsewhere, and is not followed", "Отсылает в другое место, туда не идём"),
    SendFault.REFUSED: ("It answered that it does not take this", "Ответил, что не принимает"),
    SendFault.GONE: ("It wants nothing any more (410)", "Больше ничего не принимает (410)"),
}
BY_HAND = "by_hand"


def _known_type(name: str) -> str:
    if name not in SUBSCRIBED:
        raise ValueError("there is no such type of event; see /api/v1/event-types")
    return name


EventName = Annotated[
    str, AfterValidator(_known_type), WithJsonSchema({"type": "string", "enum": list(SUBSCRIBED), "title": "EventName"})
]


class Subscribing(BaseModel):
    """Who is told what. Without `types` all of them, without `hospitals` of all; `paused`: kept, but not sent."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    url: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    types: Annotated[tuple[EventName, ...], Field(min_length=1, max_length=100)] | None = None
    hospitals: Annotated[tuple[Code, ...], Field(min_length=1, max_length=200)] | None = None
    paused: bool = False


class Rotating(BaseModel):
    """For how long the secrets of before still sign."""

    model_config = ConfigDict(extra="forbid")

    overlap_hours: Annotated[int, Field(ge=0, le=720, strict=True)] = 24


class StandingView(BaseModel):
    """How a subscriber does. `oldest_at`: when the oldest that waits was entered.

    Something is not taken since `failing_since`; `fault` is what came of the last try, at `failed_at`.
    """

    waiting: int
    parked: int
    oldest_at: datetime | None
    delivered_at: datetime | None
    failing_since: datetime | None
    failed_at: datetime | None
    fault: SendFault | None
    reason: str | None


class WebhookView(BaseModel):
    """A subscription. `paused`: `by_hand`, or `gone` when the subscriber said so. `secrets`: until when each holds."""

    id: str
    name: str
    url: str
    types: list[str] | None
    hospitals: list[str] | None
    paused: Literal["by_hand", "gone"] | None
    created_by: str
    created_at: datetime
    changed_at: datetime
    secrets: list[datetime | None]
    standing: StandingView


class WebhookSecret(WebhookView):
    """A subscription with its newest secret, which is told this once."""

    secret: str


class TestView(BaseModel):
    """What came of a try."""

    delivered: bool
    status: int | None
    fault: SendFault | None
    reason: str | None
    took_ms: int


class AttemptView(BaseModel):
    """One sending."""

    attempt: int
    at: datetime
    took_ms: int
    status: int | None
    fault: SendFault | None
    reason: str | None


class DeliveryView(BaseModel):
    """An event for a subscriber: `id` is the event's, and `webhook-id`."""

    id: str
    type: str
    case_id: str
    at: datetime
    state: DeliveryState
    due_at: datetime
    attempts: int
    fault: SendFault | None
    reason: str | None
    finished_at: datetime | None


class DeliveryCard(DeliveryView):
    """With what is sent, and each sending; one whose number is missing was broken off."""

    event: dict[str, Any]
    log: list[AttemptView]


class Resent(BaseModel):
    """How many parked deliveries are sent again."""

    replayed: int


class EventTypeView(BaseModel):
    """A type of event; `data_schema` is the JSON Schema of its data."""

    type: str
    says: str
    data_schema: dict[str, Any]


def reason(fault: SendFault | None, request: Request) -> str | None:
    """A fault in words."""
    return None if fault is None else FAULTS[fault][in_russian(request)]


def webhook_view(
    webhook: Webhook, address: Address, standing: Standing, now: datetime, request: Request
) -> dict[str, Any]:
    """A subscription as it is shown."""
    return {
        "id": webhook.id,
        "name": address.name,
        "url": address.url,
        "types": None if webhook.types is None else [name for name in SUBSCRIBED if name in webhook.types],
        "hospitals": None if webhook.hospitals is None else sorted(webhook.hospitals),
        "paused": webhook.paused,
        "created_by": webhook.created_by,
        "created_at": webhook.created_at,
        "changed_at": webhook.changed_at,
        "secrets": [each.until for each in address.holding(now)],
        "standing": StandingView(
            waiting=standing.waiting,
            parked=standing.parked,
            oldest_at=standing.oldest_at,
            delivered_at=standing.delivered_at,
            failing_since=standing.failing_since,
            failed_at=standing.failed_at,
            fault=standing.fault,
            reason=reason(standing.fault, request),
        ),
    }


def test_view(sent: Sent, request: Request) -> TestView:
    """What came of a try."""
    return TestView(
        delivered=sent.fault is None,
        status=sent.status,
        fault=sent.fault,
        reason=reason(sent.fault, request),
        took_ms=sent.took_ms,
    )


def delivery_view(delivery: Delivery, request: Request) -> DeliveryView:
    """A delivery as lists show it."""
    return DeliveryView.model_validate(_delivery(delivery, request))


def delivery_card(delivery: Delivery, attempts: list[Attempt], request: Request) -> DeliveryCard:
    """A delivery with everything."""
    log = [
        AttemptView(
            attempt=each.attempt,
            at=each.at,
            took_ms=each.took_ms,
            status=each.status,
            fault=each.fault,
            reason=reason(each.fault, request),
        )
        for each in attempts
    ]
    return DeliveryCard(**_delivery(delivery, request), event=json.loads(message(delivery.event)), log=log)


def _delivery(delivery: Delivery, request: Request) -> dict[str, Any]:
    return {
        "id": delivery.event.id,
        "type": delivery.event.type,
        "case_id": delivery.event.case_id,
        "at": delivery.event.at,
        "state": delivery.state,
        "due_at": delivery.due_at,
        "attempts": delivery.attempts,
        "fault": delivery.fault,
        "reason": reason(delivery.fault, request),
        "finished_at": delivery.finished_at,
    }
