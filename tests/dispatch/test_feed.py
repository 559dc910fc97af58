"""Everybody who listens is told of each change of their scope, whichever process and database it comes from."""

from __future__ import annotations

import asyncio
from itertools import count

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.dispatch import feed as module
from marshrut.dispatch.feed import AT_ONCE, MOST_WAITING, Feed, TooMany
from marshrut.ports import Change, Unavailable
from marshrut.store.changes import SqlChanges, note_shift
from marshrut.store.database import Database
from marshrut.store.freshness import SqlFreshness
from marshrut.store.tables import changes
from marshrut.store.types import utc_now
from tests.fixtures.patience import least


def everything(_change: Change) -> bool:
    return True


def feed(db: Database, **more: int) -> Feed:
    return Feed(SqlChanges(db), SqlFreshness(db), now=utc_now, poll_s=0.02, **more)


async def change(db: Database, *hospitals: str) -> None:
    """A commit that changes something in each of these."""
    async with db.write() as conn:
        for hospital in hospitals:
            await note_shift(conn, hospital, utc_now())


async def heard(told: module.Asking, wanted: int, within_s: float = 30) -> list[Change]:
    """So many changes, or what came in time."""
    found: list[Change] = []
    async with asyncio.timeout(within_s):
        async for news in told(0.05):
            found += news.changes
            if len(found) >= wanted:
                break
    return found


async def test_everybody_hears_of_their_own(db: Database) -> None:
    """One reader, many listeners: each is told what they want to know, once while the line holds, in order."""
    source = feed(db)
    async with (
        source.listen("anna", lambda told: told.hospital == "a") as of_a,
        source.listen("olga", everything) as of_all,
    ):
        await change(db, "a", "b")
        await change(db, "a")
        assert [each.hospital for each in await heard(of_all, 3)] == ["a", "b", "a"]
        assert [each.hospital for each in await heard(of_a, 2)] == ["a", "a"]


async def test_another_process_is_heard_at_once(db: Database, database_url: str) -> None:
    """What is committed through another connection is told within a quarter of a second."""
    other = Database(database_url)
    async with feed(db).listen("anna", everything) as told:

        async def changed() -> None:
            await change(other, "a")
            assert [each.hospital for each in await heard(told, 1)] == ["a"]

        assert await least(changed, enough_s=0.5) < 0.25 + 0.25  # of many processes at once on this machine
    await other.close()


async def test_whoever_comes_back_hears_what_they_missed(db: Database) -> None:
    """From the mark on, everything is told again that was committed meanwhile."""
    source, mark = feed(db), 0
    async with source.listen("anna", everything) as told:
        await change(db, "a")
        async for news in told(0.05):
            if news.changes:
                mark = news.mark
                break
    await change(db, "b", "c")
    async with source.listen("anna", everything, mark) as told:
        assert [each.hospital for each in await heard(told, 2)] == ["b", "c"]


async def test_too_much_or_forgotten_is_looked_at_again(db: Database) -> None:
    """Whoever missed too much, asks for what is forgotten or comes from another database is told to look again."""
    source, numbers = feed(db), count()
    for _ in range(2):
        await change(db, "a")
    async with db.write() as conn:
        await conn.execute(changes.delete().where(changes.c.number == 1))
    for after in (0, 10_000):
        async with source.listen("anna", everything, after) as told:
            assert (await anext(told(1))).again
    await change(db, *(str(next(numbers)) for _ in range(AT_ONCE + 1)))
    async with source.listen("anna", everything, 2) as told:
        assert (await anext(told(1))).again


async def test_a_slow_listener_keeps_nobody_waiting(db: Database) -> None:
    """Of more than fits nothing is kept: they are told to look again, and the others have heard everything."""
    source = feed(db)
    async with source.listen("slow", everything) as slow, source.listen("quick", everything) as quick:
        await change(db, *(["a"] * (MOST_WAITING + 1)))
        await change(db, "b")
        async for news in quick(0.05):
            if news.again:
                break
        asked = slow(1)
        news = await anext(asked)
        assert (news.again, len(news.changes) <= 1) == (True, True)


async def test_one_user_may_listen_so_often(db: Database) -> None:
    """One line more than may be is refused, and free again when another ends."""
    source = feed(db, of_a_user=2)
    async with source.listen("anna", everything):
        async with source.listen("anna", everything), source.listen("olga", everything):
            with pytest.raises(TooMany):
                async with source.listen("anna", everything):
                    pass
        async with source.listen("anna", everything):
            pass


async def test_nobody_listens_and_nothing_is_read(db: Database) -> None:
    """The reader ends with the last listener; a process that stops ends every line at once."""
    source = feed(db)
    async with source.listen("anna", everything) as told:
        assert source._reader is not None
        asked = told(60)
        await anext(asked)
        source.close()
        async with asyncio.timeout(30):  # and not the minute that was asked for
            assert (await anext(asked)).over
    assert source._reader is None
    with pytest.raises(Unavailable):
        async with source.listen("anna", everything):
            pass


@pytest.mark.postgres
async def test_a_lower_number_that_is_committed_later_is_told(postgres_url: str) -> None:
    """Two commits overlap: the one that began first ends last, and nobody misses it, also not on the way back."""
    db = Database(postgres_url)
    source = feed(db)
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        async with db.write() as conn:
            await note_shift(conn, "slow", utc_now())
            begun.set()
            await may_end.wait()

    late = asyncio.create_task(slow())
    await begun.wait()
    async with source.listen("anna", everything) as told:
        await change(db, "quick")
        found: list[Change] = []
        mark = 0
        async for news in told(0.05):
            found += news.changes
            if found and not may_end.is_set():
                mark = news.mark
                may_end.set()
            if len(found) == 2:
                break
        assert [each.hospital for each in found] == ["quick", "slow"]
    await late
    async with source.listen("anna", everything, mark) as told:
        assert {each.hospital for each in await heard(told, 2)} == {"quick", "slow"}
    await db.close()


async def test_sql_away_for_a_while_loses_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While SQL does not answer the lag is unknown; afterwards everything is told."""
    monkeypatch.setattr(module, "AWAY_S", 0.05)
    source = feed(db)

    async def away(*_args: object, **_more: object) -> list[Change]:
        raise Unavailable("sql")

    async with source.listen("anna", everything) as told:
        with monkeypatch.context() as gone:
            gone.setattr(source._changes, "since", away)
            await change(db, "a")
            async for news in told(0.05):
                if news.lag_s is None:
                    break
        assert [each.hospital for each in await heard(told, 1)] == ["a"]
        async for news in told(0.05):
            if news.lag_s == 0:
                break


async def test_a_number_is_never_given_twice(db: Database) -> None:
    """Also when the newest was forgotten: whoever comes back would miss what has its number."""

    async def newest(conn: AsyncConnection) -> int:
        return int(await conn.scalar(sa.select(sa.func.max(changes.c.number))) or 0)

    await change(db, "a", "b")
    async with db.write() as conn:
        before = await newest(conn)
        await conn.execute(changes.delete())
    await change(db, "c")
    async with db.read() as conn:
        assert await newest(conn) > before
