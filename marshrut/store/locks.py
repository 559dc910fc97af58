"""Being alone with something until a transaction ends, whatever rows it will touch."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

_LOCK = sa.select(sa.func.pg_advisory_xact_lock(sa.bindparam("number", type_=sa.BigInteger)))


async def lock(conn: AsyncConnection, name: str) -> None:
    """Be alone with what the name stands for until the transaction ends. SQLite's writers are alone anyway."""
    if conn.dialect.name != "sqlite":
        number = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), signed=True)
        await conn.execute(_LOCK, {"number": number})
