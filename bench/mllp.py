"""What MLLP costs: acknowledged A01 and A08 over one connection and over fifty, and with a heap of work waiting.

Three listeners of the same framing, each a process with a database of its own: one parses a message and commits a row
(`parse`), one is the service's (`ours`), one the service's with thousands of messages that wait for their journeys
(`waiting`). No relay looks at any of them: an acknowledgement promises that a message is durable, not that it was
applied. While the heap is made, the memory of its listener is looked at.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice

import psutil

from bench.comparisons import Bench, Json
from bench.ground import HOST, answers, child, free_port, settings_for
from bench.intake import Wired, block
from bench.measure import Meter, by_turns, ratios, rounded, say, summary
from bench.messages import taken, visits
from marshrut.store.migrate import upgrade

CONNECTIONS = (1, 50)
FIGURES = ("p50_ms", "p99_ms", "per_s", "cpu_ms")
MESSAGES = 400  # a block, over all connections: four rounds are enough for a 99th percentile
WAITING, SOAK, A_LOOK = 10_000, 100_000, 400
MIB = 2**20


@dataclass(frozen=True)
class Listener:
    """A listener, and what it spends."""

    port: int
    process: psutil.Process
    meter: Meter

    async def connect(self, stack: AsyncExitStack) -> Wired:
        """A sender on a connection of its own."""
        wired = Wired(self.port)
        stack.callback(wired.close)
        return await wired.connect()


async def compare(bench: Bench) -> Json:
    """Ours beside the listener that only parses and stores, and beside itself with a heap waiting."""
    charsets = taken()
    found: Json = {}
    async with _listeners(bench) as listeners:
        found["memory"] = await _heaped(listeners["waiting"], bench)
        for connections in CONNECTIONS:
            each = (50 if bench.glance else 100 if bench.quick else MESSAGES) // connections
            sides = {
                name: partial(block, listener.connect, connections, each, charsets, listener.meter, visits())
                for name, listener in listeners.items()
            }
            blocks = await by_turns(sides, bench.budget(40), f"mllp, {connections} connections")
            found[f"connections_{connections}"] = {
                **summary(blocks, FIGURES),
                "samples": sum(len(each.latencies) for each in blocks["ours"]),
                "ratio": ratios(blocks, "ours", "parse", FIGURES),
                "waiting_ratio": ratios(blocks, "waiting", "ours", FIGURES),
            }
    return found


async def _heaped(listener: Listener, bench: Bench) -> Json:
    """Send the heap, and see whether the listener grows with it: from the first tenth of it to the last."""
    count = A_LOOK if bench.quick else SOAK if bench.soak else WAITING
    charsets, made = taken(), visits()

    async def sent(number: int) -> float:
        async with AsyncExitStack() as stack:
            senders = [await listener.connect(stack) for _ in range(CONNECTIONS[-1])]
            messages = (made(charset) for charset in islice(cycle(charsets), number))

            async def send(sender: Wired) -> None:
                for control, raw in messages:
                    await sender.send(control, raw)

            await asyncio.gather(*map(send, senders))
        return listener.process.memory_info().rss / MIB

    first, last = await sent(count // 10), await sent(count - count // 10)
    say(f"mllp, {count} messages wait; memory from {first:.0f} to {last:.0f} MiB")
    return {"messages": count, "first_mib": rounded(first), "last_mib": rounded(last), "grown": rounded(last / first)}


@asynccontextmanager
async def _listeners(bench: Bench) -> AsyncIterator[dict[str, Listener]]:
    async with AsyncExitStack() as stack:
        made = {}
        for name, program in (("parse", "mllp_rows"), ("ours", "mllp"), ("waiting", "mllp")):
            port, folder = free_port(), bench.ground.settings.data / f"mllp-{name}"
            folder.mkdir()
            settings = settings_for(folder, bench.ground.address)
            bench.ground.keys.write(settings.keys)
            await upgrade(settings.database)
            process = stack.enter_context(child(program, bench.ground.address, folder, port))
            await answers(f"{HOST}:{port}")
            made[name] = Listener(port, process, Meter(process, bench.ground.server))
        yield made
