"""How large a body may be, and the answer to a larger one: a problem like any other."""

from __future__ import annotations

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import KINDS, Problem, answer

MAX_BODY = 1024 * 1024
# What arrives here is kept, if only its beginning: these routes stop reading by themselves (`api.http.kept`).
INTAKE = frozenset(
    {
        "/hl7v2",
        "/api/v1/admissions",
        "/api/v1/admissions/import",
        "/api/v1/referrals",
        "/api/v1/enquiries",
        "/api/v1/enquiries/mail",
    }
)
# Whatever arrives there is read by the routes, and answered as an OperationOutcome.
FHIR = "/fhir"


class BodyLimit:
    """Stands around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._limited = RequestBodyLimitMiddleware(app, max_body_size=MAX_BODY)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the framework's own 413, which is plain text."""
        if scope["type"] != "http" or scope["path"] in INTAKE or scope["path"].startswith(FHIR):
            await self._app(scope, receive, send)
            return
        replaced = False

        async def instead(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == KINDS["too_large"].status:
                replaced = True
                await answer(Problem("too_large"), Request(scope))(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._limited(scope, receive, instead)
