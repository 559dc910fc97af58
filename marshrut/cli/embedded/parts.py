"""What runs: Temporal, worker, relay, postman, courier, API, MLLP, each entered after what it needs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import socket

import httpx
import structlog

from api.app import create_app
from marshrut.adapters.key_sources import live_keys
from marshrut.adapters.temporal.connect import connect
from marshrut.cli.embedded import people, samples
from marshrut.cli.embedded.binary import dev_server
from marshrut.cli.embedded.folder import LOG
from marshrut.cli.embedded.plan import Plan
from marshrut.cli.embedded.steps import Steps
from marshrut.cli.embedded.temporal import TemporalServer
from marshrut.cli.embedded.watch import Watch
from marshrut.cli.listening import door_of, listening
from marshrut.cli.running import until
from marshrut.cli.schema import upgraded
from marshrut.cli.serving import serving
from marshrut.composition import Composition, check, compose
from worker import worker_of

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Parts:
    """Makes and ends the parts. `on` holds the API's port already."""

    plan: Plan
    binary: Path
    on: socket
    steps: Steps
    watch: Watch

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Collection[str]]:
        """Everything runs and is ready while the block does; what was entered first is left last. The hospitals."""
        settings, step = self.plan.settings, self.steps.step
        async with AsyncExitStack() as stack:
            with step("catalogue") as said:
                loaded = check(settings)
                said.says(loaded.catalogue.version)
                door = door_of(settings, loaded.catalogue.hospitals)
            for region, faults in loaded.faulty.items():
                self.steps.say(f"    region {region} keeps what held before: {faults[0]}")
            with step("database") as said:
                said.says(f"schema {(await upgraded(settings))[1]}")
            with step("Temporal") as said:
                await stack.enter_async_context(self._temporal())
                said.says(settings.temporal_address)
            made = await stack.enter_async_context(compose(settings, catalogue=loaded))
            new = self.plan.samples and await samples.untouched(made.db)
            with step("accounts") as said:
                count = await people.settled(settings, made.db, samples=new)
                said.says(f"{count} made" if count else "there")
            with step("worker"):
                await stack.enter_async_context(self._worker(made))
            for name, part in (
                ("relay", made.relay),
                ("postman", made.postman),
                ("courier", made.courier),
                ("background", made.background),
            ):
                await stack.enter_async_context(self.watch.part(name, asyncio.create_task(part.run())))
            http = await stack.enter_async_context(httpx.AsyncClient(base_url=self.plan.api, trust_env=False))
            with step("API") as said:
                await stack.enter_async_context(self._api(made, http))
                said.says(self.plan.api)
            with step("MLLP") as said:
                receiver, hurried = made.api.receiver, self.watch.hurried
                await stack.enter_async_context(listening(settings, receiver, door, "--mllp-port", hurried))
                said.says(self.plan.mllp)
            if new:
                with step("samples") as said:
                    taken, opened = await samples.load(made.db, settings, http, loaded.catalogue.hospitals)
                    said.says(f"{taken} messages taken, {opened} cases open")
            yield loaded.catalogue.hospitals

    @asynccontextmanager
    async def _temporal(self) -> AsyncIterator[None]:
        settings, plan = self.plan.settings, self.plan
        command = dev_server(self.binary, settings.data / "temporal.sqlite", plan.temporal_port, plan.temporal_ui_port)
        asks = await connect(settings, live_keys(settings), lazy=True)
        log_file = settings.data / LOG / "temporal.log"
        async with (
            TemporalServer(command, log_file, asks, self._tell, self.watch.hurried) as server,
            self.watch.part("Temporal", asyncio.create_task(server.supervise())),
        ):
            yield

    @asynccontextmanager
    async def _worker(self, made: Composition) -> AsyncIterator[None]:
        worker = worker_of(made)
        running = asyncio.create_task(worker.run())
        self.watch.over("worker", running)
        try:
            await until(made.api.journeys.ready, "the worker")
            yield
        finally:
            shutdown = asyncio.create_task(worker.shutdown())
            await self.watch.ended(running)
            shutdown.cancel()

    @asynccontextmanager
    async def _api(self, made: Composition, http: httpx.AsyncClient) -> AsyncIterator[None]:
        async def ready() -> bool:
            try:
                return (await http.get("/readyz")).is_success
            except httpx.TransportError:
                return False

        async with serving(create_app(self.plan.settings, made), self.on, self.watch.hurried) as served:
            self.watch.over("API", served)
            await until(ready, "the API")
            yield

    def _tell(self, line: str) -> None:
        log.warning("up.temporal", said=line)
        self.steps.say(line)
