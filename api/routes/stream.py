"""What changes in the caller's scope, as it happens (Server-Sent Events)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.access import Told
from api.filters import check_known
from api.parts import Parts
from api.stream import MEDIA_TYPE, NUMBER, Beat, ChangeTold, listening, mark_of
from marshrut.ports import Caller

router = APIRouter(prefix="/api/v1/stream", tags=["stream"])

_OVER = {"type": "object", "description": "Why the line is over", "properties": {"code": {"type": "string"}}}
_TOLD = [ChangeTold.model_json_schema(), Beat.model_json_schema(), _OVER]
_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events: `change`, `beat`, `resync` (look at everything again), `end` (why the line is over)",
        "content": {
            MEDIA_TYPE: {
                "schema": {
                    "type": "object",
                    "description": "One event",
                    "properties": {
                        "event": {"type": "string", "enum": ["change", "beat", "resync", "end"]},
                        "id": {"type": "string"},
                        "data": {
                            "type": "string",
                            "description": "JSON: of `change`, of `beat`, or why (`code`)",
                            "contentMediaType": "application/json",
                            "contentSchema": {
                                "anyOf": [ChangeTold.model_json_schema(), Beat.model_json_schema(), _OVER]
                            },
                        },
                    },
                }
            }
        },
    }
}


class _Events(Response):
    media_type = MEDIA_TYPE


@router.get("", response_class=_Events, responses=_EVENTS)
async def stream(
    caller: Told,
    parts: Parts,
    token: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())],
    hospital: str | None = None,
    after: Annotated[int | None, Query(ge=0, lt=NUMBER, description="`id` of the event that was heard last")] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """What changes, in codes: which case, what kind of thing, how far its journal goes.

    A change is told at least once. `Last-Event-ID` (or `after`) has what was missed told first; when that is too much,
    or was forgotten, `resync` says so. A `beat` comes with whatever is told, and every ten seconds.
    """
    check_known(parts, hospital=hospital)

    async def still() -> Caller | None:
        return await parts.authenticate(token.credentials)

    return await listening(parts, caller, still, after=mark_of(last_event_id, after), hospital=hospital)
