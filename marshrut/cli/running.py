"""Running what is asynchronous, being told to stop, and leaving in peace."""

from __future__ import annotations

import asyncio
import gc
import signal
import traceback
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from marshrut.cli.exits import Exit, Stop

T = TypeVar("T")

SIGNALS = (signal.SIGINT, signal.SIGTERM)
# A process that leaves within milliseconds of a call to Temporal may abort in its native threads (sdk-python #300).
REST_S = 0.2
LOOK_EVERY_S = 0.05
LAST_S = 2.0  # for a part that was cancelled


def run(body: Coroutine[Any, Any, T]) -> T:
    """Run it to its end, and let what it held of Temporal come to rest before the process may leave."""

    async def rested() -> T:
        try:
            return await body
        except BaseException as fault:  # raised again, without frames that may hold a client
            traceback.clear_frames(fault.__traceback__)
            raise
        finally:
            gc.collect()
            await asyncio.sleep(REST_S)

    import uvloop  # the quick commands do not need a loop

    return uvloop.run(rested())


class Signals:
    """SIGINT and SIGTERM: the first one asks to stop, a second one to hurry."""

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.hurried = asyncio.Event()

    def told(self) -> None:
        """A signal came."""
        (self.hurried if self.stopped.is_set() else self.stopped).set()


@contextmanager
def signals() -> Iterator[Signals]:
    """Take the signals until the block ends."""
    loop, taken = asyncio.get_running_loop(), Signals()
    for number in SIGNALS:
        loop.add_signal_handler(number, taken.told)
    try:
        yield taken
    finally:
        for number in SIGNALS:
            loop.remove_signal_handler(number)


async def when(check: Callable[[], bool]) -> None:
    """Return once it is so, of something that tells nobody when it changes."""
    while not check():  # noqa: ASYNC110 - there is no event to wait for
        await asyncio.sleep(LOOK_EVERY_S)


async def until(check: Callable[[], Awaitable[bool]], what: str, limit_s: float = 30) -> None:
    """Wait until it is so.

    Raises:
        Stop: it was not so in time.
    """
    try:
        async with asyncio.timeout(limit_s):
            while not await check():  # noqa: ASYNC110 - what is asked here is another process
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise Stop(Exit.UNREACHABLE, f"{what} was not ready within {limit_s:.0f} s") from None


async def ended(part: asyncio.Future[Any], hurried: asyncio.Event, limit_s: float | None) -> None:
    """Wait until a part that was asked to stop has ended; cancel it when time is up or somebody is in a hurry."""
    hurry = asyncio.create_task(hurried.wait())
    await asyncio.wait({part, hurry}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
    if not part.done():
        part.cancel()
        await asyncio.wait({part}, timeout=LAST_S)
    if part.done() and not part.cancelled():
        part.exception()  # whoever watches the part has told of it; here it ends
