"""Tells subscribers what happened: each at least once, of a case one thing after the other.

Any number of couriers may run, in any process: a lease gives each delivery to one of them at a time, and whoever dies
with one leaves it to the next, who sends it again under the same id. A subscriber has so many messages on their way at
once and no more, so one that never answers keeps nobody waiting but itself.
"""

from __future__ import annotations

import asyncio
import zlib
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from marshrut.dispatch.background import safely
from marshrut.dispatch.parcel import Parcels
from marshrut.ports import Clock, Deliveries, Delivery, SendFault, Sent, Webhooks, new_id

log = structlog.get_logger()

# Messages on their way to one subscriber, from one process.
AT_ONCE = 4
# Longer than a sender takes at most.
LEASE_S = 60.0
# 10 s, 20 s, 40 s … an hour, with some chance in it; parked after three days.
FIRST_DELAY_S, LONGEST_DELAY_S = 10.0, 3600.0
TRIED_FOR = timedelta(days=3)
# What is on its way when the process is told to stop has this long to end well.
GRACE_S = 10.0
GONE = "gone"


class Courier:
    """Runs until it is cancelled."""

    def __init__(
        self, webhooks: Webhooks, deliveries: Deliveries, parcels: Parcels, *, now: Clock, poll_s: float
    ) -> None:
        self._webhooks = webhooks
        self._deliveries = deliveries
        self._parcels = parcels
        self._now = now
        self._poll_s = poll_s
        self._owner = new_id()
        self._busy: Counter[str] = Counter()
        self._carrying: set[asyncio.Task[None]] = set()
        self._woken = asyncio.Event()
        self._ending = False

    async def run(self) -> None:
        """Look, begin what is due, look again when something has ended or after a while."""
        try:
            while True:
                self._woken.clear()
                await self._look()
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._poll_s):
                        await self._woken.wait()
        finally:
            self._ending = True
            if self._carrying:
                await asyncio.wait(self._carrying, timeout=GRACE_S)
            for task in self._carrying:
                task.cancel()

    async def _look(self) -> None:
        """One round, to its end also when told to stop: a query that is cancelled takes its connection with it."""
        looking = asyncio.create_task(safely("courier", self.round()))
        try:
            await asyncio.shield(looking)
        except asyncio.CancelledError:
            await asyncio.wait({looking})
            raise

    async def round(self) -> int:
        """Begin what is due and has room; how many were begun.

        Raises:
            Unavailable, Uncertain: SQL does not answer.
        """
        begun = 0
        for webhook_id in await self._deliveries.due():
            room = AT_ONCE - self._busy[webhook_id]
            if room > 0:
                begun += await self._begin(webhook_id, room)
        return begun

    async def settled(self) -> None:
        """Return once nothing is on its way."""
        while self._carrying:
            await asyncio.wait(self._carrying)

    async def _begin(self, webhook_id: str, room: int) -> int:
        leased = await self._deliveries.lease(webhook_id, owner=self._owner, lease_s=LEASE_S, limit=room)
        for delivery in leased:
            task = asyncio.create_task(self._carry(delivery))
            self._busy[webhook_id] += 1
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)
        return len(leased)

    async def _carry(self, delivery: Delivery) -> None:
        """See to a delivery, and as long as they are taken to those that follow in its case."""
        try:
            # What cannot be noted stays leased; when the lease has ended somebody sends it again.
            await safely("courier", self._go_through(delivery), webhook=delivery.webhook_id)
        finally:
            self._busy[delivery.webhook_id] -= 1
            self._woken.set()

    async def _go_through(self, delivery: Delivery) -> None:
        following: Delivery | None = delivery
        while following is not None:
            following = await self._tell(following)

    async def _tell(self, delivery: Delivery) -> Delivery | None:
        """Send it once; the next of its case, if it was taken."""
        webhook = await self._webhooks.get(delivery.webhook_id)
        if webhook is None or webhook.paused is not None:
            await self._deliveries.put_back(delivery, None, owner=self._owner, due_at=self._now())
            return None
        sent = await self._parcels.send(webhook, delivery.event)
        if sent.fault is None:
            return await self._deliveries.delivered(
                delivery, sent, owner=self._owner, lease_s=LEASE_S, go_on=not self._ending
            )
        await self._later(delivery, sent)
        return None

    async def _later(self, delivery: Delivery, sent: Sent) -> None:
        again = due_again(delivery, sent, self._now())
        log.info("courier.not_taken", webhook=delivery.webhook_id, fault=sent.fault, status=sent.status)
        if sent.fault is SendFault.GONE:
            await self._webhooks.pause(delivery.webhook_id, GONE)
        if again is None:
            await self._deliveries.park(delivery, sent, owner=self._owner)
        else:
            await self._deliveries.put_back(delivery, sent, owner=self._owner, due_at=again)


def due_again(delivery: Delivery, sent: Sent, now: datetime) -> datetime | None:
    """When a delivery that was not taken is due again; None: it was tried for long enough."""
    last = (delivery.begun_at or now) + TRIED_FOR
    if now >= last:
        return None
    # Doubling ends long before the hour does; a number of tries that grows for days must not.
    delay_s = min(FIRST_DELAY_S * 2 ** min(delivery.tries - 1, 16), LONGEST_DELAY_S)
    # So that what failed together does not come back together; the same each time for the same thing.
    spread = zlib.crc32(f"{delivery.event.id}/{delivery.tries}".encode()) % 1000 / 1000
    delay_s = max(delay_s * (0.8 + 0.4 * spread), sent.again_after_s or 0.0)
    return min(now + timedelta(seconds=delay_s), last)
