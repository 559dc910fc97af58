"""Signing in and out: by user and password, through the city's provider, or by a code of `marshrut token`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api.audit.noted import noted
from api.gates import Open, open_to
from api.parts import ApiParts, Parts
from api.web import session
from api.web.formats import Formats
from api.web.forms import Form, sent
from api.web.languages import preferred, remember
from api.web.paths import own_path
from api.web.rendering import render
from api.web.words import Words
from marshrut.domain.signing_in import IDLE
from marshrut.ports import Halfway, Language, NotSignedIn, SignedIn

router = APIRouter()


@dataclass(frozen=True, slots=True)
class SignIn:
    """`way`: where to go afterwards; `user` as it was typed; what was wrong, with the password or the code.

    `provider`, `by_password`: which ways there are; `fault`: what came of the way through the provider.
    """

    way: str
    provider: bool
    by_password: bool
    idle: int = IDLE.seconds // 60
    user: str = ""
    wrong_password: str | None = None
    wrong_code: str | None = None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class SignedOut:
    """`address`: where the provider's own session ends."""

    address: str


@router.get("/signin", dependencies=[open_to(Open.DOOR)])
async def form(
    request: Request, parts: Parts, way: Annotated[str | None, Query(alias="next", max_length=2000)] = None
) -> Response:
    """The form."""
    return shown(request, _page(own_path(way), parts))


@router.post("/signin", dependencies=[open_to(Open.DOOR)])
async def sign_in(request: Request, parts: Parts) -> Response:
    """Begin a session; one that the browser had is over."""
    given = await sent(request)
    by = session.browser(request)
    token = given.text("token")
    if token is not None:
        entered: SignedIn | Halfway | NotSignedIn = await parts.identity.sign_in_with_token(token, by.address, by.agent)
    else:
        entered = await parts.identity.sign_in(given.text("user") or "", given.raw("password"), by.address, by)
    if isinstance(entered, NotSignedIn):
        await not_signed_in(given.text("user") or "", entered, parts)
        return _refused(request, given, entered, parts)
    if by.secret:
        await parts.identity.sign_out(by.secret)
    return goes_on(request, entered, own_path(given.text("next")))


@router.post("/signout", dependencies=[open_to(Open.DOOR)])
async def sign_out(request: Request, parts: Parts) -> Response:
    """End the session, and that of the provider: the next one at this computer is somebody else."""
    response: Response = RedirectResponse("/desk/signin", 303)
    hint = await session.end(response, request, parts)
    flow = parts.single_sign_on
    address = None if hint is None or flow is None else await flow.end_session(hint)
    if address is None:
        return response
    words = Words(preferred(request))
    page = {"page": SignedOut(address), "t": words, "language": words.language}
    # A form of ours leads to nobody else's page (`form-action`); the browser goes on from this one by itself.
    there = HTMLResponse(render("signed_out.html", page), headers={"Refresh": f"0; url={address}"})
    await session.end(there, request, parts)
    return there


def goes_on(request: Request, entered: SignedIn | Halfway, way: str) -> Response:
    """On to the page, or to what is still asked before it."""
    there = way if isinstance(entered, SignedIn) else f"/desk/signin/more?next={quote(way)}"
    response = RedirectResponse(there, 303)
    session.begin(response, request, entered)
    spoken: Language | None = entered.session.language if isinstance(entered, SignedIn) else entered.language
    if spoken is not None:
        remember(response, spoken.value)
    return response


async def not_signed_in(user: str, refused: NotSignedIn, parts: ApiParts) -> None:
    """Note who could not sign in: only somebody who has an account, since what was typed may be a password."""
    user = user.strip().lower()  # as it is looked up: nobody hides behind a capital letter
    noted().code = "wrong_credentials" if refused.until is None else "locked_out"
    if await parts.identity.account(user) is not None:
        noted().user = user


def why_shut(refused: NotSignedIn, request: Request, parts: ApiParts) -> str:
    """Until when nobody may try."""
    words = Words(preferred(request))
    # The place of the hospital is not known before somebody is: the city's clock is shown.
    zone = next(iter(parts.zones.values()))
    until = refused.until or parts.now()
    return words("signin.shut", time=Formats(words.language, zone, parts.now()).clock(until))


def _refused(request: Request, given: Form, refused: NotSignedIn, parts: ApiParts) -> Response:
    words = Words(preferred(request))
    by_code = given.text("token") is not None
    if refused.until is not None:
        why = why_shut(refused, request, parts)
    else:
        why = words("signin.wrong_code" if by_code else "signin.wrong_password", n=refused.left)
    page = _page(own_path(given.text("next")), parts)
    page = SignIn(
        page.way,
        page.provider,
        page.by_password,
        user=given.text("user") or "",
        wrong_password=None if by_code else why,
        wrong_code=why if by_code else None,
    )
    return shown(request, page, 401 if refused.until is None else 429)


def not_vouched(request: Request, parts: ApiParts, why: str, status: int) -> Response:
    """The form again, with what came of the way through the provider."""
    words = Words(preferred(request))
    page = SignIn(own_path(None), provider=True, by_password=parts.by_password, fault=words(f"signin.provider_{why}"))
    return shown(request, page, status)


def _page(way: str, parts: ApiParts) -> SignIn:
    return SignIn(way, parts.single_sign_on is not None, parts.by_password)


def shown(request: Request, page: SignIn, status: int = 200) -> Response:
    """The page."""
    words = Words(preferred(request))
    return HTMLResponse(render("signin.html", {"page": page, "t": words, "language": words.language}), status)
