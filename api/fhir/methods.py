"""HTTP's own rules: which methods an address has, and HEAD wherever there is GET."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.fhir.kinds import KINDS, TAKEN, UPDATED


def allowed(path: str) -> tuple[str, ...]:
    """The methods of an address below the base: those that one of another method is told of (`Allow`)."""
    match path.strip("/").split("/"):
        case ["" | "$process-message"]:
            found = ["POST"]
        case ["metadata"]:
            found = ["GET"]
        case [kind]:
            found = ["GET"] * (kind in KINDS) + ["POST"] * (kind in TAKEN)
        case [kind, "_search"]:
            found = ["POST"] * (kind in KINDS)
        case [kind, _]:
            found = ["GET"] * (kind in KINDS) + ["PUT"] * (kind in UPDATED)
        case _:
            found = []
    return tuple(found if "GET" not in found else [*found, "HEAD"])


class Heads:
    """Answers HEAD as GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on; of a HEAD's answer the head alone."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def head(message: Message) -> None:
            bodiless = {"body": b""} if message["type"] == "http.response.body" else {}
            await send({**message, **bodiless})

        await self._app({**scope, "method": "GET"}, receive, head)
