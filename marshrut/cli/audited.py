"""What is done by a command at the server itself is written down as what is done over HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marshrut.domain.auditing import Act, Outcome
    from marshrut.settings import Settings
    from marshrut.store.database import Database


async def acted(settings: Settings, db: Database, what: str, thing: str | None = None) -> None:
    """Whoever is signed in to the machine did it; `what`: the command, `thing`: what it is about.

    Raises:
        Unavailable, Uncertain: SQL does not answer.
    """
    from marshrut.domain.auditing import Act, Outcome

    await _told(settings, db, what, thing, Act.CHANGE, Outcome.DONE)


async def begins(settings: Settings, db: Database, what: str, thing: str | None = None) -> None:
    """They have it begin, which may end halfway: what becomes of each case stands in its journal.

    Raises:
        Unavailable, Uncertain: SQL does not answer; nothing is to begin.
    """
    from marshrut.domain.auditing import Act, Outcome

    await _told(settings, db, what, thing, Act.CHANGE, Outcome.PENDING)


async def takes_out(
    settings: Settings, db: Database, what: str, thing: str | None = None, hospital: str | None = None
) -> None:
    """They take something out, of a hospital or of all: before they have it.

    Raises:
        Unavailable, Uncertain: SQL does not answer; nothing is to be taken out.
    """
    from marshrut.domain.auditing import Act, Outcome

    await _told(settings, db, what, thing, Act.EXPORT, Outcome.DONE, hospital)


async def _told(  # noqa: PLR0913, PLR0917 - what an entry says
    settings: Settings,
    db: Database,
    what: str,
    thing: str | None,
    act: Act,
    outcome: Outcome,
    hospital: str | None = None,
) -> None:
    from marshrut.adapters.key_sources import keys_now
    from marshrut.domain.auditing import Entry, Purpose, chain_key
    from marshrut.domain.words import Role
    from marshrut.store.audit import SqlAudit
    from marshrut.store.types import utc_now

    entry = Entry(
        utc_now(),
        act,
        f"marshrut {what}",
        Purpose.ADMINISTRATION,
        outcome,
        user=f"os:{os.getuid()}",
        role=Role.ADMIN,
        thing=thing,
        hospital=hospital,
    )
    await SqlAudit(db, chain_key(keys_now(settings).ids)).append([entry])


@asynccontextmanager
async def acting(settings: Settings, what: str, thing: str | None = None) -> AsyncIterator[None]:
    """What is done in the block is written down after it; where nothing could be written, nothing is done.

    A folder without a database is no installation yet, and has no audit.

    Raises:
        Stop: the database is not of this version.
        Unavailable, Uncertain: it does not answer.
    """
    from marshrut.cli.schema import opened, there

    if not there(settings):
        yield
        return
    async with opened(settings) as db:
        yield
        await acted(settings, db, what, thing)
