"""`ports.ErasureBook` in SQL: who asked for what, how far it is, and what is kept of it for good."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.erasing import Basis, Erasure, ErasureState, ErasureStep, Logged, Plan
from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import LegalHold, Page
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.newest import Newest
from marshrut.store.statements import insert_new
from marshrut.store.tables import HOLDS, UNSETTLED, cases, erasure_log, erasures, legal_holds

LIVE = (ErasureState.ASKED, ErasureState.CONFIRMED)


class SqlErasures:
    """The book."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def ask(self, erasure: Erasure) -> Erasure:
        """Keep it, unless one for its case stands already; the one that stands."""
        async with self._db.write() as conn:
            await lock(conn, f"erasure/{erasure.case_id}")
            for row in await conn.execute(sa.select(erasures).where(UNSETTLED)):
                known = _erasure(row)
                if erasure.case_id in {known.case_id, *(known.plan.cases if known.plan else ())}:
                    return known
            await conn.execute(erasures.insert(), _row(erasure))
        return erasure

    async def get(self, erasure_id: str) -> Erasure | None:
        """One of them."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(erasures).where(erasures.c.id == erasure_id))).one_or_none()
        return None if row is None else _erasure(row)

    async def of_hospitals(
        self, hospitals: Collection[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[Erasure]:
        """Those of these hospitals, the newest first."""
        query = sa.select(erasures)
        if hospitals is not None:
            query = query.where(erasures.c.hospital.in_(hospitals))
        return await _ERASURES.page(self._db, query, limit, cursor)

    async def unfinished(self, limit: int) -> Sequence[Erasure]:
        """Those that are confirmed and not done, the oldest first."""
        query = sa.select(erasures).where(UNSETTLED, erasures.c.state == ErasureState.CONFIRMED)
        async with self._db.read() as conn:
            return [_erasure(row) for row in await conn.execute(query.order_by(erasures.c.asked_at).limit(limit))]

    async def change(self, erasure: Erasure, was: ErasureState) -> bool:
        """Keep another state of it; no when it is not in that one any more."""
        by = erasure.confirmed_by
        over: dict[str, Any] = {}
        if erasure.state not in LIVE:
            over = {"finished_at": erasure.finished_at, "plan": None}
        held = erasures.update().where(erasures.c.id == erasure.id, erasures.c.state == was)
        told = held.values(
            state=erasure.state,
            confirmed_by=None if by is None else by.user,
            confirmed_role=None if by is None else by.role,
            confirmed_at=erasure.confirmed_at,
            **over,
        )
        async with self._db.write() as conn:
            return (await conn.execute(told)).rowcount == 1

    async def plan(self, erasure_id: str, plan: Plan) -> None:
        """Keep what is to be done, once."""
        new = erasures.update().where(erasures.c.id == erasure_id, erasures.c.step.is_(None), UNSETTLED)
        async with self._db.write() as conn:
            await conn.execute(new.values(plan=plan.text, step=ErasureStep.PLANNED, fault=None))

    async def replan(self, erasure_id: str, plan: Plan) -> None:
        """Keep that there is more to do, and begin again."""
        begun = sa.and_(erasures.c.id == erasure_id, erasures.c.step == ErasureStep.RUNS_DELETED, UNSETTLED)
        async with self._db.write() as conn:
            await lock(conn, f"erasure/{erasure_id}")
            again = erasures.update().where(begun).values(plan=plan.text, step=ErasureStep.PLANNED, fault=None)
            if (await conn.execute(again)).rowcount:
                await conn.execute(erasure_log.delete().where(erasure_log.c.erasure_id == erasure_id))

    async def done(self, erasure_id: str, step: ErasureStep, logged: Sequence[Logged]) -> None:
        """Keep that a step is done, and what it did, once."""
        async with self._db.write() as conn:
            await note(conn, erasure_id, step, logged)

    async def log(self, erasure_id: str) -> Sequence[Logged]:
        """What was done so far."""
        columns = (erasure_log.c[name] for name in ("at", "what", "count"))
        query = sa.select(*columns).where(erasure_log.c.erasure_id == erasure_id).order_by(erasure_log.c.number)
        async with self._db.read() as conn:
            return [Logged(**row) for row in (await conn.execute(query)).mappings()]

    async def faulty(self, erasure_id: str, fault: str) -> None:
        """Why it does not go on: before there is a plan it waits for people again, later it is only said."""
        here = erasures.update().where(erasures.c.id == erasure_id, UNSETTLED)
        asked: dict[str, Any] = {"confirmed_by": None, "confirmed_role": None, "confirmed_at": None}
        async with self._db.write() as conn:
            await conn.execute(here.values(fault=fault))
            await conn.execute(here.where(erasures.c.step.is_(None)).values(state=ErasureState.ASKED, **asked))

    async def finish(self, erasure_id: str, certificate: str, signature: str, at: datetime) -> None:
        """It is done: what says so, and nothing any more of what it was about."""
        last = erasures.update().where(erasures.c.id == erasure_id, UNSETTLED)
        said = {"certificate": certificate, "signature": signature, "finished_at": at, "plan": None}
        async with self._db.write() as conn:
            await conn.execute(last.values(state=ErasureState.DONE, **said))
        await self._db.sweep()  # what knew which ids went

    async def held(self, case_ids: Collection[str]) -> Sequence[LegalHold]:
        """The legal holds that stand on these cases."""
        query = sa.select(legal_holds).where(HOLDS, legal_holds.c.case_id.in_(case_ids))
        async with self._db.read() as conn:
            return [_hold(row) for row in await conn.execute(query)]

    async def hold(self, hold: LegalHold) -> LegalHold:
        """Hold a case, unless it is held; the hold that stands."""
        row = {name: getattr(hold, name) for name in ("id", "case_id", "reason", "set_by", "set_at")}
        standing = sa.select(legal_holds).where(HOLDS, legal_holds.c.case_id == hold.case_id)
        async with self._db.write() as conn:
            await conn.execute(insert_new(conn, legal_holds), row)
            return _hold((await conn.execute(standing)).one())

    async def holds(
        self, hospitals: Collection[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[LegalHold]:
        """The legal holds that stand on cases of these hospitals, the newest first."""
        query = sa.select(legal_holds).where(HOLDS)
        if hospitals is not None:
            theirs = sa.exists().where(cases.c.case_id == legal_holds.c.case_id, cases.c.hospital.in_(hospitals))
            query = query.where(theirs)
        return await _HOLDS.page(self._db, query, limit, cursor)

    async def lift(self, case_id: str, by: str, at: datetime) -> bool:
        """Hold it no longer; whether it was held."""
        stands = legal_holds.update().where(HOLDS, legal_holds.c.case_id == case_id)
        async with self._db.write() as conn:
            return (await conn.execute(stands.values(lifted_by=by, lifted_at=at))).rowcount == 1


async def note(conn: AsyncConnection, erasure_id: str, step: ErasureStep, logged: Sequence[Logged]) -> None:
    """A step is done, in whoever's transaction; once, however often it is said."""
    last = sa.select(sa.func.coalesce(sa.func.max(erasure_log.c.number), 0))
    number = await conn.scalar(last.where(erasure_log.c.erasure_id == erasure_id)) or 0
    other = sa.func.coalesce(erasures.c.step, "") != step
    moved = erasures.update().where(erasures.c.id == erasure_id, UNSETTLED, other).values(step=step, fault=None)
    if (await conn.execute(moved)).rowcount == 1 and logged:
        rows = [
            {"erasure_id": erasure_id, "number": place, "at": line.at, "what": line.what, "count": line.count}
            for place, line in enumerate(logged, number + 1)
        ]
        await conn.execute(erasure_log.insert(), rows)


async def settle_others(conn: AsyncConnection, erasure_id: str, case_ids: Collection[str], at: datetime) -> None:
    """What else was asked for by a case of these, and not begun, is done with this one, and leads there no longer."""
    others = sa.select(erasures.c.id, erasures.c.plan).where(UNSETTLED, erasures.c.id != erasure_id)
    rows = (await conn.execute(others.where(erasures.c.step.is_(None)))).all()
    if same := [row.id for row in rows if row.plan is not None and json.loads(row.plan).get("case") in case_ids]:
        over: dict[str, Any] = {"state": ErasureState.WITHDRAWN, "finished_at": at, "plan": None, "fault": None}
        await conn.execute(erasures.update().where(erasures.c.id.in_(same)).values(**over))


def _row(erasure: Erasure) -> dict[str, Any]:
    return {
        "id": erasure.id,
        "state": erasure.state,
        "hospital": erasure.hospital,
        "basis": erasure.basis,
        "asked_by": erasure.asked_by.user,
        "asked_role": erasure.asked_by.role,
        "asked_at": erasure.asked_at,
        "plan": json.dumps({"case": erasure.case_id}),
    }


def _erasure(row: Any) -> Erasure:
    asked_for = {} if row.plan is None else json.loads(row.plan)
    plan = Plan.read(row.plan) if "cases" in asked_for else None
    case_id = asked_for.get("case") or (next(iter(plan.cases)) if plan is not None else None)
    return Erasure(
        id=row.id,
        state=ErasureState(row.state),
        hospital=row.hospital,
        basis=Basis(row.basis),
        asked_by=Actor(user=row.asked_by, role=Role(row.asked_role)),
        asked_at=row.asked_at,
        case_id=case_id,
        confirmed_by=None if row.confirmed_by is None else Actor(user=row.confirmed_by, role=Role(row.confirmed_role)),
        confirmed_at=row.confirmed_at,
        step=None if row.step is None else ErasureStep(row.step),
        plan=plan,
        fault=row.fault,
        finished_at=row.finished_at,
        certificate=row.certificate,
        signature=row.signature,
    )


def _hold(row: Any) -> LegalHold:
    return LegalHold(row.id, row.case_id, row.reason, row.set_by, row.set_at)


_ERASURES = Newest("erasures", erasures.c.asked_at, erasures.c.id, _erasure)
_HOLDS = Newest("legal-holds", legal_holds.c.set_at, legal_holds.c.id, _hold)
