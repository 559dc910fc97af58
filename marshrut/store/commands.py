"""The store of commands: inbox of the hospital messages, idempotency record of the calls, audit of every attempt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from marshrut.domain.events import Event
from marshrut.domain.refusal import Refused
from marshrut.ports import (
    Clock,
    CommandState,
    Intended,
    Intent,
    KeyReused,
    Leased,
    StoredCommand,
    Unavailable,
    Uncertain,
)
from marshrut.store import codec
from marshrut.store.database import Database
from marshrut.store.held import give_up, placed
from marshrut.store.journal import write_events
from marshrut.store.lanes import DUE
from marshrut.store.locks import lock
from marshrut.store.registry import RIGHTS, TELLING, remember
from marshrut.store.statements import held_seq, insert_command, insert_new
from marshrut.store.tables import PENDING, commands
from marshrut.store.types import UtcTime, utc_now

log = structlog.get_logger()

EXPIRED = "expired"

_TOLD = tuple(commands.c[name] for name in ("number", "case_id", "state", "private", *TELLING))
_pending = commands.update().where(commands.c.id == sa.bindparam("id_"), PENDING)
_DONE = _pending.values(
    state=CommandState.DONE, finished_at=sa.bindparam("now", type_=UtcTime), lease_owner=None, lease_until=None
).returning(*_TOLD)
_again = (
    commands.update()
    .where(commands.c.id == sa.bindparam("id_"))
    .values(repeats=commands.c.repeats + 1, repeated_at=sa.bindparam("now", type_=UtcTime))
)
_leased = _pending.where(commands.c.lease_owner == sa.bindparam("owner"))


class SqlCommands:
    """Commands in SQL (port `Commands`)."""

    def __init__(self, db: Database, *, clock: Clock = utc_now) -> None:
        self._db = db
        self._clock = clock

    async def intend(self, intent: Intent, *, owner: str, lease_s: float) -> Intended:
        """Store an intent durably, leased to the owner. A message's turn is `lease_due`'s to give: `lease_s=0`."""
        row_of = partial(codec.command_row, now=self._clock(), owner=owner, lease_s=lease_s)
        try:
            return await self._intend(intent, row_of, again=False)
        except Uncertain:
            # "Is it there?" could be answered before the lost commit takes effect. Saying it again cannot: the same
            # id waits for that commit and then finds its row, or else stores it.
            try:
                return await self._intend(intent, row_of, again=True)
            except Unavailable as fault:
                raise Uncertain("sql") from fault

    async def _intend(self, intent: Intent, row_of: Callable[[Intent], dict[str, Any]], *, again: bool) -> Intended:
        others: Sequence[Intent] = ()
        async with self._db.write() as conn:
            if intent.state is CommandState.PARKED and (taken := await _find(conn, _taken_before(intent))) is not None:
                return await self._repeated(conn, intent, _answer(intent, taken))
            if intent.state is CommandState.HELD:
                intent, others = await placed(conn, intent)
            row = row_of(intent)
            stored = (await conn.execute(insert_command(conn), {**row, "about": intent.case_id})).one_or_none()
            if stored is None:
                known = await _find(conn, _stored_before(intent))
                ours = again and known is not None and (known.id, known.lease_owner) == (row["id"], row["lease_owner"])
                return await self._repeated(conn, intent, _answer(intent, known, created=ours))
            if intent.code in RIGHTS:
                # It asks nothing of a journey: with this it is done, and whoever asks for the person finds it.
                await remember(conn, await _standing(conn, intent.id))
            if others:
                await conn.execute(insert_new(conn, commands), [row_of(other) for other in others])
        number, known_seq = stored
        return Intended(codec.stored(intent, number, row["received_at"]), known_seq, created=True)

    async def _repeated(self, conn: AsyncConnection, intent: Intent, answered: Intended) -> Intended:
        """The answer; of a message that its sender sent once more it is counted that it came."""
        if intent.format is not None and not intent.again and answered.command.id != intent.id:
            await conn.execute(_again, {"id_": answered.command.id, "now": self._clock()})
        return answered

    async def known(self, intent: Intent) -> StoredCommand | None:
        """What an intent would be answered by, if it were stored now; nothing is."""
        async with self._db.read() as conn:
            row = await _find(conn, _stored_before(intent))
        return None if row is None else _answer(intent, row).command

    async def lease_due(self, *, owner: str, lease_s: float, limit: int) -> Sequence[Leased]:
        """Take over pending commands that nobody holds: of hospital messages the oldest of each case only."""
        now = self._clock()
        async with self._db.write() as conn:
            # One taker at a time: two could give out two of a lane when the older one arrives between them.
            await lock(conn, "lease")
            found = (await conn.execute(DUE, {"now": now, "most": limit})).all()
            if found:
                taken = commands.c.number.in_([row.number for row in found])
                until = now + timedelta(seconds=lease_s)
                await conn.execute(commands.update().where(taken).values(lease_owner=owner, lease_until=until))
        return list(_readable(found, owner))

    async def commit(self, command_id: str, events: Sequence[Event]) -> CommandState:
        """In one transaction: the events not yet held to journal and read model, and the command done.

        Raises:
            LookupError: there is no such command.
        """
        async with self._db.write() as conn:
            done = (await conn.execute(_DONE, {"id_": command_id, "now": self._clock()})).one_or_none()
            row = done or await _standing(conn, command_id)
            if events:
                if row.case_id is None:
                    raise LookupError(f"command {command_id} is about no case")
                await write_events(conn, row.case_id, events)
            if done is not None and done.private is not None:
                await remember(conn, done)
        return CommandState(row.state)

    async def reject(self, command_id: str, refused: Refused, *, owner: str) -> CommandState:
        """Close the command as rejected (or expired), if the caller still holds its lease; the state it has now."""
        state = CommandState.EXPIRED if refused.code == EXPIRED else CommandState.REJECTED
        return await self._close(command_id, owner, state, code=refused.code, details=refused.details)

    async def pass_over(self, command_id: str, code: str, *, owner: str) -> CommandState:
        """Close the command as done, though it changed nothing, if the caller still holds its lease."""
        return await self._close(command_id, owner, CommandState.DONE, code=code, details={})

    async def _close(
        self, command_id: str, owner: str, state: CommandState, *, code: str, details: Mapping[str, str]
    ) -> CommandState:
        closed = _leased.values(
            state=state,
            code=code,
            details=codec.details_text(details),
            finished_at=self._clock(),
            lease_owner=None,
            lease_until=None,
        ).returning(*_TOLD)
        async with self._db.write() as conn:
            row = (await conn.execute(closed, {"id_": command_id, "owner": owner})).one_or_none()
            told = row or await _standing(conn, command_id)
        return CommandState(told.state)

    async def put_back(self, command_id: str, *, owner: str, delay_s: float) -> None:
        """Give up the lease; the command is due again after the delay."""
        given_up = _leased.values(
            due_at=self._clock() + timedelta(seconds=delay_s),
            attempts=commands.c.attempts + 1,
            lease_owner=None,
            lease_until=None,
        )
        async with self._db.write() as conn:
            await conn.execute(given_up, {"id_": command_id, "owner": owner})

    async def give_up_held(self) -> int:
        """Close the messages that have been held too long; how many."""
        async with self._db.write() as conn:
            return await give_up(conn, self._clock())

    async def get(self, command_id: str) -> StoredCommand | None:
        """The command as it stands."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(commands).where(commands.c.id == command_id))).one_or_none()
        return None if row is None else codec.command_of(row)

    async def repeated(self, source: str, key: str, fingerprint: str) -> StoredCommand | None:
        """The command that the same source gave before, with the same key and the same words."""
        same = sa.and_(commands.c.source == source, commands.c.idem_key == key, commands.c.fingerprint == fingerprint)
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(commands).where(same))).one_or_none()
        return None if row is None else codec.command_of(row)


def _readable(rows: Sequence[Any], owner: str) -> Iterator[Leased]:
    """Those of them that this release can read. What a later one stored stays leased, and keeps no other waiting."""
    for row in rows:
        try:
            command = codec.command_of(row)
        except ValueError as fault:
            # Without its words, which may quote what was said.
            log.warning("commands.unreadable", command=row.id, error=type(fault).__name__)
            continue
        yield Leased(command, row.held, owner)


async def _standing(conn: AsyncConnection, command_id: str) -> Any:
    row = (await conn.execute(sa.select(*_TOLD).where(commands.c.id == command_id))).one_or_none()
    if row is None:
        raise LookupError(f"no command {command_id}")
    return row


def _taken_before(intent: Intent) -> sa.ColumnElement[bool]:
    """The very message that cannot be taken now was taken when it came first, or stands parked or put aside."""
    return sa.and_(
        commands.c.source == intent.source,
        commands.c.idem_key == intent.key,
        commands.c.fingerprint == intent.fingerprint,
    )


def _stored_before(intent: Intent) -> sa.ColumnElement[bool]:
    """What an intent met in the way when it could not be stored."""
    if intent.state is CommandState.PARKED:
        same = sa.and_(commands.c.fingerprint == intent.fingerprint, sa.text("state = 'parked'"))
    else:
        same = commands.c.idem_key == intent.key
    return sa.or_(commands.c.id == intent.id, sa.and_(commands.c.source == intent.source, same))


async def _find(conn: AsyncConnection, which: sa.ColumnElement[bool]) -> Any:
    return (await conn.execute(sa.select(commands, held_seq(commands.c.case_id).label("held")).where(which))).first()


def _answer(intent: Intent, row: Any, *, created: bool = False) -> Intended:
    if row is None or row.fingerprint != intent.fingerprint:
        raise KeyReused(intent.key)
    return Intended(codec.command_of(row), row.held, created=created)
