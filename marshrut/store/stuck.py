"""What does not move: found and ranked by SQL, from the instants that the read model keeps, by the rules in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.base import Instant
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import NOTHING_FOUND, RulesOf, Why, stuck
from marshrut.ports import Counted, StuckFilter, StuckPage, StuckRow
from marshrut.store.causes import Judge, items
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.faults import any_failing, found_of
from marshrut.store.tables import cases

_BY_RANK: Cursor[tuple[Instant, Whole, str]] = Cursor("stuck", tuple[Instant, Whole, str])


class SqlStuck:
    """What does not move, from the read model (port `StuckList`). `zones`: each hospital's; `rules`: in force."""

    def __init__(self, db: Database, zones: Mapping[str, tzinfo], rules: RulesOf) -> None:
        self._db = db
        self._zones = zones
        self._rules = rules
        self._judge = Judge(rules, zones)

    async def stuck(self, which: StuckFilter, now: datetime, *, limit: int, cursor: str | None) -> StuckPage:
        """Items by rank, highest first, then by id; later pages are ranked as of the first. Raises ValueError."""
        after = _BY_RANK.read(cursor)
        as_of = now if after is None else after[0]
        async with self._db.read() as conn:
            return await self._listed(conn, which, as_of, after, limit)

    async def counts(self, which: StuckFilter, now: datetime) -> Mapping[str, Counted]:
        """By hospital how many there are, and of each cause."""
        async with self._db.read() as conn:
            found = items(self._judge, which, now, failing=await any_failing(conn))
            causes = (sa.func.sum(found.c[why]).label(why) for why in Why)
            query = sa.select(cases.c.hospital, sa.func.count().label("items"), *causes)
            query = query.join_from(found, cases, cases.c.case_id == found.c.case_id).group_by(cases.c.hospital)
            rows = (await conn.execute(query.where(*_ranked(found, which)))).mappings().all()
        return {row["hospital"]: Counted(row["items"], {why: int(row[why]) for why in Why if row[why]}) for row in rows}

    async def _listed(
        self,
        conn: AsyncConnection,
        which: StuckFilter,
        as_of: datetime,
        after: tuple[datetime, int, str] | None,
        limit: int,
    ) -> StuckPage:
        found = items(self._judge, which, as_of, failing=await any_failing(conn))
        wanted = _ranked(found, which)
        total = sa.select(sa.func.count()).select_from(found).where(*wanted)
        query = sa.select(found.c.name, found.c.case_id, found.c.rank, total.scalar_subquery().label("total"))
        query = query.where(*wanted).order_by(found.c.rank.desc(), found.c.name).limit(limit + 1)
        if after is not None:
            _, rank, name = after
            query = query.where(sa.or_(found.c.rank < rank, sa.and_(found.c.rank == rank, found.c.name > name)))
        rows = (await conn.execute(query)).all()
        count = rows[0].total if rows else await conn.scalar(total)
        held = await self._held(conn, [row.case_id for row in rows[:limit]], as_of)
        page = _BY_RANK.page(rows, limit, lambda row: held.get(row.name), lambda row: (as_of, row.rank, row.name))
        # What the rows of an earlier release call stuck and the case does not is left out until they are rebuilt.
        shown = [row for row in page.items if row is not None]
        return StuckPage(shown, page.next, as_of, count or 0)

    async def _held(self, conn: AsyncConnection, case_ids: Sequence[str], now: datetime) -> dict[str, StuckRow]:
        """Every item of these cases in full, by its name."""
        query = sa.select(cases.c.hospital, cases.c.snapshot, cases.c.last_event_at)
        failing = await found_of(conn, set(case_ids))
        found: dict[str, StuckRow] = {}
        for row in await conn.execute(query.where(cases.c.case_id.in_(set(case_ids)))):
            case = CaseState.model_validate_json(row.snapshot)
            zone, rules = self._zones.get(row.hospital, UTC), self._rules[row.hospital]
            ill = failing.get(case.case_id, NOTHING_FOUND)
            for item in stuck(case, row.last_event_at, zone, rules, now, ill):
                found[item.name] = StuckRow(case, item)
        return found


def _ranked(found: sa.CTE, which: StuckFilter) -> list[sa.ColumnElement[bool]]:
    """Items of at least the rank that is asked for."""
    return [found.c.rank >= which.min_rank] if which.min_rank else []
