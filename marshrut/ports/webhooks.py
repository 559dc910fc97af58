"""Systems outside that are told what happens: who they are, what they are told, and how that goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from marshrut.ports.reading import Page

# How a secret begins, and its Base64 follows (Standard Webhooks).
SECRET_PREFIX = "whsec_"  # noqa: S105 - the beginning of every one, and no secret


class DeliveryState(StrEnum):
    """How a delivery stands. `parked`: it was tried for as long as is allowed; the case's later ones wait behind it.

    `discarded`: somebody has let it go, so that those behind it may.
    """

    PENDING = "pending"
    DELIVERED = "delivered"
    PARKED = "parked"
    DISCARDED = "discarded"


class SendFault(StrEnum):
    """Why a subscriber was not told. `refused`: it answered something else than 2xx."""

    NOT_ALLOWED = "target_not_allowed"
    UNRESOLVED = "target_unresolved"
    UNREACHABLE = "unreachable"
    TLS = "tls"
    TIMEOUT = "timeout"
    REDIRECT = "redirect"
    REFUSED = "refused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Webhook:
    """A subscription. None: all types, all hospitals. `paused`: by which code nothing is sent; what happens is kept."""

    id: str
    target: bytes = field(repr=False)
    types: frozenset[str] | None
    hospitals: frozenset[str] | None
    paused: str | None
    created_by: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """How a subscription does: how many wait and are parked, since when the oldest waits, what came of it last.

    `failing_since`: when the first that is not taken was tried first; `fault`: what came of the last that was not.
    """

    waiting: int = 0
    parked: int = 0
    oldest_at: datetime | None = None
    delivered_at: datetime | None = None
    failing_since: datetime | None = None
    failed_at: datetime | None = None
    fault: SendFault | None = None


class Webhooks(Protocol):
    """The subscriptions. Reading raises Unavailable when SQL does not answer, writing Unavailable or Uncertain."""

    async def every(self) -> Sequence[Webhook]:
        """All of them, the oldest first."""
        ...

    async def get(self, webhook_id: str) -> Webhook | None:
        """One of them."""
        ...

    async def add(self, webhook: Webhook) -> bool:
        """Have one more; whether there was none of this id. It is told of what happens from then on."""
        ...

    async def change(self, webhook: Webhook, *, known: datetime) -> bool:
        """Have it so, if it has not changed since it was `known`; whether it had not.

        Unless it is paused, what waits is tried now and for as long as if it were new; of a hospital that it has no
        longer it is told nothing that waits, and its log holds none of that.
        """
        ...

    async def pause(self, webhook_id: str, why: str) -> None:
        """Send it nothing until somebody says so."""
        ...

    async def remove(self, webhook_id: str) -> None:
        """Tell it nothing any more, nor what waits for it."""
        ...

    async def standings(self, ids: Collection[str]) -> Mapping[str, Standing]:
        """How each does."""
        ...


@dataclass(frozen=True, slots=True)
class OutwardEvent:
    """An event that is told. `data` is JSON; `number` counts those of one event of the journal."""

    id: str
    type: str
    case_id: str | None
    seq: int
    number: int
    hospital: str | None
    about: str
    at: datetime
    data: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event for a subscriber."""

    number: int
    webhook_id: str
    event: OutwardEvent
    state: DeliveryState
    due_at: datetime
    attempts: int
    tries: int
    begun_at: datetime | None
    fault: SendFault | None
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sending: when, how long it took, and what came of it; a number that is missing was broken off."""

    attempt: int
    at: datetime
    took_ms: int
    status: int | None
    fault: SendFault | None


@dataclass(frozen=True, slots=True)
class Sent:
    """What came of a sending. Without a fault it was taken."""

    at: datetime
    took_ms: int
    status: int | None = None
    fault: SendFault | None = None
    again_after_s: float | None = None


class Deliveries(Protocol):
    """What is to be told, and was. Of a case a subscriber is told one thing at a time, in the order of its journal.

    Each method raises Unavailable or Uncertain when SQL does not answer.
    """

    async def due(self) -> Sequence[str]:
        """The subscriptions for which something may be due."""
        ...

    async def lease(self, webhook_id: str, *, owner: str, lease_s: float, limit: int) -> Sequence[Delivery]:
        """Take over what is due, is the next of its case and is held by nobody; that counts as an attempt."""
        ...

    async def delivered(
        self, delivery: Delivery, sent: Sent, *, owner: str, lease_s: float, go_on: bool
    ) -> Delivery | None:
        """It was taken; the case's next one, leased as it is now (with `go_on`, unless the subscription is paused)."""
        ...

    async def put_back(self, delivery: Delivery, sent: Sent | None, *, owner: str, due_at: datetime) -> None:
        """It was not taken, or not sent at all (without `sent`): it is due again then."""
        ...

    async def park(self, delivery: Delivery, sent: Sent, *, owner: str) -> None:
        """It was not taken, and is not sent any more until somebody has it replayed."""
        ...

    async def log(
        self, webhook_id: str, state: DeliveryState | None, case_id: str | None, *, limit: int, cursor: str | None
    ) -> Page[Delivery]:
        """Deliveries, newest first. Raises ValueError for a cursor that is none."""
        ...

    async def get(self, webhook_id: str, event_id: str) -> Delivery | None:
        """One of them."""
        ...

    async def attempts(self, delivery: Delivery) -> Sequence[Attempt]:
        """Its sendings, oldest first."""
        ...

    async def replay(self, webhook_id: str, event_id: str | None = None) -> int:
        """Have parked ones (or the one) sent again, and what waits tried at once; how many were parked."""
        ...

    async def discard(self, webhook_id: str, event_id: str) -> bool:
        """Let a parked one go; whether it was parked."""
        ...


class Sender(Protocol):
    """Speaks to subscribers."""

    async def refusal(self, url: str) -> SendFault | None:
        """Why nothing would be sent to this address."""
        ...

    async def send(self, url: str, secrets: Sequence[str], message_id: str, body: bytes) -> Sent:
        """Send a message, signed by each secret. It ends within a bounded time, and tells faults instead of raising."""
        ...
