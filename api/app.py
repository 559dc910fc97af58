"""Composition root of the HTTP side: `create_app(settings)`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import Depends, FastAPI, Request, Response
from fastapi.responses import RedirectResponse
from starlette.routing import Route

from api import problems
from api.audit.witness import Witness
from api.codec.app import create_codec
from api.fhir.app import Base, create_fhir
from api.gates import Open, insist, open_to
from api.http import describing, texts
from api.http.conditional import NotModified
from api.http.edge import Edge, Pace
from api.http.examples import EXAMPLES
from api.http.too_large import BodyLimit
from api.metrics import Scrapes
from api.routes import (
    accounts,
    admissions,
    assessments,
    audit,
    breaking_glass,
    bulk,
    cases,
    catalogue,
    clients,
    clock,
    commands,
    consents,
    corrections,
    delay,
    disclosure,
    enquiries,
    erasures,
    export,
    handovers,
    health,
    hl7v2,
    items,
    kpi,
    messages,
    metrics,
    notifications,
    overview,
    partner,
    partner_links,
    pfif,
    pressing,
    psychology,
    referrals,
    relatives,
    retention,
    search,
    sessions,
    staff,
    status,
    steps,
    stream,
    stuck,
    variants,
    views,
    watchdog,
    webhooks,
)
from api.web.app import create_web
from api.web.pages import partner as partner_pages
from api.web.pages import status as status_pages
from api.writing import NotYetKnown
from marshrut import __version__
from marshrut.catalogue.loader import Loaded
from marshrut.composition import Composition, compose
from marshrut.settings import Settings

ROUTES = (
    health,
    metrics,
    admissions,
    referrals,
    enquiries,
    hl7v2,
    messages,
    search,
    cases,
    assessments,
    audit,
    delay,
    disclosure,
    steps,
    pressing,
    bulk,
    clock,
    items,
    variants,
    psychology,
    staff,
    handovers,
    stuck,
    stream,
    watchdog,
    overview,
    kpi,
    export,
    erasures,
    breaking_glass,
    partner_links,
    partner,
    commands,
    notifications,
    views,
    catalogue,
    webhooks,
    clients,
    accounts,
    sessions,
    status,
    relatives,
    retention,
    consents,
    corrections,
    pfif,
)


def create_app(settings: Settings, composed: Composition | None = None, *, catalogue: Loaded | None = None) -> FastAPI:
    """The application. In the embedded system it shares the parts of the whole process, else it builds its own.

    An application with its own parts also relays what others left behind. `catalogue`: the one that was read already.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if composed is not None:
            app.state.parts = composed.api
            yield
            return
        async with compose(settings, lazy=True, catalogue=catalogue) as own:
            app.state.parts = own.api
            relay = asyncio.create_task(own.relay.run())
            yield
            relay.cancel()
            with suppress(asyncio.CancelledError):
                await relay

    app = FastAPI(
        title="Marshrut",
        summary="The personal route of a patient who comes into hospital as an emergency",
        version=__version__,
        lifespan=lifespan,
        dependencies=[Depends(texts.check)],
        generate_unique_id_function=describing.called,
        docs_url=None,
        redoc_url=None,
    )
    app.state.scrapes = Scrapes()
    for route in (*ROUTES, status_pages, partner_pages):
        app.include_router(route.router)
    problems.install(app)
    describing.describe(app, EXAMPLES)
    if settings.codec_origin is not None:
        app.mount("/desk/codec", create_codec(app.state, settings.codec_origin))
    app.mount("/desk", create_web(app.state))
    fhir = create_fhir(app.state)
    app.router.routes.append(Route("/fhir", Base(fhir)))
    app.mount("/fhir", fhir)

    @app.get("/", include_in_schema=False, dependencies=[open_to(Open.DOOR)])
    async def _home() -> Response:
        return RedirectResponse("/desk/")

    insist(app)
    app.add_middleware(BodyLimit)
    app.add_middleware(Pace)
    app.add_middleware(Witness)
    app.add_middleware(Edge)

    @app.exception_handler(NotModified)
    async def _not_modified(_request: Request, known: NotModified) -> Response:
        return known.answer()

    @app.exception_handler(NotYetKnown)
    async def _not_yet_known(_request: Request, pending: NotYetKnown) -> Response:
        return pending.answer()

    return app
