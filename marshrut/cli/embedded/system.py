"""The embedded system from its first step to its last: what is entered first is left last."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import structlog

from api.app import create_app
from marshrut.adapters.hl7v2.mllp import MllpServer
from marshrut.adapters.keys import Keys
from marshrut.adapters.temporal.connect import connect
from marshrut.cli.embedded import samples
from marshrut.cli.embedded.folder import LOG, keys_of, locked
from marshrut.cli.embedded.ports import bound, check_free
from marshrut.cli.embedded.steps import Steps
from marshrut.cli.embedded.temporal import HOST, TemporalServer, dev_server, find_binary
from marshrut.cli.embedded.welcome import welcome
from marshrut.cli.exits import Exit, Stop
from marshrut.cli.logs import log_to
from marshrut.cli.running import Signals, ended, signals, until
from marshrut.cli.schema import upgraded
from marshrut.cli.serving import serving
from marshrut.cli.tokens import everywhere
from marshrut.composition import Composition, compose
from marshrut.domain.words import Role
from marshrut.ports import Caller
from marshrut.settings import Settings
from worker import worker_of

WORKER_GRACE_S = 15
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run. `binary`: the Temporal server, when it is not to be searched for."""

    settings: Settings
    temporal_port: int
    temporal_ui_port: int
    samples: bool
    binary: Path | None

    @property
    def api(self) -> str:
        """The API's address for somebody on this machine."""
        host = self.settings.api_host
        return f"http://{HOST if host in {'0.0.0.0', '::'} else host}:{self.settings.api_port}"  # noqa: S104


async def live(plan: Plan) -> Exit:
    """Run the system until somebody asks it to stop.

    Raises:
        Stop: it could not start, or a part of it died; whatever ran has been stopped.
    """
    steps = Steps()
    with signals() as told:
        body = asyncio.create_task(_System(plan, steps, told).run())
        stop = asyncio.create_task(told.stopped.wait())
        await asyncio.wait({body, stop}, return_when=asyncio.FIRST_COMPLETED)
        if not body.done():
            steps.say("stopping")
            body.cancel()
        await asyncio.wait({body})
        stop.cancel()
    if not body.cancelled() and (fault := body.exception()) is not None:
        raise fault
    steps.say("stopped")
    return Exit.OK


class _System:
    """The parts, in the order in which they need each other."""

    def __init__(self, plan: Plan, steps: Steps, told: Signals) -> None:
        self._plan = plan
        self._settings = plan.settings
        self._steps = steps
        self._hurried = told.hurried
        self._watched: dict[asyncio.Future[Any], str] = {}

    async def run(self) -> None:
        async with AsyncExitStack() as stack:
            settings, step = self._settings, self._steps.step
            with step("data folder") as said:
                stack.enter_context(locked(settings.data))
                said.says(settings.data)
            binary = find_binary(self._plan.binary)
            self._check_ports()
            socket = stack.enter_context(bound(settings.api_host, settings.api_port, "the API", "--port"))
            log_to(settings.data / LOG / "marshrut.log", settings.log_level)
            with step("keys") as said:
                said.says("made" if keys_of(settings, settings.data / "marshrut.sqlite") else "there")
            with step("database") as said:
                said.says(f"schema {(await upgraded(settings))[1]}")
            with step("Temporal") as said:
                await stack.enter_async_context(self._temporal(binary))
                said.says(settings.temporal_address)
            parts = await stack.enter_async_context(compose(settings))
            with step("worker"):
                await stack.enter_async_context(self._worker(parts))
            await stack.enter_async_context(self._part("relay", asyncio.create_task(parts.relay.run())))
            http = await stack.enter_async_context(httpx.AsyncClient(base_url=self._plan.api, trust_env=False))
            with step("API") as said:
                app = create_app(settings, parts)
                self._watched[await stack.enter_async_context(serving(app, socket, self._hurried))] = "API"
                await until(lambda: _ready(http), "the API")
                said.says(self._plan.api)
            with step("MLLP") as said:
                await stack.enter_async_context(self._mllp(parts))
                said.says(f"{settings.mllp_host}:{settings.mllp_port}")
            if self._plan.samples and await samples.untouched(parts.db):
                with step("samples") as said:
                    taken, opened = await samples.load(parts.db, parts.keys, http)
                    said.says(f"{taken} messages taken, {opened} cases open")
            self._steps.say(self._welcome(parts.keys, min(parts.catalogue.hospitals)))
            await self._first_end()

    def _check_ports(self) -> None:
        settings = self._settings
        check_free(HOST, self._plan.temporal_port, "Temporal", "--temporal-port")
        check_free(HOST, self._plan.temporal_ui_port, "Temporal's pages", "--temporal-ui-port")
        check_free(settings.mllp_host, settings.mllp_port, "MLLP", "--mllp-port")

    @asynccontextmanager
    async def _temporal(self, binary: Path) -> AsyncIterator[None]:
        data = self._settings.data
        asks = await connect(self._settings, Keys.read(self._settings.keys), lazy=True)
        command = dev_server(binary, data / "temporal.sqlite", self._plan.temporal_port, self._plan.temporal_ui_port)
        log_file = data / LOG / "temporal.log"
        async with TemporalServer(command, log_file, asks, self._tell, self._hurried) as server:
            supervisor = asyncio.create_task(server.supervise())
            async with self._part("Temporal", supervisor):
                yield

    @asynccontextmanager
    async def _worker(self, parts: Composition) -> AsyncIterator[None]:
        worker = worker_of(parts)
        running = asyncio.create_task(worker.run())
        self._watched[running] = "worker"
        try:
            await until(parts.api.journeys.ready, "the worker")
            yield
        finally:
            shutdown = asyncio.create_task(worker.shutdown())
            await ended(running, self._hurried, WORKER_GRACE_S)
            shutdown.cancel()

    @asynccontextmanager
    async def _mllp(self, parts: Composition) -> AsyncIterator[None]:
        # MLLP knows no sign-in: whoever reaches the port is a hospital's system.
        caller = Caller("mllp", Role.INTEGRATOR, frozenset(parts.catalogue.hospitals))

        async def handle(raw: bytes) -> bytes:
            return await parts.api.receiver.receive(raw, caller)

        server = MllpServer(handle, self._settings.mllp_host, self._settings.mllp_port)
        try:
            await server.start()
        except OSError as fault:
            raise Stop(Exit.PORT_BUSY, f"MLLP cannot listen ({fault.strerror}); --mllp-port chooses another") from None
        try:
            yield
        finally:
            await ended(asyncio.create_task(server.stop()), self._hurried, WORKER_GRACE_S)

    @asynccontextmanager
    async def _part(self, name: str, task: asyncio.Task[None]) -> AsyncIterator[None]:
        """A part that never ends by itself; told to stop, it just is cancelled."""
        self._watched[task] = name
        try:
            yield
        finally:
            task.cancel()
            await ended(task, self._hurried, WORKER_GRACE_S)

    async def _first_end(self) -> None:
        """Wait for a part to end by itself, which none should."""
        done, _ = await asyncio.wait(self._watched, return_when=asyncio.FIRST_COMPLETED)
        part = done.pop()
        fault = part.exception()
        if isinstance(fault, Stop):
            raise fault
        name = self._watched[part]
        log.error("up.part_ended", part=name, error=type(fault).__name__)
        raise Stop(Exit.FINDINGS, f"the {name} ended by itself ({type(fault).__name__}), so everything was stopped")

    def _tell(self, line: str) -> None:
        log.warning("up.temporal", said=line)
        self._steps.say(line)

    def _welcome(self, keys: Keys, hospital: str) -> str:
        settings = self._settings
        return welcome(
            api=self._plan.api,
            ui=f"http://{HOST}:{self._plan.temporal_ui_port}",
            mllp=f"{settings.mllp_host}:{settings.mllp_port}",
            token=everywhere(keys, "supervisor", Role.SUPERVISOR, timedelta(hours=12)),
            data=settings.data,
            example=hospital,
        )


async def _ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.TransportError:
        return False
