"""HL7 v2 over HTTP: one ER7 message, answered by its acknowledgement."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.access import Machine
from api.http.kept import beginning
from api.parts import Parts
from api.problems import Problem
from marshrut.ports import UNKNOWN, Arrived, Format, Parked

router = APIRouter(tags=["hl7v2"])

ER7 = "x-application/hl7-v2+er7"
# What engines call it that do not know the name; the content decides.
TAKEN_FOR_ER7 = frozenset(
    {ER7, "application/hl7-v2+er7", "application/hl7-v2", "text/plain", "application/octet-stream"}
)


@router.post(
    "/hl7v2",
    response_class=Response,
    responses={200: {"content": {ER7: {"schema": {"type": "string"}}}, "description": "The acknowledgement"}},
    openapi_extra={"requestBody": {"required": True, "content": {ER7: {"schema": {"type": "string"}}}}},
)
async def receive(request: Request, caller: Machine, parts: Parts) -> Response:
    """AA once the message is durable; AE or AR names segment and field, and the message is kept all the same."""
    raw, whole = await beginning(request)
    content_type = request.headers.get("content-type", ER7).split(";")[0].strip().lower()
    if content_type not in TAKEN_FOR_ER7:
        message = Arrived(raw, Format.HL7V2, caller, whole=whole)
        await parts.intake.park(Parked(message, f"user/{caller.user}", UNKNOWN, "unsupported_media_type"))
        raise Problem("unsupported_media_type")
    acknowledgement = await parts.receiver.receive(raw, caller, whole=whole)
    return Response(acknowledgement, media_type=ER7)
