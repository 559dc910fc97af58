"""What a database means to do for a query, as far as it matters here: which tables it walks, and by which index."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa

from marshrut.store.database import Database
from marshrut.store.tables import metadata

# What grows for ever.
GROWING = {"cases", "steps", "notifications", "journal", "commands", "referrals"}
# By what names SQLite tells the same tables, where a list asks whether somebody needs to know.
GROWING |= {"guarded_case", "their_step", "their_notice"}
# Indexes that lead to one thing, or to those of one case, person or command.
LEADING = re.compile(
    r"sqlite_autoindex_\w+|\w+_(pkey|key)|(steps|notifications)_case|cases_(inquiry|person)|referrals_(alias|case|person)"
)
# Of what was told to one person: as many as one person can be told.
TO_ONE = {"notifications_user"}
_questions = count()
_LINE = re.compile(r"(?P<how>SCAN|SEARCH) (?P<table>\w+)(?: USING (?:AUTOMATIC )?(?:COVERING )?INDEX (?P<index>\w+))?")


@dataclass(frozen=True)
class Access:
    """One way into a table; `searched`: by a condition on the index."""

    table: str
    index: str | None
    searched: bool


@dataclass(frozen=True)
class Plan:
    """How the statements of a query are done; `sorts`: before the page was cut off, so over all that was found."""

    accesses: Sequence[Access]
    sorts: bool
    text: str


def partial(index: str) -> bool:
    """Whether an index of ours holds only a part of its table."""
    found = [each for table in metadata.tables.values() for each in table.indexes if each.name == index]
    return any(each.dialect_options["sqlite"]["where"] is not None for each in found)


def faults(plan: Plan, *, history: bool = False) -> list[Access]:
    """Ways into a growing table that cost more, the more there is in it.

    A list of `history` is all of it: it may walk any index, as it ends after a page.
    """

    def fine(access: Access) -> bool:
        if access.table not in GROWING:
            return True
        if access.index is None:
            return False
        leads = LEADING.fullmatch(access.index) is not None or access.index in TO_ONE
        return history or partial(access.index) or (leads and access.searched)

    return [access for access in plan.accesses if not fine(access)]


@contextmanager
def told(db: Database) -> Iterator[list[tuple[str, Any]]]:
    """The queries that are asked meanwhile, with their values."""
    asked: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, values: Any, _context: Any, _many: Any) -> None:
        if statement.lstrip().startswith(("SELECT", "WITH")):
            asked.append((statement, values))

    sa.event.listen(db.engine.sync_engine, "before_cursor_execute", hear)
    try:
        yield asked
    finally:
        sa.event.remove(db.engine.sync_engine, "before_cursor_execute", hear)


async def plan_of(db: Database, ask: Callable[[], Awaitable[object]], *, empty: bool = False) -> Plan:
    """How a database does what is asked; `empty`: of tables that are, where PostgreSQL would rather not look up."""
    with told(db) as asked:
        await ask()
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN (FORMAT JSON) "
    accesses: list[Access] = []
    sorts = False
    texts: list[str] = []
    async with db.read() as conn:
        if empty and conn.dialect.name == "postgresql":
            await conn.execute(sa.text("SET LOCAL enable_seqscan = off"))
        for statement, values in asked:
            # A plan that SQLite told once its driver keeps; so each question is a new one.
            question = f"{explain} /* {next(_questions)} */ {statement}"
            await conn.exec_driver_sql(statement, values)
            rows = (await conn.exec_driver_sql(question, values)).all()
            found, sorted_, text = _sqlite(rows) if "QUERY" in explain else _postgres(rows)
            accesses += found
            sorts, texts = sorts or sorted_, [*texts, text]
    assert accesses, texts
    return Plan(accesses, sorts, "\n".join(texts))


def _sqlite(rows: Sequence[Any]) -> tuple[list[Access], bool, str]:
    lines = [line for row in rows if (line := _LINE.match(row.detail)) is not None]
    found = [Access(line["table"], line["index"], line["how"] == "SEARCH") for line in lines]
    # Within what is picked; the page itself may be put into order once more.
    sorts = any(row.detail == "USE TEMP B-TREE FOR ORDER BY" and row.parent != 0 for row in rows)
    return found, sorts, "\n".join(row.detail for row in rows)


def _postgres(rows: Sequence[Any]) -> tuple[list[Access], bool, str]:
    plan = rows[0][0]
    whole = plan if isinstance(plan, list) else json.loads(plan)
    found: list[Access] = []
    sorts = []

    def walk(node: Any, table: str | None) -> None:
        below = node.get("Plans", ())
        sorts.append(node["Node Type"] == "Limit" and below[0]["Node Type"] == "Sort")
        table = node.get("Relation Name", table)
        kind = node["Node Type"]
        if kind == "Seq Scan" and table is not None:
            found.append(Access(table, None, searched=False))
        elif "Index Name" in node:
            # A bitmap's index scan stands below the scan of its table.
            found.append(Access(table or "", node["Index Name"], searched="Index Cond" in node))
        for each in below:
            walk(each, table if kind.startswith("Bitmap") else None)

    for each in whole:
        walk(each["Plan"], None)
    return found, any(sorts), json.dumps(whole, indent=1)
