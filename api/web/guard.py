"""What holds for every page: forms come from our own pages only, and a browser runs and frames nothing of others."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from api.audit.noted import noted
from api.http.edge import adding

# Style attributes are allowed, because pictures and meters are drawn by them; scripts are files of ours alone.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Stands around the pages."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse forms of other sites; add the headers to whatever is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        guarded = adding(send, HEADERS)
        if scope["method"] not in SAFE and not _own(Headers(scope=scope)):
            noted().code = "foreign_form"
            await PlainTextResponse("This form was not sent from our own page.", 403)(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)


def _own(headers: Headers) -> bool:
    """Whether the request comes from one of our pages. Every browser of today says so by one of the two."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    if origin is None:
        return "cookie" not in headers  # whoever has no session can do no harm with one
    try:
        return urlsplit(origin).netloc == headers.get("host")
    except ValueError:  # an address that is none
        return False
