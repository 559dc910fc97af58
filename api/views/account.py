"""Accounts as an administrator is shown them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from marshrut.domain.words import Role
from marshrut.ports import Account


class AccountView(BaseModel):
    """Who may sign in. `signs_in`: by a password here or through the city's provider; `factor`: have they a second one.

    `first_password`: somebody else made it, and it is changed at the next sign-in.
    """

    user: str
    name: str
    role: Role
    hospitals: list[str] | None
    state: Literal["active", "locked"]
    signs_in: Literal["password", "provider"]
    first_password: bool
    factor: bool
    sessions: int


def account_view(account: Account, *, factor: bool, sessions: int) -> AccountView:
    """An account, shown."""
    return AccountView(
        user=account.user,
        name=account.name,
        role=account.role,
        hospitals=None if account.hospitals is None else sorted(account.hospitals),
        state="active" if account.active else "locked",
        signs_in="password" if account.origin is None else "provider",
        first_password=account.must_change,
        factor=factor,
        sessions=sessions,
    )
