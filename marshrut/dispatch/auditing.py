"""`ports.Audit`: what is to be written down waits in a bounded queue and is written in batches, in order.

Whoever waits for it (a change, an export, a sign-in) shares a batch with whoever else waits; reads come along, or go
by themselves within a second. When the process ends the queue is written out first.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from marshrut.domain.auditing import Entry, Head
from marshrut.ports import AuditChain, Unavailable, Uncertain

log = structlog.get_logger()

# So much waits at most; with more nobody is shown anything.
MOST = 10_000
BATCH = 500
# What is only read is on disk after this time at the latest, while SQL answers.
EVERY_S = 1.0
# Whoever waits is answered after this time all the same: what was done cannot be undone by not saying so.
WAITS_S = 2.0
# When the process ends and SQL is away.
LAST_S = 5.0
NOTED_EVERY_S = 300.0


@dataclass(slots=True)
class _Waiting:
    entry: Entry
    done: asyncio.Future[bool] | None


class QueuedAudit:
    """Of one process. It writes while `running`; before and after, each entry by itself at once."""

    def __init__(
        self,
        book: AuditChain,
        *,
        most: int = MOST,
        every_s: float = EVERY_S,
        waits_s: float = WAITS_S,
        last_s: float = LAST_S,
    ) -> None:
        self._book = book
        self._most = most
        self._every_s = every_s
        self._waits_s = waits_s
        self._last_s = last_s
        self._queue: deque[_Waiting] = deque()
        self._wake = asyncio.Event()
        self._turn = asyncio.Lock()
        self._running = False
        # So many are written one by one, since there is one among them that cannot be.
        self._careful = 0

    @property
    def full(self) -> bool:
        """Whether nothing more can be taken."""
        return len(self._queue) >= self._most

    async def record(self, entry: Entry, *, kept: bool = True) -> bool:
        """Write it down; whether it is by now."""
        done = asyncio.get_running_loop().create_future() if kept else None
        self._queue.append(_Waiting(entry, done))
        if not self._running:
            await self._written()
        elif kept or len(self._queue) >= BATCH:
            self._wake.set()
        if done is None:
            return False
        with suppress(TimeoutError):
            return await asyncio.wait_for(asyncio.shield(done), self._waits_s)
        log.warning("audit.behind", waiting=len(self._queue))
        return False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write while the block runs, and what is left at its end."""
        self._running = True
        writing = asyncio.create_task(self._write())
        try:
            yield
        finally:
            self._running = False
            writing.cancel()
            with suppress(asyncio.CancelledError):
                await writing
            with suppress(TimeoutError):
                async with asyncio.timeout(self._last_s):
                    await self._emptied()
            if self._queue:
                log.error("audit.lost", entries=len(self._queue))

    async def _emptied(self) -> None:
        while self._queue:
            if not await self._written():
                await asyncio.sleep(self._every_s / 10)

    async def _write(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), self._every_s)
            self._wake.clear()
            while self._queue and await self._written():
                pass

    async def _written(self) -> bool:
        """Whether a batch went through; what SQL does not take stays where it is."""
        # A writer that is cancelled at its work would leave nobody to say what became of it.
        return await asyncio.shield(asyncio.ensure_future(self._batch()))

    async def _batch(self) -> bool:
        async with self._turn:
            most = min(len(self._queue), 1 if self._careful else BATCH)
            batch = [self._queue[place] for place in range(most)]
            if not batch:
                return True
            written = True
            try:
                await self._book.append([each.entry for each in batch])
            except (Unavailable, Uncertain):
                # Of an uncertain commit it may stand there twice: better than not at all.
                log.warning("audit.waits", waiting=len(self._queue))
                return False
            except Exception as fault:  # noqa: BLE001 - one that no database takes must not hold up the others
                if most > 1:
                    self._careful = most
                    return True
                written = False
                # Without its traceback, which quotes the row.
                log.error("audit.unwritable", what=batch[0].entry.what, error=type(fault).__name__)  # noqa: TRY400 - its words may quote a row
            self._careful = max(0, self._careful - 1)
            for each in batch:
                self._queue.popleft()
                if each.done is not None and not each.done.done():
                    each.done.set_result(written)
            return True


class HeadNoted:
    """A part of the background: the head goes into the log, which is kept elsewhere, so that no end can be cut off."""

    def __init__(self, book: AuditChain) -> None:
        self._book = book
        self._told: Head | None = None

    async def round(self) -> None:
        """Note it, if it has moved."""
        head = await self._book.head()
        if head != self._told:
            log.info("audit.head", head=head.text)
        self._told = head
