"""What encryption costs: the same service on the same machine, beside itself with nothing sealed.

`clear` seals nothing: neither what Temporal holds nor what SQL holds. All else is the same code, so the ratio is what
codec, vault and binding cost together, with a worker process, a database and a task queue each.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from bench.ground import child, settings_for
from bench.measure import Block, Meter, by_turns, ratios, summary
from bench.subjects import THOROUGH, Marshrut
from marshrut.composition import compose
from marshrut.settings import Settings
from marshrut.store.migrate import upgrade

if TYPE_CHECKING:
    from bench.comparisons import Bench

QUEUE = "clear"
FIGURES = ("p50_ms", "p99_ms", "per_s", "cpu_ms", "worker_cpu_ms")
CLIENTS = (1, 8)


class InClear:
    """A vault that seals nothing."""

    def seal(self, content: Mapping[str, Any], *, about: str) -> bytes:
        """The content as it is."""
        del about
        return orjson.dumps(dict(content))

    def open(self, sealed: bytes, *, about: str) -> dict[str, Any]:
        """The content again."""
        del about
        content: dict[str, Any] = orjson.loads(sealed)
        return content

    async def opened(self, sealed: Mapping[str, bytes], *, kind: str = "command") -> dict[str, dict[str, Any]]:
        """The contents again."""
        return {name: self.open(each, about=kind) for name, each in sealed.items()}

    async def bound(self, sealed: Mapping[tuple[str, str], tuple[bytes, str]]) -> dict[tuple[str, str], bytes]:
        """The same bytes: nobody has a key."""
        return {place: each for place, (each, _) in sealed.items()}


def settings_in_clear(settings: Settings) -> Settings:
    """The same, with a task queue of its own."""
    return settings.model_copy(update={"task_queue": QUEUE})


async def client_in_clear(settings: Settings) -> Client:
    """A client that seals nothing."""
    return await Client.connect(settings.temporal_address, data_converter=pydantic_data_converter)


async def compare(bench: Bench) -> dict[str, object]:
    """Steps of journeys, sealed and in clear, by turns."""
    found: dict[str, object] = {}
    async with _clear(bench) as (clear, meter):
        sealed = Marshrut(bench.ground.parts.api)
        sides = {"sealed": (sealed, bench.meter("marshrut")), "clear": (clear, meter)}
        for clients in CLIENTS:
            tellings = THOROUGH[:15] if bench.quick else THOROUGH
            blocks = await by_turns(
                {name: partial(_steps, *side, tellings, clients) for name, side in sides.items()},
                bench.budget(60),
                f"encryption, {clients} clients",
            )
            found[f"clients_{clients}"] = {
                **summary(blocks, FIGURES),
                "samples": sum(len(each.latencies) for each in blocks["sealed"]),
                "ratio": ratios(blocks, "sealed", "clear", FIGURES),
            }
    return found


@asynccontextmanager
async def _clear(bench: Bench) -> AsyncIterator[tuple[Marshrut, Meter]]:
    ground = bench.ground
    folder = ground.settings.data / "clear"
    folder.mkdir()
    settings = settings_in_clear(settings_for(folder, ground.address))
    ground.keys.write(settings.keys)
    await upgrade(settings.database)
    async with AsyncExitStack() as stack:
        process = stack.enter_context(child("clear", ground.address, folder))
        composed = compose(settings, client=await client_in_clear(settings), vault=InClear())
        parts = await stack.enter_async_context(composed)
        while not await parts.api.journeys.ready():  # noqa: ASYNC110 - another process becomes ready, and says nothing
            await asyncio.sleep(0.1)
        clear = Marshrut(parts.api)
        for _ in range(2):
            await _steps(clear, Meter(process, ground.server), THOROUGH, 1)
        yield clear, Meter(process, ground.server)


async def _steps(subject: Marshrut, meter: Meter, tellings: Sequence[Any], clients: int) -> Block:
    begun = [await subject.begin(tellings) for _ in range(clients)]
    block = Block(finished=clients * len(tellings))

    async def client(journey: str) -> None:
        clock = asyncio.get_running_loop().time
        for telling in tellings:
            began = clock()
            await subject.tell(journey, telling)
            block.latencies.append(clock() - began)

    await meter.run(block, asyncio.gather(*map(client, begun)))
    return block
