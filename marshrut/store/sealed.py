"""What is sealed in SQL: bound to whom it is about, and wrapped anew when the service key has changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.erasing import ErasureStep
from marshrut.domain.state import CaseState
from marshrut.ports import Bound, Kept, Loose
from marshrut.store.database import Database
from marshrut.store.statements import insert_new
from marshrut.store.tables import (
    LOOSE,
    UNSETTLED,
    accounts,
    cases,
    clients,
    commands,
    erasures,
    glass,
    handover_items,
    handovers,
    message_acts,
    person_marks,
    second_factors,
    sessions,
    views,
    webhooks,
)

# The index of what is loose is named by spelling its condition out; the table's name would be another spelling.
_LOOSE = (
    sa.select(commands.c.number, commands.c.id, cases.c.person_id, commands.c.private, commands.c.raw)
    .join(cases, cases.c.case_id == commands.c.case_id)
    .where(commands.c.number.in_(sa.bindparam("numbers", expanding=True)))
)
_NUMBERS = (
    sa.select(commands.c.number)
    .where(LOOSE, sa.exists().where(cases.c.case_id == commands.c.case_id))
    .order_by(commands.c.number)
    .limit(sa.bindparam("most", type_=sa.Integer))
)
# A person's key is about to go, and whoever has come back since would be bound to it: for that moment nothing is bound.
_KEY_GOES = sa.select(sa.exists().where(UNSETTLED, erasures.c.step == ErasureStep.SEVERED))


class SqlLooseRecords:
    """`ports.LooseRecords`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def loose(self, limit: int) -> Sequence[Loose]:
        """Some of them, the oldest first; none while an erasure stands between its severing and the end of a key."""
        async with self._db.read() as conn:
            numbers = list(await conn.scalars(_NUMBERS, {"most": limit}))
            if numbers and await conn.scalar(_KEY_GOES):
                return []
            rows = await conn.execute(_LOOSE, {"numbers": numbers}) if numbers else ()
            return [Loose(row.number, row.id, row.person_id, row.private, row.raw) for row in rows]

    async def bind(self, bound: Collection[Bound]) -> int:
        """Keep them so, unless they have changed meanwhile; how many were."""
        done = 0
        async with self._db.write() as conn:
            for each in bound:
                done += await _bind(conn, each)
        return done


async def _bind(conn: AsyncConnection, each: Bound) -> int:
    was = each.loose
    same = [
        column.is_(None) if value is None else column == value
        for column, value in ((commands.c.private, was.private), (commands.c.raw, was.raw))
    ]
    theirs = sa.exists().where(cases.c.case_id == commands.c.case_id, cases.c.person_id == was.person)
    changed = commands.update().where(commands.c.number == was.number, *same, theirs)
    done = (await conn.execute(changed.values(private=each.private, raw=each.raw, bound_to=was.person))).rowcount
    if done and (told := each.marks | each.wrong | each.right):
        rows = [{"mark": mark, "person_id": was.person, "wrong": False} for mark in told]
        await conn.execute(insert_new(conn, person_marks), rows)
        for marks, wrong in ((each.wrong, True), (each.right, False)):
            if marks:
                known = sa.and_(person_marks.c.person_id == was.person, person_marks.c.mark.in_(marks))
                await conn.execute(person_marks.update().where(known).values(wrong=wrong))
    return done


async def loosen(conn: AsyncConnection, before: CaseState, after: CaseState) -> None:
    """A case is about another person than was thought: what it holds belongs under that one's key."""
    if before.person is not None and before.person != after.person:
        await conn.execute(commands.update().where(commands.c.case_id == after.case_id).values(bound_to=None))


class _Column(NamedTuple):
    column: sa.Column[Any]
    key: tuple[sa.Column[Any], ...]
    about: str  # with the key's parts in braces


# Every column that holds something sealed, and to what it belongs: a test holds this to the tables.
SEALED = {
    f"{each.column.table.name}.{each.column.name}": each
    for each in (
        _Column(commands.c.private, (commands.c.id,), "command/{0}"),
        _Column(commands.c.raw, (commands.c.id,), "raw/{0}"),
        _Column(handovers.c.note, (handovers.c.id,), "handover/{0}/note"),
        _Column(handovers.c.answer_note, (handovers.c.id,), "handover/{0}/answer"),
        _Column(handover_items.c.note, (handover_items.c.handover_id, handover_items.c.item_id), "handover/{0}/{1}"),
        _Column(message_acts.c.note, (message_acts.c.message_id, message_acts.c.number), "discard/{0}"),
        _Column(glass.c.note, (glass.c.id,), "glass/{0}"),
        _Column(accounts.c.name, (accounts.c.user,), "account/{0}"),
        _Column(clients.c.name, (clients.c.id,), "client/{0}"),
        _Column(second_factors.c.secret, (second_factors.c.user,), "factor/{0}"),
        _Column(sessions.c.hint, (sessions.c.id,), "session/{0}"),
        _Column(views.c.name, (views.c.id,), "view/{0}"),
        _Column(webhooks.c.target, (webhooks.c.id,), "webhook/{0}"),
    )
}


# So many rows are looked at, at each end, and so many taken.
LOOKED_AT, SOME = 500, 20


class SqlSealedValues:
    """`ports.SealedValues`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def some(self) -> Sequence[bytes]:
        """A few of the oldest and the newest records, and of the accounts' names; quick, however much there is."""
        found: list[bytes] = []
        async with self._db.read() as conn:
            for order in (commands.c.number, commands.c.number.desc()):
                ends = sa.select(commands.c.private).order_by(order).limit(LOOKED_AT).subquery()
                found += await conn.scalars(sa.select(ends.c.private).where(ends.c.private.is_not(None)).limit(SOME))
            found += await conn.scalars(sa.select(accounts.c.name).limit(SOME))
        return found

    async def under_others(self, head: bytes, limit: int) -> Sequence[Kept]:
        """Some of what a service key wraps and does not begin so."""
        found: list[Kept] = []
        async with self._db.read() as conn:
            for place, (column, key, about) in SEALED.items():
                if len(found) < limit:
                    query = sa.select(column.label("sealed"), *key).where(_otherwise(column, head))
                    rows = (await conn.execute(query.limit(limit - len(found)))).all()
                    found += [Kept(place, tuple(row[1:]), about.format(*row[1:]), row.sealed) for row in rows]
        return found

    async def put(self, renewed: Collection[tuple[Kept, bytes]]) -> None:
        """Keep them anew, each unless it has changed meanwhile."""
        async with self._db.write() as conn:
            for kept, sealed in renewed:
                column, key, _ = SEALED[kept.place]
                same = [part == value for part, value in zip(key, kept.key, strict=True)]
                change = sa.update(column.table).where(*same, column == kept.sealed)
                await conn.execute(change.values({column.name: sealed}))

    async def count(self, head: bytes) -> int:
        """How many are left."""
        async with self._db.read() as conn:
            counts = [
                await conn.scalar(
                    sa.select(sa.func.count()).select_from(each.column.table).where(_otherwise(each.column, head))
                )
                for each in SEALED.values()
            ]
        return sum(int(count or 0) for count in counts)


def _otherwise(column: sa.Column[Any], head: bytes) -> sa.ColumnElement[bool]:
    """Wrapped by a service key (which the first byte says), and by another one."""
    by, begins = sa.func.substr(column, 1, 1), sa.func.substr(column, 1, len(head))
    return sa.and_(column.is_not(None), by == sa.literal(head[:1]), begins != sa.literal(head))
