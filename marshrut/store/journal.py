"""The journal: what happened to each case, in order, without gaps, once."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.events import Event
from marshrut.domain.evolve import evolve
from marshrut.domain.state import CaseState
from marshrut.ports import JournalBehind
from marshrut.store.changes import note
from marshrut.store.codec import event_row, in_utc
from marshrut.store.database import Database
from marshrut.store.faults import LACKS, caught_up
from marshrut.store.held import release
from marshrut.store.holding import gained, look_again
from marshrut.store.locks import lock_cases
from marshrut.store.merges import tell_other_case
from marshrut.store.outbox import post
from marshrut.store.outward import Turn, announce
from marshrut.store.projection import project
from marshrut.store.readmissions import tell_case_before
from marshrut.store.sealed import loosen
from marshrut.store.tables import cases, journal

# Whether the watchdog found that the journey knows more is asked beside: most of the time it did not.
_HELD = sa.select(cases.c.snapshot, LACKS.correlate(cases).label("lacks")).where(
    cases.c.case_id == sa.bindparam("case_id")
)
_JOURNAL = journal.insert()


async def write_events(conn: AsyncConnection, case_id: str, events: Sequence[Event]) -> int:
    """Write the events that SQL does not hold to journal, read model and outbox; how far it then holds the case.

    Raises:
        JournalBehind: an event is missing between what SQL holds and these.
    """
    await lock_cases(conn, [case_id])
    held = (await conn.execute(_HELD, {"case_id": case_id})).one_or_none()
    before = CaseState(case_id=case_id) if held is None else CaseState.model_validate_json(held.snapshot)
    # Concurrent callers are answered overlapping events: the ones held are skipped, in whatever order they came.
    told = {event.seq: in_utc(event) for event in events if event.seq > before.seq}
    if not told:
        return before.seq
    fresh = [told[seq] for seq in sorted(told)]
    if fresh[-1].seq != before.seq + len(fresh):
        raise JournalBehind(
            f"{case_id}: SQL holds {before.seq}, was told {len(fresh)} of the events up to {fresh[-1].seq}"
        )
    after, got, turns = before, set[str](), list[Turn]()
    for event in fresh:
        state, after = after, evolve(after, event)
        got |= gained(state, after, event.actor)
        turns.append((state, event, after))
    await conn.execute(_JOURNAL, [event_row(case_id, event) for event in fresh])
    await project(conn, before, after, fresh[-1].recorded_at)
    await post(conn, before, after, fresh[-1].recorded_at)
    await note(conn, before, after, fresh[-1].recorded_at)
    await announce(conn, turns)
    await look_again(conn, got, fresh[-1].recorded_at)
    await tell_case_before(conn, before, after, fresh[0].recorded_at)
    await tell_other_case(conn, before, after, fresh, fresh[-1].recorded_at)
    await release(conn, before, after)
    await loosen(conn, before, after)
    if held is not None and held.lacks:
        await caught_up(conn, case_id)
    return after.seq


class SqlJournal:
    """What a journey does by itself is written through this (port `JournalWriter`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def write(self, case_id: str, events: Sequence[Event]) -> int:
        """Write the events that SQL does not hold; the highest sequence number held without a gap."""
        async with self._db.write() as conn:
            return await write_events(conn, case_id, events)
