"""Accounts of the people of one's hospitals: who may sign in, and taking that away. `marshrut account` makes them."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import Administrator, sees_all
from api.http.paging import Cursor, Limit, paged
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.account import AccountView, account_view
from api.views.case import Listing
from marshrut.domain.base import Code
from marshrut.ports import Account, Caller

router = APIRouter(prefix="/api/v1/accounts", tags=["accounts"])


@router.get("")
async def accounts(
    caller: Administrator, parts: Parts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[AccountView]:
    """Everybody all of whose hospitals are the caller's, by user; also who may not sign in."""
    seen = [each for each in await parts.kept_accounts.all() if sees_all(caller, each.hospitals)]
    page = paged(seen, lambda each: each.user, limit=limit, cursor=cursor)
    return Listing(items=await _views(list(page.items), parts), next=page.next)


@router.get("/{user_id}")
async def account(user_id: Code, caller: Administrator, parts: Parts) -> AccountView:
    """One of them."""
    return await _view(await account_in_scope(user_id, caller, parts), parts)


@router.post("/{user_id}/lock")
async def lock(user_id: Code, caller: Administrator, parts: Parts) -> AccountView:
    """Let somebody in no more, and sign them out at once. The same again changes nothing."""
    found = await account_in_scope(user_id, caller, parts)
    if found.user == caller.user:
        # Who shuts themselves out is let in again by nobody but whoever has the server.
        raise Problem("own_account")
    await parts.kept_accounts.let_in(found, active=False)
    return await account(user_id, caller, parts)


@router.post("/{user_id}/unlock")
async def unlock(user_id: Code, caller: Administrator, parts: Parts) -> AccountView:
    """Let them in again, as before."""
    await parts.kept_accounts.let_in(await account_in_scope(user_id, caller, parts), active=True)
    return await account(user_id, caller, parts)


@router.delete("/{user_id}/factor")
async def drop_factor(user_id: Code, caller: Administrator, parts: Parts) -> AccountView:
    """Take their second step away, for whoever has lost telephone and codes, and sign them out.

    Where their role needs one they set up another when they sign in next.
    """
    found = await account_in_scope(user_id, caller, parts)
    if not await parts.kept_accounts.drop_factor(found.user):
        raise Problem("no_factor")
    return await account(user_id, caller, parts)


async def account_in_scope(user_id: str, caller: Caller, parts: ApiParts) -> Account:
    """Somebody whom the caller answers for.

    Raises:
        Problem: `user_not_found`.
    """
    found = await parts.identity.account(user_id)
    if found is None or not sees_all(caller, found.hospitals):
        raise Problem("user_not_found")
    return found


async def _views(known: list[Account], parts: ApiParts) -> list[AccountView]:
    with_factor = await parts.kept_accounts.with_factor([each.user for each in known])
    return [
        account_view(each, factor=each.user in with_factor, sessions=len(await parts.identity.sessions_of(each.user)))
        for each in known
    ]


async def _view(known: Account, parts: ApiParts) -> AccountView:
    (view,) = await _views([known], parts)
    return view
