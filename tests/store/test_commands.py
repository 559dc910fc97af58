from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marshrut.domain.events import StepCommented
from marshrut.domain.refusal import Refused
from marshrut.ports import Commands, CommandState, JournalBehind, KeyReused
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import commands as table
from marshrut.store.types import utc_now
from tests.store.stories import NOON, PERSON, admit, event, fresh_id, intent, message, short_story


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    """Noon, until it is moved."""
    return Clock()


@pytest.fixture
def commands(db: Database, clock: Clock) -> Commands:
    """The store of commands under that clock."""
    return SqlCommands(db, clock=clock)


async def rows(db: Database) -> int:
    """How many commands there are."""
    async with db.read() as conn:
        return await conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0


async def test_an_intent_comes_back_whole(commands: Commands) -> None:
    """What was intended is read again as it was told, with its number and the time when it came."""
    told = intent(
        private=b"sealed", raw=b"MSH", occurred_at=NOON - timedelta(hours=1), not_after=NOON, details={"field": "x"}
    )
    first = await commands.intend(told, owner="a", lease_s=30)
    assert first.created
    assert first.known_seq == 0
    assert await commands.get(told.id) == first.command
    assert (first.command.body, first.command.private, first.command.received_at) == (told.body, b"sealed", NOON)
    second = await commands.intend(intent(), owner="a", lease_s=30)
    assert second.command.number > first.command.number
    assert await commands.get("nobody") is None


async def test_the_same_key_is_the_same_command(commands: Commands, db: Database) -> None:
    """An intent with a known key is answered the command that stands for it."""
    first = await commands.intend(intent(key="k"), owner="a", lease_s=30)
    again = await commands.intend(intent(key="k"), owner="b", lease_s=30)
    assert not again.created
    assert again.command == first.command
    assert await rows(db) == 1
    assert (await commands.intend(intent(key="k", source="mllp"), owner="a", lease_s=30)).created


async def test_a_key_stands_for_one_body(commands: Commands, db: Database) -> None:
    """The key of another command is refused and stores nothing."""
    await commands.intend(intent(key="k"), owner="a", lease_s=30)
    with pytest.raises(KeyReused):
        await commands.intend(intent(key="k", fingerprint="other"), owner="a", lease_s=30)
    assert await rows(db) == 1


async def test_concurrent_intents_with_one_key_are_one_row(commands: Commands, db: Database) -> None:
    """Of twenty that come at once exactly one creates the command."""
    told = await asyncio.gather(*(commands.intend(intent(key="k"), owner=f"o{n}", lease_s=30) for n in range(20)))
    assert sum(one.created for one in told) == 1
    assert len({one.command.id for one in told}) == 1
    assert await rows(db) == 1


async def test_known_seq_is_what_sql_holds(commands: Commands) -> None:
    """An intent is told how far SQL holds its case, also when it repeats an earlier one."""
    first = await commands.intend(intent("c", key="k"), owner="a", lease_s=30)
    await commands.commit(first.command.id, short_story("c", 3))
    assert (await commands.intend(intent("c"), owner="a", lease_s=30)).known_seq == 3
    assert (await commands.intend(intent("c", key="k"), owner="a", lease_s=30)).known_seq == 3


# ---- messages that cannot be taken ----------------------------------------------------------------------------------


async def test_a_broken_message_is_parked_once_however_often_it_comes(commands: Commands, db: Database) -> None:
    """Identical broken messages are one row; it is finished and nobody's turn."""
    broken = message("c", key="k", state=CommandState.PARKED, code="no_visit")
    first = await commands.intend(broken, owner="a", lease_s=30)
    for _ in range(5):
        again = await commands.intend(replace(broken, id=fresh_id("command")), owner="a", lease_s=30)
        assert (again.created, again.command) == (False, first.command)
    assert await rows(db) == 1
    assert await commands.lease_due(owner="a", lease_s=30, limit=10) == []


async def test_a_mended_message_is_taken_under_the_same_key(commands: Commands) -> None:
    """A parked message gives its key up to the one that its sender mended; two broken ones are two."""
    await commands.intend(message("c", key="k", state=CommandState.PARKED), owner="a", lease_s=0)
    worse = message("c", key="k", state=CommandState.PARKED, fingerprint="worse")
    assert (await commands.intend(worse, owner="a", lease_s=0)).created
    mended = message("c", key="k", fingerprint="mended")
    assert (await commands.intend(mended, owner="a", lease_s=0)).created
    assert [due.command.id for due in await commands.lease_due(owner="a", lease_s=30, limit=9)] == [mended.id]


async def test_a_message_once_taken_is_not_parked_when_it_comes_again(commands: Commands, db: Database) -> None:
    """The repetition of a message that was understood then is that message, whatever is thought of it now."""
    first = await commands.intend(message("c", key="k"), owner="a", lease_s=0)
    again = await commands.intend(message("c", key="k", state=CommandState.PARKED), owner="a", lease_s=0)
    assert (again.created, again.command) == (False, first.command)
    assert await rows(db) == 1


async def test_a_finished_intent_is_nobodys_turn(commands: Commands) -> None:
    """What is stored as done (screened out) is never leased, and cannot be put back or rejected."""
    done = intent(None, state=CommandState.DONE, code="not_emergency")
    await commands.intend(done, owner="a", lease_s=30)
    await commands.put_back(done.id, owner="a", delay_s=0)
    assert await commands.reject(done.id, Refused("late"), owner="a") is CommandState.DONE
    assert await commands.lease_due(owner="a", lease_s=30, limit=10) == []


# ---- leases and lanes -----------------------------------------------------------------------------------------------


async def test_a_lease_keeps_others_out_until_it_ends(commands: Commands, clock: Clock) -> None:
    """A created command is its caller's alone; after the lease another may take it over."""
    mine = await commands.intend(intent(), owner="a", lease_s=30)
    assert await commands.lease_due(owner="b", lease_s=30, limit=10) == []
    clock.pass_s(31)
    taken = await commands.lease_due(owner="b", lease_s=30, limit=10)
    assert [lease.command.id for lease in taken] == [mine.command.id]
    assert await commands.lease_due(owner="a", lease_s=30, limit=10) == []


async def test_one_that_cannot_be_read_keeps_no_other_waiting(commands: Commands, db: Database) -> None:
    """What a later release stored is left to that release's relays; the others are given out, and it is not lost."""
    told = [message(f"c{number}") for number in range(3)]
    for each in told:
        await commands.intend(each, owner="", lease_s=0)
    async with db.write() as conn:
        later = table.update().where(table.c.id == told[1].id)
        await conn.execute(later.values(type="of_tomorrow", body='{"type":"of_tomorrow"}'))
    due = await commands.lease_due(owner="a", lease_s=30, limit=9)
    assert [each.command.id for each in due] == [told[0].id, told[2].id]
    async with db.read() as conn:
        assert await conn.scalar(sa.select(table.c.state).where(table.c.id == told[1].id)) == "pending"


async def test_persons_commands_go_one_by_one(commands: Commands, clock: Clock) -> None:
    """People's commands about one case are all due at once, oldest first and at most as many as asked."""
    told = [await commands.intend(intent("c"), owner="gone", lease_s=1) for _ in range(3)]
    clock.pass_s(2)
    first = await commands.lease_due(owner="b", lease_s=30, limit=2)
    rest = await commands.lease_due(owner="c", lease_s=30, limit=2)
    assert [lease.command for lease in (*first, *rest)] == [one.command for one in told]


async def test_a_lane_keeps_its_order(commands: Commands, clock: Clock) -> None:
    """Of the messages about a case only the oldest is given out; another case does not wait for it."""
    one, two = message("c"), message("c")
    other = message("d")
    for told in (one, two, other):
        await commands.intend(told, owner="x", lease_s=0)
    assert {lease.command.id for lease in await commands.lease_due(owner="a", lease_s=300, limit=9)} == {
        one.id,
        other.id,
    }
    assert await commands.lease_due(owner="b", lease_s=30, limit=9) == []
    await commands.put_back(one.id, owner="a", delay_s=60)
    assert await commands.lease_due(owner="b", lease_s=30, limit=9) == []
    clock.pass_s(61)
    assert [due.command.id for due in await commands.lease_due(owner="b", lease_s=30, limit=9)] == [one.id]
    await commands.reject(one.id, Refused("case_not_found"), owner="b")
    assert [due.command.id for due in await commands.lease_due(owner="b", lease_s=30, limit=9)] == [two.id]


async def test_a_late_arrival_does_not_overtake_in_its_lane(commands: Commands, db: Database) -> None:
    """While a message of a lane is held, an older one whose storing ended later waits too."""
    early, late = message("c"), message("c")
    await commands.intend(early, owner="x", lease_s=0)
    await commands.intend(late, owner="x", lease_s=30)
    assert await commands.lease_due(owner="a", lease_s=30, limit=9) == []
    await commands.commit(late.id, [])
    assert [due.command.id for due in await commands.lease_due(owner="a", lease_s=30, limit=9)] == [early.id]


async def test_many_takers_share_the_work(commands: Commands, db: Database) -> None:
    """Eight takers at once: each command is leased to one of them, and one a lane."""
    for number in range(30):
        await commands.intend(message(f"c{number % 10}"), owner="x", lease_s=0)
    taken = await asyncio.gather(*(commands.lease_due(owner=f"o{n}", lease_s=30, limit=3) for n in range(8)))
    cases = [lease.command.case_id for leases in taken for lease in leases]
    assert sorted(map(str, cases)) == [f"c{number}" for number in range(10)]


async def test_takers_go_one_after_the_other(commands: Commands, db: Database) -> None:
    """A taker waits for the one at work and then sees what that one took, or two of a lane could go out."""
    await commands.intend(message("c"), owner="x", lease_s=0)
    async with db.write() as conn:
        await lock(conn, "lease")
        taker = asyncio.create_task(commands.lease_due(owner="a", lease_s=30, limit=9))
        await asyncio.sleep(0.2)
        assert not taker.done()
    assert len(await taker) == 1


async def test_put_back_needs_the_lease(commands: Commands, clock: Clock, db: Database) -> None:
    """Who holds no lease cannot put a command back; who does makes it due again after the delay."""
    mine = await commands.intend(intent(), owner="a", lease_s=30)
    await commands.put_back(mine.command.id, owner="b", delay_s=0)
    assert await commands.lease_due(owner="b", lease_s=30, limit=9) == []
    await commands.put_back(mine.command.id, owner="a", delay_s=5)
    assert await commands.lease_due(owner="b", lease_s=30, limit=9) == []
    clock.pass_s(5)
    assert len(await commands.lease_due(owner="b", lease_s=30, limit=9)) == 1
    async with db.read() as conn:
        assert await conn.scalar(sa.select(table.c.attempts)) == 1


# ---- the end of a command -------------------------------------------------------------------------------------------


async def test_reject_without_the_lease_changes_nothing(commands: Commands) -> None:
    """Only the holder closes a command; what it was refused for is kept."""
    mine = await commands.intend(intent(), owner="a", lease_s=30)
    assert await commands.reject(mine.command.id, Refused("late"), owner="b") is CommandState.PENDING
    assert await commands.get(mine.command.id) == mine.command
    refused = Refused("step_blocked", reasons="no_passport")
    assert await commands.reject(mine.command.id, refused, owner="a") is CommandState.REJECTED
    closed = await commands.get(mine.command.id)
    assert closed is not None
    assert (closed.state, closed.code, closed.details) == ("rejected", "step_blocked", {"reasons": "no_passport"})


async def test_what_came_too_late_is_expired(commands: Commands) -> None:
    """The refusal `expired` has a state of its own."""
    mine = await commands.intend(intent(), owner="a", lease_s=30)
    assert await commands.reject(mine.command.id, Refused("expired"), owner="a") is CommandState.EXPIRED


async def test_commit_needs_no_lease_and_may_come_twice(commands: Commands, db: Database) -> None:
    """Whoever has the answer commits it; the second time nothing changes."""
    mine = await commands.intend(intent("c"), owner="a", lease_s=30)
    told = short_story("c", 5)
    assert await commands.commit(mine.command.id, told) is CommandState.DONE
    assert await commands.commit(mine.command.id, told) is CommandState.DONE
    assert await commands.commit(mine.command.id, []) is CommandState.DONE
    journal = await SqlQueries(db).events("c", limit=99, cursor=None)
    assert list(journal.items) == told


async def test_a_closed_command_stays_closed_but_its_events_are_kept(commands: Commands, db: Database) -> None:
    """Events are written whatever became of the command that brought them."""
    mine = await commands.intend(intent("c"), owner="a", lease_s=30)
    await commands.reject(mine.command.id, Refused("expired"), owner="a")
    assert await commands.commit(mine.command.id, short_story("c")) is CommandState.EXPIRED
    assert await SqlQueries(db).case("c") is not None


async def test_a_commit_with_a_gap_is_none(commands: Commands, db: Database) -> None:
    """When SQL lacks events that are not told, neither journal nor command changes."""
    mine = await commands.intend(intent("c"), owner="a", lease_s=30)
    with pytest.raises(JournalBehind):
        await commands.commit(mine.command.id, [event(2, StepCommented(step_id="s"))])
    assert await commands.get(mine.command.id) == mine.command
    assert await SqlQueries(db).case("c") is None


async def test_what_does_not_exist_cannot_end(commands: Commands) -> None:
    """Committing or rejecting an unknown command is a mistake of the caller, and says so."""
    with pytest.raises(LookupError):
        await commands.commit("nobody", [])
    with pytest.raises(LookupError):
        await commands.reject("nobody", Refused("late"), owner="a")


async def test_the_newest_admission_tells_about_the_person(commands: Commands, db: Database) -> None:
    """Finishing an older admission late does not bring back what it said about the person; it stays beneath."""
    queries = SqlQueries(db)
    old, new = (intent("c", body=admit(), private=text) for text in (b"old", b"new"))
    bare = intent("c", body=admit())
    for told in (old, new, bare):
        await commands.intend(told, owner="a", lease_s=30)
    assert await queries.person_records([PERSON]) == {}
    for command_id, known in ((new.id, [b"new"]), (old.id, [b"new", b"old"]), (bare.id, [b"new", b"old"])):
        await commands.commit(command_id, [])
        records = await queries.person_records([PERSON])
        assert [sealed for _, sealed in records[PERSON]] == known
    sealed = await queries.private([old.id, new.id, bare.id])
    assert {name: told.content for name, told in sealed.items()} == {old.id: b"old", new.id: b"new"}


def test_the_default_clock_is_in_utc() -> None:
    """Without a clock the store uses the system's, with an offset."""
    assert utc_now().tzinfo is UTC
