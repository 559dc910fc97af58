"""The inbox in numbers, on both databases: cut into hours alike, percentiles by the nearest rank, by few rows only."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import CommandState, Doing, Format, Intent, MessageFilter, Sight, Wait, WhyDiscarded
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.inbox import SqlInbox
from marshrut.store.tables import commands as table
from tests.store.plans import plan_of
from tests.store.stories import HOSPITAL, NOON, fresh_id, message, short_story

EVERYTHING = Sight(None, HOSPITAL)
OLGA = Actor(user="olga", role=Role.SUPERVISOR)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PARKED, DONE = CommandState.PARKED, CommandState.DONE


async def arrive(db: Database, at: datetime = NOON, **changes: Any) -> Intent:
    """A parked message, or another, that arrived then."""
    told = message("c", state=PARKED, code="bad_time", fingerprint=fresh_id("body"), format=Format.HL7V2)
    told = replace(told, **{"case_id": None, **changes})
    await SqlCommands(db, clock=lambda: at).intend(told, owner="a", lease_s=0)
    return told


async def applied(db: Database, at: datetime, took_s: float, **changes: Any) -> Intent:
    """A message that was applied so long after it had arrived."""
    told = await arrive(db, at, state=CommandState.PENDING, code=None, key=fresh_id("key"), case_id="c", **changes)
    done = table.update().where(table.c.id == told.id)
    async with db.write() as conn:
        await conn.execute(done.values(state=DONE, finished_at=at + timedelta(seconds=took_s)))
    return told


async def test_arrivals_are_cut_into_hours_and_local_days(db: Database) -> None:
    """Each message in the hour in which it came, in the day that it was there; what nobody sent is left out."""
    inbox = SqlInbox(db)
    first = datetime(2026, 3, 12, 20, 59, 59, 999999, tzinfo=UTC)
    for at in (first, first + timedelta(microseconds=1), first + 3 * HOUR):
        await arrive(db, at)
    await applied(db, first, 2.5)
    which = MessageFilter(EVERYTHING, since=first - DAY, until=first + DAY)
    hours = await inbox.flow(which, stretch=HOUR, offset=3 * HOUR)
    began = first.replace(minute=0, second=0, microsecond=0)
    assert {each.since: dict(each.states) for each in hours.stretches} == {
        began: {PARKED: 1, DONE: 1}, began + HOUR: {PARKED: 1}, began + 3 * HOUR: {PARKED: 1}
    }  # fmt: skip
    assert hours.states == {PARKED: 3, DONE: 1}
    days = await inbox.flow(which, stretch=DAY, offset=3 * HOUR)  # midnight in Moscow is 21:00
    midnight = datetime(2026, 3, 12, 21, tzinfo=UTC)
    assert {each.since: sum(each.states.values()) for each in days.stretches} == {midnight - DAY: 2, midnight: 2}
    ended = replace(which, until=first)
    assert (await inbox.flow(ended, stretch=HOUR, offset=0 * HOUR)).states == {}


async def test_how_long_it_took_is_told_by_the_nearest_rank(db: Database) -> None:
    """Half and 95 per cent of what was applied; what changed nothing, or had to be mended first, is left out."""
    inbox = SqlInbox(db)
    for took in range(1, 21):
        await applied(db, NOON, took)
    await applied(db, NOON + HOUR, 0.25)
    for more in ({"code": "not_emergency"}, {"replayed_as": "later"}):
        other = await applied(db, NOON, 900)
        async with db.write() as conn:
            await conn.execute(table.update().where(table.c.id == other.id).values(**more))
    which = MessageFilter(EVERYTHING, since=NOON - HOUR, until=NOON + DAY)
    flow = await inbox.flow(which, stretch=HOUR, offset=0 * HOUR)
    assert [each.wait for each in flow.stretches] == [Wait(20, 10, 19, 20), Wait(1, 0.25, 0.25, 0.25)]
    assert flow.wait == Wait(21, 10, 19, 20)


async def test_what_was_held_is_counted_from_its_case(db: Database) -> None:
    """A message that waited for its admission was not slow: it is due since the case opened."""
    commands = SqlCommands(db, clock=lambda: NOON - 5 * HOUR)
    held = message("c", state=CommandState.HELD, key="held", fingerprint="f", format=Format.HL7V2)
    await commands.intend(held, owner="a", lease_s=0)
    opening = message("c", key="opening", fingerprint="g", format=Format.HL7V2)
    late = SqlCommands(db, clock=lambda: NOON)
    await late.intend(opening, owner="a", lease_s=0)
    await late.commit(opening.id, short_story("c"))
    async with db.read() as conn:
        row = (await conn.execute(sa.select(table).where(table.c.id == held.id))).one()
    opened = NOON + timedelta(minutes=1)  # as the story tells
    assert (row.state, row.released_at) == ("pending", opened)
    await SqlCommands(db, clock=lambda: opened + timedelta(seconds=2)).commit(held.id, ())
    which = MessageFilter(EVERYTHING, since=NOON - DAY, until=NOON - HOUR)
    assert (await SqlInbox(db).flow(which, stretch=DAY, offset=0 * HOUR)).wait == Wait(1, 2, 2, 2)


async def test_what_stands_in_the_inbox_is_counted_whenever_it_came(db: Database) -> None:
    """By state with the oldest of each, by fault with the first and last; sight and filters narrow both."""
    inbox = SqlInbox(db)
    old = await arrive(db, NOON - 400 * DAY)
    await arrive(db, NOON, code="unparsable", hospital="h2", source="other")
    await arrive(db, NOON + HOUR)
    aside = await arrive(db, NOON)
    assert await inbox.discard(aside.id, WhyDiscarded.TEST, None, OLGA)
    told = await inbox.waiting(MessageFilter(EVERYTHING))
    assert told.counts == {PARKED: 3, CommandState.DISCARDED: 1, CommandState.HELD: 0, CommandState.PENDING: 0}
    assert told.oldest == {PARKED: NOON - 400 * DAY, CommandState.DISCARDED: NOON}
    assert [(each.code, each.count, each.oldest_at, each.newest_at) for each in told.faults] == [
        ("bad_time", 2, NOON - 400 * DAY, NOON + HOUR), ("unparsable", 1, NOON, NOON)
    ]  # fmt: skip
    assert (await inbox.waiting(MessageFilter(EVERYTHING, hospital="h2"))).counts[PARKED] == 1
    assert (await inbox.waiting(MessageFilter(EVERYTHING, source="other"))).counts[PARKED] == 1
    assert (await inbox.waiting(MessageFilter(Sight(frozenset({"h2"}), OLGA)))).counts[PARKED] == 1
    assert await inbox.message(old.id, EVERYTHING) is not None


async def test_of_two_who_put_a_message_aside_one_does(db: Database) -> None:
    """What is not parked is not put aside; what is not put aside is not taken back; each act is written once."""
    inbox = SqlInbox(db, clock=lambda: NOON)
    told = await arrive(db)
    assert [await inbox.discard(told.id, WhyDiscarded.OTHER, b"sealed", OLGA) for _ in range(2)] == [True, False]
    assert [await inbox.restore(told.id, OLGA) for _ in range(2)] == [True, False]
    found = (await inbox.acts([told.id, "nobody"]))[told.id]
    assert [(each.act, each.at, each.by, each.code, each.note) for each in found] == [
        (Doing.DISCARDED, NOON, OLGA, "other", b"sealed"), (Doing.RESTORED, NOON, OLGA, None, None)
    ]  # fmt: skip


async def test_one_is_not_taken_back_beside_its_repetition(db: Database) -> None:
    """If the same message was parked anew meanwhile, the old one stays aside: no message waits twice."""
    inbox, told = SqlInbox(db), await arrive(db)
    assert await inbox.discard(told.id, WhyDiscarded.TEST, None, OLGA)
    twin = await arrive(db)
    async with db.write() as conn:
        await conn.execute(table.update().where(table.c.id == twin.id).values(fingerprint=told.fingerprint))
    assert not await inbox.restore(told.id, OLGA)


@pytest.mark.parametrize(
    ("which", "index"),
    [
        ({"states": (PARKED,)}, "commands_parked_number"),
        ({"states": (CommandState.DISCARDED,)}, "commands_discarded"),
        ({"states": (CommandState.REJECTED, CommandState.EXPIRED)}, "commands_failed"),
        ({"repeated": True}, "commands_repeated"),
    ],
    ids=str,
)
async def test_a_list_of_few_messages_walks_no_others(db: Database, which: dict[str, Any], index: str) -> None:
    """However many messages were taken, those that were not are found by an index that holds no others."""
    inbox = SqlInbox(db)
    await arrive(db)
    plan = await plan_of(
        db, lambda: inbox.messages(MessageFilter(EVERYTHING, **which), limit=9, cursor=None), empty=True
    )
    assert [each.index for each in plan.accesses] == [index], plan.text
