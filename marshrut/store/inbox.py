"""The inbox: the commands that arrived as messages, whatever became of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
import sqlalchemy as sa

from marshrut.domain.moves import Actor
from marshrut.ports import Clock, CommandState, Format, InboxMessage, MessageFilter, Page, Sight, Taken
from marshrut.store.codec import details_text
from marshrut.store.cursors import Cursor, Whole
from marshrut.store.database import Database
from marshrut.store.tables import MESSAGES, PARKED, commands
from marshrut.store.types import utc_now

_BY_NUMBER: Cursor[Whole] = Cursor("messages", Whole)
_SHOWN = tuple(
    commands.c[name]
    for name in (
        *("number", "id", "received_at", "source", "format", "hospital", "actor", "role"),
        *("state", "code", "details", "case_id", "attempts", "replayed_as"),
    )
)
_messages = sa.select(*_SHOWN).where(MESSAGES)
_count = sa.select(sa.func.count()).select_from(commands).where(PARKED)
_parked = commands.update().where(commands.c.id == sa.bindparam("id_"), PARKED)


class SqlInbox:
    """The inbox in SQL (port `Inbox`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def messages(self, which: MessageFilter, *, limit: int, cursor: str | None) -> Page[InboxMessage]:
        """Messages, newest first. Raises ValueError for a cursor that is none."""
        query = _messages.where(*_conditions(which))
        if (after := _BY_NUMBER.read(cursor)) is not None:
            query = query.where(commands.c.number < after)
        async with self._db.read() as conn:
            rows = (await conn.execute(query.order_by(commands.c.number.desc()).limit(limit + 1))).all()
        return _BY_NUMBER.page(rows, limit, _message, lambda row: int(row.number))

    async def parked(self, sight: Sight) -> int:
        """How many of the messages in sight are parked."""
        async with self._db.read() as conn:
            return int(await conn.scalar(_count.where(_seen(sight))) or 0)

    async def message(self, message_id: str, sight: Sight) -> InboxMessage | None:
        """One message, if it may be seen."""
        async with self._db.read() as conn:
            row = (await conn.execute(_messages.where(commands.c.id == message_id, _seen(sight)))).one_or_none()
        return None if row is None else _message(row)

    async def raw(self, message_id: str) -> bytes | None:
        """What was kept of it, sealed."""
        async with self._db.read() as conn:
            sealed: bytes | None = await conn.scalar(sa.select(commands.c.raw).where(commands.c.id == message_id))
        return sealed

    async def mended(self, message_id: str, taken: Taken) -> None:
        """A parked message was taken after all."""
        await self._write(
            message_id,
            state=CommandState.DONE,
            replayed_as=taken.command_id,
            case_id=taken.case_id,
            code=taken.reason,
            details=details_text({}),
            finished_at=self._clock(),
        )

    async def still_parked(self, message_id: str, code: str, details: Mapping[str, str]) -> None:
        """A parked message was tried again; this is what is wrong with it now."""
        await self._write(message_id, code=code, details=details_text(details))

    async def _write(self, message_id: str, **values: Any) -> None:
        async with self._db.write() as conn:
            tried = _parked.values(attempts=commands.c.attempts + 1, **values)
            await conn.execute(tried, {"id_": message_id})


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
    )


def _conditions(which: MessageFilter) -> list[sa.ColumnElement[bool]]:
    wanted = {name: getattr(which, name) for name in ("state", "code", "source", "hospital")}
    conditions = [commands.c[name] == value for name, value in wanted.items() if value is not None]
    if which.since is not None:
        conditions.append(commands.c.received_at >= which.since)
    return [_seen(which.sight), *conditions]


def _seen(sight: Sight) -> sa.ColumnElement[bool]:
    if sight.hospitals is None:
        return sa.true()
    sent = sa.and_(commands.c.actor == sight.sender.user, commands.c.role == sight.sender.role)
    return sa.or_(commands.c.hospital.in_(sight.hospitals), sent)
