"""What a commit makes known to those outside: its events, and a delivery of each to every subscriber that wants it.

Written by the transaction that writes the journal, so it is told of what is so, and of all of it; by no rebuild.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.events import Event
from marshrut.domain.outward.telling import Outward, data_text, outward
from marshrut.domain.state import CaseState
from marshrut.ports import DeliveryState
from marshrut.store.statements import insert_new
from marshrut.store.tables import webhook_deliveries, webhook_events, webhooks

Turn = tuple[CaseState, Event, CaseState]

_WANTED = sa.select(webhooks.c.id, webhooks.c.types, webhooks.c.hospitals).order_by(webhooks.c.created_at)


async def announce(conn: AsyncConnection, turns: Sequence[Turn]) -> None:
    """Have it told what became of a case, event by event."""
    subscribers = (await conn.execute(_WANTED)).all()
    if not subscribers:
        return
    told: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    for before, event, after in turns:
        for each in outward(before, event, after):
            wanted = [row.id for row in subscribers if _wants(row, each)]
            if wanted:
                told.append(_event_row(each))
                deliveries += (_delivery_row(each, webhook_id) for webhook_id in wanted)
    if told:
        await conn.execute(insert_new(conn, webhook_events), told)
        await conn.execute(insert_new(conn, webhook_deliveries), deliveries)


def _wants(row: Any, each: Outward) -> bool:
    return (row.types is None or each.type.name in row.types.split()) and (
        row.hospitals is None or not each.hospitals.isdisjoint(row.hospitals.split())
    )


def _event_row(each: Outward) -> dict[str, Any]:
    return {
        "id": each.id,
        "type": each.type.name,
        "case_id": each.data.case_id,
        "seq": each.data.seq,
        "number": each.number,
        "hospital": each.data.hospital,
        "about": each.about,
        "at": each.at,
        "recorded_at": each.data.recorded_at,
        "data": data_text(each.data),
    }


def _delivery_row(each: Outward, webhook_id: str) -> dict[str, Any]:
    return {
        "webhook_id": webhook_id,
        "event_id": each.id,
        "case_id": each.data.case_id,
        "state": DeliveryState.PENDING,
        "due_at": each.data.recorded_at,
        "attempts": 0,
        "tries": 0,
    }
