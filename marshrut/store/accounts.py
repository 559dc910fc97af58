"""Accounts of the embedded identity provider: who may sign in, and as whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.words import Role
from marshrut.ports import Language, SealedAccount
from marshrut.store.database import Database
from marshrut.store.statements import upsert
from marshrut.store.tables import accounts


class SqlAccounts:
    """Accounts in SQL (port `Accounts`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def account(self, user: str) -> SealedAccount | None:
        """One of them, also when it is shut."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(accounts).where(accounts.c.user == user))).one_or_none()
        return None if row is None else _account(row)

    async def all(self) -> Sequence[SealedAccount]:
        """All of them, by user."""
        async with self._db.read() as conn:
            return [_account(row) for row in await conn.execute(sa.select(accounts).order_by(accounts.c.user))]

    async def put(self, account: SealedAccount, now: datetime) -> None:
        """Keep it, over what there was of it."""
        row = {
            "user": account.user,
            "name": account.name,
            "role": account.role,
            "hospitals": hospitals_text(account.hospitals),
            "language": account.language,
            "active": account.active,
            "password": account.password,
            "changed_at": now,
            "origin": account.origin,
            "must_change": account.must_change,
        }
        async with self._db.write() as conn:
            await conn.execute(upsert(conn, accounts), row)


def hospitals_text(hospitals: frozenset[str] | None) -> str | None:
    """Hospitals as a column holds them: codes between spaces; None for all."""
    return None if hospitals is None else " ".join(sorted(hospitals))


def hospitals_of(text: str | None) -> frozenset[str] | None:
    """The hospitals of such a column."""
    return None if text is None else frozenset(text.split())


def _account(row: Any) -> SealedAccount:
    return SealedAccount(
        user=row.user,
        name=row.name,
        role=Role(row.role),
        hospitals=hospitals_of(row.hospitals),
        language=None if row.language is None else Language(row.language),
        active=row.active,
        password=row.password,
        origin=row.origin,
        must_change=row.must_change,
    )
