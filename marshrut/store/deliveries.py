"""Deliveries in SQL: who may send which now, and what came of it.

Of a case only the first that is neither taken nor let go may be sent. What stands behind it is put off when that is
noticed, so that nobody looks at it again and again, and is due at once when the one before it is done.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.ports import Attempt, Clock, Delivery, DeliveryState, OutwardEvent, Page, SendFault, Sent
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.statements import insert_new
from marshrut.store.tables import (
    PARKED,
    PENDING,
    UNTOLD,
    webhook_attempts,
    webhook_deliveries,
    webhook_events,
    webhooks,
)
from marshrut.store.types import UtcTime, utc_now

# So many rows are looked at at a time, and so many times in one turn: a long line must not hold others up.
AT_ONCE, MOST_LOOKS = 200, 10
# Whatever lets the one before it go makes it due at once; so this is only for what nobody has thought of.
BEHIND_S = 3600.0

_d, _e = webhook_deliveries.c, webhook_events.c
_before = webhook_deliveries.alias("before")
_now = sa.bindparam("now", type_=UtcTime)
_hook = sa.bindparam("hook", type_=sa.Text)
_free = sa.func.coalesce(_d.lease_until, _now) <= _now
# The same condition as of the partial index, for another name of the table.
_untold_before = _before.c.state.in_([sa.literal_column("'pending'"), sa.literal_column("'parked'")])
_BEHIND = sa.exists().where(
    _before.c.webhook_id == _d.webhook_id, _before.c.case_id == _d.case_id, _before.c.number < _d.number, _untold_before
)
_DUE = (
    sa.select(_d.number, _d.due_at, _BEHIND.label("behind"))
    .where(PENDING, _d.webhook_id == _hook, _d.due_at <= _now, _free)
    .order_by(_d.due_at, _d.number)
    .limit(AT_ONCE)
    .with_for_update(skip_locked=True, of=webhook_deliveries)
)
_waits = sa.exists().where(
    _d.webhook_id == webhooks.c.id, _d.state == sa.literal_column("'pending'"), _d.due_at <= _now, _free
)
_WHO = sa.select(webhooks.c.id).where(webhooks.c.paused.is_(None), _waits).order_by(webhooks.c.id)
# Of a case, put off only if nobody has said meanwhile that it is due.
_PUT_OFF = (
    webhook_deliveries.update()
    .where(PENDING, _d.number == sa.bindparam("which"), _d.due_at == sa.bindparam("seen", type_=UtcTime))
    .values(due_at=sa.bindparam("then", type_=UtcTime))
)
_FREED: Mapping[str, Any] = {"lease_owner": None, "lease_until": None}
_WHOLE = sa.select(
    webhook_deliveries,
    *(_e[name].label(f"event_{name}") for name in ("type", "seq", "hospital", "about", "at", "data")),
    _e.number.label("event_number"),
).join(webhook_events, _e.id == _d.event_id)
_BY_NUMBER: Cursor[Whole] = Cursor("deliveries", Whole)


class SqlDeliveries:
    """The deliveries (port `Deliveries`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def due(self) -> Sequence[str]:
        """The subscriptions for which something may be due."""
        async with self._db.read() as conn:
            return list(await conn.scalars(_WHO, {"now": self._clock()}))

    async def lease(self, webhook_id: str, *, owner: str, lease_s: float, limit: int) -> Sequence[Delivery]:
        """Take over what is due, is the next of its case and is held by nobody; that counts as an attempt."""
        leased: Sequence[Delivery] = ()
        for _ in range(MOST_LOOKS):
            now = self._clock()
            async with self._db.write() as conn:
                found = (await conn.execute(_DUE, {"hook": webhook_id, "now": now})).all()
                first = [row.number for row in found if not row.behind][:limit]
                behind = [row for row in found if row.behind]
                if behind:
                    then = now + timedelta(seconds=BEHIND_S)
                    told = [{"which": row.number, "seen": row.due_at, "then": then} for row in behind]
                    await conn.execute(_PUT_OFF, told)
                leased = await _leased(conn, first, now, owner, lease_s) if first else ()
            if leased or len(behind) < AT_ONCE:
                break
        return leased

    async def delivered(
        self, delivery: Delivery, sent: Sent, *, owner: str, lease_s: float, go_on: bool
    ) -> Delivery | None:
        """It was taken, whoever else holds it by now; the case's next one, leased as it is now."""
        now = self._clock()
        its = webhook_deliveries.update().where(UNTOLD, _d.number == delivery.number)
        async with self._db.write() as conn:
            await _note(conn, delivery, sent)
            taken = its.values(state=DeliveryState.DELIVERED, finished_at=now, fault=None, **_FREED)
            if (await conn.execute(taken)).rowcount == 0:
                return None
            return await _next(conn, delivery, now, owner, lease_s, go_on=go_on)

    async def put_back(self, delivery: Delivery, sent: Sent | None, *, owner: str, due_at: datetime) -> None:
        """It was not taken, or not sent at all: it is due again then."""
        async with self._db.write() as conn:
            fault: dict[str, Any] = {}
            if sent is not None:
                await _note(conn, delivery, sent)
                fault = {"fault": sent.fault}
            await conn.execute(_held(delivery, owner).values(due_at=due_at, **fault, **_FREED))

    async def park(self, delivery: Delivery, sent: Sent, *, owner: str) -> None:
        """It was not taken, and is not sent any more until somebody has it replayed."""
        async with self._db.write() as conn:
            await _note(conn, delivery, sent)
            await conn.execute(_held(delivery, owner).values(state=DeliveryState.PARKED, fault=sent.fault, **_FREED))

    async def log(
        self, webhook_id: str, state: DeliveryState | None, case_id: str | None, *, limit: int, cursor: str | None
    ) -> Page[Delivery]:
        """Deliveries, newest first. Raises ValueError for a cursor that is none."""
        query = _WHOLE.where(_d.webhook_id == webhook_id).order_by(_d.number.desc()).limit(limit + 1)
        if state is not None:
            query = query.where(_d.state == state)
        if case_id is not None:
            query = query.where(_d.case_id == case_id)
        if (after := _BY_NUMBER.read(cursor)) is not None:
            query = query.where(_d.number < after)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return _BY_NUMBER.page(rows, limit, _delivery, lambda row: int(row.number))

    async def get(self, webhook_id: str, event_id: str) -> Delivery | None:
        """One of them."""
        query = _WHOLE.where(_d.webhook_id == webhook_id, _d.event_id == event_id)
        async with self._db.read() as conn:
            row = (await conn.execute(query)).one_or_none()
        return None if row is None else _delivery(row)

    async def attempts(self, delivery: Delivery) -> Sequence[Attempt]:
        """Its sendings, oldest first."""
        a = webhook_attempts.c
        query = sa.select(webhook_attempts).where(a.delivery == delivery.number).order_by(a.attempt)
        async with self._db.read() as conn:
            return [
                Attempt(row.attempt, row.at, row.took_ms, row.status, row.fault and SendFault(row.fault))
                for row in await conn.execute(query)
            ]

    async def replay(self, webhook_id: str, event_id: str | None = None) -> int:
        """Have parked ones (or the one) sent again, beginning now, and what waits tried at once."""
        now = self._clock()
        its = [_d.webhook_id == webhook_id]
        parked = webhook_deliveries.update().where(PARKED, *its)
        if event_id is not None:
            parked = parked.where(_d.event_id == event_id)
        again = parked.values(state=DeliveryState.PENDING, due_at=now, tries=0, begun_at=None)
        waits = webhook_deliveries.update().where(PENDING, *its, _d.due_at > now).values(due_at=now)
        async with self._db.write() as conn:
            count = (await conn.execute(again)).rowcount
            await conn.execute(waits)
        return count

    async def discard(self, webhook_id: str, event_id: str) -> bool:
        """Let a parked one go; whether it was parked. What stood behind it is due."""
        now = self._clock()
        parked = webhook_deliveries.update().where(PARKED, _d.webhook_id == webhook_id, _d.event_id == event_id)
        gone = parked.values(state=DeliveryState.DISCARDED, finished_at=now).returning(_d.case_id)
        async with self._db.write() as conn:
            case_id = await conn.scalar(gone)
            if case_id is None:
                return False
            await conn.execute(due(webhook_id, case_id, now))
        return True


async def _note(conn: AsyncConnection, delivery: Delivery, sent: Sent) -> None:
    row = {
        "delivery": delivery.number,
        "attempt": delivery.attempts,
        "at": sent.at,
        "took_ms": sent.took_ms,
        "status": sent.status,
        "fault": sent.fault,
    }
    await conn.execute(insert_new(conn, webhook_attempts), [row])


async def _leased(
    conn: AsyncConnection, numbers: Sequence[int], now: datetime, owner: str, lease_s: float
) -> Sequence[Delivery]:
    """These, held by the owner from now on."""
    taken = webhook_deliveries.update().where(_d.number.in_(numbers))
    await conn.execute(
        taken.values(
            lease_owner=owner,
            lease_until=now + timedelta(seconds=lease_s),
            # Whoever dies with it leaves it due: what stood behind another was put off.
            due_at=now,
            attempts=_d.attempts + 1,
            tries=_d.tries + 1,
            begun_at=sa.func.coalesce(_d.begun_at, sa.bindparam("begun", now, type_=UtcTime)),
        )
    )
    return [_delivery(row) for row in await conn.execute(_WHOLE.where(_d.number.in_(numbers)).order_by(_d.number))]


async def _next(  # noqa: PLR0913 - what a lease is made of
    conn: AsyncConnection, done: Delivery, now: datetime, owner: str, lease_s: float, *, go_on: bool
) -> Delivery | None:
    """What stands next in the case, leased if it may be sent now; else it is due."""
    case_id = done.event.case_id or ""
    line = sa.select(_d.number, _d.state).where(UNTOLD, _d.webhook_id == done.webhook_id, _d.case_id == case_id)
    first = (await conn.execute(line.order_by(_d.number).limit(1).with_for_update())).one_or_none()
    if first is None or first.state != DeliveryState.PENDING:
        return None
    paused = await conn.scalar(sa.select(webhooks.c.paused).where(webhooks.c.id == done.webhook_id))
    if not go_on or paused is not None:
        await conn.execute(due(done.webhook_id, case_id, now))
        return None
    (leased,) = await _leased(conn, [first.number], now, owner, lease_s)
    return leased


def due(webhook_id: str, case_id: str, now: datetime) -> sa.Update:
    """What stands in the line of a case is due."""
    # Each, also what is due: whoever is about to put one off is waited for, and loses.
    its = (PENDING, _d.webhook_id == webhook_id, _d.case_id == case_id)
    return webhook_deliveries.update().where(*its).values(due_at=now)


def _held(delivery: Delivery, owner: str) -> sa.Update:
    """A row that the owner holds; one that was given to another stays as it is."""
    return webhook_deliveries.update().where(PENDING, _d.number == delivery.number, _d.lease_owner == owner)


def _delivery(row: Any) -> Delivery:
    event = OutwardEvent(
        row.event_id,
        row.event_type,
        row.case_id,
        row.event_seq,
        row.event_number,
        row.event_hospital,
        row.event_about,
        row.event_at,
        row.event_data,
    )
    return Delivery(
        row.number,
        row.webhook_id,
        event,
        DeliveryState(row.state),
        row.due_at,
        row.attempts,
        row.tries,
        row.begun_at,
        None if row.fault is None else SendFault(row.fault),
        row.finished_at,
    )
