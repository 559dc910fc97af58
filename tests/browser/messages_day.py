"""A day of what a hospital's system sends, for the picture of the inbox: most of it taken, some parked, some repeated.

It arrives within a minute, so it is told to have come in the hours before, and to have been applied soon after.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random

import sqlalchemy as sa

from marshrut.domain.words import Role
from marshrut.store.tables import commands
from tests.api.inboxes import er7, relaying
from tests.fixtures.engine import eventually
from tests.fixtures.system import System

SENDER, ELSEWHERE = "his-sklif", "SKLIF"
HOURS, ADMISSIONS = 23, 60


async def fill(system: System) -> None:
    """Have the day happen."""
    headers = {**system.token(Role.INTEGRATOR, SENDER, ELSEWHERE), "Content-Type": "x-application/hl7-v2+er7"}

    async def send(raw: bytes) -> None:
        answer = await system.http.post("/hl7v2", content=raw, headers=headers)
        assert answer.status_code < 500, answer.text

    sent = [er7(facility=ELSEWHERE) for _ in range(ADMISSIONS)]
    sent += [er7(facility="GKB29") for _ in range(6)]  # one that this system does not speak for
    sent += [er7(facility=ELSEWHERE, pv1={19: ""}) for _ in range(3)]
    Random(3).shuffle(sent)
    async with relaying(system.parts):
        for number, raw in enumerate(sent):
            for _ in range(3 if number % 20 == 7 else 1):
                await send(raw)
        await eventually(lambda: _settled(system))
    await _spread(system)


async def _settled(system: System) -> bool:
    async with system.parts.db.read() as conn:
        pending = sa.select(sa.func.count()).where(commands.c.actor == SENDER, commands.c.state == "pending")
        return (await conn.execute(pending)).scalar_one() == 0


async def _spread(system: System) -> None:
    chance, now = Random(5), system.parts.api.now()
    async with system.parts.db.write() as conn:
        theirs = sa.select(commands.c.id, commands.c.finished_at).where(commands.c.actor == SENDER)
        rows = (await conn.execute(theirs.order_by(commands.c.number))).all()
        # Hospitals send by day; at night there is little to send.
        hours = sorted((min(chance.triangular(0, HOURS, 9), chance.uniform(6, HOURS)) for _ in rows), reverse=True)
        for row, before in zip(rows, hours, strict=True):
            at = now - timedelta(hours=before)
            told = {"received_at": at}
            if row.finished_at is not None:
                told["finished_at"] = at + timedelta(seconds=chance.lognormvariate(-0.5, 0.7))
            await conn.execute(commands.update().where(commands.c.id == row.id).values(told))
