"""What does not move: found and ranked by SQL, from the instants that the read model keeps, by the rules in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.base import Instant
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import NOTHING_FOUND, RulesOf, Why, stuck
from marshrut.ports import Counted, StuckFilter, StuckPage, StuckRow
from marshrut.store.causes import Judge, counted, length, ranked, shape, values
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.faults import any_failing, found_of
from marshrut.store.tables import cases

# Of the shapes of filters that were asked for last the statements are kept.
KEPT = 256

_BY_RANK: Cursor[tuple[Instant, Whole, str]] = Cursor("stuck", tuple[Instant, Whole, str])


@lru_cache(maxsize=KEPT)
def _page(judge: Judge, which: StuckFilter, *, first: bool, failing: bool) -> sa.Select[Any]:
    """The `most` items that come first, or after the one of that `rank` and `name`."""
    found = ranked(judge, which, failing=failing)
    query = sa.select(found.c.name, found.c.case_id, found.c.rank)
    if which.min_rank:
        query = query.where(found.c.rank >= which.min_rank)
    if not first:
        rank, name = sa.bindparam("rank", type_=sa.BigInteger), sa.bindparam("name", type_=sa.Text)
        query = query.where(sa.or_(found.c.rank < rank, sa.and_(found.c.rank == rank, found.c.name > name)))
    return query.order_by(found.c.rank.desc(), found.c.name).limit(sa.bindparam("most", type_=sa.Integer))


@lru_cache(maxsize=KEPT)
def _counts(judge: Judge, which: StuckFilter, *, failing: bool) -> sa.Select[Any]:
    """By hospital the items, and those by each cause."""
    found = counted(judge, which, failing=failing)
    causes = (sa.func.sum(found.c[why]).label(why) for why in Why)
    query = sa.select(found.c.hospital, sa.func.count().label("items"), *causes).group_by(found.c.hospital)
    return query.where(found.c.rank >= which.min_rank) if which.min_rank else query


_length = lru_cache(maxsize=KEPT)(length)


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
        as_of, rank, name = (now, None, None) if after is None else after
        built, bound = shape(which), values(which, as_of)
        async with self._db.read() as conn:
            failing = await any_failing(conn)
            query = _page(self._judge, built, first=after is None, failing=failing)
            rows = (await conn.execute(query, bound | {"most": limit + 1, "rank": rank, "name": name})).all()
            count = await conn.scalar(_length(self._judge, built, failing=failing), bound)
            held = await self._held(conn, [row.case_id for row in rows[:limit]], as_of)
        page = _BY_RANK.page(rows, limit, lambda row: held.get(row.name), lambda row: (as_of, row.rank, row.name))
        # What the rows of an earlier release call stuck and the case does not is left out until they are rebuilt.
        shown = [row for row in page.items if row is not None]
        return StuckPage(shown, page.next, as_of, int(count or 0))

    async def counts(self, which: StuckFilter, now: datetime) -> Mapping[str, Counted]:
        """By hospital how many there are, and of each cause."""
        async with self._db.read() as conn:
            query = _counts(self._judge, shape(which), failing=await any_failing(conn))
            rows = (await conn.execute(query, values(which, now))).mappings().all()
        return {row["hospital"]: Counted(row["items"], {why: int(row[why]) for why in Why if row[why]}) for row in rows}

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
