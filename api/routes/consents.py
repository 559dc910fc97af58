"""What the person agrees to, purpose by purpose: given, refused, and withdrawn with effect."""

from __future__ import annotations

from typing import Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.access import CareWorker, Reader
from api.http.conditional import IfMatch, seen
from api.parts import Parts
from api.problems import Problem
from api.routes.cases import case_in_scope
from api.views.case import Listing
from api.views.consent import By, ConsentView, How, consents
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.base import Instant
from marshrut.domain.commands import AddItem, MoveItem
from marshrut.domain.consents import ConsentPurpose, said
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.words import ItemKind

router = APIRouter(prefix="/api/v1", tags=["rights"])


class Consenting(BaseModel):
    """What was said of a purpose, by whom and how; `until`: as long as it holds, else until it is withdrawn.

    Whoever withdraws may do so in any form; a yes is on paper, or spoken before a witness.
    """

    model_config = ConfigDict(extra="forbid")

    purpose: ConsentPurpose
    answer: Literal["given", "partial", "refused", "withdrawn"]
    by: By
    how: How | None = None
    until: Instant | None = None
    occurred_at: Instant | None = None
    note: str | None = Field(default=None, max_length=4000)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        agreed = self.answer in {"given", "partial"}
        if agreed and self.how is None:
            raise ValueError("how: on paper, or before a witness")
        if self.until is not None and not agreed:
            raise ValueError("until: only what is given has a term")
        return self


@router.get("/cases/{case_id}/consents")
async def of_case(case_id: str, caller: Reader, parts: Parts) -> Listing[ConsentView]:
    """Every purpose, and what was said of it; of one that nobody has asked about, that."""
    return Listing(items=await consents(await case_in_scope(case_id, caller, parts), caller, parts), next=None)


@router.post("/cases/{case_id}/consents", responses=ACCEPTED)
async def record(
    case_id: str,
    given: Consenting,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> ConsentView:
    """Record what was said. What rests on a purpose that is withdrawn, or refused, stops with this."""
    case = await case_in_scope(case_id, caller, parts)
    known = said(case, given.purpose)
    facts: OutcomeCodes = {"by": given.by} | ({} if given.how is None else {"how": given.how})
    body: AddItem | MoveItem
    if known is not None:
        body = MoveItem(item_id=known.item_id, status=given.answer, facts=facts, expires_at=given.until)
    elif given.answer == "withdrawn":
        raise Problem("wrong_move", {"status": "not_asked", "to": given.answer})
    else:
        body = AddItem(
            kind=ItemKind.CONSENT, name=given.purpose, status=given.answer, facts=facts, expires_at=given.until
        )
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=body,
        key=idempotency_key,
        occurred_at=given.occurred_at,
        private={"facts": {"note": given.note}} if given.note else None,
        expects=seen(if_match),
        said=given.model_dump_json(exclude={"note", "occurred_at"}),
    )
    with showing(verdict):
        now = await case_in_scope(case_id, caller, parts)
        return next(each for each in await consents(now, caller, parts) if each.purpose is given.purpose)
