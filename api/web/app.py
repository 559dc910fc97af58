"""The pages as an application of their own, mounted at `/desk`: the session's cookie never reaches `/api`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from starlette.datastructures import State
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from api.http import texts
from api.web import faults
from api.web.guard import Guard
from api.web.pages import (
    account,
    accounts,
    admit,
    audit,
    board,
    board_bulk,
    board_step,
    breaking_glass,
    case,
    case_assessments,
    case_link,
    case_near,
    case_rights,
    cases,
    catalogue,
    clock,
    connect,
    disclosure,
    figures,
    hotline,
    inbox,
    language,
    live,
    machines,
    message,
    messages,
    messages_replay,
    my_day,
    rights,
    rights_erasure,
    shift,
    signin,
    signin_more,
    signin_provider,
    steps,
    webhook,
    webhooks,
)

PAGES = (
    signin,
    signin_more,
    signin_provider,
    account,
    language,
    live,
    my_day,
    inbox,
    cases,
    case,
    case_link,
    case_near,
    case_rights,
    case_assessments,
    breaking_glass,
    steps,
    clock,
    admit,
    audit,
    board,
    board_bulk,
    board_step,
    shift,
    figures,
    hotline,
    messages,
    messages_replay,
    message,
    catalogue,
    connect,
    webhooks,
    webhook,
    disclosure,
    rights,
    rights_erasure,
    accounts,
    machines,
)


class Kept(StaticFiles):
    """Files of ours: where the address names what is in them a browser asks once, else whether they are the same."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        answer = await super().get_response(path, scope)
        named = scope.get("query_string", b"").startswith(b"v=")
        # Modules are imported by their names alone.
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable" if named else "no-cache"
        return answer


def create_web(state: State) -> FastAPI:
    """The pages; `state` is that of the application around them."""
    web = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=HTMLResponse,
        dependencies=[Depends(texts.check)],
    )
    web.state = state
    for page in PAGES:
        web.include_router(page.router)
    faults.install(web)
    web.mount("/static", Kept(directory=Path(str(resources.files("api.web").joinpath("static")))), name="static")
    web.add_middleware(Guard)
    return web
