"""Subscriptions in SQL. They follow from no journal; no rebuild touches them."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.outward.types import CaseTransferred, type_of_data
from marshrut.ports import Clock, DeliveryState, SendFault, Standing, Webhook
from marshrut.store.database import Database
from marshrut.store.old_deliveries import remove
from marshrut.store.statements import insert_new
from marshrut.store.tables import (
    OVER,
    PENDING,
    UNTOLD,
    webhook_attempts,
    webhook_deliveries,
    webhook_events,
    webhooks,
)
from marshrut.store.types import utc_now

_d = webhook_deliveries.c
TRANSFERRED = type_of_data(CaseTransferred).name
_this = webhooks.c.id == sa.bindparam("which")
_HAPPENED = (
    sa.select(webhook_events.c.recorded_at)
    .join(webhook_deliveries, _d.event_id == webhook_events.c.id)
    .where(_d.number == sa.bindparam("number"))
)
_UNTOLD = sa.select(_d.webhook_id, _d.state, sa.func.count().label("number"), sa.func.min(_d.number).label("first"))


class SqlWebhooks:
    """The subscriptions (port `Webhooks`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def every(self) -> Sequence[Webhook]:
        """All of them, the oldest first."""
        async with self._db.read() as conn:
            rows = await conn.execute(sa.select(webhooks).order_by(webhooks.c.created_at, webhooks.c.id))
            return [_webhook(row) for row in rows]

    async def get(self, webhook_id: str) -> Webhook | None:
        """One of them."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(webhooks).where(_this), {"which": webhook_id})).one_or_none()
        return None if row is None else _webhook(row)

    async def add(self, webhook: Webhook) -> bool:
        """Have one more; whether there was none of this id."""
        async with self._db.write() as conn:
            return await conn.scalar(insert_new(conn, webhooks).returning(webhooks.c.id), _row(webhook)) is not None

    async def change(self, webhook: Webhook, *, known: datetime) -> bool:
        """Have it so, if it has not changed since it was `known`.

        What waits begins anew, and now, if it is not paused; what concerns none of its hospitals is told no more.
        """
        changed = webhooks.update().where(_this, webhooks.c.changed_at == known).values(**_row(webhook))
        async with self._db.write() as conn:
            done = (await conn.execute(changed, {"which": webhook.id})).rowcount == 1
            if done and webhook.hospitals is not None:
                await remove(conn, _d.number.in_(_foreign(webhook.id, webhook.hospitals)))
            if done and webhook.paused is None:
                await conn.execute(_anew(webhook.id, self._clock()))
        return done

    async def pause(self, webhook_id: str, why: str) -> None:
        """Send it nothing until somebody says so."""
        paused = webhooks.update().where(_this, webhooks.c.paused.is_(None))
        async with self._db.write() as conn:
            await conn.execute(paused.values(paused=why, changed_at=self._clock()), {"which": webhook_id})

    async def remove(self, webhook_id: str) -> None:
        """Tell it nothing any more, nor what waits for it."""
        async with self._db.write() as conn:
            await remove(conn, _d.webhook_id == webhook_id)
            await conn.execute(webhooks.delete().where(_this), {"which": webhook_id})

    async def standings(self, ids: Collection[str]) -> Mapping[str, Standing]:
        """How each does."""
        untold = _UNTOLD.where(UNTOLD, _d.webhook_id.in_(ids)).group_by(_d.webhook_id, _d.state)
        found: dict[str, dict[str, Any]] = {name: {} for name in ids}
        async with self._db.read() as conn:
            for row in await conn.execute(untold):
                name = "waiting" if row.state == DeliveryState.PENDING else "parked"
                found[row.webhook_id][name] = row.number
                if row.state == DeliveryState.PENDING:
                    found[row.webhook_id]["oldest_at"] = await conn.scalar(_HAPPENED, {"number": row.first})
            for name in ids:
                found[name] |= await _last(conn, name)
        return {name: Standing(**told) for name, told in found.items()}


async def _last(conn: AsyncConnection, webhook_id: str) -> dict[str, Any]:
    """When one was taken last, and which fault stands."""
    its = _d.webhook_id == webhook_id
    taken = sa.select(_d.finished_at).where(OVER, its, _d.state == DeliveryState.DELIVERED)
    failed = (
        sa.select(_d.fault, webhook_attempts.c.at)
        .join(webhook_attempts, webhook_attempts.c.delivery == _d.number)
        .where(UNTOLD, its, _d.fault.is_not(None))
        .order_by(webhook_attempts.c.at.desc())
        .limit(1)
    )
    last = (await conn.execute(failed)).one_or_none()
    return {
        "failing_since": await conn.scalar(
            sa.select(sa.func.min(_d.begun_at)).where(UNTOLD, its, _d.fault.is_not(None))
        ),
        "delivered_at": await conn.scalar(taken.order_by(_d.finished_at.desc()).limit(1)),
        "failed_at": None if last is None else last.at,
        "fault": None if last is None else SendFault(last.fault),
    }


def _anew(webhook_id: str, now: datetime) -> sa.Update:
    """The time for which it was not wanted must not count as time for which it was tried."""
    its = webhook_deliveries.update().where(PENDING, _d.webhook_id == webhook_id)
    return its.values(due_at=now, tries=0, begun_at=None)


def _foreign(webhook_id: str, hospitals: Collection[str]) -> sa.Select[Any]:
    """Its deliveries of events that concern none of these hospitals; a transfer concerns both."""
    e = webhook_events.c
    left = sa.or_(*(e.data.contains(f'"was":{json.dumps(each)}', autoescape=True) for each in sorted(hospitals)))
    concern = sa.or_(e.hospital.in_(hospitals), sa.and_(e.type == TRANSFERRED, left))
    return sa.select(_d.number).join(webhook_events, e.id == _d.event_id).where(_d.webhook_id == webhook_id, ~concern)


def _webhook(row: Any) -> Webhook:
    return Webhook(
        row.id,
        row.target,
        None if row.types is None else frozenset(row.types.split()),
        None if row.hospitals is None else frozenset(row.hospitals.split()),
        row.paused,
        row.created_by,
        row.created_at,
        row.changed_at,
    )


def _row(webhook: Webhook) -> dict[str, Any]:
    return {
        "id": webhook.id,
        "target": webhook.target,
        "types": None if webhook.types is None else " ".join(sorted(webhook.types)),
        "hospitals": None if webhook.hospitals is None else " ".join(sorted(webhook.hospitals)),
        "paused": webhook.paused,
        "created_by": webhook.created_by,
        "created_at": webhook.created_at,
        "changed_at": webhook.changed_at,
    }
