"""Referral to the hospital's psychologist: by anybody who cares for the patient, at any moment."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import CareWorker
from api.http.conditional import IfMatch, seen
from api.parts import Parts
from api.problems import Problem
from api.routes.cases import case_in_scope
from api.routes.items import item_now
from api.views.item import ItemView
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.base import Code
from marshrut.domain.commands import Refer
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind

router = APIRouter(prefix="/api/v1/cases/{case_id}/psychology", tags=["psychology"])


class Referring(BaseModel):
    """Whom the psychologist is to talk to, and why.

    `reason`: of the catalogue's list `support_reasons`; `urgency`: in a crisis the first talk is within 2 hours, the
    patient is flagged and the crisis protocol opens; `client`: the patient, or the item of a relative.
    """

    model_config = ConfigDict(extra="forbid")

    reason: Code
    urgency: Literal["ordinary", "crisis"] = "ordinary"
    client: Code = "patient"
    note: str | None = Field(default=None, max_length=4000)


class Referred(BaseModel):
    """The request as it is now. Not `created`: there was one for this client, and the referral joined it."""

    created: bool
    request: ItemView


@router.post("", status_code=201, responses={**ACCEPTED, 200: {"model": Referred, "description": "It joined another"}})
async def refer(
    case_id: str,
    given: Referring,
    caller: CareWorker,
    parts: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Referred:
    """Refer somebody; whoever does is told what comes of it, in codes."""
    case = await case_in_scope(case_id, caller, parts)
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=Refer(reason=given.reason, urgency=given.urgency, client=given.client),
        key=idempotency_key,
        private={"facts": {"note": given.note}} if given.note else None,
        expects=seen(if_match),
    )
    with showing(verdict):
        request = _of(await case_in_scope(case_id, caller, parts), verdict.command_id)
        created = request.refs[0] == verdict.command_id
        response.status_code = 201 if created else 200
        response.headers["Location"] = f"/api/v1/items/{request.item_id}"
        return Referred(created=created, request=await item_now(request.item_id, caller, parts))


def _of(case: CaseState, command_id: str) -> Item:
    """The request of which this command tells."""
    found = (item for item in case.items_of(ItemKind.SUPPORT_REQUEST) if command_id in item.refs)
    request = next(found, None)
    if request is None:
        raise Problem("item_not_found")
    return request
