"""The book of shifts in SQL: handovers, and what became of each thing in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.handover import Handover, HandoverState, Item, ItemState, Thing, Tidings, excepted
from marshrut.domain.words import Role
from marshrut.ports import HandoverAnswer, HandoverFilter, Page
from marshrut.store.changes import note_shift
from marshrut.store.cursors import Cursor
from marshrut.store.database import Database
from marshrut.store.holding import held_by
from marshrut.store.locks import lock
from marshrut.store.statements import insert_new
from marshrut.store.tables import OFFERED, UNSETTLED, handover_items, handovers

_BY_TIME = Cursor("handovers", tuple[datetime, str])
TOLD = {Tidings.OFFERED: "told_at", Tidings.WAITS: "senior_told_at", Tidings.WAITS_LONG: "head_told_at"}
_order = handovers.c.recorded_at, handovers.c.id


class SqlShiftBook:
    """Handovers in SQL (port `ShiftBook`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def preview(self, giver: str, hospital: str) -> Sequence[Item]:
        """All that they have there now, as a handover would hold it."""
        async with self._db.read() as conn:
            return await _held(conn, giver, hospital)

    async def offer(self, handover: Handover, items: Collection[Item]) -> Handover | None:
        """Keep a handover with these things and whatever else the giver has there by now; None: that is nothing.

        Of one id, and of a giver in a hospital while it is open, there is one: the one that was kept first is told.
        """
        other = sa.and_(OFFERED, handovers.c.giver == handover.giver, handovers.c.hospital == handover.hospital)
        kept = sa.select(handovers).where(sa.or_(handovers.c.id == handover.id, other))
        async with self._db.write() as conn:
            await lock(conn, f"handover/{handover.giver}")
            known = (await conn.execute(kept.order_by(handovers.c.id != handover.id))).first()
            if known is not None:
                return _handover(known)
            noted = {each.item_id: each for each in items}
            things = {each.item_id: each for each in await _held(conn, handover.giver, handover.hospital)} | noted
            if not things:
                return None
            await conn.execute(handovers.insert(), asdict(handover))
            await _put(conn, handover.id, things.values())
            await note_shift(conn, handover.hospital, handover.recorded_at)
        return handover

    async def get(self, handover_id: str) -> Handover | None:
        """One handover."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(handovers).where(handovers.c.id == handover_id))).one_or_none()
        return None if row is None else _handover(row)

    async def items(self, handover_id: str) -> Sequence[Item]:
        """What is in it: steps first, then cases."""
        async with self._db.read() as conn:
            return await _items(conn, handover_id)

    async def page(self, which: HandoverFilter, *, limit: int, cursor: str | None) -> Page[Handover]:
        """Handovers, the newest first. Raises ValueError for a cursor that is none."""
        query = sa.select(handovers).where(*_conditions(which))
        if (after := _BY_TIME.read(cursor)) is not None:
            at, name = after
            query = query.where(sa.or_(_order[0] < at, sa.and_(_order[0] == at, _order[1] < name)))
        query = query.order_by(*(column.desc() for column in _order)).limit(limit + 1)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return _BY_TIME.page(rows, limit, _handover, lambda row: (row.recorded_at, row.id))

    async def acknowledge(self, handover_id: str, answer: HandoverAnswer, said: Mapping[str, str]) -> bool:
        """Have it acknowledged with all that the giver has by now; whether it was open.

        `said`: what is not taken, and why.
        """
        async with self._db.write() as conn:
            if not await _answer(conn, handover_id, HandoverState.ACKNOWLEDGED, answer):
                return False
            for item in await _items(conn, handover_id):
                if (reason := excepted(item, answer.role, said)) is not None:
                    await conn.execute(_item(handover_id, item).values(reason=reason))
        return True

    async def decline(self, handover_id: str, answer: HandoverAnswer) -> bool:
        """Have it declined, with all that the giver has by now; whether it was open."""
        async with self._db.write() as conn:
            return await _answer(conn, handover_id, HandoverState.DECLINED, answer)

    async def withdraw(self, handover_id: str, answer: HandoverAnswer) -> bool:
        """Have it withdrawn: everything stays with the giver; whether it was open."""
        async with self._db.write() as conn:
            return await _answer(conn, handover_id, HandoverState.WITHDRAWN, answer)

    async def lapse(self, giver: str, at: datetime) -> None:
        """The giver is gone: what they had offered and nobody acknowledged goes the way of an absence."""
        waiting = sa.select(handovers.c.id).where(OFFERED, handovers.c.giver == giver).order_by(handovers.c.id)
        async with self._db.write() as conn:
            for name in (await conn.execute(waiting)).scalars().all():
                await _close(conn, name, state=HandoverState.LAPSED, answer_recorded_at=at)

    async def changing(self, giver: str) -> frozenset[str]:
        """Ids of what is on its way from them to whoever acknowledged a handover."""
        on_the_way = (
            sa.select(handover_items.c.item_id)
            .join(handovers, handovers.c.id == handover_items.c.handover_id)
            .where(
                UNSETTLED,
                handovers.c.giver == giver,
                handovers.c.state == HandoverState.ACKNOWLEDGED,
                handover_items.c.state == ItemState.HELD,
            )
        )
        async with self._db.read() as conn:
            return frozenset((await conn.execute(on_the_way)).scalars())

    async def unfinished(self, limit: int, after: Handover | None = None) -> Sequence[Handover]:
        """Handovers that wait, or of whose things something is still to become known; the oldest first."""
        query = sa.select(handovers).where(UNSETTLED)
        if after is not None:
            at, name = after.recorded_at, after.id
            query = query.where(sa.or_(_order[0] > at, sa.and_(_order[0] == at, _order[1] > name)))
        async with self._db.read() as conn:
            return [_handover(row) for row in await conn.execute(query.order_by(*_order).limit(limit))]

    async def settle(self, handover_id: str, item: Item, state: ItemState, holder: str | None, at: datetime) -> None:
        """Say what became of a thing; what was said first holds."""
        settled = _item(handover_id, item).where(handover_items.c.state == ItemState.HELD)
        async with self._db.write() as conn:
            await conn.execute(settled.values(state=state, holder=holder, settled_at=at))

    async def tell(self, handover_id: str, tidings: Tidings, at: datetime) -> None:
        """Say that people were told of it, and when."""
        column = handovers.c[TOLD[tidings]]
        first = handovers.update().where(handovers.c.id == handover_id, column.is_(None))
        async with self._db.write() as conn:
            await conn.execute(first.values({column: at}))

    async def finish(self, handover_id: str, at: datetime) -> None:
        """Say that of each thing it is known what became; an acknowledged handover is done by that."""
        standing = handovers.c.state
        state = sa.case((standing == HandoverState.ACKNOWLEDGED, HandoverState.DONE.value), else_=standing)
        answered = sa.and_(UNSETTLED, handovers.c.id == handover_id, standing != HandoverState.OFFERED)
        async with self._db.write() as conn:
            done = handovers.update().where(answered).values(finished_at=at, state=state)
            for hospital in (await conn.execute(done.returning(handovers.c.hospital))).scalars().all():
                await note_shift(conn, hospital, at)


async def _answer(conn: AsyncConnection, handover_id: str, state: HandoverState, answer: HandoverAnswer) -> bool:
    return await _close(
        conn,
        handover_id,
        state=state,
        answered_by=answer.by,
        answered_role=answer.role,
        answered_at=answer.at,
        answer_recorded_at=answer.recorded_at,
        reason=answer.reason,
        answer_note=answer.note,
    )


async def _close(conn: AsyncConnection, handover_id: str, **values: Any) -> bool:
    """Have an open handover stand otherwise, with all that its giver has by now; whether it was open."""
    closed = handovers.update().where(handovers.c.id == handover_id, OFFERED).values(**values)
    row = (await conn.execute(closed.returning(handovers.c.giver, handovers.c.hospital))).one_or_none()
    if row is None:
        return False
    await _put(conn, handover_id, await _held(conn, row.giver, row.hospital))
    await note_shift(conn, row.hospital, values["answer_recorded_at"])
    return True


async def _put(conn: AsyncConnection, handover_id: str, items: Collection[Item]) -> None:
    """Have these things in the handover; those that are keep their notes."""
    rows = [{**asdict(item), "handover_id": handover_id} for item in items]
    if rows:
        await conn.execute(insert_new(conn, handover_items), rows)


async def _held(conn: AsyncConnection, giver: str, hospital: str) -> list[Item]:
    steps, cases = await held_by(conn, giver, hospital)
    return [
        *(Item(step.step_id, Thing.STEP, step.case_id, step.role) for step in steps),
        *(Item(case.case_id, Thing.CASE, case.case_id) for case in cases),
    ]


async def _items(conn: AsyncConnection, handover_id: str) -> list[Item]:
    query = sa.select(handover_items).where(handover_items.c.handover_id == handover_id)
    ordered = query.order_by(handover_items.c.thing.desc(), handover_items.c.item_id)
    return [
        Item(
            item_id=row.item_id,
            thing=Thing(row.thing),
            case_id=row.case_id,
            role=None if row.role is None else Role(row.role),
            state=ItemState(row.state),
            reason=row.reason,
            holder=row.holder,
            settled_at=row.settled_at,
            note=row.note,
        )
        for row in await conn.execute(ordered)
    ]


def _item(handover_id: str, item: Item) -> sa.Update:
    return handover_items.update().where(
        handover_items.c.handover_id == handover_id, handover_items.c.item_id == item.item_id
    )


def _handover(row: Any) -> Handover:
    told = {field.name: getattr(row, field.name) for field in fields(Handover)}
    answered = told["answered_role"]
    told |= {
        "role": Role(row.role),
        "state": HandoverState(row.state),
        "answered_role": None if answered is None else Role(answered),
    }
    return Handover(**told)


def _conditions(which: HandoverFilter) -> list[sa.ColumnElement[bool]]:
    about = handovers.c
    given = about.giver == which.user
    team = sa.and_(about.receiver.is_(None), about.role == which.role, about.giver != which.user)
    to_take = sa.or_(about.receiver == which.user, team)
    conditions: list[Any] = []
    if which.mine == "given":
        conditions.append(given)
    elif which.mine == "to_take":
        conditions += [to_take, OFFERED]
    elif which.role not in which.over:
        conditions.append(sa.or_(given, to_take, about.answered_by == which.user, about.role == which.role))
    if which.hospitals is not None:
        conditions.append(about.hospital.in_(which.hospitals))
    if which.hospital is not None:
        conditions.append(about.hospital == which.hospital)
    if which.state is not None:
        conditions.append(about.state == which.state)
    return conditions
