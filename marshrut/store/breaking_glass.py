"""Who looked at a case in need, in SQL. It follows from no journal; no rebuild touches it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.breaking_glass import Need, Opening
from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import Page
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.newest import Newest
from marshrut.store.tables import cases, glass


class SqlGlassBook:
    """Port `GlassBook`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def open(self, opening: Opening) -> Opening:
        """Keep it; one of the same person, case and hospital that stands is answered in its place."""
        mine = [
            glass.c.user == opening.actor.user,
            glass.c.case_id == opening.case_id,
            glass.c.hospital == opening.hospital,
        ]
        async with self._db.write() as conn:
            await lock(conn, f"glass/{opening.actor.user}/{opening.case_id}")
            query = sa.select(glass).where(*mine, _stands(opening.opened_at))
            if (row := (await conn.execute(query)).first()) is not None:
                return _opening(row)
            await conn.execute(glass.insert(), _row(opening))
        return opening

    async def end(self, opening: Opening) -> None:
        """Keep when it ended and by whom."""
        here = glass.update().where(glass.c.id == opening.id, glass.c.ended_at.is_(None))
        async with self._db.write() as conn:
            await conn.execute(here.values(ended_at=opening.ended_at, ended_by=opening.ended_by))

    async def get(self, opening_id: str) -> Opening | None:
        """One of them."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(glass).where(glass.c.id == opening_id))).one_or_none()
        return None if row is None else _opening(row)

    async def opened_to(self, user: str, now: datetime) -> frozenset[str]:
        """The cases that are open to somebody now; not one that has gone to a hospital which was told nothing."""
        elsewhere = sa.exists().where(cases.c.case_id == glass.c.case_id, cases.c.hospital != glass.c.hospital)
        query = sa.select(glass.c.case_id).where(glass.c.user == user, _stands(now), sa.not_(elsewhere))
        async with self._db.read() as conn:
            return frozenset(await conn.scalars(query))

    async def of(
        self,
        hospitals: Collection[str] | None,
        user: str | None,
        *,
        case_id: str | None,
        limit: int,
        cursor: str | None = None,
    ) -> Page[Opening]:
        """Those of these hospitals' cases (None: of all), or of this user, the newest first."""
        query = sa.select(glass)
        if user is not None:
            query = query.where(glass.c.user == user)
        elif hospitals is not None:
            query = query.where(glass.c.hospital.in_(sorted(hospitals)))
        if case_id is not None:
            query = query.where(glass.c.case_id == case_id)
        return await _OPENINGS.page(self._db, query, limit, cursor)


async def forget_words(conn: AsyncConnection, case_id: str, name: str) -> int:
    """Of an erased case it stays that somebody looked, under an id that leads nowhere; their words go."""
    here = glass.update().where(glass.c.case_id == case_id).values(case_id=name, note=None)
    return (await conn.execute(here)).rowcount


def _stands(now: datetime) -> sa.ColumnElement[bool]:
    return sa.and_(glass.c.ended_at.is_(None), glass.c.ends_at > now)


def _row(each: Opening) -> dict[str, Any]:
    return {
        "id": each.id,
        "case_id": each.case_id,
        "hospital": each.hospital,
        "user": each.actor.user,
        "role": each.actor.role,
        "need": each.need,
        "note": each.note,
        "opened_at": each.opened_at,
        "ends_at": each.ends_at,
        "ended_at": each.ended_at,
        "ended_by": each.ended_by,
    }


def _opening(row: Any) -> Opening:
    return Opening(
        id=row.id,
        case_id=row.case_id,
        hospital=row.hospital,
        actor=Actor(user=row.user, role=Role(row.role)),
        need=Need(row.need),
        note=row.note,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        ended_by=row.ended_by,
    )


_OPENINGS = Newest("openings", glass.c.opened_at, glass.c.id, _opening)
