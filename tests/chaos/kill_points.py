"""Places in the write path where a process can be told to die, put there from the outside: production has no hooks."""

from __future__ import annotations

import functools
import os
import random
from collections.abc import Callable, Mapping
from enum import StrEnum
from itertools import count
from typing import Any

import sqlalchemy as sa

from marshrut.adapters.mail.smtp import SmtpMailer
from marshrut.adapters.temporal.journeys import TemporalJourneys
from marshrut.store.commands import SqlCommands
from marshrut.store.journal import SqlJournal
from marshrut.store.outbox import SqlOutbox

Hit = Callable[[], None]


class Point(StrEnum):
    """When to die: right after the intent was stored, after the journey answered, or in the commit's transaction.

    `sending`: before the intent's transaction is told to commit. `answer`: after the commit, before the caller is told.
    `own`: after a journey wrote what it did by itself, before it knows. `begun`: after a mail was marked as being sent,
    before it is. `mailed`: after the mail server took it, before SQL is told.
    """

    SENDING = "sending"
    INTENT = "intent"
    UPDATE = "update"
    COMMIT = "commit"
    ANSWER = "answer"
    OWN = "own"
    BEGUN = "begun"
    MAILED = "mailed"


def install(life: int, options: Mapping[str, Any]) -> None:
    """Put a signal to each of the points in the options, at some hit between the two bounds.

    Which hit it is depends on the seed and on how often the process was started, and on nothing else. After so many
    `lives` there are no more.
    """
    if life > options.get("lives", life):
        return
    chance = random.Random(f"{options.get('seed')}/{life}")
    for point in map(Point, options.get("points", ())):
        _INSTALL[point](_at(chance.randint(*options["between"]), options["signal"]))


def _at(nth: int, signal: int) -> Hit:
    hits = count(1)

    def hit() -> None:
        if next(hits) == nth:
            os.kill(os.getpid(), signal)

    return hit


def _after(owner: type, *names: str, hit: Hit) -> None:
    """Call `hit` whenever one of these methods has returned or raised."""
    for name in names:
        setattr(owner, name, _then(getattr(owner, name), hit))


def _then(method: Callable[..., Any], hit: Hit) -> Callable[..., Any]:
    @functools.wraps(method)
    async def both(*args: object, **kwargs: object) -> object:
        try:
            return await method(*args, **kwargs)
        finally:
            hit()

    return both


def _inside_the_commit(hit: Hit) -> None:
    def executed(_conn: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        values = parameters.values() if isinstance(parameters, dict) else parameters
        if statement.startswith("UPDATE commands SET") and "done" in values:
            hit()

    sa.event.listen(sa.Engine, "after_cursor_execute", executed)


def _before_the_intent_is_stored(hit: Hit) -> None:
    def executed(conn: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        conn.info["intent"] = statement.startswith("INSERT INTO commands")

    def committing(conn: sa.Connection) -> None:
        if conn.info.get("intent"):
            hit()

    sa.event.listen(sa.Engine, "after_cursor_execute", executed)
    sa.event.listen(sa.Engine, "commit", committing)


_INSTALL: Mapping[Point, Callable[[Hit], None]] = {
    Point.SENDING: _before_the_intent_is_stored,
    Point.INTENT: lambda hit: _after(SqlCommands, "intend", hit=hit),
    Point.UPDATE: lambda hit: _after(TemporalJourneys, "open", "send", hit=hit),
    Point.COMMIT: _inside_the_commit,
    Point.ANSWER: lambda hit: _after(SqlCommands, "commit", hit=hit),
    Point.OWN: lambda hit: _after(SqlJournal, "write", hit=hit),
    Point.BEGUN: lambda hit: _after(SqlOutbox, "begin", hit=hit),
    Point.MAILED: lambda hit: _after(SmtpMailer, "send", hit=hit),
}
