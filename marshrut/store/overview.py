"""Open work in numbers: the same conditions as of the lists, counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.overview import BANDS, Cell, Count, Picture, TrackAges, Work, place
from marshrut.domain.stuck import RulesOf, Why
from marshrut.ports import Area, StuckFilter
from marshrut.store.causes import Judge, counted, shape, values
from marshrut.store.database import Database
from marshrut.store.faults import any_failing
from marshrut.store.filters import equal, here, in_ward, late, soon
from marshrut.store.guarding import seen
from marshrut.store.stuck import KEPT
from marshrut.store.tables import ALIVE_CASES, LIVE, cases, steps

PERCENTS = (50, 90)
UNITS = ("items", "steps", "cases")


class SqlOverview:
    """Open work in numbers (port `Overview`). `zones`: each hospital's; `rules`: in force."""

    def __init__(self, db: Database, zones: Mapping[str, tzinfo], rules: RulesOf) -> None:
        self._db = db
        self._judge = Judge(rules, zones)

    async def picture(self, area: Area, now: datetime) -> Picture:
        """What is open, how old it is, and what of it is stuck by which cause."""
        async with self._db.read() as conn:
            stuck, causes = await self._counted(conn, area, now)
            alive = sa.select(sa.func.count()).select_from(cases).where(ALIVE_CASES, *_of_cases(area))
            open_cases = await conn.scalar(alive) or 0
            tracks = await _ages(conn, area, now)
        return Picture(now, open_cases, stuck, causes, tracks)

    async def workload(self, area: Area, now: datetime) -> Mapping[str | None, Work]:
        """What each user has; under None what nobody has. Whoever has nothing is not there."""
        counts = _counts(late=late(now), soon=soon(now))
        to_do = _live(area, steps.c.assignee, *counts, leads=True).group_by(steps.c.assignee)
        owned = sa.select(cases.c.owner, sa.func.count().label("cases")).where(ALIVE_CASES, *_of_cases(area))
        async with self._db.read() as conn:
            has = {row.assignee: row for row in await conn.execute(to_do)}
            answers = {row.owner: row.cases for row in await conn.execute(owned.group_by(cases.c.owner))}
        found: dict[str | None, Work] = {}
        for user in has.keys() | answers.keys():
            row = has.get(user)
            steps_of = (0, 0, 0) if row is None else (row.steps, row.late, row.soon)
            found[user] = Work(answers.get(user, 0), *steps_of)
        return found

    async def _counted(self, conn: AsyncConnection, area: Area, now: datetime) -> tuple[Count, Mapping[Why, Count]]:
        """All that is stuck, and what is by each cause."""
        which = StuckFilter(area.hospitals, area.who, hospital=area.hospital, ward=area.ward)
        query = _counting(self._judge, shape(which), failing=await any_failing(conn))
        row = (await conn.execute(query, values(which, now))).mappings().one()
        counts = {name: Count(*(int(row[f"{name}_{unit}"] or 0) for unit in UNITS)) for name in ("all", *Why)}
        return counts["all"], {why: counts[why] for why in Why}


@lru_cache(maxsize=KEPT)
def _counting(judge: Judge, which: StuckFilter, *, failing: bool) -> sa.Select[Any]:
    """Of all that is stuck and of each cause, how many items, steps and cases."""
    found = counted(judge, which, failing=failing)
    wanted: Mapping[str, sa.ColumnElement[bool]] = {"all": sa.true(), **{why: found.c[why] == 1 for why in Why}}
    units = sa.func.count(), sa.func.sum(found.c.is_step), sa.func.count(found.c.case_id.distinct())
    columns = [
        number.filter(flag).label(f"{name}_{unit}")
        for name, flag in wanted.items()
        for unit, number in zip(UNITS, units, strict=True)
    ]
    return sa.select(*columns).select_from(found)


async def _ages(conn: AsyncConnection, area: Area, now: datetime) -> Sequence[TrackAges]:
    """Tracks with open work, by their names."""
    limits = [
        (steps.c.opened_at >= start, number) for number, each in enumerate(BANDS) if (start := each.opened_from(now))
    ]
    band = sa.case(*limits, else_=len(BANDS) - 1).label("band")
    grouped = _live(area, steps.c.track, band, *_counts(late=late(now))).group_by(steps.c.track, band)
    cells: dict[str, list[Cell]] = defaultdict(lambda: [Cell()] * len(BANDS))
    for row in await conn.execute(grouped):
        cells[row.track][row.band] = Cell(row.steps, row.late)
    # From the youngest to the oldest, as percentiles count.
    number = sa.func.row_number().over(partition_by=steps.c.track, order_by=steps.c.opened_at.desc())
    aged = _live(area, steps.c.track, steps.c.opened_at, number.label("number")).subquery()
    sizes = {track: sum(each.steps for each in row) for track, row in cells.items()}
    places = sorted({place(size, percent) for size in sizes.values() for percent in PERCENTS})
    ages = {}
    for row in await conn.execute(sa.select(aged).where(aged.c.number.in_(places))):
        ages[row.track, row.number] = now - row.opened_at
    return [
        TrackAges(track, cells[track], *(ages[track, place(sizes[track], percent)] for percent in PERCENTS))
        for track in sorted(cells)
    ]


def _live(area: Area, *columns: Any, leads: bool = False) -> sa.Select[Any]:
    query = sa.select(*columns).select_from(steps).where(LIVE)
    query = query.where(*here(steps.c.hospital, area.hospital, area.hospitals, leads=leads))
    query = query.where(*seen(steps.c.case_id, area.who))
    return query if area.ward is None else query.where(in_ward(area.ward))


def _of_cases(area: Area) -> list[sa.ColumnElement[bool]]:
    hospital = here(cases.c.hospital, area.hospital, area.hospitals, leads=True)
    return [*hospital, *seen(cases.c.case_id, area.who), *equal({cases.c.ward: area.ward})]


def _counts(**flags: sa.ColumnElement[bool]) -> list[sa.ColumnElement[int]]:
    return [
        sa.func.count().label("steps"),
        *(sa.func.count().filter(flag).label(name) for name, flag in flags.items()),
    ]
