"""A message to a subscriber: what its sealed target says, what is sent there, and whether it is taken."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from marshrut.domain.outward.envelope import envelope
from marshrut.domain.outward.types import TESTED, Tested
from marshrut.ports import SECRET_PREFIX, Clock, OutwardEvent, Sender, SendFault, Sent, Vault, Webhook, new_id

SECRET_BYTES = 32
# Who replaces a secret again and again has not told the subscriber.
MOST_SECRETS = 5


@dataclass(frozen=True, slots=True)
class Secret:
    """What signs; until then, if it was replaced."""

    value: str = field(repr=False)
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """What is sealed of a subscription: what it is called, where it goes, and what signs, the newest first."""

    name: str
    url: str = field(repr=False)
    secrets: tuple[Secret, ...] = ()

    def holding(self, now: datetime) -> tuple[Secret, ...]:
        """The secrets that hold now."""
        return tuple(each for each in self.secrets if each.until is None or each.until > now)

    def with_new(self, now: datetime, overlap: timedelta) -> Address:
        """The same with another secret; those of before hold for a while."""
        until = now + overlap
        old = tuple(
            replace(each, until=until if each.until is None else min(each.until, until)) for each in self.holding(now)
        )
        return replace(self, secrets=(fresh_secret(), *old))


def fresh_secret() -> Secret:
    """A new secret, as a subscriber's library takes it."""
    return Secret(SECRET_PREFIX + b64encode(secrets.token_bytes(SECRET_BYTES)).decode())


class Parcels:
    """Opens, makes and sends."""

    def __init__(self, vault: Vault, sender: Sender, *, now: Clock) -> None:
        self._vault = vault
        self._sender = sender
        self._now = now

    def seal(self, webhook_id: str, address: Address) -> bytes:
        """The address, as it is kept."""
        told = [{"value": each.value, "until": each.until and each.until.isoformat()} for each in address.secrets]
        content = {"name": address.name, "url": address.url, "secrets": told}
        return self._vault.seal(content, about=f"webhook/{webhook_id}")

    def open(self, webhook: Webhook) -> Address:
        """The address of a subscription."""
        told = self._vault.open(webhook.target, about=f"webhook/{webhook.id}")
        keys = tuple(
            Secret(each["value"], each["until"] and datetime.fromisoformat(each["until"])) for each in told["secrets"]
        )
        return Address(told["name"], told["url"], keys)

    async def refusal(self, url: str) -> SendFault | None:
        """Why nothing would be sent to this address."""
        return await self._sender.refusal(url)

    async def send(self, webhook: Webhook, event: OutwardEvent) -> Sent:
        """Send an event to a subscriber."""
        return await self._send(webhook, event.id, message(event))

    async def test(self, webhook: Webhook) -> Sent:
        """Send a subscriber an event that says only that somebody tries."""
        now, name = self._now(), f"test-{new_id()}"
        data = json.dumps(Tested(webhook_id=webhook.id).model_dump(mode="json"))
        return await self._send(
            webhook,
            name,
            envelope(event_id=name, kind=TESTED.name, hospital=None, about=webhook.id, at=now, data=data),
        )

    async def _send(self, webhook: Webhook, message_id: str, body: bytes) -> Sent:
        address = self.open(webhook)
        keys: Sequence[str] = [each.value for each in address.holding(self._now())]
        return await self._sender.send(address.url, keys, message_id, body)


def message(event: OutwardEvent) -> bytes:
    """An event as it is sent."""
    return envelope(
        event_id=event.id,
        kind=event.type,
        hospital=event.hospital,
        about=event.about,
        at=event.at,
        data=event.data,
        case_id=event.case_id,
        place=(event.seq, event.number),
    )
