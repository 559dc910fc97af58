"""Where people are signed in, for administrators: to look, and to end it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import Administrator
from api.http.paging import Cursor, Limit, paged
from api.parts import Parts
from api.problems import Problem
from api.routes.accounts import account_in_scope
from api.views.case import Listing
from api.views.client import Ended, SessionView, session_view
from marshrut.domain.base import Code

router = APIRouter(prefix="/api/v1/accounts/{user_id}/sessions", tags=["sessions"])


@router.get("")
async def sessions(
    user_id: Code, caller: Administrator, parts: Parts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[SessionView]:
    """Where somebody is signed in, the one used last first."""
    await account_in_scope(user_id, caller, parts)
    page = paged(await parts.identity.sessions_of(user_id), lambda each: each.handle, limit=limit, cursor=cursor)
    return Listing(items=[session_view(each) for each in page.items], next=page.next)


@router.delete("")
async def end_all(user_id: Code, caller: Administrator, parts: Parts) -> Ended:
    """Sign somebody out everywhere."""
    await account_in_scope(user_id, caller, parts)
    return Ended(ended=await parts.identity.end_sessions(user_id))


@router.delete("/{session_id}", status_code=204)
async def end(user_id: Code, session_id: Code, caller: Administrator, parts: Parts) -> Response:
    """Sign somebody out in one place."""
    await account_in_scope(user_id, caller, parts)
    if not await parts.identity.end_session(user_id, session_id):
        raise Problem("session_not_found")
    return Response(status_code=204)
