"""Break-glass: a case that somebody may not see is opened to them in need, for looking, and its hospital is told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.access import GLASS_KEEPERS, GlassReader, InNeed
from api.audit.noted import noted
from api.http.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing
from marshrut.domain.base import Code, Instant
from marshrut.domain.breaking_glass import Need, Opening, ended, opening
from marshrut.domain.refusal import Refused
from marshrut.domain.words import Role
from marshrut.ports import Caller, new_id

router = APIRouter(prefix="/api/v1", tags=["glass"])


class InNeedOf(BaseModel):
    """Why the case has to be looked at: the need, and in one's own words what happened."""

    model_config = ConfigDict(extra="forbid")

    need: Need
    note: Annotated[str, StringConstraints(min_length=10, max_length=2000, strip_whitespace=True)]


class OpeningView(BaseModel):
    """A case that was opened in need. `note`: for its author and for the supervisors of the case's hospital."""

    id: str
    case_id: str
    hospital: str
    user: str
    role: Role
    need: Need
    note: str | None = Field(description="Null for those who are not to read it, and of an erased person")
    opened_at: Instant
    ends_at: Instant
    ended_at: Instant | None
    ended_by: str | None
    stands: bool


@router.post("/cases/{case_id}/break-glass", status_code=201, responses={200: {"model": OpeningView}})
async def break_glass(case_id: Code, given: InNeedOf, caller: InNeed, parts: Parts, response: Response) -> OpeningView:
    """Open a case that one may not see: it can be looked at by its address for three hours, and not changed.

    One of another hospital, or one that those alone see who need to know. Asked again while it stands, the
    same is answered.
    """
    case = await parts.queries.case(case_id)
    if case is None or case.hospital is None:
        raise Problem("case_not_found")
    if caller.knows(case):
        raise Problem("case_in_scope")
    name, now = new_id(), parts.now()
    note = parts.vault.seal({"note": given.note}, about=f"glass/{name}")
    try:
        meant = opening(
            name=name,
            case_id=case_id,
            hospital=case.hospital,
            actor=caller.actor,
            need=given.need,
            note=note,
            now=now,
        )
    except Refused as refused:
        raise Problem(refused.code, refused.details) from None
    kept = await parts.glass.open(meant)
    if kept.id != name:
        response.status_code = 200
    return _view(kept, caller, parts)


@router.get("/break-glass")
async def openings(
    caller: GlassReader,
    parts: Parts,
    case: Annotated[Code | None, Query(description="Only those of a case")] = None,
    mine: Annotated[bool | None, Query(description="`true`: one's own, instead of those of one's hospitals")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[OpeningView]:
    """The newest: for who answers for a hospital those of its cases, for everybody else their own."""
    own = bool(mine) or caller.role not in GLASS_KEEPERS
    user = caller.user if own else None
    page = await page_of(parts.glass.of(caller.hospitals, user, case_id=case, limit=limit, cursor=cursor))
    noted().found = len(page.items)
    return Listing(items=[_view(each, caller, parts) for each in page.items], next=page.next)


@router.post("/break-glass/{opening_id}/end")
async def end(opening_id: Code, caller: InNeed, parts: Parts) -> OpeningView:
    """End it before its time: whoever opened it, or a supervisor of the case's hospital."""
    known = await parts.glass.get(opening_id)
    if known is None or not _may_end(known, caller):
        raise Problem("opening_not_found")
    noted().about(known.case_id)
    meant = ended(known, caller.user, parts.now())
    if meant is not known:
        await parts.glass.end(meant)
    return _view(meant, caller, parts)


def _may_end(known: Opening, caller: Caller) -> bool:
    return caller.user == known.actor.user or _answers(known, caller)


def _answers(known: Opening, caller: Caller) -> bool:
    """Whether they answer for the hospital whose case it is."""
    return caller.role is Role.SUPERVISOR and caller.sees(known.hospital)


def _view(known: Opening, caller: Caller, parts: ApiParts) -> OpeningView:
    reads = known.note is not None and _may_end(known, caller)
    return OpeningView(
        id=known.id,
        case_id=known.case_id,
        hospital=known.hospital,
        user=known.actor.user,
        role=known.actor.role,
        need=known.need,
        note=parts.vault.open(known.note, about=f"glass/{known.id}")["note"] if reads and known.note else None,
        opened_at=known.opened_at,
        ends_at=known.ends_at,
        ended_at=known.ended_at,
        ended_by=known.ended_by,
        stands=known.stands(parts.now()),
    )
