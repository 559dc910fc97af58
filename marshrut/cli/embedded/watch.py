"""The parts that run, none of which should end before it is told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.running import ended

GRACE_S = 15

log = structlog.get_logger()


class Watch:
    """Knows every part by its task. `hurried`: there is no time left for a graceful end."""

    def __init__(self, hurried: asyncio.Event) -> None:
        self.hurried = hurried
        self._parts: dict[asyncio.Future[Any], str] = {}

    def over(self, name: str, task: asyncio.Task[None]) -> None:
        """Watch over a part."""
        self._parts[task] = name

    @asynccontextmanager
    async def part(self, name: str, task: asyncio.Task[None]) -> AsyncIterator[None]:
        """A part that holds nothing: when the block ends it is just cancelled."""
        self.over(name, task)
        try:
            yield
        finally:
            task.cancel()
            await self.ended(task)

    async def ended(self, task: asyncio.Future[Any]) -> None:
        """Wait for the end of a part that was told to stop, as long as there is time."""
        await ended(task, self.hurried, GRACE_S)

    async def first_end(self) -> None:
        """Wait until a part ends by itself.

        Raises:
            Stop: it did.
        """
        done, _ = await asyncio.wait(self._parts, return_when=asyncio.FIRST_COMPLETED)
        part = done.pop()
        fault = part.exception()
        if isinstance(fault, Stop):
            raise fault
        name, error = self._parts[part], type(fault).__name__
        log.error("up.part_ended", part=name, exc_info=fault)
        raise Stop(Exit.FINDINGS, f"the {name} ended by itself ({error}), so everything was stopped")
