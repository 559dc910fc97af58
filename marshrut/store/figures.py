"""What figures are counted from, and whole journals, batch by batch: each in a transaction of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.decide import SKEW
from marshrut.domain.events import Event
from marshrut.domain.kpi.facts import CaseFacts, facts_of, read
from marshrut.domain.state import CaseState
from marshrut.ports import History
from marshrut.store.codec import event_of
from marshrut.store.database import Database
from marshrut.store.tables import cases, figures, journal

# So many records are read at once, to be counted in some twenty milliseconds; journals are a hundred times as long.
BATCH, JOURNALS = 100, 20


class SqlFigures:
    """Ports `FactsBook` and `Histories`, in SQL."""

    def __init__(self, db: Database, *, batch: int = BATCH, journals: int = JOURNALS) -> None:
        self._db = db
        self._batch = batch
        self._journals = journals

    async def facts(self, hospital: str, since: datetime, until: datetime) -> AsyncIterator[Sequence[CaseFacts]]:
        """Batches of the hospital's cases to which something may have happened from then on and before."""
        within = (figures.c.hospital == hospital, figures.c.begun_at < until)
        seen, after = set[str](), ""
        while rows := await self._records(*within, figures.c.closed_at.is_(None), figures.c.case_id > after):
            # A case that is closed while this goes on is met again among those that are.
            seen.update(row.case_id for row in rows)
            after = rows[-1].case_id
            yield await self._read(rows)
        # What was told last may have been said to be a little later than the end of the case.
        closed = figures.c.closed_at >= since - SKEW
        while rows := await self._records(*within, closed, by=figures.c.closed_at):
            later = figures.c.closed_at > rows[-1].closed_at
            same = sa.and_(figures.c.closed_at == rows[-1].closed_at, figures.c.case_id > rows[-1].case_id)
            closed = sa.or_(later, same)
            yield await self._read([row for row in rows if row.case_id not in seen])

    async def histories(self, hospital: str, since: datetime, until: datetime) -> AsyncIterator[Sequence[History]]:
        """Batches of the hospital's cases that were opened from then on and before, the oldest first."""
        after: sa.ColumnElement[bool] = cases.c.opened_at >= since
        query = sa.select(cases.c.case_id, cases.c.opened_at)
        query = query.where(cases.c.hospital == hospital, cases.c.opened_at < until)
        query = query.order_by(cases.c.opened_at, cases.c.case_id).limit(self._journals)
        while True:
            async with self._db.read() as conn:
                rows = (await conn.execute(query.where(after))).all()
                told = await _journals(conn, [row.case_id for row in rows])
            if not rows:
                return
            last = rows[-1]
            same = sa.and_(cases.c.opened_at == last.opened_at, cases.c.case_id > last.case_id)
            after = sa.or_(cases.c.opened_at > last.opened_at, same)
            yield [History(row.case_id, hospital, tuple(told[row.case_id])) for row in rows]

    async def _records(
        self, *conditions: sa.ColumnElement[bool], by: sa.Column[Any] = figures.c.case_id
    ) -> Sequence[Any]:
        query = sa.select(figures).where(*conditions).order_by(by, figures.c.case_id).limit(self._batch)
        async with self._db.read() as conn:
            rows: Sequence[Any] = (await conn.execute(query)).all()
        return rows

    async def _read(self, rows: Sequence[Any]) -> list[CaseFacts]:
        """The records; of a row that has none yet it is made of the case, as it would have been."""
        bare = [row.case_id for row in rows if row.facts is None]
        made: dict[str, CaseFacts] = {}
        if bare:
            query = sa.select(cases.c.case_id, cases.c.snapshot).where(cases.c.case_id.in_(bare))
            async with self._db.read() as conn:
                for row in await conn.execute(query):
                    made[row.case_id] = facts_of(CaseState.model_validate_json(row.snapshot))
        return [made[row.case_id] if row.facts is None else read(row.facts) for row in rows]


async def _journals(conn: AsyncConnection, case_ids: Sequence[str]) -> dict[str, list[Event]]:
    told: dict[str, list[Event]] = {case_id: [] for case_id in case_ids}
    query = sa.select(journal).where(journal.c.case_id.in_(case_ids)).order_by(journal.c.case_id, journal.c.seq)
    for row in await conn.execute(query):
        told[row.case_id].append(event_of(row))
    return told
