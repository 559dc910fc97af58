"""The inbox: the commands that arrived as messages, whatever became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.moves import Actor
from marshrut.ports import (
    Clock,
    CommandState,
    Doing,
    Flow,
    Format,
    InboxMessage,
    MessageAct,
    MessageFilter,
    Page,
    Sight,
    Taken,
    Waiting,
    WhyDiscarded,
)
from marshrut.store.codec import details_text
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.inbox_flow import flow, in_sight, narrowed, waiting
from marshrut.store.tables import DISCARDED, MESSAGES, PARKED, commands, message_acts
from marshrut.store.types import utc_now

_BY_NUMBER: Cursor[Whole] = Cursor("messages", Whole)
_SHOWN = tuple(
    commands.c[name]
    for name in (
        *("number", "id", "received_at", "source", "format", "hospital", "actor", "role"),
        *("state", "code", "details", "case_id", "attempts", "replayed_as", "finished_at", "repeats", "repeated_at"),
    )
)
_messages = sa.select(*_SHOWN).where(MESSAGES)
_count = sa.select(sa.func.count()).select_from(commands).where(PARKED)
_this = commands.update().where(commands.c.id == sa.bindparam("id_"))
_parked, _discarded = _this.where(PARKED), _this.where(DISCARDED)
_not_taken = _this.where(sa.or_(PARKED, DISCARDED))
_other = commands.alias("other")
# Its sender sent it again meanwhile, and that one is parked.
_parked_again = sa.exists().where(
    sa.text("other.state = 'parked'"),
    _other.c.source == commands.c.source,
    _other.c.fingerprint == commands.c.fingerprint,
)


class SqlInbox:
    """The inbox in SQL (port `Inbox`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def messages(
        self, which: MessageFilter, *, limit: int, cursor: str | None, oldest_first: bool = False
    ) -> Page[InboxMessage]:
        """Messages, newest first. Raises ValueError for a cursor that is none."""
        number = commands.c.number
        query = _messages.where(*narrowed(which))
        if (after := _BY_NUMBER.read(cursor)) is not None:
            query = query.where(number > after if oldest_first else number < after)
        query = query.order_by(number if oldest_first else number.desc()).limit(limit + 1)
        async with self._db.read() as conn:
            rows = (await conn.execute(query)).all()
        return _BY_NUMBER.page(rows, limit, _message, lambda row: int(row.number))

    async def parked(self, sight: Sight) -> int:
        """How many of the messages in sight are parked."""
        async with self._db.read() as conn:
            return int(await conn.scalar(_count.where(in_sight(sight))) or 0)

    async def waiting(self, which: MessageFilter) -> Waiting:
        """What stands in the inbox now, of these sources and hospitals."""
        async with self._db.read() as conn:
            return await waiting(conn, which)

    async def flow(self, which: MessageFilter, *, stretch: timedelta, offset: timedelta) -> Flow:
        """What arrived in a period, by stretches of so long that begin at whole ones of that offset from UTC."""
        async with self._db.read() as conn:
            return await flow(conn, which, stretch, offset)

    async def message(self, message_id: str, sight: Sight) -> InboxMessage | None:
        """One message, if it may be seen."""
        async with self._db.read() as conn:
            row = (await conn.execute(_messages.where(commands.c.id == message_id, in_sight(sight)))).one_or_none()
        return None if row is None else _message(row)

    async def raw(self, message_id: str) -> bytes | None:
        """What was kept of it, sealed."""
        async with self._db.read() as conn:
            sealed: bytes | None = await conn.scalar(sa.select(commands.c.raw).where(commands.c.id == message_id))
        return sealed

    async def mended(self, message_id: str, taken: Taken, by: Actor) -> None:
        """A parked or discarded message was taken after all."""
        await self._tried(
            message_id,
            by,
            None,
            state=CommandState.DONE,
            replayed_as=taken.command_id,
            case_id=taken.case_id,
            code=taken.reason,
            details=details_text({}),
            finished_at=self._clock(),
        )

    async def still_parked(self, message_id: str, code: str, details: Mapping[str, str], by: Actor) -> None:
        """A parked or discarded message was tried again; this is what is wrong with it now."""
        await self._tried(message_id, by, code, code=code, details=details_text(details))

    async def _tried(self, message_id: str, by: Actor, met: str | None, **values: Any) -> None:
        tried = _not_taken.values(attempts=commands.c.attempts + 1, **values)
        async with self._db.write() as conn:
            if (await conn.execute(tried, {"id_": message_id})).rowcount:
                await self._done(conn, message_id, Doing.REPLAYED, by, code=met)

    async def discard(self, message_id: str, why: WhyDiscarded, note: bytes | None, by: Actor) -> bool:
        """Put a parked message aside; whether it was parked."""
        async with self._db.write() as conn:
            found = (await conn.execute(_parked.values(state=CommandState.DISCARDED), {"id_": message_id})).rowcount
            if found:
                await self._done(conn, message_id, Doing.DISCARDED, by, code=why, note=note)
        return bool(found)

    async def restore(self, message_id: str, by: Actor) -> bool:
        """Have one that was put aside parked again; whether it was so."""
        back = _discarded.where(~_parked_again).values(state=CommandState.PARKED)
        async with self._db.write() as conn:
            found = (await conn.execute(back, {"id_": message_id})).rowcount
            if found:
                await self._done(conn, message_id, Doing.RESTORED, by)
        return bool(found)

    async def opened(self, message_id: str, by: Actor) -> None:
        """Somebody was given its bytes."""
        async with self._db.write() as conn:
            await self._done(conn, message_id, Doing.OPENED, by)

    async def _done(  # noqa: PLR0913 - what an act is made of
        self,
        conn: AsyncConnection,
        message_id: str,
        act: Doing,
        by: Actor,
        *,
        code: str | None = None,
        note: bytes | None = None,
    ) -> None:
        who = {"actor": by.user, "role": by.role, "at": self._clock()}
        row = {"message_id": message_id, "act": act, "code": code, "note": note, **who}
        await conn.execute(message_acts.insert(), row)

    async def acts(self, message_ids: Collection[str]) -> Mapping[str, Sequence[MessageAct]]:
        """What people did with each of them, the first first; those with which nobody did anything are left out."""
        query = sa.select(message_acts).where(message_acts.c.message_id.in_(message_ids))
        async with self._db.read() as conn:
            rows = (await conn.execute(query.order_by(message_acts.c.number))).all()
        found: dict[str, list[MessageAct]] = defaultdict(list)
        for row in rows:
            by = Actor(user=row.actor, role=row.role)
            found[row.message_id].append(MessageAct(Doing(row.act), row.at, by, row.code, row.note))
        return found


def _message(row: Any) -> InboxMessage:
    return InboxMessage(
        id=row.id,
        received_at=row.received_at,
        source=row.source,
        format=Format(row.format),
        hospital=row.hospital,
        sender=Actor(user=row.actor, role=row.role),
        state=CommandState(row.state),
        code=row.code,
        details=orjson.loads(row.details),
        # Whose visit it is about is nobody's case yet.
        case_id=None if row.state == CommandState.HELD else row.case_id,
        attempts=row.attempts,
        replayed_as=row.replayed_as,
        finished_at=row.finished_at,
        repeats=row.repeats,
        repeated_at=row.repeated_at,
    )
