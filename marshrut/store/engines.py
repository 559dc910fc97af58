"""One engine for each database, with every wait that it could fall into bounded."""

from __future__ import annotations

import os
import select
import socket
from contextlib import suppress
from typing import Any

import aiosqlite
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from marshrut.store import sqlite_driver

CONNECT_S = 2
LOCK_MS = 3000


def make_engine(url: str, *, limit_s: float, wait_s: float, pool_size: int) -> AsyncEngine:
    """The engine for a SQLAlchemy URL; the driver is ours to choose."""
    parsed = sa.make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return _sqlite(parsed.set(drivername="sqlite+aiosqlite"), wait_s, pool_size)
        case "postgresql" | "postgres":
            return _postgresql(parsed.set(drivername="postgresql+psycopg"), limit_s, wait_s, pool_size)
        case other:
            raise ValueError(f"no such database: {other}")


# ---- SQLite ---------------------------------------------------------------------------------------------------------


def _sqlite(url: sa.URL, wait_s: float, pool_size: int) -> AsyncEngine:
    path = url.database
    if path is None or path == ":memory:":
        raise ValueError("SQLite needs a file: sqlite:///path")

    async def connect() -> aiosqlite.Connection:
        return await sqlite_driver.connect(path)

    engine = create_async_engine(
        url, async_creator=connect, hide_parameters=True, pool_size=pool_size, pool_timeout=wait_s
    )
    sa.event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes its turn at once: upgrading a read later fails without waiting when another writer was first.
    writes = connection.get_execution_options().get("writes", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


# ---- PostgreSQL -----------------------------------------------------------------------------------------------------


def _postgresql(url: sa.URL, limit_s: float, wait_s: float, pool_size: int) -> AsyncEngine:
    limit_ms = int(limit_s * 1000)
    server = {
        "timezone": "UTC",
        "statement_timeout": limit_ms,
        "lock_timeout": min(LOCK_MS, limit_ms),
        "idle_in_transaction_session_timeout": 2 * limit_ms,
    }
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        pool_timeout=wait_s,
        use_native_hstore=False,
        connect_args={
            "application_name": "marshrut",
            "client_encoding": "utf8",
            "connect_timeout": CONNECT_S,
            "keepalives": 1,
            "keepalives_idle": 10,
            "keepalives_interval": 3,
            "keepalives_count": 3,
            "tcp_user_timeout": limit_ms,
            "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
        },
    )
    sa.event.listen(engine.sync_engine, "checkout", _refuse_dead)
    return engine


def _refuse_dead(connection: Any, _record: object, _proxy: object) -> None:
    """A server has nothing to say to an idle connection but good-bye; so the pool makes a new one.

    Unlike a ping this costs no round trip, and it cannot hang on a server that is frozen.
    """
    poll = select.poll()
    poll.register(connection.driver_connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        raise sa.exc.DisconnectionError


def cut(connection: Any) -> None:
    """End whatever a PostgreSQL connection waits for: the driver then finds it broken and the pool drops it.

    A server that is frozen, not dead, keeps its sockets alive: neither keepalives nor its own time-outs help.
    """
    if not connection.closed:
        with suppress(OSError), socket.socket(fileno=os.dup(connection.pgconn.socket)) as ours:
            ours.shutdown(socket.SHUT_RDWR)
