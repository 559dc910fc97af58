"""Signing in and out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.parts import Parts
from api.web import session
from api.web.forms import sent
from api.web.languages import preferred
from api.web.paths import own_path
from api.web.rendering import render
from api.web.words import Words

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SignIn:
    """`way`: where to go afterwards."""

    way: str
    refused: bool = False


@router.get("/signin")
async def form(request: Request, way: Annotated[str | None, Query(alias="next", max_length=2000)] = None) -> Response:
    """The form."""
    return _shown(request, SignIn(own_path(way)))


@router.post("/signin")
async def sign_in(request: Request, parts: Parts) -> Response:
    """Begin a session."""
    given = await sent(request)
    way, token = own_path(given.text("next")), given.text("token")
    if token is None or parts.authenticate(token) is None:
        return _shown(request, SignIn(way, refused=True), 401)
    response = RedirectResponse(way, 303)
    session.begin(response, request, token)
    return response


@router.post("/signout")
async def sign_out() -> Response:
    """End the session."""
    response = RedirectResponse("/desk/signin", 303)
    session.end(response)
    return response


def _shown(request: Request, page: SignIn, status: int = 200) -> Response:
    words = Words(preferred(request))
    return HTMLResponse(render("signin.html", {"page": page, "t": words, "language": words.language}), status)
