"""The session of a page's reader: a cookie that reaches the desk alone."""

from __future__ import annotations

from fastapi import Request, Response

from api.parts import ApiParts
from marshrut.ports import Caller

COOKIE, PATH = "marshrut", "/desk"
ABSOLUTE_S = 12 * 3600


def reader(request: Request, parts: ApiParts) -> Caller | None:
    """Whoever the request's session stands for."""
    token = request.cookies.get(COOKIE)
    return None if token is None else parts.authenticate(token)


def begin(response: Response, request: Request, token: str) -> None:
    """Have the browser keep the session; no script may read it, and no other site send it."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=ABSOLUTE_S, path=PATH, secure=secure, httponly=True, samesite="lax")


def end(response: Response) -> None:
    """Have the browser forget it."""
    response.delete_cookie(COOKIE, path=PATH)
