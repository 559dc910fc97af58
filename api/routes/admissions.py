"""Admissions: a hospital's system or a person says that a patient came in."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.access import Admitter
from api.parts import Parts
from api.problems import Problem
from api.writing import ACCEPTED, IdempotencyKey, NotYetKnown
from marshrut.domain.admission import Admission
from marshrut.ports import CommandState

router = APIRouter(prefix="/api/v1", tags=["admissions"])


class Admitted(BaseModel):
    """The case of the visit. Screened out: no case, and the reason."""

    case_id: str | None
    created: bool
    reason: str | None = None


@router.post("/admissions", status_code=201, responses={**ACCEPTED, 200: {"model": Admitted}})
async def admit(
    admission: Admission, caller: Admitter, parts: Parts, response: Response, idempotency_key: IdempotencyKey = None
) -> Admitted:
    """Open the case of the visit, or attach to it: 201 when it was opened by this call, 200 when it was there."""
    if admission.facility not in parts.catalogue.hospitals:
        raise Problem("unknown_facility", {"field": "facility"})
    if not caller.sees(admission.facility):
        raise Problem("hospital_not_allowed", {"field": "facility"})
    taken = await parts.intake.admit(admission, caller=caller, key=idempotency_key)
    match taken.state:
        case CommandState.PENDING:
            raise NotYetKnown(taken.command_id)
        case CommandState.DONE:
            response.status_code = 201 if taken.created else 200
            return Admitted(case_id=taken.case_id, created=taken.created, reason=taken.reason)
        case _:
            raise Problem(taken.reason or "expired")
