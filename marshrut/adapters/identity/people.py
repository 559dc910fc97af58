"""Accounts, opened: who may sign in, and what colleagues call them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from marshrut.adapters.identity.passwords import hashed
from marshrut.ports import Account, Accounts, Clock, Language, SealedAccount, Sessions, Vault

# Names change seldom; every list shows dozens.
NAMES_FOR = timedelta(seconds=20)


class People:
    """Whoever has an account here, be it with a password or by word of a provider."""

    def __init__(self, accounts: Accounts, sessions: Sessions, vault: Vault, now: Clock) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._vault = vault
        self._now = now
        self._read: tuple[datetime | None, Mapping[str, Account]] = (None, {})

    async def sealed(self, user: str) -> SealedAccount | None:
        """One of them, as it is kept."""
        return await self._accounts.account(user)

    async def account(self, user: str) -> Account | None:
        """One of them, opened."""
        known = await self._accounts.account(user)
        return None if known is None else self.opened(known)

    async def all(self) -> list[Account]:
        """All of them, opened."""
        return [self.opened(each) for each in await self._accounts.all()]

    async def lately(self) -> Mapping[str, Account]:
        """All of them by user, as they were some seconds ago at most."""
        read_at, known = self._read
        now = self._now()
        if read_at is None or not timedelta() <= now - read_at < NAMES_FOR:
            known = {each.user: each for each in await self.all()}
            self._read = (now, known)
        return known

    def opened(self, known: SealedAccount) -> Account:
        """An account, with its name to read."""
        name = str(self._vault.open(known.name, about=f"account/{known.user}")["name"])
        return Account(
            known.user,
            name,
            known.role,
            known.hospitals,
            known.language,
            known.active,
            known.origin,
            known.must_change,
        )

    async def put(self, account: Account, password: str | None) -> None:
        """Keep an account; without a password the one that it has.

        Whoever is shut out, does something else from now on or has another password is signed out everywhere.

        Raises:
            KeyError: it is new, has no password, and nobody else vouches for it.
        """
        known = await self._accounts.account(account.user)
        if password is None and known is None and account.origin is None:
            raise KeyError(account.user)
        kept = None if known is None else known.password
        await self._accounts.put(self._sealed(account, kept if password is None else hashed(password)), self._now())
        self._read = (None, {})
        moved = known is not None and (known.role, known.hospitals) != (account.role, account.hospitals)
        if not account.active or password is not None or moved:
            await self._sessions.end_all(account.user)

    async def speak(self, user: str, language: Language) -> None:
        """From now on this is their language; of who has no account nothing is kept."""
        await self._accounts.speak(user, language, self._now())

    async def choose(self, user: str, password: str) -> bool:
        """A password of their own, which ends every session of theirs; False: the account was shut meanwhile."""
        if not await self._accounts.choose(user, await asyncio.to_thread(hashed, password), self._now()):
            return False
        self._read = (None, {})
        await self._sessions.end_all(user)
        return True

    async def let_in(self, user: str, *, active: bool) -> None:
        """Whether they may sign in; whoever may not is signed out everywhere."""
        await self._accounts.let_in(user, self._now(), active=active)
        self._read = (None, {})
        if not active:
            await self._sessions.end_all(user)

    async def vouched(self, account: Account, known: Account | None) -> bool:
        """Keep what a provider says of somebody; False: they were shut out, or became somebody else's, meanwhile."""
        if not await self._accounts.vouched(self._sealed(account, None), self._now()):
            return False
        self._read = (None, {})
        if known is not None and known.caller != account.caller:
            await self._sessions.end_all(account.user)
        return True

    def _sealed(self, account: Account, password: str | None) -> SealedAccount:
        return SealedAccount(
            user=account.user,
            name=self._vault.seal({"name": account.name}, about=f"account/{account.user}"),
            role=account.role,
            hospitals=account.hospitals,
            language=account.language,
            active=account.active,
            password=password,
            origin=account.origin,
            must_change=account.must_change,
        )
