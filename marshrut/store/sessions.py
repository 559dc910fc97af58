"""Sessions of the pages, and tries to sign in. Neither follows from the journal; no rebuild touches them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.signing_in import FORGOTTEN, Guard, Stage, Tries, shut_until
from marshrut.domain.words import Role
from marshrut.ports import Caller, KeptSession
from marshrut.store.accounts import hospitals_of, hospitals_text
from marshrut.store.database import Database
from marshrut.store.locks import lock
from marshrut.store.statements import upsert
from marshrut.store.tables import sessions, sign_in_tries

# Tries are kept in thousandths: a little of each is forgotten every minute.
THOUSAND = 1000


class SqlSessions:
    """Sessions in SQL (port `Sessions`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def begin(self, session: KeptSession) -> None:
        """Keep a new one; those that are over are forgotten."""
        caller = session.caller
        row = {
            "id": session.id,
            "user": session.user,
            "role": None if caller is None else caller.role,
            "hospitals": None if caller is None else hospitals_text(caller.hospitals),
            "started_at": session.started_at,
            "seen_at": session.seen_at,
            "ends_at": session.ends_at,
            "stage": session.stage,
            "agent": session.agent,
            "hint": session.hint,
        }
        async with self._db.write() as conn:
            await conn.execute(sessions.delete().where(sessions.c.ends_at < session.started_at))
            await conn.execute(sign_in_tries.delete().where(sign_in_tries.c.last_at < session.started_at - FORGOTTEN))
            await conn.execute(sessions.insert(), row)

    async def session(self, session_id: str) -> KeptSession | None:
        """One that nobody has ended."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(sessions).where(sessions.c.id == session_id))).one_or_none()
        return None if row is None else _session(row)

    async def seen(self, session_id: str, at: datetime) -> None:
        """It is used."""
        used = sessions.update().where(sessions.c.id == session_id, sessions.c.seen_at < at).values(seen_at=at)
        async with self._db.write() as conn:
            await conn.execute(used)

    async def end(self, session_id: str) -> None:
        """It is over."""
        async with self._db.write() as conn:
            await conn.execute(sessions.delete().where(sessions.c.id == session_id))

    async def end_all(self, user: str, but: str | None = None) -> int:
        """All of a user's are over, but for one; how many there were."""
        theirs = sessions.delete().where(sessions.c.user == user, sessions.c.id != (but or ""))
        async with self._db.write() as conn:
            return (await conn.execute(theirs)).rowcount

    async def of(self, user: str) -> Sequence[KeptSession]:
        """All of a user's, the one used last first."""
        found = sa.select(sessions).where(sessions.c.user == user).order_by(sessions.c.seen_at.desc(), sessions.c.id)
        async with self._db.read() as conn:
            return [_session(row) for row in await conn.execute(found)]

    async def trying(self, by: Mapping[Guard, str], now: datetime) -> Mapping[Guard, Tries] | datetime:
        """Count one more try, and how things stand with it; or until when nobody may try."""
        async with self._db.write() as conn:
            await _lock(conn, by)
            known = await _tries(conn, by)
            tries = {guard: known.get(name, Tries()) for guard, name in by.items()}
            if shut := shut_until(tries, now):
                return shut
            counted = {guard: each.again(guard, now) for guard, each in tries.items()}
            for guard, name in by.items():
                row = {"id": name, "tries": round(counted[guard].count * THOUSAND), "last_at": now}
                await conn.execute(upsert(conn, sign_in_tries), row)
        return counted

    async def right(self, by: Mapping[Guard, str]) -> None:
        """It was right: the pair begins anew, the others take this one back."""
        others = [name for guard, name in by.items() if guard is not Guard.PAIR]
        less = sign_in_tries.c.tries - THOUSAND
        async with self._db.write() as conn:
            await _lock(conn, by)
            await conn.execute(sign_in_tries.delete().where(sign_in_tries.c.id == by[Guard.PAIR]))
            await conn.execute(sign_in_tries.update().where(sign_in_tries.c.id.in_(others)).values(tries=less))


async def _lock(conn: AsyncConnection, by: Mapping[Guard, str]) -> None:
    for name in sorted(by.values()):  # always in one order, so that two never wait for each other
        await lock(conn, f"sign-in/{name}")


async def _tries(conn: AsyncConnection, by: Mapping[Guard, str]) -> dict[str, Tries]:
    rows = await conn.execute(sa.select(sign_in_tries).where(sign_in_tries.c.id.in_(by.values())))
    return {row.id: Tries(row.tries / THOUSAND, row.last_at) for row in rows}


def _session(row: Any) -> KeptSession:
    caller = None if row.role is None else Caller(row.user, Role(row.role), hospitals_of(row.hospitals))
    stage = None if row.stage is None else Stage(row.stage)
    return KeptSession(row.id, row.user, caller, row.started_at, row.seen_at, row.ends_at, stage, row.agent, row.hint)
