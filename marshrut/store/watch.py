"""What the watchdog reads of the cases, and what it keeps of its rounds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.watching import STUCK_AFTER, Ill
from marshrut.ports import Seen, Told, Walk, Watched
from marshrut.store import rebuild
from marshrut.store.database import Database
from marshrut.store.faults import NO_CASE
from marshrut.store.freshness import WAITS_SINCE
from marshrut.store.statements import insert_new
from marshrut.store.tables import (
    ALIVE_CASES,
    ON_THE_WIRE,
    STANDS,
    UNSENT,
    cases,
    commands,
    findings,
    journal,
    outbox,
    repairs,
    rounds,
)

# Of rounds that found nothing nobody asks after a week.
KEPT_FOR = timedelta(days=7)
# Folding takes the processor and nothing else: so many cases at a go keep nobody waiting.
FOLDED_AT_ONCE = 10

_journal_seq = (
    sa.select(sa.func.max(journal.c.seq)).where(journal.c.case_id == cases.c.case_id).correlate(cases).scalar_subquery()
)
_waiting = (
    sa.select(sa.func.min(WAITS_SINCE))
    .where(commands.c.case_id == cases.c.case_id, sa.text("commands.state = 'pending'"))
    .correlate(cases)
    .scalar_subquery()
)
_ill = (
    sa.exists().where(findings.c.case_id == cases.c.case_id, sa.text("findings.resolved_at IS NULL")).correlate(cases)
)
_NEXT = (
    sa.select(
        cases.c.case_id,
        cases.c.hospital,
        cases.c.seq,
        sa.func.coalesce(_journal_seq, 0).label("journal_seq"),
        _waiting.label("waiting_since"),
        _ill.label("ill"),
    )
    .where(ALIVE_CASES)
    .order_by(cases.c.case_id)
)


class SqlWatch:
    """Port `WatchStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, now: datetime) -> tuple[int, int]:
        """A new round: its number, and how many cases are open."""
        async with self._db.write() as conn:
            await conn.execute(rounds.delete().where(rounds.c.started_at < now - KEPT_FOR))
            begun = rounds.insert().values(started_at=now, looked=0, closely=0).returning(rounds.c.number)
            number = int((await conn.execute(begun)).scalar_one())
            there = await conn.scalar(sa.select(sa.func.count()).select_from(cases).where(ALIVE_CASES))
        return number, int(there or 0)

    async def next(self, after: str | None, limit: int) -> Sequence[Watched]:
        """The next open cases by id."""
        query = _NEXT if after is None else _NEXT.where(cases.c.case_id > after)
        async with self._db.read() as conn:
            rows = (await conn.execute(query.limit(limit))).all()
        return [
            Watched(row.case_id, row.hospital, row.seq, row.journal_seq, row.waiting_since, bool(row.ill))
            for row in rows
        ]

    async def told(self, case_ids: Collection[str]) -> Mapping[str, Told]:
        """What the journals tell, and whether the rows say the same."""
        found: dict[str, Told] = {}
        for ids in _parts(sorted(case_ids), FOLDED_AT_ONCE):
            await asyncio.sleep(0)  # to whoever else works here
            async with self._db.read() as conn:
                folded = await rebuild.fold_all(conn, ids)
                wrong = await rebuild.differences(conn, ids, folded)
            for case_id in ids:
                match folded.get(case_id):
                    case rebuild.Told() as told:
                        found[case_id] = Told(told.state, told.commands, bool(wrong[case_id]))
                    case _:
                        found[case_id] = Told(None)
        return found

    async def held_seq(self, case_id: str) -> int:
        """How far SQL holds the case now."""
        async with self._db.read() as conn:
            return int(await conn.scalar(sa.select(cases.c.seq).where(cases.c.case_id == case_id)) or 0)

    async def rewrite(self, case_id: str) -> None:
        """Make the rows of a case anew from its journal."""
        async with self._db.write() as conn:
            await rebuild.remake(conn, [case_id])

    async def note(self, number: int, seen: Collection[Seen], now: datetime) -> None:
        """Keep what a round found of these cases; what it did not find any more is over."""
        found = {(each.case_id, code): (each.hospital, at) for each in seen for code, at in each.ill.items()}
        async with self._db.write() as conn:
            await _keep(conn, [each.case_id for each in seen], found, now)
            mended = [
                {"round": number, "case_id": each.case_id, "code": code, "hospital": each.hospital, "at": now}
                for each in seen
                for code in each.mended
            ]
            if mended:
                await conn.execute(insert_new(conn, repairs), mended)

    async def finish(self, walk: Walk, now: datetime) -> None:
        """The round is over: so is whatever was found of cases that have ended; what is wrong with no case is kept."""
        still_open = sa.select(cases.c.case_id).where(ALIVE_CASES)
        ended = findings.update().where(STANDS, findings.c.case_id != NO_CASE, findings.c.case_id.not_in(still_open))
        over = rounds.update().where(rounds.c.number == walk.number)
        async with self._db.write() as conn:
            await conn.execute(ended.values(resolved_at=now))
            found = {(NO_CASE, code): (None, at) async for code, at in _of_the_installation(conn, now)}
            await _keep(conn, [NO_CASE], found, now)
            await conn.execute(over.values(finished_at=now, looked=walk.looked, closely=walk.closely))


Found = Mapping[tuple[str, Ill], tuple[str | None, datetime | None]]


async def _keep(conn: AsyncConnection, looked_at: Sequence[str], found: Found, now: datetime) -> None:
    """Have exactly these stand of the cases that were looked at; what stood already keeps its beginning."""
    known = sa.select(findings.c.case_id, findings.c.code, findings.c.resolved_at)
    rows = await conn.execute(known.where(findings.c.case_id.in_(looked_at)))
    stands = {(row.case_id, Ill(row.code)): row.resolved_at is None for row in rows}
    for key, (hospital, at) in found.items():
        if key not in stands:
            facts = {"since": at or now, "hospital": hospital, "last_seen": now}
            await conn.execute(insert_new(conn, findings), {"case_id": key[0], "code": key[1], **facts})
            continue
        again: dict[str, Any] = {} if stands[key] else {"since": at or now, "resolved_at": None}
        await conn.execute(_one(key).values(last_seen=now, hospital=hospital, **again))
    for key, standing in stands.items():
        if standing and key not in found:
            await conn.execute(_one(key).values(resolved_at=now))


def _one(key: tuple[str, Ill]) -> sa.Update:
    return findings.update().where(findings.c.case_id == key[0], findings.c.code == key[1])


async def _of_the_installation(conn: AsyncConnection, now: datetime) -> AsyncIterator[tuple[Ill, datetime]]:
    """What is stuck and belongs to no open case, each with the time since when it should have been done."""
    late = now - STUCK_AFTER
    open_case = sa.exists().where(cases.c.case_id == commands.c.case_id, ALIVE_CASES)
    told = sa.select(sa.func.min(commands.c.received_at)).where(sa.text("commands.state = 'pending'"), ~open_case)
    unsent = sa.select(sa.func.min(outbox.c.due_at)).where(UNSENT, outbox.c.attempts == 0)
    held = sa.select(sa.func.min(outbox.c.lease_until)).where(ON_THE_WIRE)
    for code, query in ((Ill.COMMAND_STUCK, told), (Ill.MAIL_STUCK, unsent), (Ill.MAIL_STUCK, held)):
        since = await conn.scalar(query)
        if since is not None and since < late:
            yield code, since


def _parts(ids: Sequence[str], size: int) -> Iterable[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))
