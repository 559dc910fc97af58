"""`ports.AuditBook` in SQL: one chain for all processes, appended in batches by whoever holds its lock.

A batch is one transaction: the lock, the head, which cases are meant, the rows. So the rows of all processes stand in
one order, and whoever checks the chain walks it once.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy import exc
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.auditing import START, Act, Entry, Head, Outcome, Purpose, Row, link, plain, sealed
from marshrut.domain.words import Role
from marshrut.ports import AuditFilter, Clock, Page, Unavailable
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.statements import upsert
from marshrut.store.tables import audit, audit_checkpoints, audit_head, audit_subjects, cases
from marshrut.store.types import utc_now

log = structlog.get_logger()

LOCK = "audit"
# A right that was taken away, a table that is not there, a row where the next one belongs: no other row would fare
# better, so whoever writes waits until it is mended, and nothing is let go.
NOT_THE_ROW = (exc.IntegrityError, exc.ProgrammingError, exc.OperationalError)
AT_ONCE = 1000
_INSERT, _NEW_SUBJECTS = audit.insert(), audit_subjects.insert()
_HEAD = sa.select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == 1)
_MEANT = (
    sa.select(cases.c.case_id, cases.c.hospital, audit_subjects.c.subject)
    .join(audit_subjects, audit_subjects.c.case_id == cases.c.case_id, isouter=True)
    .where(cases.c.case_id.in_(sa.bindparam("wanted", expanding=True)))
)
_ROWS = sa.select(audit, audit_subjects.c.case_id).join(
    audit_subjects, audit_subjects.c.subject == audit.c.subject, isouter=True
)
_CURSOR = Cursor("audit", Whole)


class SqlAudit:
    """The book. `key`: of the chain (`auditing.chain_key`)."""

    def __init__(self, db: Database, key: bytes, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._key = key
        self._clock = clock

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write these down, in this order, all or none."""
        try:
            await self._append([plain(entry) for entry in entries])
        except NOT_THE_ROW as fault:
            log.error("audit.refused", error=type(fault).__name__)  # noqa: TRY400 - the traceback quotes the rows
            raise Unavailable("audit") from fault

    async def _append(self, told: Sequence[Entry]) -> None:
        async with self._db.write() as conn:
            await lock(conn, LOCK)
            head, meant = await _head(conn), await self._meant(conn, {each.case_id for each in told if each.case_id})
            rows, now, before = [], self._clock(), head.hash
            for seq, entry in enumerate(told, head.seq + 1):
                # Of what is no case (any more) nothing is kept: an erased one would come back by being asked for.
                subject, hospital = meant.get(entry.case_id or "", (None, None))
                row = _row(entry, subject, hospital or entry.hospital)
                before = link(self._key, before, seq, now, _entry_of(row), subject)
                rows.append({**row, "seq": seq, "recorded_at": now, "hash": before})
            await conn.execute(_INSERT, rows)
            last = Head(head.seq + len(rows), before)
            proof = sealed(self._key, "head", last.text)
            await conn.execute(upsert(conn, audit_head), {"id": 1, "seq": last.seq, "hash": last.hash, "proof": proof})

    async def find(self, which: AuditFilter, *, limit: int, cursor: str | None) -> Page[Row]:
        """A page of them, the newest first."""
        before = _CURSOR.read(cursor)
        query = _ROWS.where(*_fitting(which)).order_by(audit.c.seq.desc()).limit(limit + 1)
        if before is not None:
            query = query.where(audit.c.seq < before)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return _CURSOR.page(rows, limit, _read, lambda row: row.seq)

    async def all_of(self, which: AuditFilter) -> AsyncIterator[Sequence[Row]]:
        """All of them, the oldest first, a part at a time: no transaction lasts as long as whoever reads."""
        query, after = _ROWS.where(*_fitting(which)).order_by(audit.c.seq).limit(AT_ONCE), 0
        while True:
            async with self._db.read() as conn:
                rows = [_read(row) for row in await conn.execute(query.where(audit.c.seq > after))]
            if rows:
                yield rows
            if len(rows) < AT_ONCE:
                return
            after = rows[-1].seq

    async def head(self) -> Head:
        """How far the chain goes."""
        async with self._db.read() as conn:
            return await _head(conn)

    async def _meant(
        self, conn: AsyncConnection, wanted: Collection[str]
    ) -> Mapping[str, tuple[str | None, str | None]]:
        """By id the pseudonyms and hospitals of these cases; whoever has no pseudonym gets one."""
        if not wanted:
            return {}
        found, new = dict[str, tuple[str | None, str | None]](), []
        for case_id, hospital, subject in await conn.execute(_MEANT, {"wanted": sorted(wanted)}):
            name = subject or secrets.token_hex(16)
            if subject is None:
                new.append({"subject": name, "case_id": case_id, "proof": subject_proof(self._key, name, case_id)})
            found[case_id] = (name, hospital)
        if new:
            await conn.execute(_NEW_SUBJECTS, new)
        return found


def old(before: datetime) -> sa.Select[int]:
    """How many entries were written down before then."""
    return sa.select(sa.func.count()).select_from(audit).where(audit.c.recorded_at < before)


async def forget(conn: AsyncConnection, key: bytes, before: datetime, now: datetime) -> int:
    """Let go of some of the oldest that were written down before then; the chain begins at a checkpoint after them."""
    oldest = sa.select(audit.c.seq, audit.c.hash, audit.c.recorded_at).order_by(audit.c.seq).limit(AT_ONCE)
    await lock(conn, LOCK)
    gone = list(takewhile(lambda row: row.recorded_at < before, (await conn.execute(oldest)).all()))
    if not gone:
        return 0
    last = Head(gone[-1].seq, gone[-1].hash)
    proof = sealed(key, "checkpoint", last.text)
    await conn.execute(audit_checkpoints.insert(), {"seq": last.seq, "hash": last.hash, "at": now, "proof": proof})
    await conn.execute(audit.delete().where(audit.c.seq <= last.seq))
    return len(gone)


def subject_proof(key: bytes, subject: str, case_id: str) -> str:
    """What shows that it was we who said whose pseudonym it is."""
    return sealed(key, "subject", subject, case_id)


async def sever(conn: AsyncConnection, key: bytes, names: Mapping[str, str]) -> int:
    """Have the pseudonyms of erased cases stand for what is in their place; how many there were."""
    # Nobody gives a case a pseudonym at this moment.
    await lock(conn, LOCK)
    query = sa.select(audit_subjects.c.subject, audit_subjects.c.case_id).where(audit_subjects.c.case_id.in_(names))
    rows = (await conn.execute(query)).all()
    for subject, case_id in rows:
        new = names[case_id]
        here = audit_subjects.update().where(audit_subjects.c.subject == subject)
        await conn.execute(here.values(case_id=new, proof=subject_proof(key, subject, new)))
    return len(rows)


async def _head(conn: AsyncConnection) -> Head:
    row = (await conn.execute(_HEAD)).one_or_none()
    return START if row is None else Head(row.seq, row.hash)


def _fitting(which: AuditFilter) -> list[sa.ColumnElement[bool]]:
    same = {
        audit.c.user: which.user,
        audit.c.role: which.role,
        audit.c.act: which.act,
        audit.c.outcome: which.outcome,
        audit.c.purpose: which.purpose,
    }
    conditions: list[sa.ColumnElement[bool]] = [column == value for column, value in same.items() if value is not None]
    if which.hospitals is not None:
        conditions.append(audit.c.hospital.in_(which.hospitals))
    if which.since is not None:
        conditions.append(audit.c.at >= which.since)
    if which.until is not None:
        conditions.append(audit.c.at < which.until)
    if which.case_id is not None:
        whose = sa.select(audit_subjects.c.subject).where(audit_subjects.c.case_id == which.case_id)
        conditions.append(audit.c.subject.in_(whose))
    return conditions


def _row(entry: Entry, subject: str | None, hospital: str | None) -> dict[str, Any]:
    return {
        "at": entry.at,
        "act": entry.act,
        "what": entry.what,
        "purpose": entry.purpose,
        "outcome": entry.outcome,
        "user": entry.user,
        "role": entry.role,
        "subject": subject,
        "hospital": hospital,
        "thing": entry.thing,
        "code": entry.code,
        "fields": " ".join(entry.fields),
        "found": entry.found,
    }


def _entry_of(row: Mapping[str, Any], case_id: str | None = None) -> Entry:
    return Entry(
        at=row["at"],
        act=Act(row["act"]),
        what=row["what"],
        purpose=Purpose(row["purpose"]),
        outcome=Outcome(row["outcome"]),
        user=row["user"],
        role=None if row["role"] is None else Role(row["role"]),
        case_id=case_id,
        hospital=row["hospital"],
        thing=row["thing"],
        code=row["code"],
        fields=tuple(row["fields"].split()),
        found=row["found"],
    )


def _read(row: Any) -> Row:
    told = row._mapping  # noqa: SLF001 - a row's public name for it, spelt so that no column can hide it
    return Row(row.seq, row.recorded_at, _entry_of(told, row.case_id), row.subject, row.hash)
