"""What does not move: found by the onsets that the read model keeps, ranked as the domain says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.base import Instant
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import Stuck, Why, day_ends, holding, rank, stuck
from marshrut.ports import StuckFilter, StuckPage, StuckRow
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.projection import Standing
from marshrut.store.queries import assigned, equal
from marshrut.store.tables import cases, steps

# One look ranks no more steps and no more cases than this: those that have been stuck longest.
WINDOW = 10_000

_BY_RANK: Cursor[tuple[Instant, Whole, str]] = Cursor("stuck", tuple[Instant, Whole, str])
_OF_CASE = (cases.c.ready_at, cases.c.silent_at)
_OF_STEP = (steps.c.late_at, steps.c.unowned_at, steps.c.blocked_at, steps.c.escalated_at)
_STEPS = sa.select(
    steps.c.step_id.label("name"),
    steps.c.case_id,
    steps.c.hospital,
    steps.c.mandatory,
    steps.c.statutory,
    *_OF_STEP,
    *_OF_CASE,
).join(cases, cases.c.case_id == steps.c.case_id)
_CASES = sa.select(cases.c.case_id.label("name"), cases.c.case_id, cases.c.hospital, *_OF_CASE)


@dataclass(frozen=True, slots=True)
class _Place:
    """An item's place in the list."""

    rank: int
    name: str
    case_id: str

    @property
    def key(self) -> tuple[int, str]:
        return (-self.rank, self.name)


class SqlStuck:
    """What does not move, from the read model (port `StuckList`). `zones`: each hospital's."""

    def __init__(self, db: Database, zones: Mapping[str, tzinfo], *, window: int = WINDOW) -> None:
        self._db = db
        self._zones = zones
        self._window = window

    async def stuck(self, which: StuckFilter, now: datetime, *, limit: int, cursor: str | None) -> StuckPage:
        """Items by rank, highest first, then by id; later pages are ranked as of the first. Raises ValueError."""
        after = _BY_RANK.read(cursor)
        as_of = now if after is None else after[0]
        async with self._db.read() as conn:
            found, complete = await self._found(conn, which, as_of)
            places = sorted(found, key=lambda place: place.key)
            start = None if after is None else (-after[1], after[2])
            rest = [place for place in places if start is None or place.key > start][: limit + 1]
            held = await self._held(conn, [place.case_id for place in rest[:limit]], as_of)
        page = _BY_RANK.page(rest, limit, lambda place: held[place.name], lambda place: (as_of, place.rank, place.name))
        return StuckPage(page.items, page.next, as_of, len(places), complete)

    async def _found(self, conn: AsyncConnection, which: StuckFilter, now: datetime) -> tuple[list[_Place], bool]:
        most = self._window
        wanted = [steps.c.stuck_at < now, cases.c.state == Standing.OPEN, *_step_conditions(which)]
        query = _STEPS.where(*wanted).order_by(steps.c.stuck_at, steps.c.step_id).limit(most + 1)
        late = (await conn.execute(query)).all()
        quiet: Sequence[Any] = ()
        if which.track is None and which.role is None and which.assignee is None:
            wanted = [cases.c.stuck_at < now, *_scope(which, cases)]
            ordered = _CASES.where(*wanted).order_by(cases.c.stuck_at, cases.c.case_id)
            quiet = (await conn.execute(ordered.limit(most + 1))).all()
        complete = len(late) <= most and len(quiet) <= most
        places = [*self._places(late[:most], which, now), *self._places(quiet[:most], which, now)]
        return places, complete

    def _places(self, rows: Sequence[Any], which: StuckFilter, now: datetime) -> Iterator[_Place]:
        for row in rows:
            onsets = self._onsets(row)
            held = holding(onsets, now)
            # A patient who became ready today is among the rows and not delayed yet.
            if not held or (which.why is not None and which.why not in held):
                continue
            mandatory, statutory = getattr(row, "mandatory", False), getattr(row, "statutory", False)
            place = _Place(rank(onsets, now, is_mandatory=mandatory, is_statutory=statutory), row.name, row.case_id)
            if place.rank >= which.min_rank:
                yield place

    def _onsets(self, row: Any) -> dict[Why, datetime]:
        ready_at = row.ready_at and day_ends(row.ready_at, self._zone(row.hospital))
        onsets = {
            Why.OVERDUE: getattr(row, "late_at", None),
            Why.UNOWNED: getattr(row, "unowned_at", None),
            Why.BLOCKED: getattr(row, "blocked_at", None),
            Why.ESCALATED: getattr(row, "escalated_at", None),
            Why.MEDICALLY_READY: ready_at,
            Why.SILENT: row.silent_at,
        }
        return {why: onset for why, onset in onsets.items() if onset is not None}

    async def _held(self, conn: AsyncConnection, case_ids: Sequence[str], now: datetime) -> dict[str, StuckRow]:
        """Every item of these cases in full, by its name."""
        query = sa.select(cases.c.hospital, cases.c.snapshot, cases.c.last_event_at)
        found: dict[str, StuckRow] = {}
        for row in await conn.execute(query.where(cases.c.case_id.in_(set(case_ids)))):
            case = CaseState.model_validate_json(row.snapshot)
            for item in self._items(case, row, now):
                found[item.name] = StuckRow(case, item)
        return found

    def _items(self, case: CaseState, row: Any, now: datetime) -> tuple[Stuck, ...]:
        return stuck(case, row.last_event_at, self._zone(row.hospital), now)

    def _zone(self, hospital: str) -> tzinfo:
        return self._zones.get(hospital, UTC)


def _scope(which: StuckFilter, table: sa.Table) -> list[sa.ColumnElement[bool]]:
    conditions = equal({table.c.hospital: which.hospital})
    if which.hospitals is not None:
        conditions.append(table.c.hospital.in_(which.hospitals))
    return conditions


def _step_conditions(which: StuckFilter) -> list[sa.ColumnElement[bool]]:
    conditions = [*_scope(which, steps), *equal({steps.c.track: which.track, steps.c.role: which.role})]
    if which.assignee is not None:
        conditions.append(assigned(which.assignee))
    return conditions
