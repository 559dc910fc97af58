"""The inbox in numbers: what stands in it now, and what arrived in a period, counted by SQL alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.ports import (
    Arrivals,
    CommandState,
    FaultCount,
    Flow,
    MessageFilter,
    Sight,
    SourceCount,
    Wait,
    Waiting,
)
from marshrut.store.statements import ticked
from marshrut.store.tables import DISCARDED, FAILED, HELD, MESSAGES, PARKED, PENDING, REPEATED, commands
from marshrut.store.types import ticks

# Whose rows are few among many: found by indexes that hold no others.
_FEW = {
    CommandState.PARKED: PARKED,
    CommandState.DISCARDED: DISCARDED,
    CommandState.HELD: HELD,
    CommandState.PENDING: PENDING,
}
_FAILED = frozenset({CommandState.REJECTED, CommandState.EXPIRED})
_MOST_SOURCES = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = ticks(timedelta(seconds=1))

# As SQL has it, or as the text by which a partial index is found.
Condition = Any


def in_sight(sight: Sight) -> sa.ColumnElement[bool]:
    """Which messages somebody may see."""
    if sight.hospitals is None:
        return sa.true()
    sent = sa.and_(commands.c.actor == sight.sender.user, commands.c.role == sight.sender.role)
    return sa.or_(commands.c.hospital.in_(sight.hospitals), sent)


def narrowed(which: MessageFilter) -> list[Condition]:
    """Which messages are meant."""
    conditions = [*_wherever(which)]
    if which.states:
        # A partial index is found by its own words.
        few = [_FEW[state] for state in which.states if state in _FEW] if len(which.states) == 1 else []
        failed = [FAILED] if _FAILED.issuperset(which.states) else []
        conditions += [*few, *failed, commands.c.state.in_(which.states)]
    if which.code is not None:
        conditions.append(commands.c.code == which.code)
    if which.repeated:
        conditions.append(REPEATED)
    return [*conditions, *_in_period(which)]


def _wherever(which: MessageFilter) -> list[Condition]:
    wanted = {name: getattr(which, name) for name in ("source", "hospital")}
    return [in_sight(which.sight), *(commands.c[name] == value for name, value in wanted.items() if value is not None)]


def _in_period(which: MessageFilter) -> list[Condition]:
    received = commands.c.received_at
    since = [] if which.since is None else [received >= which.since]
    return since if which.until is None else [*since, received < which.until]


async def waiting(conn: AsyncConnection, which: MessageFilter) -> Waiting:
    """What stands in the inbox now, of these sources and hospitals."""
    counts: dict[CommandState, int] = {}
    oldest: dict[CommandState, datetime] = {}
    received = commands.c.received_at
    for state, stands in _FEW.items():
        asked = sa.select(sa.func.count(), sa.func.min(received, type_=received.type))
        count, first = (await conn.execute(asked.where(stands, MESSAGES, *_wherever(which)))).one()
        counts[state] = count
        if first is not None:
            oldest[state] = first
    by_fault = (
        sa.select(
            commands.c.code,
            sa.func.count(),
            sa.func.min(received, type_=received.type),
            sa.func.max(received, type_=received.type),
        )
        .where(PARKED, *_wherever(which))
        .group_by(commands.c.code)
        .order_by(sa.func.count().desc(), commands.c.code)
    )
    faults = tuple(FaultCount(*row) for row in (await conn.execute(by_fault)).all())
    return Waiting(counts, oldest, faults)


async def flow(conn: AsyncConnection, which: MessageFilter, stretch: timedelta, offset: timedelta) -> Flow:
    """What arrived in a period."""
    arrived = [MESSAGES, *_wherever(which), *_in_period(which)]
    width, shift = ticks(stretch), ticks(offset)
    # Whole numbers, so that both databases cut a day alike.
    number = (ticked(commands.c.received_at) + shift) // width
    by_stretch = sa.select(number.label("stretch"), commands.c.state, sa.func.count().label("many")).where(*arrived)
    by_stretch = by_stretch.group_by(sa.text("stretch"), commands.c.state)
    states: dict[int, dict[CommandState, int]] = defaultdict(dict)
    for row in (await conn.execute(by_stretch)).all():
        states[int(row.stretch)][CommandState(row.state)] = row.many
    sources = await _sources(conn, arrived)
    waits = await _waits(conn, arrived, number)
    whole = await _waits(conn, arrived, sa.literal(0))
    again = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(commands.c.repeats), 0)).where(REPEATED, *arrived)
    repeated, repeats = (await conn.execute(again)).one()
    return Flow(
        states=_sum(states),
        repeated=int(repeated),
        repeats=int(repeats),
        wait=whole.get(0),
        stretches=tuple(
            Arrivals(_EPOCH + timedelta(microseconds=each * width - shift), states[each], waits.get(each))
            for each in sorted(states)
        ),
        sources=sources,
    )


def _sum(counts: Mapping[int, Mapping[CommandState, int]]) -> dict[CommandState, int]:
    total: Counter[CommandState] = Counter()
    for each in counts.values():
        total.update(each)
    return dict(total)


async def _sources(conn: AsyncConnection, arrived: list[Condition]) -> tuple[SourceCount, ...]:
    received = commands.c.received_at
    key = (commands.c.source, commands.c.hospital)
    asked = sa.select(
        *key,
        commands.c.state,
        sa.func.count().label("many"),
        sa.func.sum(commands.c.repeats).label("repeats"),
        sa.func.max(received, type_=received.type).label("last_at"),
    )
    rows = (await conn.execute(asked.where(*arrived).group_by(*key, commands.c.state))).all()
    found: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in rows:
        found[row.source, row.hospital].append(row)
    counted = [
        SourceCount(
            source,
            hospital,
            {CommandState(row.state): row.many for row in each},
            sum(int(row.repeats) for row in each),
            max(row.last_at for row in each),
        )
        for (source, hospital), each in found.items()
    ]
    counted.sort(key=lambda each: (-sum(each.states.values()), each.source, each.hospital))
    return tuple(counted[:_MOST_SOURCES])


async def _waits(conn: AsyncConnection, arrived: list[Condition], stretch: sa.ColumnElement[Any]) -> dict[int, Wait]:
    """By stretch, how long what was applied took; by the nearest rank, as all percentiles here."""
    due = sa.func.coalesce(commands.c.released_at, commands.c.received_at, type_=commands.c.received_at.type)
    applied = (
        sa.select(stretch.label("stretch"), (ticked(commands.c.finished_at) - ticked(due)).label("took"))
        # What changed nothing, and what somebody had to mend first, says nothing of how quick we are.
        .where(
            commands.c.state == CommandState.DONE,
            commands.c.code.is_(None),
            commands.c.replayed_as.is_(None),
            commands.c.finished_at.is_not(None),
            *arrived,
        )
        .subquery()
    )
    ranked = sa.select(
        applied.c.stretch,
        applied.c.took,
        sa.func.row_number().over(partition_by=applied.c.stretch, order_by=applied.c.took).label("rank"),
        sa.func.count().over(partition_by=applied.c.stretch).label("many"),
    ).subquery()

    def percentile(percent: int) -> sa.ColumnElement[Any]:
        return sa.func.min(sa.case((ranked.c.rank * 100 >= ranked.c.many * percent, ranked.c.took)))

    asked = sa.select(
        ranked.c.stretch,
        sa.func.max(ranked.c.many),
        percentile(50),
        percentile(95),
        sa.func.max(ranked.c.took),
    ).group_by(ranked.c.stretch)
    return {
        int(each): Wait(int(many), *(max(0.0, float(took) / _SECOND) for took in took_s))
        for each, many, *took_s in (await conn.execute(asked)).all()
    }
