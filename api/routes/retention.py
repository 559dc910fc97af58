"""What is kept how long, what went so far, and whose cases have been closed for so long that people decide on them."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import EraserOrHead, Overseer
from api.http.paging import Cursor, Limit, page_of
from api.parts import Parts
from api.views.case import Listing
from api.views.titles import Title
from marshrut.domain.clock import Mark
from marshrut.domain.retention import FATES, Fate, Kept

router = APIRouter(prefix="/api/v1", tags=["retention"])


class KeptView(BaseModel):
    """A kind of records. `due`: how many would go now, or wait for people; `gone`: how many went so far."""

    kind: Kept
    title: Title
    term: str
    mark: Mark
    source: str
    fate: Fate
    due: int
    gone: int
    last_at: datetime | None


class DueView(BaseModel):
    """A closed case whose time is over."""

    case_id: str
    hospital: str
    closed_at: datetime


@router.get("/retention")
async def retention(_caller: Overseer, parts: Parts) -> Listing[KeptView]:
    """How long each kind of records is kept, by what rule, how much is due, and how much of it went so far."""
    swept, due = await parts.retained.swept(), await parts.retention.tried()
    items = [
        KeptView(
            kind=kind,
            title=Title(ru=entry.title.ru, en=entry.title.en),
            term=entry.term,
            mark=entry.mark,
            source=entry.source,
            fate=FATES[kind],
            due=due.get(kind, 0),
            gone=swept[kind].count if kind in swept else 0,
            last_at=swept[kind].last_at if kind in swept else None,
        )
        for kind, entry in parts.catalogue.retention.items()
    ]
    return Listing(items=items, next=None)


@router.get("/retention/due")
async def due(caller: EraserOrHead, parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> Listing[DueView]:
    """Closed cases, the longest closed first, of persons all of whose cases ended long ago.

    Somebody asks for their erasure, and another person confirms it. Those under a legal hold, or asked for already, are
    not among them.
    """
    before = parts.now() - parts.retention.periods[Kept.CLOSED_CASES]
    page = await page_of(parts.retained.due(before, caller.hospitals, limit=limit, cursor=cursor))
    return Listing(
        items=[DueView(case_id=each.case_id, hospital=each.hospital, closed_at=each.closed_at) for each in page.items],
        next=page.next,
    )
