"""`ports.RetentionStore` in SQL: what is old of each kind, and how it goes. What is held by order stays."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.base import Instant
from marshrut.domain.retention import Due, Kept, Swept
from marshrut.ports import CommandState, Doing, Page
from marshrut.store import old_deliveries
from marshrut.store.audit import forget as forget_audit
from marshrut.store.audit import old as old_audit
from marshrut.store.changes import forget as forget_changes
from marshrut.store.changes import old as old_changes
from marshrut.store.cursors import Cursor
from marshrut.store.database import Database
from marshrut.store.deliveries import due
from marshrut.store.holds import mailed_of_held, on_hold
from marshrut.store.statements import insert_new
from marshrut.store.tables import (
    DISCARDED,
    FAILED,
    MENDED,
    ORIGINAL,
    OVER,
    UNSETTLED,
    cases,
    commands,
    erasures,
    findings,
    handover_items,
    handovers,
    message_acts,
    outbox,
    persons,
    repair_counts,
    repairs,
    sessions,
    sign_in_tries,
    swept,
)

# So many rows at a time, so that nobody waits for a great deletion.
AT_ONCE = 500

_DUE: Cursor[tuple[Instant, str]] = Cursor("due", tuple[Instant, str])
Condition = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Sweep:
    """Rows of a table that may go: those where `old` says so. `blank`: what is emptied; without, the rows go."""

    table: sa.Table
    old: Condition
    blank: tuple[str, ...] = ()

    def count(self) -> sa.Select[int]:
        """How many there are."""
        return sa.select(sa.func.count()).select_from(self.table).where(self.old)

    async def few(self, conn: AsyncConnection) -> int:
        """Do it to a few."""
        keys = list(self.table.primary_key.columns)
        rows = (await conn.execute(sa.select(*keys).where(self.old).limit(AT_ONCE))).all()
        if not rows:
            return 0
        found = [tuple(row) for row in rows]
        these = sa.tuple_(*keys).in_(found) if len(keys) > 1 else keys[0].in_([key for (key,) in found])
        change = self.table.update().values(dict.fromkeys(self.blank)) if self.blank else self.table.delete()
        return (await conn.execute(change.where(these))).rowcount


_c, _h, _a = commands.c, handovers.c, message_acts.c


def _mail(before: datetime) -> Sequence[Sweep]:
    return [Sweep(outbox, sa.and_(OVER, outbox.c.finished_at < before, ~mailed_of_held()))]


def _originals(before: datetime) -> Sequence[Sweep]:
    old = sa.and_(ORIGINAL, _c.state == CommandState.DONE, _c.finished_at < before, ~on_hold(_c.case_id))
    return [Sweep(commands, old, ("raw",))]


def _refused(before: datetime) -> Sequence[Sweep]:
    sealed = sa.or_(_c.raw.is_not(None), _c.private.is_not(None))
    over = sa.or_(FAILED, DISCARDED)
    # Putting one aside is no end of it by itself: it may be taken back.
    aside = sa.select(sa.func.max(_a.at)).where(_a.message_id == _c.id, _a.act == Doing.DISCARDED).scalar_subquery()
    since = sa.func.coalesce(aside, _c.finished_at, _c.received_at)
    return [Sweep(commands, sa.and_(over, sealed, since < before, ~on_hold(_c.case_id)), ("raw", "private"))]


def _message_notes(before: datetime) -> Sequence[Sweep]:
    held = sa.exists().where(_c.id == message_acts.c.message_id, on_hold(_c.case_id))
    return [
        Sweep(message_acts, sa.and_(message_acts.c.note.is_not(None), message_acts.c.at < before, ~held), ("note",))
    ]


def _handover_notes(before: datetime) -> Sequence[Sweep]:
    """The notes on whole handovers, and those on single things in them."""
    held = sa.exists().where(handover_items.c.handover_id == _h.id, on_hold(handover_items.c.case_id))
    noted = sa.or_(_h.note.is_not(None), _h.answer_note.is_not(None))
    over = sa.select(_h.id).where(OVER, _h.finished_at < before)
    its = sa.and_(
        handover_items.c.note.is_not(None), handover_items.c.handover_id.in_(over), ~on_hold(handover_items.c.case_id)
    )
    whole = sa.and_(OVER, _h.finished_at < before, noted, ~held)
    return [Sweep(handover_items, its, ("note",)), Sweep(handovers, whole, ("note", "answer_note"))]


def _of_repairs(before: datetime) -> Sequence[Sweep]:
    return [Sweep(repairs, sa.and_(repairs.c.at < before, ~on_hold(repairs.c.case_id)))]


def _of_findings(before: datetime) -> Sequence[Sweep]:
    return [Sweep(findings, sa.and_(MENDED, findings.c.resolved_at < before, ~on_hold(findings.c.case_id)))]


SWEEPS: Mapping[Kept, Callable[[datetime], Sequence[Sweep]]] = {
    Kept.SESSIONS: lambda before: [Sweep(sessions, sessions.c.ends_at < before)],
    Kept.TRIES: lambda before: [Sweep(sign_in_tries, sign_in_tries.c.last_at < before)],
    Kept.MAIL: _mail,
    Kept.ORIGINALS: _originals,
    Kept.REFUSED: _refused,
    Kept.MESSAGE_NOTES: _message_notes,
    Kept.HANDOVER_NOTES: _handover_notes,
    Kept.REPAIRS: _of_repairs,
    Kept.FINDINGS: _of_findings,
}


class SqlRetention:
    """In SQL."""

    def __init__(self, db: Database, audit_key: bytes) -> None:
        self._db = db
        self._audit_key = audit_key

    async def old(self, kind: Kept, before: datetime) -> int:
        """How many of a kind are from before then and held by no order."""
        match kind:
            case Kept.CHANGES:
                counts = [old_changes(before)]
            case Kept.DELIVERIES:
                counts = [old_deliveries.old(before)]
            case Kept.UNTOLD:
                counts = [old_deliveries.old_untold(before)]
            case Kept.AUDIT:
                counts = [old_audit(before)]
            case Kept.CLOSED_CASES:
                counts = [sa.select(sa.func.count()).select_from(_due(before).subquery())]
            case _:
                counts = [each.count() for each in SWEEPS[kind](before)]
        async with self._db.read() as conn:
            return sum([int(await conn.scalar(each) or 0) for each in counts])

    async def sweep(self, kind: Kept, before: datetime, now: datetime) -> int:
        """Remove a few of them, and count that, in one transaction."""
        async with self._db.write() as conn:
            match kind:
                case Kept.CHANGES:
                    return await forget_changes(conn, before)  # news that are over, counted nowhere
                case Kept.DELIVERIES:
                    count = await old_deliveries.forget(conn, before)
                case Kept.UNTOLD:
                    gone = await old_deliveries.let_go(conn, before, now)
                    for webhook_id, case_id in dict.fromkeys((row.webhook_id, row.case_id) for row in gone):
                        await conn.execute(due(webhook_id, case_id, now))
                    count = len(gone)
                case Kept.AUDIT:
                    count = await forget_audit(conn, self._audit_key, before, now)
                case Kept.REPAIRS:
                    count = await _repairs(conn, before)
                case _:
                    count = sum([await each.few(conn) for each in SWEEPS[kind](before)])
            if count:
                await _note(conn, kind, count, now)
        return count

    async def due(
        self, before: datetime, hospitals: Collection[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[Due]:
        """Closed cases, the longest closed first, of persons all of whose cases ended before then."""
        query = _due(before).order_by(cases.c.closed_at, cases.c.case_id).limit(limit + 1)
        if hospitals is not None:
            query = query.where(cases.c.hospital.in_(hospitals))
        if (after := _DUE.read(cursor)) is not None:
            at, name = after
            same = sa.and_(cases.c.closed_at == at, cases.c.case_id > name)
            query = query.where(sa.or_(cases.c.closed_at > at, same))
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return _DUE.page(
            rows,
            limit,
            lambda row: Due(row.case_id, row.hospital, row.closed_at),
            lambda row: (row.closed_at, row.case_id),
        )

    async def swept(self) -> Mapping[Kept, Swept]:
        """What was removed so far, by kind."""
        async with self._db.read() as conn:
            rows = await conn.execute(sa.select(swept))
            return {Kept(row["kind"]): Swept(row["count"], row["last_at"]) for row in rows.mappings()}


def _due(before: datetime) -> sa.Select[Any]:
    """Who was erased is in no registry any more; whoever is to be erased already is asked for once."""
    others = cases.alias("others")
    young = sa.or_(others.c.closed_at.is_(None), others.c.closed_at >= before)
    later = sa.exists().where(others.c.person_id == cases.c.person_id, young)
    held = sa.exists().where(others.c.person_id == cases.c.person_id, on_hold(others.c.case_id))
    known = sa.exists().where(persons.c.person_id == cases.c.person_id)
    asked = sa.exists().where(UNSETTLED, erasures.c.plan.contains(cases.c.case_id))
    columns = (cases.c.case_id, cases.c.hospital, cases.c.closed_at)
    return sa.select(*columns).where(cases.c.closed_at < before, known, ~later, ~held, ~asked)


async def _repairs(conn: AsyncConnection, before: datetime) -> int:
    """Repairs go, and how many there ever were stays."""
    (sweep,) = _of_repairs(before)
    columns = (repairs.c.round, repairs.c.case_id, repairs.c.code, repairs.c.hospital)
    rows = (await conn.execute(sa.select(*columns).where(sweep.old).limit(AT_ONCE))).all()
    for hospital, code in sorted({(row.hospital, row.code) for row in rows}):
        of = sum((row.hospital, row.code) == (hospital, code) for row in rows)
        await conn.execute(insert_new(conn, repair_counts), {"hospital": hospital, "code": code, "count": 0})
        one = repair_counts.update().where(repair_counts.c.hospital == hospital, repair_counts.c.code == code)
        await conn.execute(one.values(count=repair_counts.c.count + of))
    keys = [(row.round, row.case_id, row.code) for row in rows]
    if keys:
        await conn.execute(repairs.delete().where(sa.tuple_(*repairs.primary_key.columns).in_(keys)))
    return len(rows)


async def _note(conn: AsyncConnection, kind: Kept, count: int, now: datetime) -> None:
    await conn.execute(insert_new(conn, swept), {"kind": kind, "count": 0, "last_at": now})
    more = swept.update().where(swept.c.kind == kind)
    await conn.execute(more.values(count=swept.c.count + count, last_at=now))
