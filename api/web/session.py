"""The session of a page's reader: a secret in a cookie that reaches the desk alone; all else stands at the server."""

from __future__ import annotations

from fastapi import Request, Response

from api.parts import ApiParts
from marshrut.domain.signing_in import LONGEST
from marshrut.ports import Session, SignedIn

COOKIE, PATH = "marshrut", "/desk"
# What a page asks for by itself is no sign of a person: the line of changes, and whatever says that it only looks.
LOOKS, BY_ITSELF = "/desk/live", "x-by-itself"


async def reader(request: Request, parts: ApiParts) -> Session | None:
    """Whoever the request's session stands for, if they are still signed in.

    Raises:
        Unavailable: nobody can say.
    """
    secret = request.cookies.get(COOKIE)
    used = request.url.path != LOOKS and BY_ITSELF not in request.headers
    return None if secret is None else await parts.identity.session(secret, used=used)


def begin(response: Response, request: Request, entered: SignedIn) -> None:
    """Have the browser keep the session; no script may read it, and no other site send it."""
    response.set_cookie(
        COOKIE,
        entered.secret,
        max_age=int(LONGEST.total_seconds()),
        path=PATH,
        secure=encrypted(request),
        httponly=True,
        samesite="lax",
    )


async def end(response: Response, request: Request, parts: ApiParts) -> None:
    """End the session here, and have the browser forget it."""
    secret = request.cookies.get(COOKIE)
    if secret is not None:
        await parts.identity.sign_out(secret)
    response.delete_cookie(COOKIE, path=PATH, secure=encrypted(request), httponly=True, samesite="lax")


def encrypted(request: Request) -> bool:
    """Whether the browser speaks TLS, be it with us or with a server in front of us."""
    told = request.headers.get("x-forwarded-proto", "").partition(",")[0]  # the first server is the browser's
    return "https" in {request.url.scheme, told.strip().lower()}
