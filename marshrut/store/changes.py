"""Which cases changed, in one sequence over all of them: written by the commit itself, read by whoever is listened to.

A number is given when a row is written and seen when it is committed, so on PostgreSQL a lower one may turn up after a
higher one; whoever reads remembers the gaps. Nobody's data follow from these rows, and old ones are forgotten.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.changes import ChangeKind, changed
from marshrut.domain.state import CaseState
from marshrut.ports import Change, Known
from marshrut.store.database import Database
from marshrut.store.tables import cases, changes

# So many are forgotten at a time, so that no commit waits for a great deletion.
AT_ONCE = 1000

_INSERT = changes.insert()
_CHANGES = sa.select(changes, cases.c.guarded).outerjoin(cases, cases.c.case_id == changes.c.case_id)
_KNOWN = sa.select(sa.func.min(changes.c.number), sa.func.max(changes.c.number))


async def note(conn: AsyncConnection, before: CaseState, after: CaseState, at: datetime) -> None:
    """Say that a case changed: to the hospital that has it, and to the one that had it until now."""
    kinds = changed(before, after)
    rows = [_row(after.hospital or "", after.case_id, after.seq, kinds, at)]
    if before.hospital is not None and before.hospital != after.hospital:
        rows.append(_row(before.hospital, after.case_id, after.seq, {ChangeKind.LEFT}, at))
    await conn.execute(_INSERT, rows)


async def note_shift(conn: AsyncConnection, hospital: str, at: datetime) -> None:
    """Say that a handover of this hospital changed."""
    await conn.execute(_INSERT, [_row(hospital, None, None, {ChangeKind.SHIFT}, at)])


def _row(
    hospital: str, case_id: str | None, seq: int | None, kinds: Collection[ChangeKind], at: datetime
) -> dict[str, Any]:
    return {"hospital": hospital, "case_id": case_id, "seq": seq, "kinds": " ".join(sorted(kinds)), "at": at}


class SqlChanges:
    """The changes in SQL (port `Changes`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def known(self) -> Known:
        """From where to where they are kept."""
        async with self._db.read() as conn:
            oldest, newest = (await conn.execute(_KNOWN)).one()
        return Known(oldest or 0, newest or 0)

    async def since(self, number: int, among: Collection[int] = (), *, limit: int) -> Sequence[Change]:
        """Those with a higher number, the lowest first, and those of the lower numbers that are asked for."""
        newer = _CHANGES.where(changes.c.number > number).order_by(changes.c.number).limit(limit)
        async with self._db.read() as conn:
            rows = list(await conn.execute(newer))
            if among:
                rows += await conn.execute(_CHANGES.where(changes.c.number.in_(among)))
        return sorted(map(_change, rows), key=lambda change: change.number)


def old(before: datetime) -> sa.Select[int]:
    """How many are from before then."""
    return sa.select(sa.func.count()).select_from(changes).where(changes.c.at < before, changes.c.number != _newest())


async def forget(conn: AsyncConnection, before: datetime) -> int:
    """Forget changes from before then, but never the newest; how many at this go."""
    oldest = sa.select(changes.c.number).order_by(changes.c.number).limit(AT_ONCE)
    these = changes.delete().where(changes.c.number.in_(oldest), changes.c.at < before, changes.c.number != _newest())
    return (await conn.execute(these)).rowcount


def _newest() -> sa.ScalarSelect[int]:
    return sa.select(sa.func.max(changes.c.number)).scalar_subquery()


def _change(row: Any) -> Change:
    kinds = frozenset(map(ChangeKind, row.kinds.split()))
    return Change(row.number, row.hospital, row.case_id, row.seq, kinds, row.at, row.guarded is not None)
