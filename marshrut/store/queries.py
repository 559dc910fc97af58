"""The read model: one query a screen."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.base import Instant
from marshrut.domain.events import Event
from marshrut.domain.guarding import Onlooker
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import (
    CaseFilter,
    HeldWords,
    NoticeFilter,
    Notification,
    Page,
    SealedWords,
    StepFilter,
    StepRow,
    Unavailable,
)
from marshrut.store.codec import event_of
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.filters import of_cases, of_steps
from marshrut.store.guarding import seen
from marshrut.store.migrate import head, revision_of
from marshrut.store.notices import NOTICES, notice_conditions, notice_of
from marshrut.store.registry import by_person, of_persons
from marshrut.store.rows import STEPS, step_of
from marshrut.store.tables import HELD, cases, commands, journal, notifications, steps

# Nobody is asked further back: what is soon is counted in days.
MOST_OF_A_PERSON = 50

_BY_TIME: Cursor[tuple[Instant, str]] = Cursor("cases", tuple[Instant, str])
_BY_DUE: Cursor[tuple[Instant | None, str]] = Cursor("steps", tuple[Instant | None, str])
_BY_SEQ: Cursor[Whole] = Cursor("events", Whole)
_BACK: Cursor[Whole] = Cursor("events-newest", Whole)
_BY_TELLING: Cursor[tuple[Instant, str]] = Cursor("notifications", tuple[Instant, str])


class SqlQueries:
    """The read model in SQL (port `Queries`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def case(self, case_id: str) -> CaseState | None:
        """The case as SQL holds it."""
        rows = await self._rows(sa.select(cases.c.snapshot).where(cases.c.case_id == case_id))
        return _case(rows[0]) if rows else None

    async def hidden(self, case_ids: Collection[str], who: Onlooker | None) -> frozenset[str]:
        """Those of these cases that they need not know of, or that they sent nothing of."""
        if who is None or not case_ids:
            return frozenset()
        asked = sa.select(cases.c.case_id).where(cases.c.case_id.in_(case_ids))
        rows = await self._rows(asked.where(sa.not_(sa.and_(*seen(cases.c.case_id, who)))))
        return frozenset(row.case_id for row in rows)

    async def case_by_inquiry(self, code: str) -> CaseState | None:
        """The case of which an applicant holds this code."""
        rows = await self._rows(sa.select(cases.c.snapshot).where(cases.c.inquiry == code))
        return _case(rows[0]) if rows else None

    async def cases(self, which: CaseFilter, *, limit: int, cursor: str | None) -> Page[CaseState]:
        """Cases, newest first. Raises ValueError for a cursor that is none."""
        # Picked by an index that holds all that is asked for, and only then looked up.
        picked = sa.select(cases.c.opened_at, cases.c.case_id).where(*of_cases(which))
        if (after := _BY_TIME.read(cursor)) is not None:
            picked = picked.where(_older(cases.c.opened_at, cases.c.case_id, *after))
        page = picked.order_by(cases.c.opened_at.desc(), cases.c.case_id).limit(limit + 1).subquery("page")
        query = sa.select(cases.c.snapshot, page).join(page, page.c.case_id == cases.c.case_id)
        rows = await self._rows(query.order_by(page.c.opened_at.desc(), page.c.case_id))
        return _BY_TIME.page(rows, limit, _case, lambda row: (row.opened_at, row.case_id))

    def after(self, case: CaseState) -> str:
        """The cursor by which `cases` goes on after this one."""
        if case.opened_at is None:
            raise ValueError("a case without its opening")
        return _BY_TIME.written((case.opened_at, case.case_id))

    async def of_person(self, person: str) -> Sequence[CaseState]:
        """A person's cases, those admitted last first; of very many the last ones."""
        query = sa.select(cases.c.snapshot).where(cases.c.person_id == person)
        rows = await self._rows(query.order_by(cases.c.admitted_at.desc(), cases.c.case_id).limit(MOST_OF_A_PERSON))
        return [_case(row) for row in rows]

    async def events(self, case_id: str, *, limit: int, cursor: str | None, newest: bool = False) -> Page[Event]:
        """The journal of a case, from its start or (`newest`) from its end."""
        query = sa.select(journal).where(journal.c.case_id == case_id)
        known = _BACK if newest else _BY_SEQ
        if (at := known.read(cursor)) is not None:
            query = query.where(journal.c.seq < at if newest else journal.c.seq > at)
        rows = await self._rows(query.order_by(journal.c.seq.desc() if newest else journal.c.seq).limit(limit + 1))
        return known.page(rows, limit, event_of, lambda row: int(row.seq))

    async def step(self, step_id: str) -> StepRow | None:
        """One step."""
        rows = await self._rows(STEPS.where(steps.c.step_id == step_id))
        return step_of(rows[0]) if rows else None

    async def steps(self, which: StepFilter, *, limit: int, cursor: str | None) -> Page[StepRow]:
        """Steps by due time, those without one last."""
        picked = sa.select(steps.c.step_id).where(*of_steps(which))
        if (after := _BY_DUE.read(cursor)) is not None:
            picked = picked.where(_due_after(*after))
        order = steps.c.due_at.nulls_last(), steps.c.step_id
        page = picked.order_by(*order).limit(limit + 1).subquery("page")
        rows = await self._rows(STEPS.join(page, page.c.step_id == steps.c.step_id).order_by(*order))
        return _BY_DUE.page(rows, limit, step_of, lambda row: (row.due_at, row.step_id))

    async def count_steps(self, which: StepFilter) -> int:
        """How many `steps` would list in all its pages."""
        return await self._count(sa.select(steps.c.step_id).where(*of_steps(which)))

    async def count_cases(self, which: CaseFilter) -> int:
        """How many `cases` would list in all its pages."""
        return await self._count(sa.select(cases.c.case_id).where(*of_cases(which)))

    async def notifications(self, which: NoticeFilter, *, limit: int, cursor: str | None) -> Page[Notification]:
        """Notices, the newest told first. Raises ValueError for a cursor that is none."""
        order = notifications.c.tell_at.desc(), notifications.c.id
        after = _BY_TELLING.read(cursor)
        parts = []
        for conditions in notice_conditions(which):
            query = sa.select(notifications.c.tell_at, notifications.c.id).where(*conditions)
            if after is not None:
                query = query.where(_older(notifications.c.tell_at, notifications.c.id, *after))
            part = query.order_by(*order).limit(limit + 1).subquery()
            parts.append(sa.select(part.c.tell_at, part.c.id))
        both = sa.union_all(*parts).subquery()
        page = sa.select(both.c.id).order_by(both.c.tell_at.desc(), both.c.id).limit(limit + 1).subquery("page")
        rows = await self._rows(NOTICES.join(page, page.c.id == notifications.c.id).order_by(*order))
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

    async def person_records(
        self, person_ids: Sequence[str], *, whole: bool = False
    ) -> Mapping[str, Sequence[tuple[str, bytes]]]:
        """By person: the ids of the commands that told about them, newest first, and their sealed private parts."""
        return by_person(await self._rows(of_persons(person_ids, whole=whole)))

    async def changed_at(self, case_ids: Sequence[str]) -> Mapping[str, datetime]:
        """When something happened last to these cases."""
        query = sa.select(cases.c.case_id, cases.c.last_event_at, cases.c.opened_at)
        rows = await self._rows(query.where(cases.c.case_id.in_(case_ids)))
        return {row.case_id: row.last_event_at or row.opened_at for row in rows}

    async def held_of(self, person: str) -> Sequence[HeldWords]:
        """What waits for a person's case, the newest first."""
        told = sa.select(
            commands.c.id, commands.c.hospital, commands.c.actor, commands.c.role, commands.c.private
        ).where(HELD, commands.c.case_id.is_(None), commands.c.person == person, commands.c.private.is_not(None))
        rows = await self._rows(told.order_by(commands.c.number.desc()).limit(MOST_OF_A_PERSON))
        return [HeldWords(row.id, row.hospital, Actor(user=row.actor, role=row.role), row.private) for row in rows]

    async def ready(self) -> bool:
        """Whether SQL answers and its schema is the one this code needs."""
        try:
            async with self._db.read() as conn:
                return await revision_of(conn) == head()
        except Unavailable:
            return False

    async def _count(self, query: sa.Select[Any]) -> int:
        counted = query.with_only_columns(sa.func.count(), maintain_column_froms=True)
        async with self._db.read() as conn:
            return int(await conn.scalar(counted) or 0)

    async def _rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        async with self._db.read() as conn:
            rows: Sequence[Any] = (await conn.execute(query)).all()
        return rows


def _case(row: Any) -> CaseState:
    return CaseState.model_validate_json(row.snapshot)


def _older(at: sa.Column[datetime], name: sa.Column[str], last_at: datetime, last: str) -> sa.ColumnElement[bool]:
    """What comes after that in a list from the newest to the oldest."""
    return sa.and_(at <= last_at, sa.or_(at < last_at, name > last))


def _due_after(due_at: datetime | None, step_id: str) -> sa.ColumnElement[bool]:
    if due_at is None:
        return sa.and_(steps.c.due_at.is_(None), steps.c.step_id > step_id)
    later = sa.or_(steps.c.due_at > due_at, steps.c.due_at.is_(None))
    return sa.or_(later, sa.and_(steps.c.due_at == due_at, steps.c.step_id > step_id))
