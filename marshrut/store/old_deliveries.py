"""Deliveries that have had their time: what is over is forgotten, what nobody takes is let go in the end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.ports import DeliveryState
from marshrut.store.holds import on_hold
from marshrut.store.tables import OVER, UNTOLD, webhook_attempts, webhook_deliveries, webhook_events, webhooks

# So many rows at a time.
AT_ONCE = 200

_d, _e = webhook_deliveries.c, webhook_events.c


def old(before: datetime) -> sa.Select[int]:
    """How many were over before then."""
    over = (OVER, _d.finished_at < before, ~on_hold(_d.case_id))
    return sa.select(sa.func.count()).select_from(webhook_deliveries).where(*over)


def old_untold(before: datetime) -> sa.Select[int]:
    """How many are about what happened before then, and nobody takes them."""
    of = webhook_deliveries.join(webhook_events, _e.id == _d.event_id)
    return sa.select(sa.func.count()).select_from(of).where(UNTOLD, _e.recorded_at < before)


async def forget(conn: AsyncConnection, before: datetime) -> int:
    """Forget what was over before then, and events that nobody is told any more; how many."""
    old: list[int] = []
    for name in (await conn.scalars(sa.select(webhooks.c.id))).all():
        its = (OVER, _d.webhook_id == name, _d.finished_at < before, ~on_hold(_d.case_id))
        over = sa.select(_d.number).where(*its)
        old += await conn.scalars(over.order_by(_d.finished_at).limit(AT_ONCE))
    old += await conn.scalars(_left_over(before))
    count = await remove(conn, _d.number.in_(old))
    told = sa.exists().where(_d.event_id == _e.id)
    untold = (
        sa.select(_e.id)
        .where(_e.recorded_at < before, ~told, ~on_hold(_e.case_id))
        .order_by(_e.recorded_at)
        .limit(AT_ONCE)
    )
    return count + (await conn.execute(webhook_events.delete().where(_e.id.in_(untold)))).rowcount


def _left_over(before: datetime) -> sa.Select[Any]:
    """What was written for a subscription while that was removed."""
    known = sa.exists().where(webhooks.c.id == _d.webhook_id)
    of_nobody = sa.select(_d.number).join(webhook_events, _e.id == _d.event_id).where(_e.recorded_at < before, ~known)
    return of_nobody.order_by(_e.recorded_at).limit(AT_ONCE)


async def remove(conn: AsyncConnection, which: sa.ColumnElement[bool]) -> int:
    """Remove deliveries with their sendings; how many."""
    its = sa.select(_d.number).where(which)
    await conn.execute(webhook_attempts.delete().where(webhook_attempts.c.delivery.in_(its)))
    return (await conn.execute(webhook_deliveries.delete().where(which))).rowcount


async def let_go(conn: AsyncConnection, before: datetime, now: datetime) -> Sequence[Any]:
    """Let go what happened before then and is not taken yet, unless somebody holds it; which."""
    old = (
        sa.select(_d.number, _d.webhook_id, _d.case_id)
        .join(webhook_events, _e.id == _d.event_id)
        .where(_e.recorded_at < before, UNTOLD, sa.or_(_d.lease_until.is_(None), _d.lease_until <= now))
        .order_by(_e.recorded_at, _d.number)
        .limit(AT_ONCE)
    )
    found = (await conn.execute(old)).all()
    if found:
        gone = webhook_deliveries.update().where(UNTOLD, _d.number.in_([row.number for row in found]))
        await conn.execute(gone.values(state=DeliveryState.DISCARDED, finished_at=now))
    return found
