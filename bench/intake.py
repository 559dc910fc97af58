"""What acknowledging a hospital's message costs beside reading it and storing one row.

On a database of its own to which no worker looks, so that nobody applies the messages meanwhile: an acknowledgement
promises that a message is durable, not that it has been applied.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from itertools import cycle, islice
from typing import Protocol, Self

from bench.comparisons import CLIENTS, Bench, Json
from bench.ground import HOST, answers, child, free_port, settings_for
from bench.measure import Block, Meter, by_turns, ratios, summary
from bench.messages import SENDER, message, taken
from bench.rows import Rows
from marshrut.adapters.hl7v2 import parse
from marshrut.composition import Composition, compose
from marshrut.store.migrate import upgrade

START, END = b"\x0b", b"\x1c\r"
FIGURES = ("p50_ms", "p99_ms", "per_s", "cpu_ms")
# Enough for a 99th percentile.
MESSAGES = 120


class Sender(Protocol):
    """One sender: it sends a message once the one before it is answered."""

    async def send(self, control: str, raw: bytes) -> None:
        """Have a message taken, durably."""
        ...


@dataclass(frozen=True)
class Stored:
    """The baseline: the same parser and one committed row."""

    rows: Rows

    async def send(self, control: str, raw: bytes) -> None:
        """Read and store."""
        assert parse(raw).control_id == control
        await self.rows.add(control, raw)


@dataclass(frozen=True)
class Received:
    """Ours, in this process."""

    parts: Composition

    async def send(self, control: str, raw: bytes) -> None:
        """Have it acknowledged."""
        _check(control, await self.parts.api.receiver.receive(raw, SENDER))


@dataclass
class Wired:
    """Over MLLP, on a connection of its own to another process; where that ends without an answer, on the next one."""

    port: int
    again: int = 0
    _wire: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> Self:
        """Connect; what is timed begins with a connection that is there."""
        self._wire = await asyncio.open_connection(HOST, self.port)
        return self

    async def send(self, control: str, raw: bytes) -> None:
        """Send it and wait for the acknowledgement."""
        while True:
            try:
                reader, writer = self._wire or await asyncio.open_connection(HOST, self.port)
                self._wire = reader, writer
                writer.write(START + raw + END)
                answer = await reader.readuntil(END)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                self.again += 1
            else:
                _check(control, answer)
                return

    def close(self) -> None:
        """Hang up."""
        if self._wire is not None:
            self._wire[1].close()
            self._wire = None


Connect = Callable[[AsyncExitStack], Awaitable[Sender]]


async def compare(bench: Bench) -> Json:
    """Acknowledged messages a second, in process and over MLLP, beside the baseline; one sender and several."""
    charsets = taken()
    found: Json = {"charsets": list(charsets)}
    async with _station(bench) as (connects, meter):
        for senders in CLIENTS:
            messages = (8 if bench.glance else 20 if bench.quick else MESSAGES) // min(senders, 2)
            sides = {
                name: partial(block, connect, senders, messages, charsets, meter) for name, connect in connects.items()
            }
            blocks = await by_turns(sides, bench.budget(20), f"intake, {senders} senders")
            found[f"senders_{senders}"] = {
                **summary(blocks, FIGURES),
                "samples": sum(len(each.latencies) for each in blocks["receive"]),
                "ratio": {name: ratios(blocks, name, "store", FIGURES) for name in ("receive", "mllp")},
            }
    return found


@asynccontextmanager
async def _station(bench: Bench) -> AsyncIterator[tuple[dict[str, Connect], Meter]]:
    """A database, a listener, and how each side is reached."""
    ground, port = bench.ground, free_port()
    folder = ground.settings.data / "intake"
    folder.mkdir()
    settings = settings_for(folder, ground.address)
    ground.keys.write(settings.keys)
    await upgrade(settings.database)
    async with AsyncExitStack() as stack:
        parts = await stack.enter_async_context(compose(settings))
        rows = Rows(parts.db)
        await rows.create()
        listener = stack.enter_context(child("mllp", ground.address, folder, port))
        await answers(f"{HOST}:{port}")

        async def store(_: AsyncExitStack) -> Sender:
            return Stored(rows)

        async def receive(_: AsyncExitStack) -> Sender:
            return Received(parts)

        async def mllp(stack: AsyncExitStack) -> Sender:
            wired = Wired(port)
            stack.callback(wired.close)
            return await wired.connect()

        yield {"store": store, "receive": receive, "mllp": mllp}, Meter(listener, ground.server)


async def block(  # noqa: PLR0913, PLR0917 - who sends how much of what, and who looks
    connect: Connect,
    senders: int,
    messages: int,
    charsets: Sequence[str],
    meter: Meter,
    write: Callable[[str], tuple[str, bytes]] = message,
) -> Block:
    """So many senders side by side, each with so many messages one after the other."""
    done = Block(finished=senders * messages)
    async with AsyncExitStack() as stack:
        ready = [await connect(stack) for _ in range(senders)]
        written = [[write(charset) for charset in islice(cycle(charsets), messages)] for _ in ready]

        async def send(sender: Sender, mine: Sequence[tuple[str, bytes]]) -> None:
            for control, raw in mine:
                began = time.perf_counter()
                await sender.send(control, raw)
                done.latencies.append(time.perf_counter() - began)

        await meter.run(done, asyncio.gather(*map(send, ready, written)))
    return done


def _check(control: str, answer: bytes) -> None:
    assert b"MSA|AA|" + control.encode() in answer, answer
