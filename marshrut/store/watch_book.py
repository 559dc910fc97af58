"""What the watchdog found and mended, for whoever reads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from marshrut.domain.base import Instant
from marshrut.domain.watching import Ill, Mended
from marshrut.ports import Finding, Page, Repair, Round
from marshrut.store.cursors import Cursor
from marshrut.store.database import Database
from marshrut.store.faults import NO_CASE
from marshrut.store.tables import STANDS, findings, repair_counts, repairs, rounds

_BY_SINCE: Cursor[tuple[Instant, str, str]] = Cursor("findings", tuple[Instant, str, str])
_PLACE = (findings.c.since, findings.c.case_id, findings.c.code)


class SqlWatchBook:
    """Port `WatchBook`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def last(self) -> Round | None:
        """The round that was finished last."""
        finished = sa.select(rounds).where(rounds.c.finished_at.is_not(None))
        return await self._round(finished.order_by(rounds.c.number.desc()).limit(1))

    async def round(self, number: int) -> Round | None:
        """One of the last rounds."""
        return await self._round(sa.select(rounds).where(rounds.c.number == number))

    async def _round(self, query: sa.Select[Any]) -> Round | None:
        async with self._db.read() as conn:
            row = (await conn.execute(query)).one_or_none()
            if row is None:
                return None
            counted = sa.select(repairs.c.code, sa.func.count()).where(repairs.c.round == row.number)
            mended = (await conn.execute(counted.group_by(repairs.c.code))).all()
        return Round(
            row.number,
            row.started_at,
            row.finished_at,
            row.looked,
            row.closely,
            {Mended(code): count for code, count in mended},
        )

    async def findings(self, hospitals: frozenset[str] | None, *, limit: int, cursor: str | None) -> Page[Finding]:
        """What stands, the oldest first. Raises ValueError for a cursor that is none."""
        query = sa.select(findings).where(STANDS, _seen(findings, hospitals))
        if (after := _BY_SINCE.read(cursor)) is not None:
            since = sa.literal(after[0], findings.c.since.type)
            query = query.where(sa.tuple_(*_PLACE) > sa.tuple_(since, sa.literal(after[1]), sa.literal(after[2])))
        async with self._db.read() as conn:
            rows = (await conn.execute(query.order_by(*_PLACE).limit(limit + 1))).all()
        return _BY_SINCE.page(rows, limit, _finding, lambda row: (row.since, row.case_id, row.code))

    async def repairs(
        self, hospitals: frozenset[str] | None, *, limit: int, number: int | None = None
    ) -> Sequence[Repair]:
        """What was mended last, the newest first; in the round of this number, or in any."""
        newest = (repairs.c.at.desc(), repairs.c.case_id.desc(), repairs.c.code)
        query = sa.select(repairs).where(_seen(repairs, hospitals)).order_by(*newest).limit(limit)
        if number is not None:
            query = query.where(repairs.c.round == number)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return [Repair(row.case_id, row.hospital, Mended(row.code), row.at) for row in rows]

    async def counts(
        self, hospitals: frozenset[str] | None
    ) -> tuple[Mapping[tuple[str | None, Ill], int], Mapping[tuple[str, Mended], int]]:
        """By hospital and code: what stands, and what was ever mended."""
        standing = sa.select(findings.c.hospital, findings.c.code, sa.func.count()).where(
            STANDS, _seen(findings, hospitals)
        )
        mended = sa.select(repairs.c.hospital, repairs.c.code, sa.func.count()).where(_seen(repairs, hospitals))
        async with self._db.read() as conn:
            stands = (await conn.execute(standing.group_by(findings.c.hospital, findings.c.code))).all()
            done = list(await conn.execute(mended.group_by(repairs.c.hospital, repairs.c.code)))
            done += await conn.execute(_gone(hospitals))
        ever: Counter[tuple[str, Mended]] = Counter()
        for hospital, code, count in done:
            ever[hospital, Mended(code)] += count
        return (
            {(hospital, Ill(code)): count for hospital, code, count in stands},
            ever,
        )


def _gone(hospitals: frozenset[str] | None) -> sa.Select[Any]:
    """Repairs whose rows are gone, counted."""
    query = sa.select(repair_counts.c.hospital, repair_counts.c.code, repair_counts.c.count)
    return query if hospitals is None else query.where(repair_counts.c.hospital.in_(hospitals))


def _seen(table: sa.Table, hospitals: frozenset[str] | None) -> sa.ColumnElement[bool]:
    """What is wrong with the installation everybody sees who sees anything."""
    if hospitals is None:
        return sa.true()
    return sa.or_(table.c.hospital.in_(hospitals), table.c.case_id == NO_CASE)


def _finding(row: Any) -> Finding:
    case_id = None if row.case_id == NO_CASE else row.case_id
    return Finding(case_id, row.hospital, Ill(row.code), row.since, row.last_seen)
