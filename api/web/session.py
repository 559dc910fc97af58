"""The session of a page's reader: a secret in a cookie that reaches the desk alone; all else stands at the server."""

from __future__ import annotations

from fastapi import Request, Response

from api.audit.noted import noted
from api.parts import ApiParts
from api.web.agents import agent
from marshrut.domain.signing_in import KNOWN_BROWSER, LONGEST
from marshrut.ports import Browser, Halfway, Session, SignedIn

COOKIE, PATH = "marshrut", "/desk"
# By what a browser is known as somebody's: it opens nothing, and is shown to the sign-in page alone.
KNOWN, KNOWN_PATH = "marshrut-known", "/desk/signin"
# What a page asks for by itself is no sign of a person: the line of changes, and whatever says that it only looks.
LOOKS, BY_ITSELF = "/desk/live", "x-by-itself"


async def reader(request: Request, parts: ApiParts) -> Session | None:
    """Whoever the request's session stands for, if they are still signed in.

    Raises:
        Unavailable: nobody can say.
    """
    secret = request.cookies.get(name(COOKIE, request))
    used = request.url.path != LOOKS and BY_ITSELF not in request.headers
    return None if secret is None else await parts.identity.session(secret, used=used)


def browser(request: Request) -> Browser:
    """With what somebody signs in."""
    return Browser(
        address(request),
        agent(request.headers.get("user-agent", "")),
        request.cookies.get(name(KNOWN, request)),
        request.cookies.get(name(COOKIE, request), ""),
    )


def begin(response: Response, request: Request, entered: SignedIn | Halfway) -> None:
    """Have the browser keep the session; no script may read it, and no other site send it."""
    if isinstance(entered, SignedIn):
        noted().caller = entered.session.caller
    else:
        noted().user = entered.user
    keep(response, request, COOKIE, entered.secret, path=PATH, seconds=int(LONGEST.total_seconds()))
    if isinstance(entered, SignedIn) and entered.known is not None:
        keep(response, request, KNOWN, entered.known, path=KNOWN_PATH, seconds=int(KNOWN_BROWSER.total_seconds()))


async def end(response: Response, request: Request, parts: ApiParts) -> str | None:
    """End the session here, and have the browser forget it; by what a provider knows its own session."""
    secret = request.cookies.get(name(COOKIE, request))
    if secret is not None and (known := await parts.identity.session(secret, used=False)) is not None:
        noted().caller = known.caller
    hint = None if secret is None else await parts.identity.sign_out(secret)
    forget(response, request, COOKIE, path=PATH)
    return hint


def keep(response: Response, request: Request, cookie: str, value: str, *, path: str, seconds: int) -> None:  # noqa: PLR0913 - what a cookie has
    """Have the browser keep something for these pages alone."""
    response.set_cookie(
        name(cookie, request),
        value,
        max_age=seconds,
        path=path,
        secure=encrypted(request),
        httponly=True,
        samesite="lax",
    )


def forget(response: Response, request: Request, cookie: str, *, path: str) -> None:
    """Have the browser forget it."""
    response.delete_cookie(name(cookie, request), path=path, secure=encrypted(request), httponly=True, samesite="lax")


def name(cookie: str, request: Request) -> str:
    """What the cookie is called: by TLS so that no page without it can have set it (RFC 6265bis, 4.1.3)."""
    return f"__Secure-{cookie}" if encrypted(request) else cookie


def address(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else ""


def encrypted(request: Request) -> bool:
    """Whether the browser speaks TLS, be it with us or with a server in front of us."""
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0]  # the first server is the browser's
    return "https" in {request.url.scheme, told.strip().lower()}
