"""Signing in through the city's identity provider: there, and back again."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from api.gates import Open, open_to
from api.parts import Parts
from api.problems import Problem
from api.web import session
from api.web.pages.signin import goes_on, not_vouched
from api.web.paths import own_path
from marshrut.ports import NotVouched, Unavailable

router = APIRouter()
# What a browser keeps while its user is away there.
AWAY, PATH, SECONDS = "marshrut-away", "/desk/signin/provider", 600
STATUS = {"again": 400, "refused": 401, "nobody": 403, "away": 503}


@router.get("/signin/provider", dependencies=[open_to(Open.DOOR)])
async def away(
    request: Request, parts: Parts, way: Annotated[str | None, Query(alias="next", max_length=2000)] = None
) -> Response:
    """Send somebody to the provider."""
    if parts.single_sign_on is None:
        raise Problem("not_found")
    wait_s = parts.credentials.take(session.address(request))
    if wait_s is not None:
        raise Problem("too_many_requests", retry_after_s=wait_s)
    try:
        sent = await parts.single_sign_on.begin(own_path(way))
    except Unavailable:
        return not_vouched(request, parts, "away", STATUS["away"])
    response = RedirectResponse(sent.address, 303)
    session.keep(response, request, AWAY, sent.kept, path=PATH, seconds=SECONDS)
    return response


@router.get("/signin/provider/back", dependencies=[open_to(Open.DOOR)])
async def back(request: Request, parts: Parts) -> Response:
    """Take somebody back. Whatever they came with counts once, and from the browser that was sent alone."""
    if parts.single_sign_on is None:
        raise Problem("not_found")
    kept = request.cookies.get(session.name(AWAY, request))
    try:
        found = await parts.single_sign_on.back(dict(request.query_params), kept, session.browser(request))
    except Unavailable:
        found = NotVouched("away")
    if isinstance(found, NotVouched):
        response = not_vouched(request, parts, found.why, STATUS[found.why])
    else:
        entered, way = found
        response = goes_on(request, entered, own_path(way))
    session.forget(response, request, AWAY, path=PATH)
    return response
