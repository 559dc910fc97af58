from __future__ import annotations

import re
from pathlib import Path

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from marshrut.store.database import Database
from marshrut.store.migrate import current, head, upgrade
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import commands, metadata


async def test_migrations_make_the_tables_that_the_code_means(db: Database) -> None:
    """Alembic finds no difference between a migrated database and the metadata."""

    def differences(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, metadata))

    async with db.read() as conn:
        assert await conn.run_sync(differences) == []


async def test_partial_indexes_cover_the_states_that_the_code_means(db: Database) -> None:
    """Alembic does not compare an index's condition, so the state that it names is compared here."""

    def migrated(connection: sa.Connection) -> dict[str | None, list[str]]:
        where = f"{connection.dialect.name}_where"
        indexes = sa.inspect(connection).get_indexes("commands")
        return {index["name"]: named_state(index["dialect_options"].get(where)) for index in indexes}

    def meant(dialect: str) -> dict[str | None, list[str]]:
        return {str(index.name): named_state(index.dialect_options[dialect]["where"]) for index in commands.indexes}

    async with db.read() as conn:
        found = await conn.run_sync(migrated)
        expected = meant(conn.dialect.name)
    assert {name: found[name] for name in expected} == expected
    assert sorted(map(len, expected.values())) == [0, 0, 1, 1]


def named_state(condition: object) -> list[str]:
    """The words that a condition quotes."""
    return re.findall(r"'(\w+)'", str(condition))


async def test_upgrading_twice_changes_nothing(database_url: str) -> None:
    """An upgrade of what is up to date is harmless, and the revision is the newest."""
    await upgrade(database_url)
    assert await current(database_url) == head()


async def test_an_empty_database_is_not_ready(tmp_path: Path) -> None:
    """Before the first migration there is no revision, and nothing may be served."""
    url = f"sqlite:///{tmp_path / 'empty.db'}"
    assert await current(url) is None
    db = Database(url)
    assert not await SqlQueries(db).ready()
    await upgrade(url)
    assert await SqlQueries(db).ready()
    await db.close()


async def test_another_revision_is_not_ready(db: Database) -> None:
    """Code and schema of different age do not work together."""
    queries = SqlQueries(db)
    assert await queries.ready()
    async with db.write() as conn:
        await conn.execute(sa.text("UPDATE alembic_version SET version_num = '0000'"))
    assert not await queries.ready()
