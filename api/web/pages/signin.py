"""Signing in and out: by user and password, or by an access code of `marshrut token`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.parts import ApiParts, Parts
from api.web import session
from api.web.formats import Formats
from api.web.forms import Form, sent
from api.web.languages import preferred, remember
from api.web.paths import own_path
from api.web.rendering import render
from api.web.words import Words
from marshrut.domain.signing_in import IDLE
from marshrut.ports import NotSignedIn, SignedIn

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SignIn:
    """`way`: where to go afterwards; `user` as it was typed; what was wrong, with the password or the code."""

    way: str
    idle: int = IDLE.seconds // 60
    user: str = ""
    wrong_password: str | None = None
    wrong_code: str | None = None


@router.get("/signin")
async def form(request: Request, way: Annotated[str | None, Query(alias="next", max_length=2000)] = None) -> Response:
    """The form."""
    return _shown(request, SignIn(own_path(way)))


@router.post("/signin")
async def sign_in(request: Request, parts: Parts) -> Response:
    """Begin a session; one that the browser had is over."""
    given = await sent(request)
    entered = await _entered(given, request.client.host if request.client else "", parts)
    if isinstance(entered, NotSignedIn):
        return _refused(request, given, entered, parts)
    response = RedirectResponse(own_path(given.text("next")), 303)
    await session.end(response, request, parts)
    session.begin(response, request, entered)
    if entered.session.language is not None:
        remember(response, entered.session.language.value)
    return response


@router.post("/signout")
async def sign_out(request: Request, parts: Parts) -> Response:
    """End the session."""
    response = RedirectResponse("/desk/signin", 303)
    await session.end(response, request, parts)
    return response


async def _entered(given: Form, address: str, parts: ApiParts) -> SignedIn | NotSignedIn:
    token = given.text("token")
    if token is not None:
        return await parts.identity.sign_in_with_token(token, address)
    return await parts.identity.sign_in(given.text("user") or "", given.raw("password"), address)


def _refused(request: Request, given: Form, refused: NotSignedIn, parts: ApiParts) -> Response:
    words = Words(preferred(request))
    by_code = given.text("token") is not None
    if refused.until is not None:
        # The place of the hospital is not known before somebody is: the city's clock is shown.
        zone = next(iter(parts.zones.values()))
        why = words("signin.shut", time=Formats(words.language, zone, parts.now()).clock(refused.until))
    else:
        why = words("signin.wrong_code" if by_code else "signin.wrong_password", n=refused.left)
    page = SignIn(
        own_path(given.text("next")),
        user=given.text("user") or "",
        wrong_password=None if by_code else why,
        wrong_code=why if by_code else None,
    )
    return _shown(request, page, 401 if refused.until is None else 429)


def _shown(request: Request, page: SignIn, status: int = 200) -> Response:
    words = Words(preferred(request))
    return HTMLResponse(render("signin.html", {"page": page, "t": words, "language": words.language}), status)
