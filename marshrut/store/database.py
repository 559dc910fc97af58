"""Transactions: how they begin, how long they may take, and what their faults mean."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from marshrut.ports import Unavailable, Uncertain
from marshrut.store.engines import cut, make_engine

# What a database says when it is gone, locked, frozen, full or being restarted.
FAULTS = (exc.OperationalError, exc.InterfaceError, exc.InternalError, exc.TimeoutError)


class Database:
    """A database and its pool of connections.

    No transaction takes longer than `limit_s`, also when the server is frozen: it ends in `Unavailable("sql")` while
    nothing can have been stored, and in `Uncertain` from the moment when the commit was sent. Nobody waits longer than
    `wait_s` for a connection, or for SQLite's one writer.
    """

    def __init__(self, url: str, *, limit_s: float = 5.0, wait_s: float = 2.0, pool_size: int = 10) -> None:
        self.engine: AsyncEngine = make_engine(url, limit_s=limit_s, wait_s=wait_s, pool_size=pool_size)
        self._limit_s = limit_s
        self._wait_s = wait_s
        self._sqlite = self.engine.dialect.name == "sqlite"
        # SQLite has one writer. Queueing here is fair and quick; its own waiting sleeps and lets others overtake.
        self._turn = asyncio.Lock()
        # What is read in one transaction belongs together; SQLite gives that anyway.
        self._readers = self.engine.execution_options(
            **(
                {"writes": False}
                if self._sqlite
                else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
            )
        )

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that sees one moment of the database.

        Raises:
            Unavailable: the database does not answer.
        """
        async with self._transaction(self._readers, commit=False) as conn:
            yield conn

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that is on disk when the block has ended, and never happened when the block raised.

        Raises:
            Unavailable: the database does not answer; nothing was stored.
            Uncertain: it stopped answering while it committed.
        """
        async with self._my_turn(), self._transaction(self.engine, commit=True) as conn:
            yield conn

    async def sweep(self) -> None:
        """SQLite's log holds what was overwritten a moment ago: it is emptied, unless somebody reads just now."""
        if self._sqlite:
            async with self.engine.connect() as conn:
                await conn.exec_driver_sql("COMMIT")
                await conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                await conn.exec_driver_sql("BEGIN")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()

    @asynccontextmanager
    async def _transaction(self, engine: AsyncEngine, *, commit: bool) -> AsyncIterator[AsyncConnection]:
        ends = asyncio.get_running_loop().time() + self._limit_s
        sent = False
        try:
            async with engine.connect() as conn:
                raw = await conn.get_raw_connection()
                with self._ends_at(ends, raw.driver_connection):
                    try:
                        await conn.begin()
                        yield conn
                        if commit:
                            sent = True
                            await conn.commit()
                    finally:
                        await conn.rollback()  # after a commit there is nothing left to take back
        except FAULTS as fault:
            if _is_mistake(fault):
                raise
            raise (Uncertain("sql") if sent else Unavailable("sql")) from fault

    @contextmanager
    def _ends_at(self, moment: float, connection: Any) -> Iterator[None]:
        if self._sqlite:
            yield  # a local file: `busy_timeout` bounds the only wait
            return
        timer = asyncio.get_running_loop().call_at(moment, cut, connection)
        try:
            yield
        finally:
            timer.cancel()

    @asynccontextmanager
    async def _my_turn(self) -> AsyncIterator[None]:
        if not self._sqlite:
            yield
            return
        try:
            async with asyncio.timeout(self._wait_s):
                await self._turn.acquire()
        except TimeoutError as fault:
            raise Unavailable("sql") from fault
        try:
            yield
        finally:
            self._turn.release()


def _is_mistake(fault: Exception) -> bool:
    """Whether the statement itself is wrong; SQLite calls that operational too."""
    return getattr(getattr(fault, "orig", None), "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR
