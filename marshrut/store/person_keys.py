"""`ports.PersonKeyBook` in SQL, in a database of its own: its copies are kept for a short time only, if at all.

Its one table is made when it is first asked for; it is no part of the schema that migrations look after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.ports import StoredKey
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.statements import insert_new
from marshrut.store.types import UtcTime

metadata = sa.MetaData()

# The person is forgotten with the key; that there was one tells a destroyed record from a broken one.
person_keys = sa.Table(
    "person_keys",
    metadata,
    sa.Column("key_id", sa.Text, primary_key=True),
    sa.Column("person_id", sa.Text, unique=True),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("destroyed_at", UtcTime),
)

AT_ONCE = 500


class SqlPersonKeys:
    """The book in a database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._there = False
        self._turn = asyncio.Lock()

    async def standing(self, persons: Collection[str]) -> Mapping[str, StoredKey]:
        """By person the key that they have."""
        rows = await self._rows(person_keys.c.person_id, persons)
        return {str(row.person_id): _key(row) for row in rows}

    async def get(self, key_ids: Collection[str]) -> Mapping[str, StoredKey]:
        """By id, also those that were destroyed."""
        return {row.key_id: _key(row) for row in await self._rows(person_keys.c.key_id, key_ids)}

    async def add(self, keys: Sequence[StoredKey]) -> None:
        """Keep new ones; who has one already keeps that."""
        if not keys:
            return
        await self._made()
        rows = [{"key_id": key.key_id, "person_id": key.person, "wrapped": key.wrapped} for key in keys]
        async with self._db.write() as conn:
            await conn.execute(insert_new(conn, person_keys), rows)

    async def destroy(self, persons: Collection[str], at: datetime) -> int:
        """Overwrite the keys of these persons, and forget whose they were; how many there were."""
        await self._made()
        theirs = person_keys.c.person_id.in_(persons)
        async with self._db.write() as conn:
            found = (await conn.execute(sa.select(person_keys.c.key_id, person_keys.c.wrapped).where(theirs))).all()
            for row in found:  # the same length, so that it is written over in place
                blank = person_keys.update().where(person_keys.c.key_id == row.key_id)
                await conn.execute(blank.values(wrapped=bytes(len(row.wrapped))))
            gone = {"wrapped": None, "person_id": None, "destroyed_at": at}
            await conn.execute(person_keys.update().where(theirs).values(**gone))
        await self._db.sweep()
        return len(found)

    async def wrapped_otherwise(self, head: bytes, limit: int) -> Sequence[StoredKey]:
        """Some of those whose wrapping does not begin so."""
        await self._made()
        async with self._db.read() as conn:
            rows = await conn.execute(sa.select(person_keys).where(_otherwise(head)).limit(limit))
            return [_key(row) for row in rows]

    async def rewrap(self, key_id: str, old: bytes, new: bytes) -> None:
        """Wrap one anew, unless it has changed meanwhile."""
        same = sa.and_(person_keys.c.key_id == key_id, person_keys.c.wrapped == old)
        async with self._db.write() as conn:
            await conn.execute(person_keys.update().where(same).values(wrapped=new))

    async def count(self, head: bytes | None = None) -> int:
        """How many there are; with `head` only those whose wrapping does not begin so."""
        await self._made()
        which = person_keys.c.wrapped.is_not(None) if head is None else _otherwise(head)
        async with self._db.read() as conn:
            return int(await conn.scalar(sa.select(sa.func.count()).select_from(person_keys).where(which)) or 0)

    async def _rows(self, column: sa.Column[Any], wanted: Collection[str]) -> list[Any]:
        await self._made()
        names, found = list(wanted), list[Any]()
        async with self._db.read() as conn:
            for start in range(0, len(names), AT_ONCE):
                found += await conn.execute(sa.select(person_keys).where(column.in_(names[start : start + AT_ONCE])))
        return found

    async def _made(self) -> None:
        async with self._turn:
            if self._there:
                return
            async with self._db.write() as conn:
                await lock(conn, "person keys")
                await conn.run_sync(metadata.create_all)
            self._there = True


def _otherwise(head: bytes) -> sa.ColumnElement[bool]:
    return sa.and_(
        person_keys.c.wrapped.is_not(None), sa.func.substr(person_keys.c.wrapped, 1, len(head)) != sa.literal(head)
    )


def _key(row: Any) -> StoredKey:
    return StoredKey(row.key_id, row.person_id, row.wrapped)
