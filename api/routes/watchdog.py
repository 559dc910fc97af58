"""Whether the machine itself works: what the watchdog found, what it mended, and how far the read model is behind."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Insider, Overseer
from api.http.paging import Cursor, Limit, page_of
from api.parts import Parts
from api.views.case import Listing
from api.views.titles import Title
from api.views.watch import FOUND, MENDED
from marshrut.domain.watching import Ill, Mended
from marshrut.ports import Finding, Repair, Round

router = APIRouter(prefix="/api/v1", tags=["watchdog"])

LAST_MENDED = 50


class FindingView(BaseModel):
    """What is wrong with a case or, without one, with the installation; it stands since then."""

    case_id: str | None
    hospital: str | None
    code: Ill
    title: Title
    since: datetime
    last_seen: datetime


class RepairView(BaseModel):
    """What was mended."""

    case_id: str
    hospital: str
    code: Mended
    title: Title
    at: datetime


class RoundView(BaseModel):
    """A round over all open cases: how many were looked at, how many of them closely, and what was mended."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    looked: int
    closely: int
    mended: dict[Mended, int]


class WatchdogListing(Listing[FindingView]):
    """What stands in the caller's scope, the oldest first; the last round (null: there was none), the last repairs."""

    last: RoundView | None
    mended: list[RepairView]


class FreshnessView(BaseModel):
    """How far the caller's hospitals are behind: everything that was told before `data_on` is shown.

    `lag_s`: from there to `as_of`, 0 when nothing is on its way; `pending`: so many commands are.
    """

    as_of: datetime
    data_on: datetime
    lag_s: float
    pending: int


@router.get("/watchdog")
async def watchdog(caller: Overseer, parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> WatchdogListing:
    """What the watchdog found and mended."""
    page = await page_of(parts.watch.findings(caller.hospitals, limit=limit, cursor=cursor))
    last = await parts.watch.last()
    return WatchdogListing(
        items=[_finding(each) for each in page.items],
        next=page.next,
        last=None if last is None else _round(last),
        mended=[_repair(each) for each in await parts.watch.repairs(caller.hospitals, limit=LAST_MENDED)],
    )


@router.get("/freshness")
async def freshness(caller: Insider, parts: Parts) -> FreshnessView:
    """How far what is shown is behind what was told."""
    lag = (await parts.freshness.lags(parts.now())).of(caller.hospitals)
    return FreshnessView(as_of=lag.as_of, data_on=lag.data_on, lag_s=lag.seconds, pending=lag.pending)


def _finding(each: Finding) -> FindingView:
    return FindingView(
        case_id=each.case_id,
        hospital=each.hospital,
        code=each.code,
        title=FOUND[each.code],
        since=each.since,
        last_seen=each.last_seen,
    )


def _repair(each: Repair) -> RepairView:
    return RepairView(case_id=each.case_id, hospital=each.hospital, code=each.code, title=MENDED[each.code], at=each.at)


def _round(each: Round) -> RoundView:
    return RoundView(
        number=each.number,
        started_at=each.started_at,
        finished_at=each.finished_at,
        looked=each.looked,
        closely=each.closely,
        mended=dict(each.mended),
    )
