"""Machines that call, with the hashes of their keys."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.words import Role
from marshrut.ports import Client, KeptClient
from marshrut.store.accounts import hospitals_of, hospitals_text
from marshrut.store.database import Database
from marshrut.store.statements import insert_new
from marshrut.store.tables import clients


class SqlClients:
    """Machines in SQL (port `ClientBook`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def client(self, client_id: str) -> KeptClient | None:
        """One of them, also when it is over."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(clients).where(clients.c.id == client_id))).one_or_none()
        return None if row is None else _kept(row)

    async def every(self) -> Sequence[KeptClient]:
        """All of them, the newest first."""
        newest = sa.select(clients).order_by(clients.c.created_at.desc(), clients.c.id)
        async with self._db.read() as conn:
            return [_kept(row) for row in await conn.execute(newest)]

    async def add(self, kept: KeptClient) -> bool:
        """Keep a new one, unless there is one of that id; whether it was kept."""
        known = kept.client
        row = {
            "id": known.id,
            "name": kept.name,
            "user": known.user,
            "role": known.role,
            "hospitals": hospitals_text(known.hospitals),
            "scopes": " ".join(sorted(known.scopes)),
            "secret": kept.secret,
            "created_at": known.created_at,
            "created_by": known.created_by,
            "expires_at": known.expires_at,
        }
        async with self._db.write() as conn:
            added = await conn.execute(insert_new(conn, clients).returning(clients.c.id), row)
            return added.scalar_one_or_none() is not None

    async def used(self, client_id: str, at: datetime) -> None:
        """It calls."""
        later = sa.or_(clients.c.used_at.is_(None), clients.c.used_at < at)
        async with self._db.write() as conn:
            await conn.execute(clients.update().where(clients.c.id == client_id, later).values(used_at=at))

    async def revoke(self, client_id: str, at: datetime) -> None:
        """It may call no more."""
        still = clients.c.revoked_at.is_(None)
        async with self._db.write() as conn:
            await conn.execute(clients.update().where(clients.c.id == client_id, still).values(revoked_at=at))


def _kept(row: Any) -> KeptClient:
    client = Client(
        id=row.id,
        name="",
        user=row.user,
        role=Role(row.role),
        hospitals=hospitals_of(row.hospitals),
        scopes=frozenset(row.scopes.split()),
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        used_at=row.used_at,
        revoked_at=row.revoked_at,
    )
    return KeptClient(client, row.name, row.secret)
