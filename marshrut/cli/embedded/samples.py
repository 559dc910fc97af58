"""The sample admissions, sent to an empty installation the way that a hospital would send them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import UTC, datetime, timedelta

import httpx
import sqlalchemy as sa

from marshrut.cli.running import until
from marshrut.cli.tokens import everywhere
from marshrut.domain.words import Role
from marshrut.samples.load import shifted
from marshrut.settings import Settings
from marshrut.store.database import Database
from marshrut.store.tables import cases, commands

OPEN_WITHIN_S = 60.0


async def untouched(db: Database) -> bool:
    """Whether no command was ever stored."""
    return await _count(db, sa.select(commands.c.number).limit(1)) == 0


async def load(
    db: Database, settings: Settings, http: httpx.AsyncClient, hospitals: Collection[str]
) -> tuple[int, int]:
    """Send them and wait until nothing of them is pending; how many were taken, and how many cases are open.

    Raises:
        Stop: they were not applied in time.
    """
    token = everywhere(settings, "samples", Role.INTEGRATOR, timedelta(minutes=10), hospitals)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "x-application/hl7-v2+er7"}
    answers = [await http.post("/hl7v2", content=raw, headers=headers) for _, raw in shifted(datetime.now(UTC))]
    taken = sum("\rMSA|AA|" in answer.text for answer in answers)
    await until(_applied(db), "a sample", OPEN_WITHIN_S)
    return taken, await _count(db, sa.select(cases.c.case_id))


def _applied(db: Database) -> Callable[[], Awaitable[bool]]:
    async def applied() -> bool:
        return await _count(db, sa.select(commands.c.number).where(commands.c.state == "pending")) == 0

    return applied


async def _count(db: Database, rows: sa.Select[tuple[object]]) -> int:
    async with db.read() as conn:
        return int(await conn.scalar(sa.select(sa.func.count()).select_from(rows.subquery())) or 0)
