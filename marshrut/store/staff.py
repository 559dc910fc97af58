"""The roster and its absences, what each person has to do, and what has to change hands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.staffing import Absence, Away, Colleague, Load
from marshrut.domain.words import Role
from marshrut.ports import HeldCase, HeldStep
from marshrut.store.database import Database
from marshrut.store.filters import late
from marshrut.store.holding import held_by
from marshrut.store.locks import lock
from marshrut.store.statements import insert_new, upsert
from marshrut.store.tables import ALIVE_CASES, LIVE, UNFINISHED, absences, cases, staff, steps


class SqlStaff:
    """The roster in SQL (ports `Staff` and `Handovers`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def people(
        self, now: datetime, *, hospital: str | None = None, users: Collection[str] | None = None
    ) -> Mapping[str, Colleague]:
        """Those who work in the hospital, or these users, by user; also who left. Absences that are over are not told.

        With `users` their deputies are there too.
        """
        async with self._db.read() as conn:
            wanted = set(users or ())
            known = await _absences(conn, now, None if users is None else wanted)
            if users is not None:
                deputies = {each.deputy for found in known.values() for each in found if each.deputy} - wanted
                known |= await _absences(conn, now, deputies)
                wanted |= deputies
            query = sa.select(staff).order_by(staff.c.user)
            if users is not None:
                query = query.where(staff.c.user.in_(wanted))
            if hospital is not None:
                here = staff.c.hospitals.contains(f" {hospital} ", autoescape=True)
                query = query.where(sa.or_(staff.c.hospitals.is_(None), here))
            rows = (await conn.execute(query)).all()
        return {row.user: _colleague(row, known.get(row.user, [])) for row in rows}

    async def loads(
        self, users: Collection[str], now: datetime, *, without: Collection[str] = ()
    ) -> Mapping[str, Load]:
        """What each of them has to do, cases `without` left out of what they answer for; nobody without any."""
        to_do = (
            sa.select(steps.c.assignee, sa.func.count().label("live"), sa.func.count().filter(late(now)).label("late"))
            .where(steps.c.assignee.in_(users), LIVE)
            .group_by(steps.c.assignee)
        )
        owned = (
            sa.select(cases.c.owner, sa.func.count().label("open"))
            .where(cases.c.owner.in_(users), ALIVE_CASES, cases.c.case_id.not_in(without))
            .group_by(cases.c.owner)
        )
        async with self._db.read() as conn:
            held = {row.assignee: row for row in await conn.execute(to_do)}
            answered = {row.owner: row.open for row in await conn.execute(owned)}
        return {
            user: Load(
                steps=held[user].live if user in held else 0,
                overdue=held[user].late if user in held else 0,
                cases=answered.get(user, 0),
            )
            for user in held.keys() | answered.keys()
        }

    async def put(self, colleague: Colleague, now: datetime) -> None:
        """Have somebody on the roster, as told here; whoever had left is back. Absences stay as they are."""
        hospitals = colleague.hospitals
        row = {
            "user": colleague.user,
            "role": colleague.role,
            "hospitals": None if hospitals is None else "".join(f" {code} " for code in sorted(hospitals)),
            "active": True,
        }
        away = sa.and_(absences.c.user == colleague.user, absences.c.kind == Away.LEFT, absences.c.ends_at.is_(None))
        async with self._db.write() as conn:
            await conn.execute(upsert(conn, staff), row)
            await conn.execute(absences.update().where(away).values(ends_at=now))

    async def leave(self, absence: Absence) -> None:
        """Have somebody off the roster, with the absence that this is."""
        gone = staff.update().where(staff.c.user == absence.user, staff.c.active).values(active=False)
        async with self._db.write() as conn:
            if (await conn.execute(gone)).rowcount:
                await conn.execute(absences.insert(), _row(absence))

    async def record(self, absence: Absence) -> Absence:
        """Keep an absence; of one id the first that was kept, which is answered."""
        async with self._db.write() as conn:
            await conn.execute(insert_new(conn, absences), _row(absence))
            row = (await conn.execute(sa.select(absences).where(absences.c.id == absence.id))).one()
        return _absence(row)

    async def absence(self, absence_id: str) -> Absence | None:
        """One absence, also when it is over."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(absences).where(absences.c.id == absence_id))).one_or_none()
        return None if row is None else _absence(row)

    async def end(self, absence_id: str, at: datetime, *, by: str) -> bool:
        """Have it end then, or never begin; whether it was not over yet."""
        lasts = sa.or_(absences.c.ends_at.is_(None), absences.c.ends_at > at)
        begins = sa.case((absences.c.starts_at > at, absences.c.starts_at), else_=at)
        ended = absences.update().where(absences.c.id == absence_id, lasts).values(ends_at=begins, ended_by=by)
        # One that has not begun ends where it would have begun; nobody ends it twice.
        ended = ended.where(sa.or_(absences.c.ends_at.is_(None), absences.c.ends_at > absences.c.starts_at))
        async with self._db.write() as conn:
            changed = await conn.execute(ended)
        return changed.rowcount == 1

    async def begun(self, now: datetime, limit: int) -> Sequence[Absence]:
        """Absences that have begun, are not over and whose handover is not finished, the oldest first."""
        query = sa.select(absences).where(*_begun(now)).order_by(absences.c.starts_at, absences.c.id).limit(limit)
        async with self._db.read() as conn:
            return [_absence(row) for row in await conn.execute(query)]

    async def leaving(self, user: str, now: datetime) -> bool:
        """Whether such an absence is theirs."""
        query = sa.select(absences.c.id).where(*_begun(now), absences.c.user == user)
        async with self._db.read() as conn:
            return (await conn.execute(query)).first() is not None

    async def held(self, user: str) -> tuple[Sequence[HeldStep], Sequence[HeldCase]]:
        """What they have in open cases."""
        async with self._db.read() as conn:
            return await held_by(conn, user)

    async def finished(self, absence: Absence, seen_to: Collection[str], at: datetime) -> None:
        """Say that all that there was has been seen to; not so if they have anything else by now."""
        async with self._db.write() as conn:
            await lock(conn, f"absence/{absence.user}")
            has, answers = await held_by(conn, absence.user)
            if {*(step.step_id for step in has), *(case.case_id for case in answers)} <= set(seen_to):
                await conn.execute(absences.update().where(absences.c.id == absence.id).values(handed_over_at=at))


def _begun(now: datetime) -> tuple[Any, ...]:
    lasts = sa.or_(absences.c.ends_at.is_(None), absences.c.ends_at > now)
    return UNFINISHED, absences.c.starts_at <= now, lasts


async def _absences(conn: AsyncConnection, now: datetime, users: Collection[str] | None) -> dict[str, list[Absence]]:
    """Those that are not over, by user; of all users without `users`."""
    query = sa.select(absences).where(sa.or_(absences.c.ends_at.is_(None), absences.c.ends_at > now))
    query = query.where(sa.or_(absences.c.ends_at.is_(None), absences.c.ends_at > absences.c.starts_at))
    if users is not None:
        query = query.where(absences.c.user.in_(users))
    found: dict[str, list[Absence]] = defaultdict(list)
    for row in await conn.execute(query.order_by(absences.c.starts_at, absences.c.id)):
        found[row.user].append(_absence(row))
    return found


def _colleague(row: Any, away: Sequence[Absence]) -> Colleague:
    hospitals = None if row.hospitals is None else frozenset(row.hospitals.split())
    return Colleague(row.user, Role(row.role), hospitals, row.active, tuple(away))


def _absence(row: Any) -> Absence:
    return Absence(
        id=row.id,
        user=row.user,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        kind=Away(row.kind),
        deputy=row.deputy,
        recorded_by=row.recorded_by,
        recorded_at=row.recorded_at,
    )


def _row(absence: Absence) -> dict[str, Any]:
    return {
        "id": absence.id,
        "user": absence.user,
        "starts_at": absence.starts_at,
        "ends_at": absence.ends_at,
        "kind": absence.kind,
        "deputy": absence.deputy,
        "recorded_by": absence.recorded_by,
        "recorded_at": absence.recorded_at,
    }
