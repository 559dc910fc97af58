"""Admissions: a hospital's system or a person says that a patient came in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.access import Admitter
from api.kept import KeptKey, arrived, sends
from api.parts import Parts
from api.problems import Problem
from api.writing import ACCEPTED, NotYetKnown
from marshrut.domain.admission import Admission
from marshrut.ports import CommandState, Format, Taken

router = APIRouter(prefix="/api/v1", tags=["admissions"])


class Admitted(BaseModel):
    """The case of the visit. Screened out: no case, and the reason."""

    case_id: str | None
    created: bool
    reason: str | None = None


@router.post(
    "/admissions", status_code=201, responses={**ACCEPTED, 200: {"model": Admitted}}, openapi_extra=sends(Admission)
)
async def admit(
    request: Request, caller: Admitter, parts: Parts, response: Response, idempotency_key: KeptKey = None
) -> Admitted:
    """Open the case of the visit, or attach to it: 201 when it was opened by this call, 200 when it was there."""
    taken = await parts.documents.receive(await arrived(request, Format.ADMISSION, caller, idempotency_key))
    return admitted(taken, response)


def admitted(taken: Taken, response: Response) -> Admitted:
    """What became of an admission or referral, as it is answered.

    Raises:
        NotYetKnown: it is stored and pending.
        Problem: it has expired.
    """
    match taken.state:
        case CommandState.PENDING:
            raise NotYetKnown(taken.command_id)
        case CommandState.DONE:
            response.status_code = 201 if taken.created else 200
            return Admitted(case_id=taken.case_id, created=taken.created, reason=taken.reason)
        case _:
            raise Problem(taken.reason or "expired")
