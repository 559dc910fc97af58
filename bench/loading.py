"""Cases by the hundred thousand, straight into the tables: some are made, and SQL stamps them under new ids."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, DropIndex

from bench.crowd import Rows
from bench.measure import say
from marshrut.store.tables import cases, journal, notifications, steps

TABLES = (cases, steps, notifications, journal)
# Where the id of a case is written.
NAMED = {"case_id", "step_id", "id", "body", "snapshot"}
BATCH = 50_000


class Loader:
    """Loads a migrated database that nobody else uses."""

    def __init__(self, url: str) -> None:
        parsed = sa.make_url(url)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        self._engine = sa.create_engine(parsed if self._sqlite else parsed.set(drivername="postgresql+psycopg"))

    def load(self, parts: Sequence[tuple[str, list[Rows], int]]) -> None:
        """Of each part (its name, some cases, how many there shall be) so many cases; indexes are made at the end."""
        with self._engine.connect() as conn, self._hurried(conn):
            indexes = [index for table in TABLES for index in table.indexes]
            for index in indexes:
                conn.execute(DropIndex(index))
            for name, made, number in parts:
                self._part(conn, name, made, number)
            began = time.perf_counter()
            for index in indexes:
                conn.execute(CreateIndex(index))
            conn.commit()
            say(f"indexes made in {time.perf_counter() - began:.0f} s")
        self._engine.dispose()

    @contextmanager
    def _hurried(self, conn: sa.Connection) -> Iterator[None]:
        """A database that is thrown away if loading fails need not be safe meanwhile."""
        if not self._sqlite:
            conn.execute(sa.text("SET synchronous_commit = off"))
            yield
            conn.commit()
            conn.execution_options(isolation_level="AUTOCOMMIT").execute(sa.text("VACUUM ANALYZE"))
            return
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-400000", "temp_store=MEMORY"):
            conn.exec_driver_sql(f"PRAGMA {pragma}")
        yield
        conn.exec_driver_sql("PRAGMA journal_mode=WAL")

    def _part(self, conn: sa.Connection, name: str, made: list[Rows], number: int) -> None:
        began = time.perf_counter()
        rows: dict[str, list[dict[str, Any]]] = {table.name: [] for table in TABLES}
        for case, its_steps, notices, events in made[:number]:
            for table, more in zip(TABLES, ([case], its_steps, notices, events), strict=True):
                rows[table.name] += more
        for table in TABLES:
            columns = (sa.Column(column.name, column.type) for column in table.columns)
            mould = sa.Table(f"mould_{table.name}", sa.MetaData(), *columns, prefixes=["TEMPORARY"])
            mould.create(conn)
            if rows[table.name]:
                conn.execute(table.insert(), rows[table.name])
                conn.execute(mould.insert(), rows[table.name])
            sa.Index(f"mould_{table.name}_case", mould.c.case_id).create(conn)
        conn.execute(sa.text("CREATE TEMP TABLE stamps (mould TEXT NOT NULL, fresh TEXT NOT NULL)"))
        moulds = [case["case_id"] for case, *_ in made]
        for start in range(len(made), number, BATCH):
            batch = range(start, min(start + BATCH, number))
            stamps = [{"mould": moulds[each % len(moulds)], "fresh": _fresh(name, each)} for each in batch]
            conn.execute(sa.text("INSERT INTO stamps VALUES (:mould, :fresh)"), stamps)
            for table in TABLES:
                conn.execute(sa.text(_stamping(table)))
            conn.execute(sa.text("DELETE FROM stamps"))
            say(f"{name}: {batch.stop:,} of {number:,} cases in {time.perf_counter() - began:.0f} s")
        for dropped in ("stamps", *(f"mould_{table.name}" for table in TABLES)):
            conn.execute(sa.text(f"DROP TABLE {dropped}"))
        conn.commit()


def _fresh(name: str, number: int) -> str:
    """A case id: as good as random, and the same on every run."""
    return hashlib.blake2b(f"{name}/{number}".encode(), digest_size=16).hexdigest()


def _stamping(table: sa.Table) -> str:
    names = [column.name for column in table.columns]
    values = [f"replace(m.{name}, s.mould, s.fresh)" if name in NAMED else f'm."{name}"' for name in names]
    columns = ", ".join(f'"{name}"' for name in names)
    return (
        f"INSERT INTO {table.name} ({columns}) SELECT {', '.join(values)} "  # noqa: S608 - names of ours
        f"FROM stamps s JOIN mould_{table.name} m ON m.case_id = s.mould"
    )
