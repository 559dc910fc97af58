"""What holds for every answer and every call, whatever route takes it: safe headers, and no address asks too much."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.limits import Buckets
from api.problems import Problem, answer

# What is answered here is data: a browser that is led to it runs nothing, frames nothing and guesses no type.
# Pages have policies of their own (`api.web.guard`).
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
# Only by TLS, which alone makes it believable (RFC 6797, 7.2); for a year, as is asked of pages like these.
STRICT = "max-age=31536000"
# Whoever looks whether we are alive is never turned away.
ALWAYS = frozenset({"/healthz", "/readyz"})


class Edge:
    """Stands around everything, and adds the headers to whatever is answered."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        strict = {"Strict-Transport-Security": STRICT} if _by_tls(scope) else {}
        await self._app(scope, receive, adding(send, {**HEADERS, **strict}))


def adding(send: Send, headers: Mapping[str, str]) -> Send:
    """Send, and add these headers to the answer where it has none of their names."""

    async def added(message: Message) -> None:
        if message["type"] == "http.response.start":
            there = MutableHeaders(scope=message)
            for name, value in headers.items():
                there.setdefault(name, value)
        await send(message)

    return added


class Pace:
    """Stands around the application, inside of what writes down who was refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 429 to an address that asks too much."""
        wait_s = None
        if scope["type"] == "http" and scope["path"] not in ALWAYS:
            wait_s = _buckets(scope).take((scope.get("client") or ("",))[0])
        if wait_s is None:
            await self._app(scope, receive, send)
            return
        await answer(Problem("too_many_requests", retry_after_s=wait_s), Request(scope))(scope, receive, send)


def _buckets(scope: Scope) -> Buckets:
    buckets: Buckets = scope["app"].state.parts.requests
    return buckets


def _by_tls(scope: Scope) -> bool:
    told = Headers(scope=scope).get("x-forwarded-proto", "").partition(",")[0]
    return "https" in {scope["scheme"], told.strip().lower()}
