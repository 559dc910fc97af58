"""A case that opens as a readmission has the one before told, by a command that its own transaction stores.

So the word is as durable as the new case, and said once: the command's id follows from the case, and a relay carries it
however often whoever wrote this died.
"""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.commands import ReportFact
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Role
from marshrut.ports import CommandKind, Intent
from marshrut.store.codec import command_row
from marshrut.store.projection import Standing
from marshrut.store.statements import insert_new
from marshrut.store.tables import cases, commands

ITSELF = Actor(user="marshrut", role=Role.SYSTEM)


async def tell_case_before(conn: AsyncConnection, before: CaseState, after: CaseState, at: datetime) -> None:
    """Have the case before told, once this one knows of it and if that one still goes on; `at`: when it learnt that."""
    if after.earlier in {None, before.earlier}:
        return
    earlier = sa.select(cases.c.state).where(cases.c.case_id == after.earlier)
    if await conn.scalar(earlier) in (None, Standing.CLOSED):
        return
    name = f"readmitted.{after.case_id}"
    intent = Intent(
        id=name,
        kind=CommandKind.MESSAGE,
        source=ITSELF.user,
        key=name,
        fingerprint=name,
        actor=ITSELF,
        hospital=after.hospital or "",
        case_id=after.earlier,
        body=ReportFact(report=Report.READMITTED, other=after.case_id),
        occurred_at=None if after.admitted_at is None else min(after.admitted_at, at),
    )
    await conn.execute(insert_new(conn, commands), command_row(intent, now=at, owner="", lease_s=0))
