"""Walking the chain of the audit: what was altered, is missing or was put elsewhere, and whether its end was cut."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.auditing import START, Head, Row, sealed
from marshrut.ports import AuditFilter
from marshrut.store.audit import AT_ONCE, SqlAudit, subject_proof
from marshrut.store.database import Database
from marshrut.store.tables import audit, audit_checkpoints, audit_head, audit_subjects

EVERYTHING = AuditFilter()
_FIRST = sa.select(sa.func.min(audit.c.seq))


class Trouble(StrEnum):
    """What is wrong with the chain."""

    ALTERED = "altered"  # or put elsewhere: it does not stand as it was written, where it was written
    MISSING = "missing"
    ADDED = "added"  # in front of where the chain begins: a row that somebody else wrote, or that was put back
    CUT = "cut"  # rows at the end are gone
    HEAD_FORGED = "head_forged"
    CHECKPOINT_FORGED = "checkpoint_forged"
    SUBJECT_FORGED = "subject_forged"  # whose pseudonym it is was not said by us
    SUBJECT_MISSING = "subject_missing"


@dataclass(frozen=True, slots=True)
class Broken:
    """Something that is wrong, and at which row."""

    trouble: Trouble
    seq: int


@dataclass(slots=True)
class Walked:
    """How far the chain was walked: so many rows, up to this one."""

    rows: int = 0
    head: Head = START


async def verify(db: Database, key: bytes, walked: Walked, noted: Sequence[Head] = ()) -> AsyncIterator[Broken]:
    """All that is wrong, while it is walked. `noted`: heads that were written down elsewhere at some time."""
    async with db.read() as conn:
        start, stored, forged = await _ends(conn, key)
    for each in forged:
        yield each
    walked.head, waiting = start, {each.seq: each.hash for each in noted if each.seq > start.seq}
    async for rows in SqlAudit(db, key).all_of(EVERYTHING):
        for row in rows:
            if row.seq > start.seq:
                for trouble, seq in _wrong(row, walked.head, key, waiting.pop(row.seq, None)):
                    yield Broken(trouble, seq)
                walked.rows, walked.head = walked.rows + 1, Head(row.seq, row.hash)
    # What was written while we walked stands behind the head that we know.
    if stored.seq > walked.head.seq or any(seq > walked.head.seq for seq in waiting):
        yield Broken(Trouble.CUT, walked.head.seq + 1)
    async for broken in _subjects(db, key):
        yield broken


def _wrong(row: Row, before: Head, key: bytes, noted: str | None) -> Iterator[tuple[Trouble, int]]:
    """What is wrong with a row behind that one. Behind a gap nobody can say what it followed."""
    if row.seq != before.seq + 1:
        yield Trouble.MISSING, before.seq + 1
    elif not row.follows(key, before.hash) or noted not in {None, row.hash}:
        yield Trouble.ALTERED, row.seq
    if row.subject is not None and row.entry.case_id is None:
        yield Trouble.SUBJECT_MISSING, row.seq


async def _ends(conn: AsyncConnection, key: bytes) -> tuple[Head, Head, list[Broken]]:
    """Where the chain begins and ends by what is kept beside it, and which of that was not written by us."""
    forged: list[Broken] = []
    start = START
    for row in await conn.execute(sa.select(audit_checkpoints).order_by(audit_checkpoints.c.seq)):
        known = Head(row.seq, row.hash)
        if hmac.compare_digest(row.proof, sealed(key, "checkpoint", known.text)):
            start = known
        else:
            forged.append(Broken(Trouble.CHECKPOINT_FORGED, row.seq))
    before = sa.select(audit.c.seq).where(audit.c.seq <= start.seq).order_by(audit.c.seq).limit(AT_ONCE)
    forged += [Broken(Trouble.ADDED, seq) for seq in await conn.scalars(before)]
    head = (await conn.execute(sa.select(audit_head))).one_or_none()
    last = await conn.scalar(sa.select(sa.func.max(audit.c.seq)))
    if head is None:
        if last is not None or start != START:
            forged.append(Broken(Trouble.HEAD_FORGED, last or start.seq))
        return start, start, forged
    stored = Head(head.seq, head.hash)
    same = last is None or last != stored.seq or await _hash_at(conn, stored.seq) == stored.hash
    if not same or (last or 0) > stored.seq or not hmac.compare_digest(head.proof, sealed(key, "head", stored.text)):
        forged.append(Broken(Trouble.HEAD_FORGED, stored.seq))
    return start, stored, forged


async def _hash_at(conn: AsyncConnection, seq: int) -> str | None:
    found: str | None = await conn.scalar(sa.select(audit.c.hash).where(audit.c.seq == seq))
    return found


async def _subjects(db: Database, key: bytes) -> AsyncIterator[Broken]:
    """Pseudonyms that were moved to another case; said at the first row that bears one."""
    query, after = sa.select(audit_subjects).order_by(audit_subjects.c.subject).limit(AT_ONCE), ""
    while True:
        async with db.read() as conn:
            rows = (await conn.execute(query.where(audit_subjects.c.subject > after))).all()
            moved = [row.subject for row in rows if not _ours(row, key)]
            places = [await conn.scalar(_FIRST.where(audit.c.subject == each)) for each in moved]
        for place in places:
            yield Broken(Trouble.SUBJECT_FORGED, place or 0)
        if len(rows) < AT_ONCE:
            return
        after = rows[-1].subject


def _ours(row: sa.Row[Any], key: bytes) -> bool:
    return hmac.compare_digest(row.proof, subject_proof(key, row.subject, row.case_id))
