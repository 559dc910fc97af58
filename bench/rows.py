"""The least that writing something down needs: one committed row in the same SQL database, through the same engine."""

from __future__ import annotations

import sqlalchemy as sa
from pydantic import BaseModel
from temporalio import activity

from bench.bare import WRITE_ROW
from marshrut.store.database import Database

_metadata = sa.MetaData()
_rows = sa.Table(
    "bench_rows",
    _metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("body", sa.LargeBinary, nullable=False),
)
_INSERT = _rows.insert()


class Row(BaseModel):
    """What the baseline's activity is given."""

    id: str
    text: str


class Rows:
    """The bench's own table."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def create(self) -> None:
        """Make the table unless it is there."""
        async with self._db.write() as conn:
            await conn.run_sync(_metadata.create_all)

    async def add(self, name: str, body: bytes) -> None:
        """Store a row: on disk when this returns."""
        async with self._db.write() as conn:
            await conn.execute(_INSERT, {"id": name, "body": body})

    async def held(self, names: list[str]) -> list[bytes]:
        """The bodies of those rows that are there."""
        async with self._db.read() as conn:
            return list(await conn.scalars(sa.select(_rows.c.body).where(_rows.c.id.in_(names))))

    @activity.defn(name=WRITE_ROW)
    async def write(self, row: Row) -> None:
        """The same as an activity."""
        await self.add(row.id, row.text.encode())
