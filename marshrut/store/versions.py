"""Every version of the catalogue that was ever in force, as text."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from marshrut.ports import Clock
from marshrut.store.database import Database
from marshrut.store.statements import insert_new
from marshrut.store.tables import catalogues
from marshrut.store.types import utc_now


class SqlVersions:
    """Versions of the catalogue in SQL (port `Versions`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def remember(self, version: str, content: str) -> None:
        """Keep a version; one that is kept already stays as it is."""
        now = self._clock()
        row = {"version": version, "content": content, "first_seen": now, "last_seen": now}
        async with self._db.write() as conn:
            await conn.execute(insert_new(conn, catalogues), row)
            await conn.execute(sa.update(catalogues).where(catalogues.c.version == version).values(last_seen=now))

    async def latest(self) -> Sequence[str]:
        """The versions that were ever in force, the one that was so last first."""
        seen = sa.func.coalesce(catalogues.c.last_seen, catalogues.c.first_seen)
        async with self._db.read() as conn:
            found = await conn.scalars(sa.select(catalogues.c.version).order_by(seen.desc(), catalogues.c.version))
            return list(found)

    async def content(self, version: str) -> str | None:
        """What the version said; None when it was never in force here."""
        async with self._db.read() as conn:
            found: str | None = await conn.scalar(
                sa.select(catalogues.c.content).where(catalogues.c.version == version)
            )
        return found
