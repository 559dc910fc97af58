"""The outbox: what is to be mailed, and what has become of that.

A notice's row is written by the transaction that writes the notice, and by no rebuild; so is that of an answer. Before
a message may be on the wire the row says so; whoever dies then leaves a row that nobody sends again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.enquiry import answered
from marshrut.domain.state import CaseState
from marshrut.ports import Clock, DueMail, Errand, Language, MailState, Notification
from marshrut.store.database import Database
from marshrut.store.notices import NOTICES, notice_of
from marshrut.store.projection import notice_row
from marshrut.store.statements import insert_new
from marshrut.store.tables import ON_THE_WIRE, UNSENT, notifications, outbox
from marshrut.store.types import UtcTime, utc_now

_now = sa.bindparam("now", type_=UtcTime)
_free = sa.func.coalesce(outbox.c.lease_until, _now) <= _now
_DUE = (
    sa.select(outbox.c.id, outbox.c.attempts, outbox.c.told, outbox.c.errand, outbox.c.about)
    .where(UNSENT, outbox.c.due_at <= _now, _free)
    .order_by(outbox.c.due_at, outbox.c.id)
    .limit(sa.bindparam("most", type_=sa.Integer))
    .with_for_update(skip_locked=True)
)
_LEFT = outbox.update().where(ON_THE_WIRE, outbox.c.lease_until <= _now)
_FINISHED: dict[str, Any] = {"lease_owner": None, "lease_until": None}


async def post(conn: AsyncConnection, before: CaseState, after: CaseState, at: datetime) -> None:
    """Have the notices that a case gained mailed once their time has come, and enquiries answered."""
    gained = [(key, notice) for key, notice in after.notices.items() if key not in before.notices]
    rows = [_row(notice_row(after, key, notice)["id"], Errand.NOTICE, {}, notice.tell_at) for key, notice in gained]
    rows += [
        _row(f"answer/{step.step_id}", Errand.ANSWER, {"case": after.case_id, "step": step.step_id}, at)
        for step in answered(before, after)
    ]
    if rows:
        await conn.execute(insert_new(conn, outbox), rows)


def _row(mail_id: str, errand: Errand, about: Mapping[str, str], due_at: datetime) -> dict[str, Any]:
    told = json.dumps(about, sort_keys=True) if about else None
    sent: dict[str, Any] = {"state": MailState.PENDING, "due_at": due_at, "attempts": 0, "told": ""}
    return {"id": mail_id, "errand": errand, "about": told, **sent}


class SqlOutbox:
    """The outbox in SQL (port `Outbox`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def ask(self, mail_id: str, errand: Errand, about: Mapping[str, str], due_at: datetime) -> bool:
        """Have something told that no commit asks for; whether nobody had asked for it under this id before."""
        async with self._db.write() as conn:
            return (await conn.execute(insert_new(conn, outbox), [_row(mail_id, errand, about, due_at)])).rowcount == 1

    async def lease_due(self, *, owner: str, lease_s: float, limit: int) -> Sequence[DueMail]:
        """Take over what is due and nobody holds; what was being sent when its holder's lease ended is uncertain."""
        now = self._clock()
        async with self._db.write() as conn:
            await conn.execute(_LEFT.values(state=MailState.UNCERTAIN, finished_at=now, **_FINISHED), {"now": now})
            found = (await conn.execute(_DUE, {"now": now, "most": limit})).all()
            if not found:
                return ()
            ids = [row.id for row in found]
            until = now + timedelta(seconds=lease_s)
            taken = outbox.update().where(outbox.c.id.in_(ids))
            await conn.execute(taken.values(lease_owner=owner, lease_until=until))
            notices = await _notices(conn, ids)
        return [
            DueMail(
                row.id,
                notices.get(row.id),
                row.attempts,
                _languages(row.told),
                Errand(row.errand),
                {} if row.about is None else json.loads(row.about),
            )
            for row in found
        ]

    async def begin(self, notice_id: str, *, owner: str, lease_s: float) -> bool:
        """Say durably that the message is about to be on the wire; no when somebody else has it.

        No, too, when its notice does not stand any more: it is dropped by that. The lease begins anew.
        """
        now = self._clock()
        held = outbox.update().where(
            UNSENT, outbox.c.id == notice_id, outbox.c.lease_owner == owner, outbox.c.lease_until > now
        )
        begun = held.values(state=MailState.SENDING, lease_until=now + timedelta(seconds=lease_s))
        dropped = held.values(state=MailState.DROPPED, finished_at=now, **_FINISHED)
        async with self._db.write() as conn:
            errand = await conn.scalar(sa.select(outbox.c.errand).where(outbox.c.id == notice_id))
            notice = (await _notices(conn, [notice_id])).get(notice_id)
            wanted = errand != Errand.NOTICE or (notice is not None and notice.stands)
            changed = await conn.execute(begun if wanted else dropped)
        return wanted and changed.rowcount == 1

    async def gone(self, notice_id: str, *, owner: str, told: frozenset[Language], state: MailState) -> None:
        """Say that it went in these languages, and whether it is `sent` by that or still `pending` for others."""
        held: dict[str, Any] = {} if state is MailState.PENDING else {**_FINISHED, "finished_at": self._clock()}
        await self._change(notice_id, owner, state=state, told=",".join(sorted(told)), **held)

    async def close(self, notice_id: str, *, owner: str, state: MailState) -> None:
        """Say that it will not be sent, or that nobody knows."""
        await self._change(notice_id, owner, state=state, finished_at=self._clock(), **_FINISHED)

    async def put_back(self, notice_id: str, *, owner: str, delay_s: float) -> None:
        """Nothing was sent: it is due again after the delay."""
        due_at = self._clock() + timedelta(seconds=delay_s)
        again = {"due_at": due_at, "attempts": outbox.c.attempts + 1}
        await self._change(notice_id, owner, state=MailState.PENDING, **again, **_FINISHED)

    async def _change(self, notice_id: str, owner: str, **values: Any) -> None:
        """Change a row that the owner holds; one that was given to another, or up, stays as it is."""
        held = sa.and_(outbox.c.id == notice_id, outbox.c.lease_owner == owner)
        async with self._db.write() as conn:
            await conn.execute(outbox.update().where(held).values(**values))


async def _notices(conn: AsyncConnection, ids: Sequence[str]) -> dict[str, Notification]:
    rows = await conn.execute(NOTICES.where(notifications.c.id.in_(ids)))
    return {row.id: notice_of(row) for row in rows}


def _languages(told: str) -> frozenset[Language]:
    return frozenset(Language(code) for code in told.split(",") if code)
