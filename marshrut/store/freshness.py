"""How far the read model is behind (port `Freshness`)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marshrut.domain.watching import BEHIND
from marshrut.ports import Lag
from marshrut.store.database import Database
from marshrut.store.tables import PENDING, STANDS, commands, findings


class SqlFreshness:
    """Behind is what was told and is not committed, and what the watchdog knows that a journey could not write."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def lag(self, now: datetime, hospitals: frozenset[str] | None = None) -> Lag:
        """Of these hospitals, or of all."""
        told = sa.select(sa.func.min(commands.c.received_at), sa.func.count()).where(PENDING)
        unwritten = sa.select(sa.func.min(findings.c.since)).where(STANDS, findings.c.code.in_(BEHIND))
        if hospitals is not None:
            told = told.where(commands.c.hospital.in_(hospitals))
            unwritten = unwritten.where(findings.c.hospital.in_(hospitals))
        async with self._db.read() as conn:
            oldest, pending = (await conn.execute(told)).one()
            known = await conn.scalar(unwritten)
        data_on = min(at for at in (oldest, known, now) if at is not None)
        return Lag(as_of=now, seconds=(now - data_on).total_seconds(), pending=pending, data_on=data_on)
