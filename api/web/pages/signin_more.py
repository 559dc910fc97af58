"""What is asked of somebody besides the password: a code, a password of their own, a second factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.gates import Open, open_to
from api.parts import ApiParts, Parts
from api.web import session
from api.web.forms import sent
from api.web.languages import preferred
from api.web.pages.signin import goes_on, not_signed_in, why_shut
from api.web.paths import own_path
from api.web.rendering import render
from api.web.words import Words
from marshrut.domain.signing_in import SHORTEST_PASSWORD, Stage
from marshrut.ports import FactorOffer, Halfway, NotSignedIn, NotTaken

router = APIRouter()


@dataclass(frozen=True, slots=True)
class More:
    """`stage`: what is asked for; `offer`: the second factor that waits; `wrong`: what was wrong with what was said."""

    way: str
    stage: Stage
    user: str
    offer: FactorOffer | None = None
    wrong: str | None = None
    shortest: int = SHORTEST_PASSWORD


@dataclass(frozen=True, slots=True)
class Reserve:
    """Codes in reserve, shown once; `way`: where to go afterwards."""

    way: str
    codes: Sequence[str]


@router.get("/signin/more", dependencies=[open_to(Open.DOOR)])
async def more(
    request: Request, parts: Parts, way: Annotated[str | None, Query(alias="next", max_length=2000)] = None
) -> Response:
    """What is asked next."""
    found = await parts.identity.halfway(session.browser(request).secret)
    return _again(way) if found is None else _page(found, own_path(way), request, parts)


@router.post("/signin/code", dependencies=[open_to(Open.DOOR)])
async def code(request: Request, parts: Parts) -> Response:
    """The code of a second factor."""
    given, by = await sent(request), session.browser(request)
    way = own_path(given.text("next"))
    found = await parts.identity.halfway(by.secret)
    entered = await parts.identity.give_code(given.text("code") or "", by)
    if found is None or entered is None:
        return _again(way)
    if isinstance(entered, NotSignedIn):
        await not_signed_in(found.user, entered, parts)
        words = Words(preferred(request))
        shut = entered.until is not None
        why = why_shut(entered, request, parts) if shut else words("signin.wrong_second", n=entered.left)
        return _page(found, way, request, parts, wrong=why, status=429 if shut else 401)
    return goes_on(request, entered, way)


@router.post("/signin/password", dependencies=[open_to(Open.DOOR)])
async def password(request: Request, parts: Parts) -> Response:
    """A password of one's own."""
    given, by = await sent(request), session.browser(request)
    way = own_path(given.text("next"))
    found = await parts.identity.halfway(by.secret)
    if found is None:
        return _again(way)
    chosen = given.raw("new")
    entered = NotTaken("twice") if chosen != given.raw("again") else await parts.identity.choose(chosen, by)
    if entered is None:
        return _again(way)
    if isinstance(entered, NotTaken):
        return _page(found, way, request, parts, wrong=why_not(entered, request), status=422)
    return goes_on(request, entered, way)


@router.post("/signin/factor", dependencies=[open_to(Open.DOOR)])
async def factor(request: Request, parts: Parts) -> Response:
    """A second factor, proved by its first code."""
    given, by = await sent(request), session.browser(request)
    way = own_path(given.text("next"))
    found = await parts.identity.halfway(by.secret)
    entered = await parts.identity.enrol(given.text("offer") or "", given.text("code") or "", by)
    if found is None or entered is None:
        return _again(way)
    if isinstance(entered, NotTaken):
        wrong = why_not(entered, request)
        return _page(found, way, request, parts, wrong=wrong, status=422, sealed=given.text("offer"))
    signed_in, codes = entered
    words = Words(preferred(request))
    page = {"page": Reserve(way, codes), "t": words, "language": words.language}
    response = HTMLResponse(render("signin_codes.html", page))
    session.begin(response, request, signed_in)
    return response


def why_not(refused: NotTaken, request: Request) -> str:
    """Why a password or a code will not do."""
    return Words(preferred(request))(f"signin.not_{refused.why}", shortest=SHORTEST_PASSWORD)


def _again(way: str | None) -> Response:
    return RedirectResponse(f"/desk/signin?next={quote(own_path(way))}", 303)


def _page(  # noqa: PLR0913 - what a page is shown with
    found: Halfway,
    way: str,
    request: Request,
    parts: ApiParts,
    *,
    wrong: str | None = None,
    status: int = 200,
    sealed: str | None = None,
) -> Response:
    words = Words(preferred(request))
    # The same again after a wrong code: it has been put into the telephone.
    offer = parts.identity.offer(found.user, sealed) if found.stage is Stage.ENROL else None
    page = More(way, found.stage, found.user, offer, wrong)
    return HTMLResponse(render("signin_more.html", {"page": page, "t": words, "language": words.language}), status)
