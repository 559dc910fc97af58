"""The registry of persons: which commands told about whom. What they told is sealed, and put together by who reads it.

It is ordered by when things were so, not by when they arrived: an old message that comes late is old news.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.amending import AMENDED, NOT_AMENDED
from marshrut.domain.commands import Admit
from marshrut.domain.ids import person_of
from marshrut.store import codec
from marshrut.store.statements import insert_new
from marshrut.store.tables import commands, persons

# The columns of a command that say of whom it tells, and when that was so.
TELLING = ("type", "body", "person", "occurred_at", "received_at")
BELONGS_TO = "belongs_to"
# However much was told since, what was put right, or was not, is part of what is known.
RIGHTS = (AMENDED, NOT_AMENDED)
# So many of the newest are put together: a hospital's system may say the same a hundred times.
MOST_OF_A_PERSON = 50

_known = sa.select(persons.c.number).where(persons.c.person_id == sa.bindparam("person")).limit(1)
_newest_first = sa.func.row_number().over(
    partition_by=persons.c.person_id,
    order_by=(persons.c.hearsay, persons.c.told_at.desc(), persons.c.number.desc()),
)


async def remember(conn: AsyncConnection, row: Any) -> None:
    """A command is done that has a private part: if it tells of a person, it is found by who asks for them."""
    admit = codec.body_of(row.body) if row.type == "admit" else None
    person, hearsay = row.person, False
    if isinstance(admit, Admit):
        person, hearsay = admit.person, admit.via != "admission"
    if person is None or row.type == BELONGS_TO:  # which of two records counts tells nothing of the person
        return
    await _tell(conn, row, person, hearsay=hearsay)
    # A hospital also tells whom a referral of the same visit was about, who had no record number then.
    nameless = person_of(row.case_id)
    if not hearsay and await conn.scalar(_known, {"person": nameless}) is not None:
        await _tell(conn, row, nameless, hearsay=False)


async def _tell(conn: AsyncConnection, row: Any, person: str, *, hearsay: bool) -> None:
    told_at = row.occurred_at or row.received_at
    told = {"person_id": person, "number": row.number, "told_at": told_at, "hearsay": hearsay}
    await conn.execute(insert_new(conn, persons), told)


def of_persons(person_ids: Sequence[str], *, whole: bool = False) -> sa.Select[Any]:
    """What was told of these persons, of each the newest first: `person_id`, the command's `id`, its `private` part."""
    rank = _newest_first.label("rank")
    ranked = (
        sa.select(persons.c.person_id, persons.c.number, rank).where(persons.c.person_id.in_(person_ids)).subquery()
    )
    told = sa.select(ranked.c.person_id, commands.c.id, commands.c.private)
    told = told.join(commands, commands.c.number == ranked.c.number)
    told = told.where(commands.c.private.is_not(None)).order_by(ranked.c.rank)
    return told if whole else told.where(sa.or_(ranked.c.rank <= MOST_OF_A_PERSON, commands.c.code.in_(RIGHTS)))


def by_person(rows: Sequence[Any]) -> Mapping[str, Sequence[tuple[str, bytes]]]:
    """The rows of `of_persons`, put apart."""
    told: dict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for row in rows:
        told[row.person_id].append((row.id, row.private))
    return told
