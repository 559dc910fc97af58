"""The search for people: in words, by POST, so that no address ever holds a name."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import PersonReader
from api.audit.noted import noted
from api.filters import check_known
from api.parts import Parts
from api.people.found import found
from api.views.case import CaseSummary, Listing
from marshrut.domain.base import Code
from marshrut.ports import CaseFilter

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


class Searching(BaseModel):
    """Who is looked for, in words; no address ever holds a name."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=1, max_length=200)
    hospital: Code | None = None
    state: Literal["open", "paused", "closed"] | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=500)


@router.post("/search")
async def search(wanted: Searching, caller: PersonReader, parts: Parts) -> Listing[CaseSummary]:
    """Cases in the caller's scope by whom they are about, the best first; `match` says how well each fits, and why.

    A name in any spelling, a birth date, a record or visit number, a ward, the family's code, or several of them.
    """
    check_known(parts, hospital=wanted.hospital)
    which = CaseFilter(caller.hospitals, caller.onlooker, hospital=wanted.hospital, state=wanted.state)
    listed = await found(parts, wanted.q, which, limit=wanted.limit, cursor=wanted.cursor)
    noted().searched_by(wanted.model_dump(include={"q", "hospital", "state"}), listed.items)
    return listed
