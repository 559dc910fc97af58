"""Referrals: somebody asks for help without an application, at the ward or on the telephone."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import Referrer
from api.http.describing import sends
from api.http.kept import KeptKey, arrived
from api.parts import Parts
from api.routes.admissions import Admitted, admitted
from api.writing import ACCEPTED
from marshrut.domain.referral import Referral
from marshrut.ports import Format

router = APIRouter(prefix="/api/v1", tags=["referrals"])


@router.post(
    "/referrals", status_code=201, responses={**ACCEPTED, 200: {"model": Admitted}}, openapi_extra=sends(Referral)
)
async def refer(
    request: Request, caller: Referrer, parts: Parts, response: Response, idempotency_key: KeptKey = None
) -> Admitted:
    """Open a case for whoever asks: a facility and one sentence are enough. With a visit, that visit's case."""
    taken = await parts.documents.receive(await arrived(request, Format.REFERRAL, caller, idempotency_key))
    return admitted(taken, response)
