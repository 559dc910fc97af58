"""What somebody has: live steps that are theirs, open cases that they answer for; and who has got something."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Role
from marshrut.ports import HeldCase, HeldStep
from marshrut.store.locks import lock
from marshrut.store.tables import ALIVE_CASES, LIVE, absences, cases, steps


async def held_by(
    conn: AsyncConnection, user: str, hospital: str | None = None
) -> tuple[list[HeldStep], list[HeldCase]]:
    """What they have in open cases, of one hospital or of all."""
    to_do = (
        sa.select(steps.c.step_id, steps.c.case_id, steps.c.hospital, steps.c.role)
        .join(cases, cases.c.case_id == steps.c.case_id)
        .where(steps.c.assignee == user, LIVE, ALIVE_CASES)
        .order_by(steps.c.step_id)
    )
    owned = (
        sa.select(cases.c.case_id, cases.c.hospital).where(cases.c.owner == user, ALIVE_CASES).order_by(cases.c.case_id)
    )
    if hospital is not None:
        to_do, owned = to_do.where(steps.c.hospital == hospital), owned.where(cases.c.hospital == hospital)
    has = [HeldStep(row.step_id, row.case_id, row.hospital, Role(row.role)) for row in await conn.execute(to_do)]
    return has, [HeldCase(row.case_id, row.hospital) for row in await conn.execute(owned)]


def gained(before: CaseState, after: CaseState, actor: str) -> set[str]:
    """Who has by an event what they had not, and did not take themselves."""
    if after.steps is before.steps and (after.owner, after.closed) == (before.owner, before.closed):
        return set()
    users = {
        step.assignee
        for step_id, step in after.steps.items()
        if step.live and step is not (known := before.steps.get(step_id)) and not _had(known, step.assignee)
    }
    if after.owner != before.owner or (before.closed and not after.closed):
        users.add(after.owner)
    return {user for user in users if user not in {None, actor}}


def _had(step: Step | None, user: str | None) -> bool:
    return step is not None and step.live and step.assignee == user


async def look_again(conn: AsyncConnection, users: Collection[str], at: datetime) -> None:
    """Whoever of them is away has got something meanwhile: what their absence means is to be seen to again."""
    for user in sorted(users):
        await lock(conn, f"absence/{user}")
        lasts = sa.or_(absences.c.ends_at.is_(None), absences.c.ends_at > at)
        seen_to = sa.and_(absences.c.user == user, absences.c.handed_over_at.is_not(None), lasts)
        await conn.execute(absences.update().where(seen_to).values(handed_over_at=None))
