"""SQLite behind its own thread, visited only for what may wait (docs/decisions/0006).

The stock adapter makes four visits a statement (cursor, execute, fetch, close), each a handing over of about 0.1 ms,
while SQLite itself needs 0.02 ms: for an intent and its commit that was 7 ms instead of 3.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite

BUSY_S = 5.0


def connect(path: str) -> Connection:
    """A connection, not yet opened: awaiting it opens it."""
    connection = Connection(lambda: _open(path), iter_chunk_size=64)
    connection._thread.daemon = True  # noqa: SLF001 - a connection that was forgotten must not keep the process alive
    return connection


def _open(path: str) -> sqlite3.Connection:
    # Without an isolation level the driver does not guess where a transaction begins.
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode=WAL")
    # Acknowledged means on disk: with NORMAL a power cut takes the last commits back.
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    # What is overwritten or taken away leaves no bytes behind: before it was bound a record was the service key's.
    connection.execute("PRAGMA secure_delete=ON")
    return connection


class Connection(aiosqlite.Connection):
    """A connection whose cursors need one visit a statement."""

    # Whether the transaction that is open was begun as a writer's.
    writes = False

    def cursor(self) -> Cursor:  # type: ignore[override]  # as much of one as SQLAlchemy uses
        return Cursor(self)

    async def rollback(self) -> None:
        if self.in_transaction:
            await super().rollback()


class Cursor:
    """A statement and what came of it."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Cursor:
        return await self._run(sqlite3.Cursor.execute, sql, parameters)

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Cursor:
        return await self._run(sqlite3.Cursor.executemany, sql, parameters)

    async def fetchall(self) -> list[Any]:
        return self._rows

    async def close(self) -> None:
        """Nothing is open: every row was fetched."""

    async def _run(self, method: Any, sql: str, parameters: Any) -> Cursor:
        def visit() -> None:
            cursor = connection.cursor()
            method(cursor, sql, parameters)
            self._rows = cursor.fetchall()
            self.description, self.rowcount, self.lastrowid = cursor.description, cursor.rowcount, cursor.lastrowid
            cursor.close()

        connection = self._connection._conn  # noqa: SLF001 - aiosqlite has no public way to run a function in its thread
        if connection.in_transaction and self._connection.writes:
            # A writer waits for nobody any more, and its statements find rows by key: 0.02 ms, where the way to the
            # thread and back takes 0.1. Beginning (which may wait) and committing (which syncs) stay in the thread.
            visit()
            return self
        self._connection.writes = sql == "BEGIN IMMEDIATE"
        await self._connection._execute(visit)  # type: ignore[no-untyped-call]  # noqa: SLF001 - the same
        return self
