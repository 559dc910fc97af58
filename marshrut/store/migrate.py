"""Bringing a database's schema to what this code needs."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.store.database import Database
from marshrut.store.locks import lock

# A migration may move every row; what it must not do is queue for a table in use, everybody else behind it.
LIMIT_S = 600.0
LOCK_WAIT = "5s"


class OldCases(Exception):  # noqa: N818 - what stands in the way, and nobody's fault
    """The database holds cases of a form that no migration can carry over; it stays as it was."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the schema to a revision, the newest by default, in one transaction.

    Raises:
        OldCases: it holds cases that this code cannot go on with.
        Unavailable: the database does not answer, or a table that has to change is in use.
    """
    db = Database(url, limit_s=LIMIT_S, pool_size=1)
    try:
        async with db.write() as conn:
            await lock(conn, "migration")  # of several processes that start together one migrates
            if conn.dialect.name == "postgresql":
                await conn.execute(sa.text(f"SET LOCAL lock_timeout = '{LOCK_WAIT}'"))
            await conn.run_sync(_upgrade, revision)
    finally:
        await db.close()


async def current(url: str) -> str | None:
    """The revision of a database's schema; None before the first migration.

    Raises:
        Unavailable: the database does not answer.
    """
    db = Database(url, pool_size=1)
    try:
        async with db.read() as conn:
            return await revision_of(conn)
    finally:
        await db.close()


async def revision_of(conn: AsyncConnection) -> str | None:
    """The revision of the schema that a connection sees."""
    return await conn.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())


@lru_cache
def head() -> str:
    """The revision that this code needs."""
    newest = ScriptDirectory.from_config(_config()).get_current_head()
    if newest is None:
        raise RuntimeError("the package was built without its migrations")
    return newest


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config


def _upgrade(connection: sa.Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
