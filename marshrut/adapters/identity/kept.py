"""What an administrator does with the accounts of others (port `KeptAccounts`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from marshrut.adapters.identity.local import LocalIdentity
from marshrut.ports import Account, Factors


class LocalAccounts:
    """The accounts of this installation."""

    def __init__(self, identity: LocalIdentity, factors: Factors) -> None:
        self._identity = identity
        self._factors = factors

    async def all(self) -> Sequence[Account]:
        """All of them, by user."""
        return await self._identity.all()

    async def with_factor(self, users: Collection[str]) -> Collection[str]:
        """Which of them have a second factor."""
        return await self._factors.of(users)

    async def let_in(self, account: Account, *, active: bool) -> None:
        """Whether they may sign in; whoever may not is signed out everywhere."""
        await self._identity.people.let_in(account.user, active=active)

    async def drop_factor(self, user: str) -> bool:
        """Take their second factor away, and sign them out everywhere; whether there was one."""
        had = await self._identity.factors.of(user) is not None
        await self._identity.factors.remove(user)
        await self._identity.end_sessions(user)
        return had
