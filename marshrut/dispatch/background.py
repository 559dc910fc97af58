"""What goes on beside the answers: parts that look around every now and then, kept going by one runner.

Any number of processes may run them: whatever a part does it does once, by ids that follow from the thing. So a part
that fails or finds SQL away is not mended here but has its turn again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import structlog

from marshrut.ports import Unavailable, Uncertain

log = structlog.get_logger()

Thing = TypeVar("Thing")


class Round(Protocol):
    """A part that looks around."""

    async def round(self) -> None:
        """See to everything that there is to see to now.

        Raises:
            Unavailable, Uncertain: SQL or the engine does not answer; the next round goes on.
        """
        ...


@dataclass(frozen=True, slots=True)
class Beside:
    """A part, what logs call it, and how long it rests between its rounds."""

    name: str
    part: Round
    every_s: float


class Background:
    """Runs until it is cancelled. No part waits for another, and none that fails stops the others."""

    def __init__(self, besides: Sequence[Beside]) -> None:
        self._besides = tuple(besides)

    async def run(self) -> None:
        """Each part has its rounds."""
        async with asyncio.TaskGroup() as group:
            for beside in self._besides:
                group.create_task(_going(beside))

    async def round(self) -> None:
        """Each part has one round, in turn."""
        for beside in self._besides:
            await safely(beside.name, beside.part.round())


async def _going(beside: Beside) -> None:
    while True:
        await safely(beside.name, beside.part.round())
        await asyncio.sleep(beside.every_s)


async def until_stopped(stopped: asyncio.Event, parts: Sequence[asyncio.Task[None]]) -> None:
    """Wait until somebody asks to stop, or a part ends, which none does by itself.

    Raises:
        Exception: what ended the part; whoever keeps the process going starts it anew, and nothing is silently undone.
    """
    asked = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait((asked, *parts), return_when=asyncio.FIRST_COMPLETED)
        for part in parts:
            if part.done():
                part.result()
                raise RuntimeError(f"{part.get_name()} ended by itself")
    finally:
        asked.cancel()


async def safely(name: str, doing: Awaitable[object], **about: str) -> bool:
    """Have something done whose failure must stop nothing else; whether it was."""
    try:
        await doing
    except (Unavailable, Uncertain):
        log.warning("background.sql_away", part=name, **about)
    except Exception as fault:  # noqa: BLE001 - one thing that cannot be seen to must not stop the others
        # Without its traceback, which may quote people.
        log.warning("background.failed", part=name, **about, error=type(fault).__name__)
    else:
        return True
    return False


async def each(  # noqa: PLR0913 - what a crowd of things is seen to by
    name: str,
    things: Iterable[Thing],
    see_to: Callable[[Thing], Awaitable[object]],
    *,
    called: Callable[[Thing], str],
    kind: str,
    at_once: int,
) -> None:
    """See to each thing by itself, so many at once; logs say of one that failed what kind it is and its id."""
    turn = asyncio.Semaphore(at_once)

    async def one(thing: Thing) -> None:
        async with turn:
            await safely(name, see_to(thing), **{kind: called(thing)})

    await asyncio.gather(*map(one, things))
