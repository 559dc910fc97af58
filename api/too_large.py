"""The framework answers a body beyond its limit in plain text; here it becomes a problem like any other."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import KINDS, Problem, answer


class TooLargeAsProblem:
    """Stands around the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on but the framework's own 413."""
        replaced = False

        async def instead(message: Message) -> None:
            nonlocal replaced
            if message["type"] == "http.response.start" and message["status"] == KINDS["too_large"].status:
                replaced = True
                await answer(Problem("too_large"), Request(scope))(scope, receive, send)
            elif not replaced:
                await send(message)

        await self._app(scope, receive, instead if scope["type"] == "http" else send)
