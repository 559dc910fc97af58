"""The read model: one query a screen."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.base import Instant
from marshrut.domain.decide import SKEW
from marshrut.domain.events import Event
from marshrut.domain.state import LIVE, CaseState
from marshrut.domain.words import Role
from marshrut.ports import CaseFilter, NoticeFilter, Notification, Page, SealedWords, StepFilter, StepRow, Unavailable
from marshrut.store.codec import event_of
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.migrate import head, revision_of
from marshrut.store.notices import NOTICES, notice_conditions, notice_of
from marshrut.store.projection import Standing
from marshrut.store.registry import by_person, of_persons
from marshrut.store.rows import STEPS, step_of
from marshrut.store.tables import cases, commands, journal, notifications, steps

NOBODY = "none"
# Nobody is asked further back: what is soon is counted in days.
MOST_OF_A_PERSON = 50

_BY_TIME: Cursor[tuple[Instant, str]] = Cursor("cases", tuple[Instant, str])
_BY_DUE: Cursor[tuple[Instant | None, str]] = Cursor("steps", tuple[Instant | None, str])
_BY_SEQ: Cursor[Whole] = Cursor("events", Whole)
_BY_TELLING: Cursor[tuple[Instant, str]] = Cursor("notifications", tuple[Instant, str])


class SqlQueries:
    """The read model in SQL (port `Queries`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def case(self, case_id: str) -> CaseState | None:
        """The case as SQL holds it."""
        rows = await self._rows(sa.select(cases.c.snapshot).where(cases.c.case_id == case_id))
        return _case(rows[0]) if rows else None

    async def case_by_inquiry(self, code: str) -> CaseState | None:
        """The case of which an applicant holds this code."""
        rows = await self._rows(sa.select(cases.c.snapshot).where(cases.c.inquiry == code))
        return _case(rows[0]) if rows else None

    async def cases(self, which: CaseFilter, *, limit: int, cursor: str | None) -> Page[CaseState]:
        """Cases, newest first. Raises ValueError for a cursor that is none."""
        query = sa.select(cases.c.snapshot, cases.c.opened_at, cases.c.case_id).where(*case_conditions(which))
        if (after := _BY_TIME.read(cursor)) is not None:
            opened_at, case_id = after
            query = query.where(
                sa.or_(
                    cases.c.opened_at < opened_at, sa.and_(cases.c.opened_at == opened_at, cases.c.case_id > case_id)
                )
            )
        rows = await self._rows(query.order_by(cases.c.opened_at.desc(), cases.c.case_id).limit(limit + 1))
        return _BY_TIME.page(rows, limit, _case, lambda row: (row.opened_at, row.case_id))

    async def of_person(self, person: str) -> Sequence[CaseState]:
        """A person's cases, those admitted last first; of very many the last ones."""
        query = sa.select(cases.c.snapshot).where(cases.c.person_id == person)
        rows = await self._rows(query.order_by(cases.c.admitted_at.desc(), cases.c.case_id).limit(MOST_OF_A_PERSON))
        return [_case(row) for row in rows]

    async def events(self, case_id: str, *, limit: int, cursor: str | None) -> Page[Event]:
        """The journal of a case, from its start."""
        query = sa.select(journal).where(journal.c.case_id == case_id, journal.c.seq > (_BY_SEQ.read(cursor) or 0))
        rows = await self._rows(query.order_by(journal.c.seq).limit(limit + 1))
        return _BY_SEQ.page(rows, limit, event_of, lambda row: int(row.seq))

    async def step(self, step_id: str) -> StepRow | None:
        """One step."""
        rows = await self._rows(STEPS.where(steps.c.step_id == step_id))
        return step_of(rows[0]) if rows else None

    async def steps(self, which: StepFilter, *, limit: int, cursor: str | None) -> Page[StepRow]:
        """Steps by due time, those without one last."""
        query = STEPS.where(*step_conditions(which))
        if (after := _BY_DUE.read(cursor)) is not None:
            query = query.where(_due_after(*after))
        rows = await self._rows(query.order_by(steps.c.due_at.nulls_last(), steps.c.step_id).limit(limit + 1))
        return _BY_DUE.page(rows, limit, step_of, lambda row: (row.due_at, row.step_id))

    async def notifications(self, which: NoticeFilter, *, limit: int, cursor: str | None) -> Page[Notification]:
        """Notices, the newest told first. Raises ValueError for a cursor that is none."""
        told, key = notifications.c.tell_at, notifications.c.id
        query = NOTICES.where(*notice_conditions(which))
        if (after := _BY_TELLING.read(cursor)) is not None:
            query = query.where(sa.or_(told < after[0], sa.and_(told == after[0], key > after[1])))
        rows = await self._rows(query.order_by(told.desc(), key).limit(limit + 1))
        return _BY_TELLING.page(rows, limit, notice_of, lambda row: (row.tell_at, row.id))

    async def notification(self, notice_id: str) -> Notification | None:
        """One notice, whomever it is for."""
        rows = await self._rows(NOTICES.where(notifications.c.id == notice_id))
        return notice_of(rows[0]) if rows else None

    async def private(self, command_ids: Sequence[str]) -> Mapping[str, SealedWords]:
        """The sealed private parts of commands, by command id, with all that says who may read them."""
        columns = (commands.c[name] for name in ("id", "private", "actor", "role", "type", "body"))
        query = sa.select(*columns).where(commands.c.id.in_(command_ids), commands.c.private.is_not(None))
        rows = await self._rows(query)
        whose = await self._step_roles(rows)
        return {
            row.id: SealedWords(row.private, row.actor, Role(row.role), row.type, whose.get(row.id)) for row in rows
        }

    async def _step_roles(self, rows: Sequence[Any]) -> dict[str, Role]:
        """By command the role of the step that it added or answered."""
        bodies = {row.id: json.loads(row.body) for row in rows if row.type in {"add_step", "complete"}}
        answered = {name: body["step_id"] for name, body in bodies.items() if "step_id" in body}
        query = sa.select(steps.c.step_id, steps.c.role).where(steps.c.step_id.in_(answered.values()))
        known = {row.step_id: row.role for row in await self._rows(query)} if answered else {}
        roles = {name: body.get("role") or known.get(answered.get(name, "")) for name, body in bodies.items()}
        return {name: Role(role) for name, role in roles.items() if role is not None}

    async def person_records(self, person_ids: Sequence[str]) -> Mapping[str, Sequence[tuple[str, bytes]]]:
        """By person: the ids of the commands that told about them, newest first, and their sealed private parts."""
        return by_person(await self._rows(of_persons(person_ids)))

    async def ready(self) -> bool:
        """Whether SQL answers and its schema is the one this code needs."""
        try:
            async with self._db.read() as conn:
                return await revision_of(conn) == head()
        except Unavailable:
            return False

    async def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        async with self._db.read() as conn:
            rows: Sequence[Any] = (await conn.execute(query)).all()
        return rows


def _case(row: Any) -> CaseState:
    return CaseState.model_validate_json(row.snapshot)


def case_conditions(which: CaseFilter) -> list[sa.ColumnElement[bool]]:
    """Which cases a filter means."""
    wanted = {
        cases.c.hospital: which.hospital,
        cases.c.stage: which.stage,
        cases.c.state: which.state,
        cases.c.ending: which.ending,
    }
    conditions = equal(wanted)
    if which.flag is not None:
        conditions.append(cases.c.flags.contains(f" {which.flag} ", autoescape=True))
    if which.variant is not None:
        conditions.append(cases.c.variants.contains(f" {which.variant} ", autoescape=True))
    if which.medically_ready is not None:
        conditions.append(cases.c.ready_at.is_not(None) if which.medically_ready else cases.c.ready_at.is_(None))
    if which.alive_from is not None:
        # What was told last may have been said to be a little later than the end of the case.
        conditions.append(sa.or_(cases.c.closed_at.is_(None), cases.c.closed_at >= which.alive_from - SKEW))
    if which.alive_until is not None:
        # Paper comes first: what was done before the case was opened is told later.
        conditions.append(sa.or_(cases.c.admitted_at < which.alive_until, cases.c.opened_at < which.alive_until))
    if which.hospitals is not None:
        conditions.append(cases.c.hospital.in_(which.hospitals))
    if which.owner is not None:
        conditions.append(cases.c.owner.is_(None) if which.owner == NOBODY else cases.c.owner == which.owner)
    if which.assignee is not None:
        theirs = sa.and_(steps.c.case_id == cases.c.case_id, steps.c.state.in_(LIVE), assigned(which.assignee))
        conditions.append(sa.exists().where(theirs))
    return conditions


def step_conditions(which: StepFilter) -> list[sa.ColumnElement[bool]]:
    """Which steps a filter means, joined with their cases."""
    wanted = {
        steps.c.case_id: which.case_id,
        steps.c.hospital: which.hospital,
        steps.c.role: which.role,
        steps.c.track: which.track,
    }
    conditions = equal(wanted)
    if which.state is not None:
        conditions.append(_stands(which.state))
    if which.hospitals is not None:
        conditions.append(steps.c.hospital.in_(which.hospitals))
    if which.assignee is not None:
        conditions.append(assigned(which.assignee))
    if which.overdue_at is not None:
        conditions.append(late(which.overdue_at))
    if which.due_before is not None:
        conditions.append(steps.c.due_at < which.due_before)
    if which.blocked is not None:
        conditions.append(steps.c.blocked if which.blocked else sa.not_(steps.c.blocked))
    if which.escalated_at is not None:
        conditions.append(steps.c.escalated_at < which.escalated_at)
    return conditions


def equal(wanted: Mapping[sa.Column[Any], str | None]) -> list[sa.ColumnElement[bool]]:
    """Each column that something is wanted of has it."""
    return [column == value for column, value in wanted.items() if value is not None]


def assigned(assignee: str) -> sa.ColumnElement[bool]:
    """The step is this user's; nobody's for "none"."""
    return steps.c.assignee.is_(None) if assignee == NOBODY else steps.c.assignee == assignee


def _stands(state: str) -> sa.ColumnElement[bool]:
    """A step's state, or one of two that hold several: everything to do, and what of it is blocked."""
    if state == "live":
        return steps.c.state.in_(LIVE)
    if state == "blocked":
        return sa.and_(steps.c.state.in_(LIVE), steps.c.blocked)
    return steps.c.state == state


def late(now: datetime) -> sa.ColumnElement[bool]:
    """`marshrut.domain.overdue.overdue`, said to SQL; a test holds the two together."""
    return sa.and_(steps.c.state.in_(LIVE), ~steps.c.still, steps.c.due_at < now, cases.c.state == Standing.OPEN)


def _due_after(due_at: datetime | None, step_id: str) -> sa.ColumnElement[bool]:
    if due_at is None:
        return sa.and_(steps.c.due_at.is_(None), steps.c.step_id > step_id)
    later = sa.or_(steps.c.due_at > due_at, steps.c.due_at.is_(None))
    return sa.or_(later, sa.and_(steps.c.due_at == due_at, steps.c.step_id > step_id))
