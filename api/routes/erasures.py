"""Erasing a person: asked for by one, confirmed by another, done step by step, and certified; and what forbids it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import Eraser, EraserOrHead
from api.http.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing
from api.views.erasure import (
    CertificateView,
    ErasureView,
    ExtentView,
    act,
    certificate_view,
    erasure_view,
    extent_view,
)
from marshrut.domain.base import Code
from marshrut.domain.erasing import Basis, Erasure, ErasureState, confirmed
from marshrut.domain.refusal import Refused
from marshrut.ports import Caller, LegalHold, Unavailable, Uncertain, new_id

router = APIRouter(prefix="/api/v1", tags=["erasures"])

# An answer waits so long for it to be done; then a worker goes on with it.
CARRY_S = 8.0
MOST_AT_ONCE = 1000


class Asking(BaseModel):
    """By which rule somebody is to be erased."""

    model_config = ConfigDict(extra="forbid")

    basis: Basis


class Holding(BaseModel):
    """By whose order a case is kept: a number, such as that of a court's letter; nobody's name."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]*$", max_length=60)]


class HoldView(BaseModel):
    """A legal hold."""

    case_id: str
    reason: str
    set_by: str
    set_at: datetime


@router.post("/cases/{case_id}/erasure", status_code=201)
async def ask(case_id: Code, given: Asking, caller: Eraser, parts: Parts) -> ErasureView:
    """Ask that the person whom a closed case is about be erased, with all their cases; another person confirms it.

    Asked again, the erasure that stands is answered.
    """
    hospital = await _hospital(case_id, caller, parts)
    await _may(case_id, parts)
    meant = Erasure(new_id(), ErasureState.ASKED, hospital, given.basis, caller.actor, parts.now(), case_id)
    return erasure_view(await parts.erasures.ask(meant))


@router.get("/erasures")
async def erasures(
    caller: EraserOrHead, parts: Parts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[ErasureView]:
    """The erasures of the caller's hospitals, the newest first."""
    page = await page_of(parts.erasures.of_hospitals(caller.hospitals, limit=limit, cursor=cursor))
    return Listing(items=[erasure_view(each) for each in page.items], next=page.next)


@router.get("/erasures/{erasure_id}")
async def erasure(erasure_id: Code, caller: EraserOrHead, parts: Parts) -> ErasureView:
    """One of them, and how far it is."""
    return erasure_view(await _in_scope(erasure_id, caller, parts))


@router.get("/erasures/{erasure_id}/extent")
async def extent(erasure_id: Code, caller: EraserOrHead, parts: Parts) -> ExtentView:
    """What goes and what stays once one that waits is confirmed, and what forbids it now; see before confirming."""
    known = await _in_scope(erasure_id, caller, parts)
    if known.state is not ErasureState.ASKED or known.case_id is None:
        raise Problem("erasure_settled", {"state": known.state})
    states = await parts.theirs.of_one_person(known.case_id)
    against: list[str] = []
    try:
        confirmed(known, caller.actor, parts.now())
    except Refused as refused:
        against.append(refused.code)
    try:
        await parts.erasing.may(known.case_id)
    except Refused as refused:
        against.append(refused.code)
    return extent_view(states, caller, against)


@router.post("/erasures/{erasure_id}/confirm")
async def confirm(erasure_id: Code, caller: EraserOrHead, parts: Parts) -> ErasureView:
    """Have it done: nothing brings back what it destroys. Said again by the same person, it goes on where it stood."""
    known = await _in_scope(erasure_id, caller, parts)
    if known.state is not ErasureState.CONFIRMED or known.confirmed_by != caller.actor:
        try:
            meant = confirmed(known, caller.actor, parts.now())
        except Refused as refused:
            raise Problem(refused.code, refused.details) from None
        await _may(known.case_id or "", parts)
        if not await parts.erasures.change(meant, ErasureState.ASKED):
            raise Problem("erasure_settled")
    # Whatever is away now, a worker goes on with it.
    with suppress(TimeoutError, Unavailable, Uncertain):
        async with asyncio.timeout(CARRY_S):
            await parts.erasing.see_to(erasure_id)
    return erasure_view(await _in_scope(erasure_id, caller, parts))


@router.post("/erasures/{erasure_id}/withdraw")
async def withdraw(erasure_id: Code, caller: Eraser, parts: Parts) -> ErasureView:
    """Ask for it no longer; not once it is confirmed."""
    known = await _in_scope(erasure_id, caller, parts)
    meant = replace(known, state=ErasureState.WITHDRAWN, finished_at=parts.now())
    if not await parts.erasures.change(meant, ErasureState.ASKED):
        raise Problem("erasure_settled")
    return erasure_view(await _in_scope(erasure_id, caller, parts))


@router.get("/erasures/{erasure_id}/certificate")
async def certificate(erasure_id: Code, caller: EraserOrHead, parts: Parts) -> CertificateView:
    """Who had it done, when, by which rule, and what was destroyed; kept for good, and signed."""
    return await _certificate(erasure_id, caller, parts)


@router.get("/erasures/{erasure_id}/act", response_class=PlainTextResponse)
async def printed(erasure_id: Code, caller: EraserOrHead, parts: Parts) -> Response:
    """The act of destruction and the extract from the log as Russian rules ask for them, to be printed and signed."""
    shown = await _certificate(erasure_id, caller, parts)
    return PlainTextResponse(act(shown, await parts.identity.names()))


@router.put("/cases/{case_id}/legal-hold")
async def hold(case_id: Code, given: Holding, caller: Eraser, parts: Parts) -> HoldView:
    """Keep a case as it is: nothing of its person is erased while that stands. The same again changes nothing."""
    await _hospital(case_id, caller, parts)
    begun = await parts.erasures.unfinished(MOST_AT_ONCE)
    if any(each.plan is not None and case_id in each.plan.cases for each in begun):
        raise Problem("case_erased")
    meant = LegalHold(new_id(), case_id, given.reason, caller.user, parts.now())
    kept = await parts.erasures.hold(meant)
    return _hold_view(kept)


@router.get("/legal-holds")
async def holds(caller: EraserOrHead, parts: Parts, limit: Limit = 50, cursor: Cursor = None) -> Listing[HoldView]:
    """The legal holds that stand on cases of the caller's hospitals, the newest first."""
    page = await page_of(parts.erasures.holds(caller.hospitals, limit=limit, cursor=cursor))
    return Listing(items=[_hold_view(each) for each in page.items], next=page.next)


@router.delete("/cases/{case_id}/legal-hold", status_code=204)
async def lift(case_id: Code, caller: Eraser, parts: Parts) -> Response:
    """Hold it no longer."""
    await _hospital(case_id, caller, parts)
    await parts.erasures.lift(case_id, caller.user, parts.now())
    return Response(status_code=204)


async def _hospital(case_id: str, caller: Caller, parts: ApiParts) -> str:
    case = await parts.queries.case(case_id)
    if case is None or not caller.sees(case.hospital or ""):
        raise Problem("case_not_found")
    return case.hospital or ""


async def _may(case_id: str, parts: ApiParts) -> None:
    try:
        await parts.erasing.may(case_id)
    except Refused as refused:
        raise Problem(refused.code, refused.details) from None


def _hold_view(hold: LegalHold) -> HoldView:
    return HoldView(case_id=hold.case_id, reason=hold.reason, set_by=hold.set_by, set_at=hold.set_at)


async def _in_scope(erasure_id: str, caller: Caller, parts: ApiParts) -> Erasure:
    found = await parts.erasures.get(erasure_id)
    if found is None or not caller.sees(found.hospital):
        raise Problem("erasure_not_found")
    return found


async def _certificate(erasure_id: str, caller: Caller, parts: ApiParts) -> CertificateView:
    found = await _in_scope(erasure_id, caller, parts)
    if found.certificate is None or found.signature is None:
        raise Problem("erasure_not_done")
    genuine = parts.erasing.genuine(found.certificate, found.signature)
    return certificate_view(found.certificate, found.signature, genuine=genuine)
