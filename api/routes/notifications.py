"""Notices: what a journey wanted somebody to know."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Reader
from api.paging import Cursor, Limit, page_of
from api.parts import Parts
from api.views import Listing
from marshrut.ports import Notification

router = APIRouter(prefix="/api/v1/notifications", tags=["notifications"])


class NoticeView(BaseModel):
    """A notice: about which case and, if it is about one, which step. `occasion` names what led to it."""

    id: str
    case_id: str
    step_id: str | None
    hospital: str
    role: str | None
    occasion: str
    created_at: datetime


@router.get("")
async def notifications(caller: Reader, parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> Listing[NoticeView]:
    """Notices for the caller's role in the caller's hospitals, newest first."""
    page = await page_of(parts.queries.notifications(caller.hospitals, caller.role, limit=limit, cursor=cursor))
    return Listing(items=[_view(notice) for notice in page.items], next=page.next)


def _view(notice: Notification) -> NoticeView:
    return NoticeView(
        id=notice.id,
        case_id=notice.case_id,
        step_id=notice.step_id,
        hospital=notice.hospital,
        role=notice.role,
        occasion=notice.id.removeprefix(f"{notice.case_id}/"),
        created_at=notice.created_at,
    )
