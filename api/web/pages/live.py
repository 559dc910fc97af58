"""What changes, told to pages: by the session, as long as it lasts."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import JSONResponse

from api.access import READERS
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


@router.get("/live")
async def live(
    request: Request,
    parts: Parts,
    after: Annotated[int | None, Query(ge=0, lt=NUMBER)] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """As `GET /api/v1/stream`. A script asks, so nobody is led to the sign-in page."""

    async def still() -> Caller | None:
        found = await reader(request, parts)
        return None if found is None else found.caller

    caller = await still()
    if caller is None or caller.role not in LISTENERS:
        return Response(status_code=401)
    try:
        return await listening(parts, caller, still, after=mark_of(last_event_id, after), check_s=CHECK_S)
    except Problem as full:
        return Response(status_code=KINDS[full.code].status)


@router.get("/live/counts")
async def counts(desk: OfAnybody) -> Response:
    """The counts in the navigation, by section."""
    shell = Shell(desk, "", await badges(desk.parts, desk.caller, desk.now))
    return JSONResponse({section.name: section.told for section in shell.sections if section.count is not None})
