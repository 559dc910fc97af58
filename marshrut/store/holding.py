"""What somebody has: live steps that are theirs, open cases that they answer for, and what is on its way."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.handover import HandoverState
from marshrut.domain.state import LIVE
from marshrut.domain.words import Role
from marshrut.ports import HeldCase, HeldStep
from marshrut.store.projection import Standing
from marshrut.store.tables import PENDING, UNSETTLED, cases, commands, handovers, steps


async def held_by(
    conn: AsyncConnection, user: str, hospital: str | None = None
) -> tuple[list[HeldStep], list[HeldCase]]:
    """What they have in open cases, of one hospital or of all."""
    to_do = (
        sa.select(steps.c.step_id, steps.c.case_id, steps.c.hospital, steps.c.role)
        .join(cases, cases.c.case_id == steps.c.case_id)
        .where(steps.c.assignee == user, steps.c.state.in_(LIVE), cases.c.state != Standing.CLOSED)
        .order_by(steps.c.step_id)
    )
    owned = (
        sa.select(cases.c.case_id, cases.c.hospital)
        .where(cases.c.owner == user, cases.c.state != Standing.CLOSED)
        .order_by(cases.c.case_id)
    )
    if hospital is not None:
        to_do, owned = to_do.where(steps.c.hospital == hospital), owned.where(cases.c.hospital == hospital)
    has = [HeldStep(row.step_id, row.case_id, row.hospital, Role(row.role)) for row in await conn.execute(to_do)]
    return has, [HeldCase(row.case_id, row.hospital) for row in await conn.execute(owned)]


async def under_way(conn: AsyncConnection, user: str) -> bool:
    """Whether something may still change hands to them or from them that was said before.

    A command that gives them something may wait for the engine, and so may the rest of a handover of theirs.
    """
    given = sa.or_(
        *(commands.c.body.contains(f'"{field}":"{user}"', autoescape=True) for field in ("assignee", "owner"))
    )
    theirs = sa.or_(handovers.c.giver == user, handovers.c.answered_by == user)
    unfinished = sa.and_(UNSETTLED, handovers.c.state == HandoverState.ACKNOWLEDGED, theirs)
    for some in (
        sa.select(commands.c.number).where(PENDING, given),
        sa.select(handovers.c.id).where(unfinished),
    ):
        if (await conn.execute(some.limit(1))).first() is not None:
            return True
    return False
