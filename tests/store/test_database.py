from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic

import pytest
import sqlalchemy as sa

from bench.postgres import Server
from marshrut.ports import Commands, Unavailable, Uncertain
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import commands as table
from tests.store.stories import intent


async def stored(url: str) -> int:
    """How many commands are there, asked on a way of its own."""
    db = Database(url)
    try:
        async with db.read() as conn:
            return await conn.scalar(sa.select(sa.func.count()).select_from(table)) or 0
    finally:
        await db.close()


async def test_a_block_that_raises_stores_nothing(db: Database) -> None:
    """What was written before an exception is taken back, and the connection serves on."""
    commands = SqlCommands(db)

    async def fail() -> None:
        async with db.write() as conn:
            await conn.execute(sa.text("DELETE FROM alembic_version"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await SqlQueries(db).ready()
    await commands.intend(intent(), owner="a", lease_s=1)


async def test_a_read_sees_one_moment(db: Database) -> None:
    """Two looks in one reading transaction agree, whatever is committed between them."""
    async with db.read() as conn:
        query = sa.select(sa.func.count()).select_from(table)
        before = await conn.scalar(query)
        await SqlCommands(db).intend(intent(), owner="a", lease_s=1)
        assert await conn.scalar(query) == before
    async with db.read() as conn:
        assert await conn.scalar(query) == 1


async def test_acknowledged_is_on_disk(sqlite_url: str) -> None:
    """SQLite syncs each commit and checks references: the settings that a power cut would miss."""
    db = Database(sqlite_url)
    async with db.write() as conn:
        pragmas = {
            name: await conn.scalar(sa.text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    await db.close()
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


async def test_a_locked_file_is_unavailable(sqlite_url: str) -> None:
    """Another process that keeps SQLite's lock costs a bounded wait; those in the queue wait no longer than that."""
    holder, db = Database(sqlite_url), Database(sqlite_url)
    commands = SqlCommands(db)
    async with holder.write():
        start = monotonic()
        told = [commands.intend(intent(), owner="a", lease_s=1) for _ in range(4)]
        answers = await asyncio.gather(*told, return_exceptions=True)
        assert {type(answer) for answer in answers} == {Unavailable}
        assert monotonic() - start < 8
    await commands.intend(intent(), owner="a", lease_s=1)
    assert await stored(sqlite_url) == 1
    await holder.close()
    await db.close()


async def test_no_parameter_reaches_a_log(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    """A statement that is wrong fails as such, with its text but without its values."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(sa.exc.DBAPIError) as caught:
        async with db.write() as conn:
            await conn.execute(sa.text("SELECT :name FROM nowhere"), {"name": "Ivanova"})
    assert "Ivanova" not in str(caught.value)
    assert "Ivanova" not in caplog.text


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://localhost/x"])
def test_what_cannot_keep_a_promise_is_no_database(url: str) -> None:
    """Memory forgets and other databases are unknown: both are refused at once."""
    with pytest.raises(ValueError, match=r"SQLite needs a file|no such database"):
        Database(url)


# ---- PostgreSQL: dead, frozen, restarted ----------------------------------------------------------------------------


@pytest.mark.postgres
async def test_a_dead_server_is_unavailable() -> None:
    """Nobody listens: the answer is quick."""
    db = Database("postgresql://postgres@127.0.0.1:9/none")
    with pytest.raises(Unavailable):
        await SqlCommands(db).intend(intent(), owner="a", lease_s=1)
    assert not await SqlQueries(db).ready()
    await db.close()


@pytest.mark.postgres
async def test_a_frozen_server_is_unavailable_and_recovers(postgres_server: Server, postgres_url: str) -> None:
    """Many more callers than connections all get their answer within 8 s; then the same pool works again."""
    db = Database(postgres_url, pool_size=3)
    commands, queries = SqlCommands(db), SqlQueries(db)
    await asyncio.gather(*(commands.intend(intent(), owner="a", lease_s=1) for _ in range(3)))
    with postgres_server.frozen():
        start = monotonic()
        asked = [commands.intend(intent(), owner="a", lease_s=1) for _ in range(25)]
        answers = await asyncio.gather(*asked, queries.case("c"), return_exceptions=True)
        took = monotonic() - start
        assert not await queries.ready()
    assert {type(answer) for answer in answers} == {Unavailable}
    assert took < 8
    # The server has the calls of those who gave up before it; whoever is told so stored nothing, and asks again.
    for _ in range(10):
        with suppress(Unavailable):
            await commands.intend(intent(), owner="a", lease_s=1)
            break
    assert await queries.ready()
    assert await stored(postgres_url) == 4
    await db.close()


@pytest.mark.postgres
async def test_a_cancelled_caller_does_not_keep_a_frozen_connection(postgres_server: Server, postgres_url: str) -> None:
    """A caller that gives up while the server is frozen gets away, and its connection is not used again."""
    db = Database(postgres_url, pool_size=1)
    assert await SqlQueries(db).ready()
    with postgres_server.frozen():
        caller = asyncio.create_task(SqlQueries(db).ready())
        await asyncio.sleep(0.2)
        caller.cancel()
        _, waiting = await asyncio.wait([caller], timeout=8)
        assert not waiting
    assert await SqlQueries(db).ready()
    await db.close()


@pytest.mark.postgres
async def test_connections_that_a_restart_closed_are_not_used(postgres_server: Server, postgres_url: str) -> None:
    """After the server closed every idle connection the next caller notices nothing."""
    db = Database(postgres_url)
    commands = SqlCommands(db)
    await asyncio.gather(*(commands.intend(intent(), owner="a", lease_s=1) for _ in range(5)))
    postgres_server.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'marshrut'"
    )
    await asyncio.sleep(0.1)
    await asyncio.gather(*(commands.intend(intent(), owner="a", lease_s=1) for _ in range(5)))
    assert await stored(postgres_url) == 10
    await db.close()


# ---- PostgreSQL: a commit whose answer is lost ----------------------------------------------------------------------


class Line:
    """A network between client and server that breaks at a COMMIT, before or after it was carried over.

    It takes `calls` connections and breaks `breaks` of them.
    """

    def __init__(self, port: int) -> None:
        self._server = port
        self.carries_commit = True
        self.breaks = 0
        self.calls = 100
        self.port = 0
        self._mute: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Line]:
        listener = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = listener.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            listener.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.calls -= 1
        if self.calls < 0:
            writer.close()
            return
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._server)
        back = asyncio.create_task(self._carry(server_reader, writer))
        while data := await reader.read(65536):
            breaks = self.breaks and b"COMMIT" in data
            if breaks:
                self.breaks -= 1
                self._mute.add(writer)
            if not breaks or self.carries_commit:
                server_writer.write(data)
            if breaks:
                await asyncio.sleep(0.2 if self.carries_commit else 0)
                break
        for end in (writer, server_writer):
            end.close()
        await back

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if writer not in self._mute:
                    writer.write(data)
        writer.close()


@pytest.fixture
async def line(postgres_server: Server) -> AsyncIterator[Line]:
    """A line to the server."""
    async with Line(postgres_server.port).running() as line:
        yield line


@pytest.fixture
async def far(line: Line, postgres_server: Server, postgres_url: str) -> AsyncIterator[Commands]:
    """Commands at the other end of the line."""
    db = Database(postgres_url.replace(str(postgres_server.port), str(line.port)))
    yield SqlCommands(db)
    await db.close()


@pytest.mark.postgres
@pytest.mark.parametrize("carried", [True, False])
async def test_an_intent_survives_the_loss_of_its_commit(
    line: Line, far: Commands, postgres_url: str, carried: bool
) -> None:
    """The answer to COMMIT is lost: the caller owns the command all the same, and it is there once."""
    line.breaks, line.carries_commit = 1, carried
    told = await far.intend(intent(key="k"), owner="a", lease_s=30)
    assert told.created
    assert await far.get(told.command.id) == told.command
    assert await stored(postgres_url) == 1
    again = await far.intend(intent(key="k"), owner="b", lease_s=30)
    assert (again.created, again.command.id) == (False, told.command.id)


@pytest.mark.postgres
async def test_what_cannot_be_asked_about_is_uncertain(line: Line, far: Commands, postgres_url: str) -> None:
    """The answer to COMMIT is lost and nobody answers any more: then that is what the caller is told."""
    line.breaks = line.calls = 1
    with pytest.raises(Uncertain):
        await far.intend(intent(key="k"), owner="a", lease_s=30)
    assert await stored(postgres_url) == 1


@pytest.mark.postgres
async def test_before_the_commit_nothing_is_uncertain(line: Line, far: Commands, postgres_url: str) -> None:
    """A line that breaks for good before COMMIT means that nothing happened."""
    line.calls = 0
    with pytest.raises(Unavailable):
        await far.intend(intent(key="k"), owner="a", lease_s=30)
    assert await stored(postgres_url) == 0
