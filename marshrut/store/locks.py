"""Being alone with something until the transaction ends. SQLite's writers are alone anyway."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))


async def lock(conn: AsyncConnection, name: str) -> None:
    """Be alone with what the name stands for."""
    if conn.dialect.name != "sqlite":
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        await conn.execute(_LOCK, {"number": number})


async def lock_cases(conn: AsyncConnection, case_ids: Sequence[str]) -> None:
    """Let nobody else write these cases; in one order, so that nobody waits in a ring."""
    for case_id in sorted(case_ids):
        await lock(conn, f"case/{case_id}")


async def lock_person(conn: AsyncConnection, person: str) -> None:
    """Let nobody else open a case of the person, or hold a message about them; cases, if any, are locked before."""
    await lock(conn, f"person/{person}")
