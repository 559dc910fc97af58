"""Whoever works here: their account, and their place on the roster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from marshrut.adapters.identity.clients import LocalClients
from marshrut.adapters.identity.local import LocalIdentity
from marshrut.adapters.key_sources import keys_now
from marshrut.domain.staffing import STAFF, Colleague
from marshrut.identifying import identify
from marshrut.ports import Account
from marshrut.settings import Settings
from marshrut.store.database import Database
from marshrut.store.staff import SqlStaff
from marshrut.store.types import utc_now


@dataclass(frozen=True, slots=True)
class Office:
    """Where people are taken on."""

    identity: LocalIdentity
    clients: LocalClients
    staff: SqlStaff

    @classmethod
    def of(cls, settings: Settings, db: Database) -> Self:
        """The office of an installation.

        Raises:
            KeyFileError: it has no keys.
        """
        known = identify(settings, keys_now(settings), db, None, now=utc_now)
        return cls(known.identity, known.clients, SqlStaff(db))

    async def welcome(self, account: Account, password: str | None) -> None:
        """Let somebody sign in; whoever does steps can be given some from now on."""
        await self.identity.put(account, password)
        if account.role in STAFF:
            await self.staff.put(Colleague(account.user, account.role, account.hospitals), utc_now())
