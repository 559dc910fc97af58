"""What is done by a command at the server itself is written down as what is done over HTTP."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from marshrut.settings import Settings
    from marshrut.store.database import Database


async def acted(settings: Settings, db: Database, what: str, thing: str | None = None) -> None:
    """Whoever is signed in to the machine did it; `what`: the command, `thing`: what it is about.

    Raises:
        Unavailable, Uncertain: SQL does not answer.
    """
    from marshrut.adapters.key_sources import keys_now
    from marshrut.domain.auditing import Act, Entry, Purpose, chain_key
    from marshrut.domain.words import Role
    from marshrut.store.audit import SqlAudit
    from marshrut.store.types import utc_now

    entry = Entry(
        utc_now(),
        Act.CHANGE,
        f"marshrut {what}",
        Purpose.ADMINISTRATION,
        user=f"os:{os.getuid()}",
        role=Role.ADMIN,
        thing=thing,
    )
    await SqlAudit(db, chain_key(keys_now(settings).ids)).append([entry])
