"""Admissions: a hospital's system or a person says that a patient came in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from api.access import Admitter
from api.audit.noted import noted
from api.http.describing import described, sends
from api.http.kept import KeptKey, arrived
from api.importing import MEDIA_TYPES, NDJSON, ImportResult, Streamed, results
from api.parts import Parts
from api.problems import Problem
from api.writing import ACCEPTED, NotYetKnown
from marshrut.domain.admission import Admission
from marshrut.ports import CommandState, Format, Taken

router = APIRouter(prefix="/api/v1", tags=["admissions"])


LINES = {"type": "string", "description": "JSON admissions (`Admission`), each on a line of its own"}


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


@router.post(
    "/admissions/import",
    status_code=200,
    response_class=Streamed,
    responses={200: {"description": "A result for each line, in their order", **described(ImportResult)}},
    openapi_extra={"requestBody": {"required": True, "content": {NDJSON: {"schema": LINES}}}},
)
async def import_admissions(request: Request, caller: Admitter, parts: Parts) -> Response:
    """Take many admissions, a line of JSON each, as `POST /api/v1/admissions` takes one; a result a line, as they come.

    A line that cannot be taken is refused by its number, and the others go on. Each is durable by itself and known by
    what it says: the same file again, or what is left of one that broke off, does nothing twice. At most 10,000 lines.
    """
    media_type = request.headers.get("content-type", "").split(";", 1)[0].strip().lower()
    # What is packed would be kept as thousands of lines that nobody can read.
    packed = request.headers.get("content-encoding", "identity").strip().lower() != "identity"
    if media_type not in MEDIA_TYPES or packed:
        raise Problem("unsupported_media_type")
    return Streamed(results(request, caller, parts))


def admitted(taken: Taken, response: Response) -> Admitted:
    """What became of an admission or referral, as it is answered.

    Raises:
        NotYetKnown: it is stored and pending.
        Problem: it has expired.
    """
    noted().about(taken.case_id)
    match taken.state:
        case CommandState.PENDING:
            raise NotYetKnown(taken.command_id)
        case CommandState.DONE:
            response.status_code = 201 if taken.created else 200
            return Admitted(case_id=taken.case_id, created=taken.created, reason=taken.reason)
        case _:
            raise Problem(taken.reason or "expired")
