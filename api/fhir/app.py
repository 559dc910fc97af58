"""FHIR as an application of its own, mounted at `/fhir`; what it can do says its CapabilityStatement."""

from __future__ import annotations

from fastapi import Depends, FastAPI
from starlette.datastructures import State
from starlette.types import ASGIApp, Receive, Scope, Send

from api.fhir import answers, capability, faults, intake, reading, searching, tasks
from api.fhir.methods import Heads

ROUTES = (capability, intake, tasks, searching, reading)


def create_fhir(state: State) -> FastAPI:
    """The application; `state` is that of the application around it."""
    fhir = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        default_response_class=answers.FhirResponse,
        dependencies=[Depends(answers.check)],
        redirect_slashes=False,
    )
    fhir.state = state
    for route in ROUTES:
        fhir.include_router(route.router)
    faults.install(fhir)
    fhir.add_middleware(Heads)
    return fhir


class Base:
    """The base address without a slash at its end: a client that posts there is not sent elsewhere first."""

    def __init__(self, fhir: ASGIApp) -> None:
        self._fhir = fhir

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As if the slash were there."""
        # As mounting does it, and in place: who stands around it sees which route it was.
        root = scope.get("root_path", "")
        scope.update(path=f"{scope['path']}/", root_path=f"{root}/fhir", app_root_path=scope.get("app_root_path", root))
        await self._fhir(scope, receive, send)
