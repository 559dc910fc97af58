"""The read model follows from the journal: made anew here, and compared with what stands there.

Both go case by case in small batches, so they run beside a service at work and can be broken off at any moment.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.evolve import fold
from marshrut.domain.state import CaseState
from marshrut.ports import JourneyGone, Journeys
from marshrut.store.codec import event_of
from marshrut.store.database import Database
from marshrut.store.locks import lock_cases
from marshrut.store.projection import case_row, figures_row, notice_row, project, step_row
from marshrut.store.tables import cases, figures, journal, notifications, steps

BATCH = 50
Progress = Callable[[int], None]


class Trouble(StrEnum):
    """What can be wrong with a case."""

    JOURNAL_BROKEN = "journal_broken"
    CASE_MISSING = "case_missing"
    CASE_DIFFERS = "case_differs"
    CASE_UNEXPLAINED = "case_unexplained"
    STEP_MISSING = "step_missing"
    STEP_DIFFERS = "step_differs"
    STEP_UNEXPLAINED = "step_unexplained"
    NOTICE_MISSING = "notice_missing"
    NOTICE_DIFFERS = "notice_differs"
    NOTICE_UNEXPLAINED = "notice_unexplained"
    FIGURES_MISSING = "figures_missing"
    FIGURES_DIFFER = "figures_differ"
    FIGURES_UNEXPLAINED = "figures_unexplained"
    ENGINE_GONE = "engine_gone"
    ENGINE_BEHIND = "engine_behind"
    ENGINE_AHEAD = "engine_ahead"
    ENGINE_DIFFERS = "engine_differs"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be; codes only. `part`: which step or notice of the case."""

    trouble: Trouble
    case_id: str
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal tells of a case, when its last event was recorded, and the commands that it names."""

    state: CaseState
    last_event_at: datetime
    commands: tuple[str, ...] = ()


def quietly(_cases: int) -> None:
    """Report progress to nobody."""


async def rebuild(db: Database, progress: Progress = quietly) -> list[Finding]:
    """Make the read model anew; the cases whose journal cannot be folded keep the rows they have.

    Raises:
        Unavailable, Uncertain: the database failed; what is done so far stays done, and it can be started again.
    """
    findings: list[Finding] = []
    after, done = "", 0
    while True:
        async with db.write() as conn:
            ids = await _next_ids(conn, after)
            if not ids:
                return findings
            findings += await remake(conn, ids)
        after, done = ids[-1], done + len(ids)
        progress(done)


async def remake(conn: AsyncConnection, ids: Sequence[str]) -> list[Finding]:
    """Make the rows of these cases anew; those whose journal cannot be folded keep theirs, and are told."""
    await lock_cases(conn, ids)
    folded = await fold_all(conn, ids)
    whole = [case_id for case_id in ids if not isinstance(folded.get(case_id), Finding)]
    for table in (notifications, figures, steps, cases):
        await conn.execute(table.delete().where(table.c.case_id.in_(whole)))
    for case_id, told in folded.items():
        if isinstance(told, Told):
            await project(conn, CaseState(case_id=case_id), told.state, told.last_event_at)
    return [broken for broken in folded.values() if isinstance(broken, Finding)]


async def verify(db: Database, progress: Progress = quietly, engine: Journeys | None = None) -> AsyncIterator[Finding]:
    """Compare the read model, and with an engine its journeys too, with what the journal tells.

    Raises:
        Unavailable: the database or the engine does not answer.
    """
    after, done = "", 0
    while True:
        async with db.read() as conn:
            ids = await _next_ids(conn, after)
            folded = await fold_all(conn, ids)
            wrong_rows = await differences(conn, ids, folded)
        if not ids:
            return
        for case_id in ids:
            told = folded.get(case_id)
            if isinstance(told, Finding):
                yield told
                continue
            for trouble, part in wrong_rows[case_id]:
                yield Finding(trouble, case_id, part)
            if engine is not None and told is not None and (wrong := await _ask(engine, told.state)) is not None:
                yield Finding(wrong, case_id)
        after, done = ids[-1], done + len(ids)
        progress(done)


async def _next_ids(conn: AsyncConnection, after: str) -> list[str]:
    """The next cases that any of the tables knows, so that rows without a journal are met too."""
    known: set[str] = set()
    for table in (journal, cases, steps, notifications, figures):
        column = table.c.case_id
        known.update(
            await conn.scalars(sa.select(column).distinct().where(column > after).order_by(column).limit(BATCH))
        )
    return sorted(known)[:BATCH]


async def fold_all(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, Told | Finding]:
    """What the journal tells of each case that it knows, or that it cannot be read."""
    query = sa.select(journal).where(journal.c.case_id.in_(ids)).order_by(journal.c.case_id, journal.c.seq)
    told: dict[str, list[Any]] = defaultdict(list)
    for row in await conn.execute(query):
        told[row.case_id].append(row)
    return {case_id: _case(case_id, rows) for case_id, rows in told.items()}


def _case(case_id: str, rows: Sequence[Any]) -> Told | Finding:
    try:
        state = fold(case_id, map(event_of, rows))
    except Exception:  # noqa: BLE001 - a gap, an event about nothing, a row that is none: the others are read all the same
        return Finding(Trouble.JOURNAL_BROKEN, case_id)
    if state.opened_at is None:  # it does not begin at its beginning
        return Finding(Trouble.JOURNAL_BROKEN, case_id)
    commands = tuple(dict.fromkeys(row.command_id for row in rows if row.command_id is not None))
    return Told(state, rows[-1].recorded_at, commands)


async def _rows(conn: AsyncConnection, table: sa.Table, ids: Sequence[str]) -> Mapping[str, list[dict[str, Any]]]:
    held: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in (await conn.execute(sa.select(table).where(table.c.case_id.in_(ids)))).mappings():
        held[row["case_id"]].append(dict(row))
    return held


Rows = list[dict[str, Any]]
Wrong = tuple[Trouble, str | None]


async def differences(
    conn: AsyncConnection, ids: Sequence[str], folded: Mapping[str, Told | Finding]
) -> dict[str, list[Wrong]]:
    """Where the rows of each case are not what its journal tells; of one that cannot be read nothing is said."""
    held = [await _rows(conn, table, ids) for table in (cases, steps, notifications)]
    held_figures = await _rows(conn, figures, ids)
    wrong: dict[str, list[Wrong]] = {}
    for case_id in ids:
        told = folded.get(case_id)
        rows = (each[case_id] for each in held)
        found = (
            ()
            if isinstance(told, Finding)
            else (*_compare(told, *rows), *_compare_figures(told, held_figures[case_id]))
        )
        wrong[case_id] = list(found)
    return wrong


def _compare(told: Told | None, held_cases: Rows, held_steps: Rows, held_notices: Rows) -> Iterable[Wrong]:
    match told, held_cases:
        case None, [_]:
            yield Trouble.CASE_UNEXPLAINED, None
        case Told(), []:
            yield Trouble.CASE_MISSING, None
        case Told(), [row] if row != case_row(told.state, told.last_event_at):
            yield Trouble.CASE_DIFFERS, None
        case _:
            pass
    state = None if told is None else told.state
    due_steps = [] if state is None else [step_row(state, step) for step in state.steps.values()]
    due_notices = [] if state is None else [notice_row(state, key, each) for key, each in state.notices.items()]
    missing, differs, unexplained = Trouble.STEP_MISSING, Trouble.STEP_DIFFERS, Trouble.STEP_UNEXPLAINED
    yield from _parts("step_id", due_steps, held_steps, (missing, differs, unexplained))
    missing, differs, unexplained = Trouble.NOTICE_MISSING, Trouble.NOTICE_DIFFERS, Trouble.NOTICE_UNEXPLAINED
    yield from _parts("id", due_notices, held_notices, (missing, differs, unexplained))


def _compare_figures(told: Told | None, held: Rows) -> Iterable[Wrong]:
    match told, held:
        case None, [_]:
            yield Trouble.FIGURES_UNEXPLAINED, None
        case Told(), []:
            yield Trouble.FIGURES_MISSING, None
        case Told(state=state), [row] if row != figures_row(state):
            yield Trouble.FIGURES_DIFFER, None


def _parts(name: str, due_rows: Rows, held_rows: Rows, troubles: tuple[Trouble, Trouble, Trouble]) -> Iterable[Wrong]:
    missing, differs, unexplained = troubles
    due, held = ({row[name]: row for row in rows} for rows in (due_rows, held_rows))
    for part in sorted(due.keys() | held.keys()):
        if part not in held:
            yield missing, part
        elif part not in due:
            yield unexplained, part
        elif due[part] != held[part]:
            yield differs, part


async def _ask(engine: Journeys, told: CaseState) -> Trouble | None:
    try:
        lived = await engine.state(told.case_id)
    except JourneyGone:
        return None if told.closed else Trouble.ENGINE_GONE
    if lived.seq < told.seq:
        return Trouble.ENGINE_BEHIND
    if lived.seq > told.seq:
        return Trouble.ENGINE_AHEAD  # for a moment this is how it should be: what it did is on its way to SQL
    return None if lived == told else Trouble.ENGINE_DIFFERS
