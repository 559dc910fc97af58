"""What does not move: found by the instants that the read model keeps, and ranked, by the rules in force."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.base import Instant
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import (
    CAUSES_OF_A_CASE,
    NOTHING_FOUND,
    Found,
    RulesOf,
    Stuck,
    StuckRules,
    Why,
    day_ends,
    holding,
    rank,
    stuck,
)
from marshrut.domain.watching import Ill
from marshrut.ports import Counted, StuckFilter, StuckPage, StuckRow
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.projection import Standing
from marshrut.store.queries import assigned, equal
from marshrut.store.tables import STANDS, cases, findings, steps
from marshrut.store.watch import NO_CASE

# One look ranks no more steps and no more cases than this: those that have been stuck longest.
WINDOW = 10_000

_BY_RANK: Cursor[tuple[Instant, Whole, str]] = Cursor("stuck", tuple[Instant, Whole, str])
_OF_CASE = (cases.c.ready_at, cases.c.quiet_since)
_OF_STEP = (
    steps.c.late_at,
    steps.c.unowned_at,
    steps.c.escalated_at,
    steps.c.blocked_since,
    steps.c.blocked_until,
)
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
# What the watchdog found; it finds little, or everything fails.
_FOUND = sa.select(findings.c.case_id, findings.c.code, findings.c.since).where(STANDS, findings.c.case_id != NO_CASE)
_FAILING = cases.c.case_id.in_(sa.select(_FOUND.subquery().c.case_id))

ByCase = Mapping[str, Found]


@dataclass(frozen=True, slots=True)
class _Place:
    """An item's place in the list."""

    rank: int
    name: str
    case_id: str
    hospital: str
    held: frozenset[Why]

    @property
    def key(self) -> tuple[int, str]:
        return (-self.rank, self.name)


class SqlStuck:
    """What does not move, from the read model (port `StuckList`). `zones`: each hospital's; `rules`: in force."""

    def __init__(self, db: Database, zones: Mapping[str, tzinfo], rules: RulesOf, *, window: int = WINDOW) -> None:
        self._db = db
        self._zones = zones
        self._rules = rules
        self._window = window

    async def stuck(self, which: StuckFilter, now: datetime, *, limit: int, cursor: str | None) -> StuckPage:
        """Items by rank, highest first, then by id; later pages are ranked as of the first. Raises ValueError."""
        after = _BY_RANK.read(cursor)
        as_of = now if after is None else after[0]
        async with self._db.read() as conn:
            failing = await _failing(conn)
            found, complete = await self._found(conn, which, as_of, failing, self._window)
            places = sorted(found, key=lambda place: place.key)
            start = None if after is None else (-after[1], after[2])
            rest = [place for place in places if start is None or place.key > start][: limit + 1]
            held = await self._held(conn, [place.case_id for place in rest[:limit]], as_of, failing)
        page = _BY_RANK.page(rest, limit, lambda place: held[place.name], lambda place: (as_of, place.rank, place.name))
        return StuckPage(page.items, page.next, as_of, len(places), complete)

    async def counts(self, which: StuckFilter, now: datetime) -> Mapping[str, Counted]:
        """By hospital how many items there are, and of each cause; whatever one look can rank, all are counted."""
        async with self._db.read() as conn:
            found, _ = await self._found(conn, which, now, await _failing(conn), None)
        counted: dict[str, Counted] = {}
        for place in found:
            known = counted.get(place.hospital, Counted())
            by_cause = {**known.causes, **{why: known.causes.get(why, 0) + 1 for why in place.held}}
            counted[place.hospital] = Counted(known.items + 1, by_cause)
        return counted

    async def _found(
        self, conn: AsyncConnection, which: StuckFilter, now: datetime, failing: ByCase, window: int | None
    ) -> tuple[list[_Place], bool]:
        on = [cases.c.state == Standing.OPEN, *_step_conditions(which)]
        looks = [_STEPS.where(steps.c.stuck_at < now, *on).order_by(steps.c.stuck_at, steps.c.step_id)]
        looks += [
            _STEPS.where(*long_ago, *on).order_by(steps.c.blocked_since, steps.c.step_id)
            for long_ago in self._longer_ago(steps, steps.c.blocked_since, lambda rules: rules.blocked_too_long, now)
        ]
        found, complete = await self._looked(conn, looks, which, now, failing, window)
        if which.track is not None or which.role is not None or which.assignee is not None:
            return found, complete
        on = _scope(which, cases)
        looks = [_CASES.where(cases.c.ready_at < now, *on).order_by(cases.c.ready_at, cases.c.case_id)]
        looks += [
            _CASES.where(*long_ago, *on).order_by(cases.c.quiet_since, cases.c.case_id)
            for long_ago in self._longer_ago(cases, cases.c.quiet_since, lambda rules: rules.silent_after, now)
        ]
        looks.append(_CASES.where(_FAILING, cases.c.state != Standing.CLOSED, *on).order_by(cases.c.case_id))
        more, all_of_them = await self._looked(conn, looks, which, now, failing, window)
        return [*found, *more], complete and all_of_them

    def _longer_ago(
        self, table: sa.Table, column: sa.Column[Any], term: Callable[[StuckRules], timedelta], now: datetime
    ) -> Iterator[list[sa.ColumnElement[bool]]]:
        """Conditions for what lies further back than a term of the rules: a look for each term that is in force."""
        common = term(self._rules.common)
        own = {name: term(rules) for name, rules in self._rules.own.items() if term(rules) != common}
        yield [column < now - common, table.c.hospital.not_in(own)]
        for each in sorted(set(own.values())):
            yield [column < now - each, table.c.hospital.in_([name for name, theirs in own.items() if theirs == each])]

    async def _looked(  # noqa: PLR0913, PLR0917 - what is looked for, and how far
        self,
        conn: AsyncConnection,
        looks: Sequence[sa.Select[Any]],
        which: StuckFilter,
        now: datetime,
        failing: ByCase,
        window: int | None,
    ) -> tuple[list[_Place], bool]:
        """What the looks find, each thing once; not complete when there is more than the window shows."""
        rows: dict[str, Any] = {}
        for look in looks:
            bounded = look if window is None else look.limit(window + 1)
            rows.update({row.name: row for row in await conn.execute(bounded)})
        if window is None or len(rows) <= window:
            return list(self._places(rows.values(), which, now, failing)), True
        longest = sorted(rows.values(), key=lambda row: (self._first(row, failing), row.name))
        return list(self._places(longest[:window], which, now, failing)), False

    def _places(self, rows: Iterable[Any], which: StuckFilter, now: datetime, failing: ByCase) -> Iterator[_Place]:
        for row in rows:
            onsets = self._onsets(row, failing)
            held = holding(onsets, now)
            # A patient who became ready today is among the rows and not delayed yet.
            if not held or (which.why is not None and which.why not in held):
                continue
            mandatory, statutory = getattr(row, "mandatory", False), getattr(row, "statutory", False)
            rules = self._rules[row.hospital]
            weight = rank(onsets, now, rules, is_mandatory=mandatory, is_statutory=statutory)
            if weight >= which.min_rank:
                yield _Place(weight, row.name, row.case_id, row.hospital, held)

    def _first(self, row: Any, failing: ByCase) -> datetime:
        """Since when the step or, in a row without one, the case is stuck by a cause of its own."""
        step = hasattr(row, "late_at")
        return min(onset for why, onset in self._onsets(row, failing).items() if (why in CAUSES_OF_A_CASE) is not step)

    def _onsets(self, row: Any, failing: ByCase) -> dict[Why, datetime]:
        rules, blocked_since = self._rules[row.hospital], getattr(row, "blocked_since", None)
        onsets = {
            Why.OVERDUE: getattr(row, "late_at", None),
            Why.UNOWNED: getattr(row, "unowned_at", None),
            Why.BLOCKED: blocked_since and rules.blocked_from(blocked_since, row.blocked_until),
            Why.ESCALATED: getattr(row, "escalated_at", None),
            Why.MEDICALLY_READY: row.ready_at and day_ends(row.ready_at, self._zone(row.hospital)),
            Why.SILENT: row.quiet_since and row.quiet_since + rules.silent_after,
            Why.TECHNICAL: min(failing.get(row.case_id, NOTHING_FOUND).values(), default=None),
        }
        return {why: onset for why, onset in onsets.items() if onset is not None}

    async def _held(
        self, conn: AsyncConnection, case_ids: Sequence[str], now: datetime, failing: ByCase
    ) -> dict[str, StuckRow]:
        """Every item of these cases in full, by its name."""
        query = sa.select(cases.c.hospital, cases.c.snapshot, cases.c.last_event_at)
        found: dict[str, StuckRow] = {}
        for row in await conn.execute(query.where(cases.c.case_id.in_(set(case_ids)))):
            case = CaseState.model_validate_json(row.snapshot)
            for item in self._items(case, row, now, failing.get(case.case_id, NOTHING_FOUND)):
                found[item.name] = StuckRow(case, item)
        return found

    def _items(self, case: CaseState, row: Any, now: datetime, found: Found) -> tuple[Stuck, ...]:
        return stuck(case, row.last_event_at, self._zone(row.hospital), self._rules[row.hospital], now, found)

    def _zone(self, hospital: str) -> tzinfo:
        return self._zones.get(hospital, UTC)


async def _failing(conn: AsyncConnection) -> dict[str, dict[Ill, datetime]]:
    """What the watchdog found and stands, by case."""
    found: dict[str, dict[Ill, datetime]] = {}
    for row in await conn.execute(_FOUND):
        found.setdefault(row.case_id, {})[Ill(row.code)] = row.since
    return found


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
