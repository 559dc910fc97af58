"""Notices: what people must know, and who has seen to it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Addressee, Told
from api.confidential import opened
from api.http.paging import Cursor, Limit, page_of
from api.needing import sees
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing, refs, title_of
from api.views.titles import Title
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.dispatch.wording import occasion
from marshrut.domain.base import Instant
from marshrut.domain.commands import Acknowledge
from marshrut.domain.handover import handover_of
from marshrut.domain.words import Role
from marshrut.ports import Caller, NoticeFilter, Notification

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])


class NoticeView(BaseModel):
    """A notice: what happened, in which case and, if it is about one, at which step; who sees to it.

    `user`: it is for this one person, else for everybody of the role. `due_at`: the step's, as it is now. `handover`:
    the handover of a shift that it tells of, if it tells of one.
    """

    id: str
    case_id: str
    hospital: str
    role: Role
    user: str | None
    occasion: str
    title: Title
    urgent: bool
    created_at: datetime
    tell_at: datetime
    step_id: str | None
    step_title: Title | None
    due_at: datetime | None
    handover: str | None
    acknowledged_by: str | None
    acknowledged_at: datetime | None


@router.get("")
async def notifications(
    caller: Told,
    parts: Parts,
    acknowledged: bool | None = None,
    case: str | None = None,
    hospital: str | None = None,
    urgent: bool | None = None,
    since: Instant | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[NoticeView]:
    """What the caller's role in the caller's hospitals, and the caller in person, were told; the newest first.

    `since`: told then or later.
    """
    which = NoticeFilter(
        hospitals=caller.hospitals,
        who=caller.onlooker,
        role=caller.role,
        user=caller.user,
        now=parts.now(),
        case_id=case,
        hospital=hospital,
        acknowledged=acknowledged,
        urgent=urgent,
        since=since,
    )
    page = await page_of(parts.queries.notifications(which, limit=limit, cursor=cursor))
    private = await _private(list(page.items), caller, parts)
    return Listing(items=[await _view(notice, parts, private) for notice in page.items], next=page.next)


@router.post("/{notice_id:path}/acknowledge", responses=ACCEPTED)
async def acknowledge(
    notice_id: str, caller: Addressee, parts: Parts, idempotency_key: IdempotencyKey = None
) -> NoticeView:
    """Say that one has seen the notice and sees to it; the notice as it is now."""
    notice = await _in_scope(notice_id, caller, parts)
    verdict = await submit(
        parts,
        caller,
        case_id=notice.case_id,
        hospital=notice.hospital,
        body=Acknowledge(key=notice.key),
        key=idempotency_key,
    )
    with showing(verdict):
        now = await _in_scope(notice_id, caller, parts)
        return await _view(now, parts, await _private([now], caller, parts))


async def _in_scope(notice_id: str, caller: Caller, parts: ApiParts) -> Notification:
    notice = await parts.queries.notification(notice_id)
    if notice is None or not caller.sees(notice.hospital):
        raise Problem("notice_not_found")
    # Of a handover people hear through one of its cases, before that is theirs.
    if handover_of(notice.key) is None and not await sees(notice.case_id, notice.hospital, caller, parts):
        raise Problem("notice_not_found")
    return notice


async def _private(notices: list[Notification], caller: Caller, parts: ApiParts) -> dict[str, dict[str, Any]]:
    """The private titles of the steps that these notices are about, for a caller who may see them."""
    return await opened(parts, caller, refs([notice.step for notice in notices if notice.step is not None]))


async def _view(notice: Notification, parts: ApiParts, private: Mapping[str, Mapping[str, Any]]) -> NoticeView:
    words, step = occasion(notice.occasion), None if notice.step is None else notice.step.step
    return NoticeView(
        id=notice.id,
        case_id=notice.case_id,
        hospital=notice.hospital,
        role=notice.role,
        user=notice.user,
        occasion=notice.occasion,
        title=Title(ru=words.ru, en=words.en),
        urgent=notice.urgent,
        created_at=notice.created_at,
        tell_at=notice.tell_at,
        step_id=notice.step_id,
        step_title=None if notice.step is None else await title_of(notice.step, parts, private),
        due_at=None if step is None else step.due_at,
        handover=handover_of(notice.key),
        acknowledged_by=notice.acknowledged_by,
        acknowledged_at=notice.acknowledged_at,
    )
