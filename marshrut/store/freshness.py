"""How far the read model is behind (port `Freshness`)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from marshrut.domain.watching import BEHIND
from marshrut.ports import Lags
from marshrut.store.database import Database
from marshrut.store.tables import STANDS, cases, commands, findings

# News of a visit is held until its case opens, for days if need be: nothing could be done before that.
WAITS_SINCE = sa.case((cases.c.opened_at > commands.c.received_at, cases.c.opened_at), else_=commands.c.received_at)
_TOLD = (
    sa.select(commands.c.hospital, sa.func.min(WAITS_SINCE), sa.func.count())
    .select_from(commands.outerjoin(cases, cases.c.case_id == commands.c.case_id))
    .where(sa.text("commands.state = 'pending'"))
)
_UNWRITTEN = sa.select(findings.c.hospital, sa.func.min(findings.c.since)).where(STANDS, findings.c.code.in_(BEHIND))


class SqlFreshness:
    """Behind is what was said and is not committed, and what the watchdog knows that a journey could not write."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def lags(self, now: datetime) -> Lags:
        """Of every hospital of which something is on its way."""
        async with self._db.read() as conn:
            told = (await conn.execute(_TOLD.group_by(commands.c.hospital))).all()
            unwritten = (await conn.execute(_UNWRITTEN.group_by(findings.c.hospital))).all()
        since = {hospital: at for hospital, at, _ in told}
        for hospital, at in unwritten:
            since[hospital] = min(at, since.get(hospital, at))
        return Lags(now, since, {hospital: count for hospital, _, count in told})
