"""What kind of case it is: corrected by somebody who cares for the patient."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.access import CareWorker
from api.http.conditional import IfMatch, seen
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.routes.cases import case_in_scope, case_now
from api.views.case import CaseSummary
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.base import Code, Instant
from marshrut.domain.commands import ChangeVariants
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.variants import in_order
from marshrut.domain.words import Variant

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


class Correction(BaseModel):
    """All that the case is from now on, and why: a code of the catalogue's corrections, and words of one's own."""

    model_config = ConfigDict(extra="forbid")

    variants: Annotated[list[Code], Field(min_length=1, max_length=len(Variant))]
    reason: Code
    note: str | None = Field(default=None, max_length=4000)
    occurred_at: Instant | None = None


@router.post("/{case_id}/variants", responses=ACCEPTED)
async def correct(
    case_id: str,
    given: Correction,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CaseSummary:
    """Say what kind of case it is; the case as it is then.

    It goes on by the catalogue's tables for that: clocks are computed anew from the same start, what no longer fits is
    withdrawn, and what was done stays done.
    """
    case = await case_in_scope(case_id, caller, parts)
    unknown = sorted({*given.variants} - {*Variant})
    if unknown:
        raise Problem("unknown_variant", {"field": "variants", "variant": unknown[0]})
    wanted = in_order([Variant(each) for each in given.variants])
    tables = await parts.catalogues.at(case.catalogue, case.hospital or "", case.variants)
    if given.reason not in tables.corrections and given.reason not in parts.catalogue.corrections:
        raise Problem("unknown_reason", {"field": "reason"})
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=ChangeVariants(
            variants=wanted,
            reason=given.reason,
            catalogue=await _slice(case, wanted, parts),
            instead_of=case.catalogue or "",
        ),
        key=idempotency_key,
        occurred_at=given.occurred_at,
        private={"note": given.note} if given.note else None,
        said=f"variants{wanted}/{given.reason}",
        expects=seen(if_match),
    )
    with showing(verdict):
        return await case_now(case_id, parts)


async def _slice(case: CaseState, variants: tuple[Variant, ...], parts: ApiParts) -> Slice:
    """What the case goes on by: its own version of the catalogue, for another kind of case."""
    try:
        found = await parts.catalogues.slice_of(case.catalogue, case.hospital or "", variants)
    except ValidationError:
        raise Problem("variants_clash") from None
    if found is None:
        raise Problem("hospital_unknown", {"hospital": case.hospital or ""})
    return found
