"""What changes, told to pages: by the session, as long as it lasts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from api.access import READERS
from api.gates import lets
from api.parts import Parts
from api.problems import KINDS, Problem
from api.stream import CHECK_S, NUMBER, listening, mark_of
from api.web.badges import badges
from api.web.desk import OfAnybody, Shell
from api.web.session import reader
from marshrut.domain.words import Role
from marshrut.ports import Caller

router = APIRouter()
LISTENERS = READERS | {Role.HOTLINE}


@lets(LISTENERS)
async def listener(request: Request, parts: Parts) -> Caller | None:
    """Whoever may listen. A script asks, so nobody is led to the sign-in page."""
    found = await reader(request, parts)
    return None if found is None or found.caller.role not in LISTENERS else found.caller


@router.get("/live")
async def live(
    request: Request,
    parts: Parts,
    caller: Annotated[Caller | None, Depends(listener)],
    after: Annotated[int | None, Query(ge=0, lt=NUMBER)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """As `GET /api/v1/stream`."""
    if caller is None:
        return Response(status_code=401)

    async def still() -> Caller | None:
        return await listener(request, parts)

    try:
        return await listening(parts, caller, still, after=mark_of(last_event_id, after), check_s=CHECK_S)
    except Problem as full:
        return Response(status_code=KINDS[full.code].status)


@router.get("/live/counts")
async def counts(desk: OfAnybody) -> Response:
    """The counts in the navigation, by section."""
    shell = Shell(desk, "", await badges(desk.parts, desk.caller, desk.now))
    return JSONResponse({section.name: section.told for section in shell.sections if section.count is not None})
