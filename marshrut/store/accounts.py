"""Accounts of the embedded identity provider: who may sign in, and as whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.domain.words import Role
from marshrut.ports import Language, SealedAccount
from marshrut.store.database import Database
from marshrut.store.statements import insert_new, upsert
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
        async with self._db.write() as conn:
            await conn.execute(upsert(conn, accounts), _row(account, now))

    # What follows writes no more than it says: whoever is shut out in the same moment stays out.

    async def vouched(self, account: SealedAccount, now: datetime) -> bool:
        """Keep name, role and hospitals of one that its origin vouches for; False: it is another's, or shut."""
        row = _row(account, now)
        theirs = accounts.update().where(
            accounts.c.user == account.user, accounts.c.origin == account.origin, accounts.c.active.is_(True)
        )
        said = {name: row[name] for name in ("name", "role", "hospitals", "changed_at")}
        async with self._db.write() as conn:
            await conn.execute(insert_new(conn, accounts), row)
            return (await conn.execute(theirs.values(said))).rowcount == 1

    async def choose(self, user: str, password: str, now: datetime) -> bool:
        """They have this password of their own, as a hash; False: they may not sign in."""
        theirs = accounts.update().where(accounts.c.user == user, accounts.c.active.is_(True))
        async with self._db.write() as conn:
            chosen = theirs.values(password=password, must_change=False, changed_at=now)
            return (await conn.execute(chosen)).rowcount == 1

    async def let_in(self, user: str, now: datetime, *, active: bool) -> None:
        """Whether they may sign in, and nothing else of theirs."""
        async with self._db.write() as conn:
            theirs = accounts.update().where(accounts.c.user == user)
            await conn.execute(theirs.values(active=active, changed_at=now))

    async def speak(self, user: str, language: Language, now: datetime) -> None:
        """Their language, and nothing else of theirs."""
        another = sa.or_(accounts.c.language.is_(None), accounts.c.language != language)
        async with self._db.write() as conn:
            theirs = accounts.update().where(accounts.c.user == user, another)
            await conn.execute(theirs.values(language=language, changed_at=now))


def _row(account: SealedAccount, now: datetime) -> dict[str, Any]:
    return {
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
