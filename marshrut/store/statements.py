"""The few statements that SQLAlchemy spells once per database, though both understand the same words."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from marshrut.store.tables import cases, commands


class Plain(sa.sql.functions.FunctionElement[Any]):
    """A column by which SQLite looks nothing up.

    It knows no statistics and would take the index on a hospital, of a million rows, where another one leads to a few.
    """

    inherit_cache = True


@compiles(Plain)
def _as_it_is(element: Plain, compiler: SQLCompiler, **how: Any) -> str:
    return compiler.process(element.clauses, **how)


@compiles(Plain, "sqlite")
def _by_no_index(element: Plain, compiler: SQLCompiler, **how: Any) -> str:
    return f"+{compiler.process(element.clauses, **how)}"


def plain(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A column by which SQLite looks nothing up."""
    return sa.type_coerce(Plain(column), column.type)


class Ticked(sa.sql.functions.FunctionElement[Any]):
    """A `UtcTime` as whole microseconds since 1970, with which SQL can count."""

    inherit_cache = True


@compiles(Ticked, "sqlite")
def _of_text(element: Ticked, compiler: SQLCompiler, **how: Any) -> str:
    text = compiler.process(element.clauses, **how)
    # Its own functions round to a thousandth: what is less is left out for them.
    seconds = f"CAST(strftime('%s', substr({text}, 1, 19)) AS INTEGER)"
    return f"({seconds} * 1000000 + CAST(substr({text}, 21, 6) AS INTEGER))"


@compiles(Ticked, "postgresql")
def _of_instant(element: Ticked, compiler: SQLCompiler, **how: Any) -> str:
    return f"CAST(extract(epoch FROM {compiler.process(element.clauses, **how)}) * 1000000 AS BIGINT)"


def ticked(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """An instant as `Tick` would keep it."""
    return sa.type_coerce(Ticked(moment), sa.BigInteger)


@lru_cache
def _insert_new(dialect: str, table: sa.Table) -> sa.Insert:
    if dialect == "sqlite":
        return sqlite.insert(table).on_conflict_do_nothing()
    return postgresql.insert(table).on_conflict_do_nothing()


@lru_cache
def _upsert(dialect: str, table: sa.Table, newer: str | None) -> sa.Insert:
    key = [column.name for column in table.primary_key]
    insert: Any = sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)
    told = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in key}
    later = None if newer is None else insert.excluded[newer] > table.c[newer]
    statement: sa.Insert = insert.on_conflict_do_update(index_elements=key, set_=told, where=later)
    return statement


def insert_new(conn: AsyncConnection, table: sa.Table) -> sa.Insert:
    """Insert a row unless some unique column of it is there already."""
    return _insert_new(conn.dialect.name, table)


def upsert(conn: AsyncConnection, table: sa.Table, *, newer: str | None = None) -> sa.Insert:
    """Insert rows, or overwrite those with the same primary key: with `newer` only where that column grows."""
    return _upsert(conn.dialect.name, table, newer)


def held_seq(case_id: Any) -> sa.ColumnElement[int]:
    """How far SQL holds the journal of a case: 0 when it holds nothing."""
    held = sa.select(cases.c.seq).where(cases.c.case_id == case_id).correlate_except(cases).scalar_subquery()
    return sa.func.coalesce(held, 0)


@lru_cache
def _insert_command(dialect: str) -> Any:
    held = held_seq(sa.bindparam("about"))
    return _insert_new(dialect, commands).returning(commands.c.number, held)


def insert_command(conn: AsyncConnection) -> Any:
    """Insert a command unless it is there already; its number, and how far its case (`about`) is held."""
    return _insert_command(conn.dialect.name)
