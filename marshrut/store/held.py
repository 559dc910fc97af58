"""Messages about a visit that has no case: held until an admission opens it, or until nobody waits for that any more.

Whoever opens a case and whoever stores a message about it take the same lock, so that none is held beside its case.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.state import CaseState
from marshrut.ports import CommandState, Intent
from marshrut.store.locks import lock_cases, lock_person
from marshrut.store.projection import Standing
from marshrut.store.tables import HELD, cases, commands

NO_CASE = "no_case"

_there = sa.select(cases.c.case_id).where(cases.c.case_id == sa.bindparam("case_id"))
_open_cases = (
    sa.select(cases.c.case_id)
    .where(
        cases.c.person_id == sa.bindparam("person"),
        cases.c.hospital == sa.bindparam("hospital"),
        cases.c.state != Standing.CLOSED,
    )
    .order_by(cases.c.admitted_at.desc(), cases.c.case_id)
)


async def placed(conn: AsyncConnection, intent: Intent) -> tuple[Intent, Sequence[Intent]]:
    """The message with its case, if that is there; of a person with several, what the others are told beside it."""
    if intent.case_id is not None:
        await lock_cases(conn, [intent.case_id])
        there = await conn.scalar(_there, {"case_id": intent.case_id})
        return (intent if there is None else _due(intent, intent.case_id)), ()
    if intent.person is None:
        return intent, ()
    await lock_person(conn, intent.person)
    found = (await conn.scalars(_open_cases, {"person": intent.person, "hospital": intent.hospital})).all()
    if not found:
        return intent, ()
    # Their private part is the message's own: it is kept once, and the registry finds it there.
    alone = replace(intent, key=None, private=None, raw=None, format=None, person=None)
    others = [_due(replace(alone, id=f"{intent.id}.{number}"), case) for number, case in enumerate(found[1:], 2)]
    return _due(intent, found[0]), others


async def release(conn: AsyncConnection, before: CaseState, after: CaseState) -> None:
    """A case has just opened: what was held for its visit, or for its person, is due now."""
    if before.opened or after.person is None:
        return
    await lock_person(conn, after.person)
    of_person = sa.and_(
        commands.c.case_id.is_(None), commands.c.person == after.person, commands.c.hospital == after.hospital
    )
    waiting = sa.or_(commands.c.case_id == after.case_id, of_person)
    due = {"state": CommandState.PENDING, "case_id": after.case_id, "due_at": None, "released_at": after.opened_at}
    await conn.execute(commands.update().where(HELD, waiting).values(**due))


async def give_up(conn: AsyncConnection, now: datetime) -> int:
    """Close what was held too long; what it tells of a person who is nobody's patient here is kept no more than once.

    Returns:
        How many they were.
    """
    over = {"state": CommandState.DONE, "code": NO_CASE, "case_id": None, "private": None, "due_at": None}
    late = commands.update().where(HELD, commands.c.due_at <= now).values(finished_at=now, **over)
    return (await conn.execute(late)).rowcount


def _due(intent: Intent, case_id: str) -> Intent:
    return replace(intent, state=CommandState.PENDING, case_id=case_id, held_until=None)
