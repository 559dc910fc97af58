"""`marshrut api` and `marshrut worker`: one process of the service mode each.

They wait for nothing: whatever is away when they start, they say so in their log, and work once it is there.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

import structlog
import typer

from marshrut.cli.exits import Exit
from marshrut.cli.options import ApiHost, ApiPort, Catalogue, Data, DatabaseUrl, KeyFile, TemporalAddress, settings_with
from marshrut.cli.running import ended, run, signals
from marshrut.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from api.parts import ApiParts
    from marshrut.adapters.keys import ServiceKeys

LOOK_EVERY_S = 1.0

LogLevel = Annotated[str | None, typer.Option(help="debug, info, warning or error.", show_default="info")]

log = structlog.get_logger()


def api(  # noqa: PLR0913, PLR0917 - its options
    host: ApiHost = None,
    port: ApiPort = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
    temporal_address: TemporalAddress = None,
    log_level: LogLevel = None,
) -> Exit:
    """Serve HTTP until SIGTERM or SIGINT. Any number of these may run."""
    settings = settings_with(
        api_host=host,
        api_port=port,
        data=data,
        database_url=database_url,
        key_file=key_file,
        catalogue=catalogue,
        temporal_address=temporal_address,
        log_level=log_level,
    )
    return run(_serve(settings))


def worker(  # noqa: PLR0913, PLR0917 - its options
    data: Data = None,
    database_url: DatabaseUrl = None,
    key_file: KeyFile = None,
    catalogue: Catalogue = None,
    temporal_address: TemporalAddress = None,
    log_level: LogLevel = None,
) -> Exit:
    """Carry the journeys until SIGTERM or SIGINT. Any number of these may run."""
    settings = settings_with(
        data=data,
        database_url=database_url,
        key_file=key_file,
        catalogue=catalogue,
        temporal_address=temporal_address,
        log_level=log_level,
    )
    return run(_work(settings))


async def _serve(settings: Settings) -> Exit:
    from api.app import create_app
    from marshrut.cli.embedded.ports import bound
    from marshrut.cli.logs import core_speaks, log_to
    from marshrut.cli.serving import serving
    from marshrut.composition import check
    from marshrut.key_fit import check_fit

    loaded = check(settings)  # told in one line here; inside the server it would be a traceback
    await check_fit(settings)
    with bound(settings.api_host, settings.api_port, "API", "--port") as socket, signals() as told:
        log_to(None, settings.log_level)
        core_speaks(aloud=True)
        app = create_app(settings, catalogue=loaded)
        async with serving(app, socket, told.hurried) as served:
            log.info("api.listening", host=settings.api_host, port=settings.api_port)
            looking = asyncio.create_task(_tell_what_is_away(app))
            await _first(served, told.stopped)
            looking.cancel()
    log.info("api.stopped")
    return Exit.OK


async def _work(settings: Settings) -> Exit:
    from marshrut.adapters.key_sources import live_keys
    from marshrut.cli.logs import core_speaks, log_to
    from marshrut.composition import check
    from marshrut.key_fit import check_fit
    from worker import run as work

    loaded = check(settings)
    await check_fit(settings)  # now, and not once Temporal answers
    keys = live_keys(settings)
    log_to(None, settings.log_level)
    core_speaks(aloud=True)
    with signals() as told:
        waiting = asyncio.create_task(_temporal_there(settings, keys))
        if await _first(waiting, told.stopped):
            log.info("worker.polls", task_queue=settings.task_queue)
            await ended(asyncio.create_task(work(settings, told.stopped, loaded)), told.hurried, None)
        waiting.cancel()
    log.info("worker.stopped")
    return Exit.OK


async def _first(task: asyncio.Task[None], stopped: asyncio.Event) -> bool:
    """Whether the task ended before somebody asked to stop; its fault is raised."""
    stop = asyncio.create_task(stopped.wait())
    await asyncio.wait({task, stop}, return_when=asyncio.FIRST_COMPLETED)
    stop.cancel()
    if task.done():
        task.result()
    return task.done() and not stopped.is_set()


async def _tell_what_is_away(app: FastAPI) -> None:
    parts: ApiParts = app.state.parts
    before: list[str] | None = None
    while True:
        sql, temporal = await parts.queries.ready(), await parts.journeys.ready()
        away = [name for name, there in (("sql", sql), ("temporal or a worker", temporal)) if not there]
        if away != before:
            log.warning("api.waits", away=away) if away else log.info("api.ready")
        before = away
        await asyncio.sleep(LOOK_EVERY_S)


async def _temporal_there(settings: Settings, keys: ServiceKeys) -> None:
    """Return once Temporal answers for the namespace: a worker that starts without it fails."""
    from marshrut.adapters.temporal.connect import connect
    from marshrut.cli.embedded.temporal import answers

    client, told = await connect(settings, keys, lazy=True), False
    while not await answers(client):
        if not told:
            log.warning("worker.waits", away=["temporal"], address=settings.temporal_address)
        told = True
        await asyncio.sleep(LOOK_EVERY_S)
