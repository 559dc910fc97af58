"""Tells whoever listens what changes: one reader a process, who reads it off SQL for all of them.

A change is told at least once, soon after its commit, whichever process made it. Whoever falls behind, or asks for what
is forgotten, is told to look at everything again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import structlog

from marshrut.domain.window import Window
from marshrut.ports import Change, Changes, Clock, Freshness, Lags, Unavailable

log = structlog.get_logger()

POLL_S = 0.1
# After a failure SQL is left alone for a moment.
AWAY_S = 1.0
AT_ONCE = 500
# How far back a reader that begins looks for numbers that were given and are not committed yet.
LOOKS_BACK = 500
# Longer than any transaction may take, twice (`store.database.Database`).
WAITS_S = 15.0
LAG_EVERY_S = 5.0
# Of more than this that somebody has not fetched, nothing is kept: they look again.
MOST_WAITING = 256
MOST_OF_A_USER = 8

Wanted = Callable[[Change], bool]


class TooMany(Exception):  # noqa: N818 - a refusal, not a fault
    """This user listens often enough."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a listener is told at once. `mark`: from where to go on listening; `again`: look at everything again.

    `lag_s`: how far what is shown is behind what was said; None when SQL does not answer. `over`: there is no more.
    """

    changes: Sequence[Change]
    mark: int
    lag_s: float | None
    again: bool = False
    over: bool = False


# Tells what is new, or after so many seconds that nothing is.
Asking = Callable[[float], AsyncIterator[Told]]


@dataclass(slots=True, eq=False)
class _Listener:
    user: str
    wanted: Wanted
    hospitals: frozenset[str] | None
    waiting: list[Change] = field(default_factory=list)
    again: bool = False
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def tell(self, found: Sequence[Change]) -> None:
        self.waiting += [change for change in found if self.wanted(change)]
        if len(self.waiting) > MOST_WAITING:
            self.waiting.clear()
            self.again = True
        if self.waiting or self.again:
            self.woken.set()


class Feed:
    """Reads while anybody listens."""

    def __init__(
        self,
        changes: Changes,
        freshness: Freshness,
        *,
        now: Clock,
        poll_s: float = POLL_S,
        of_a_user: int = MOST_OF_A_USER,
    ) -> None:
        self._changes = changes
        self._freshness = freshness
        self._now = now
        self._poll_s = poll_s
        self._of_a_user = of_a_user
        self._listeners: set[_Listener] = set()
        self._users: Counter[str] = Counter()
        self._window = Window(0, waits_s=WAITS_S)
        self._lags: Lags | None = None
        self._reader: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()
        self._begun = asyncio.Lock()
        self._over = False

    @asynccontextmanager
    async def listen(
        self, user: str, wanted: Wanted, after: int | None = None, *, hospitals: frozenset[str] | None = None
    ) -> AsyncIterator[Asking]:
        """Listen while the block runs.

        `after`: the mark of what was heard last; what was missed since is told first. `hospitals`: of which the lag is
        told, None for all.

        Raises:
            TooMany: this user listens often enough, in this process.
            Unavailable: SQL does not answer, or the process is about to stop.
        """
        if self._over:
            raise Unavailable("api")
        if self._users[user] >= self._of_a_user:
            raise TooMany
        listener = _Listener(user, wanted, hospitals)
        self._users[user] += 1
        try:
            await self._begin(listener)
            if after is not None:
                await self._missed(listener, after)
            yield lambda rest_s: self._told(listener, rest_s)
        finally:
            self._users[user] -= 1
            if not self._users[user]:
                del self._users[user]
            self._listeners.discard(listener)
            if not self._listeners:
                await self._rest()

    def close(self) -> None:
        """The process is about to stop: nobody is told anything any more."""
        self._over = True
        for listener in self._listeners:
            listener.woken.set()

    async def _told(self, listener: _Listener, rest_s: float) -> AsyncIterator[Told]:
        """Begins with where things stand; ends with `over`, or when nobody asks any more."""
        while True:
            found, again = listener.waiting, listener.again
            listener.waiting, listener.again = [], False
            listener.woken.clear()
            over = self._over
            lag_s = None if self._lags is None else self._lags.of(listener.hospitals).seconds
            yield Told(found, self._window.mark, lag_s, again=again, over=over)
            if over:
                return
            with suppress(TimeoutError):
                async with asyncio.timeout(0 if self._over else rest_s):
                    await listener.woken.wait()

    # ---- the reader -------------------------------------------------------------------------------------------------

    async def _begin(self, listener: _Listener) -> None:
        """Have it told from now on; the first one wakes the reader."""
        async with self._begun:
            if self._reader is None or self._reader.done():
                self._window = await self._where_we_are()
                self._lags = await self._freshness.lags(self._now())
                self._ending = asyncio.Event()
                self._reader = asyncio.create_task(self._read(self._ending))
            self._listeners.add(listener)

    async def _where_we_are(self) -> Window:
        """Everything up to now is known but what is being committed at this moment."""
        known = await self._changes.known()
        window = Window(max(known.oldest - 1, known.newest - LOOKS_BACK, 0), waits_s=WAITS_S)
        found = await self._changes.since(window.high, limit=2 * LOOKS_BACK)
        window.take((change.number for change in found), self._time())
        return window

    async def _missed(self, listener: _Listener, after: int) -> None:
        """What came since the mark, or that it is too much or forgotten."""
        known = await self._changes.known()
        found: Sequence[Change] = ()
        if known.oldest - 1 <= after <= known.newest:
            found = await self._changes.since(after, limit=AT_ONCE + 1)
        if len(found) > AT_ONCE or not known.oldest - 1 <= after <= known.newest:
            listener.again = True
        listener.tell(found[:AT_ONCE])

    async def _rest(self) -> None:
        """The reader ends by itself after its round: a query that is cancelled takes its connection with it."""
        reader, self._reader = self._reader, None
        self._ending.set()
        if reader is not None:
            await asyncio.wait({reader})

    async def _read(self, ending: asyncio.Event) -> None:
        lag_at = self._time() + LAG_EVERY_S
        while not ending.is_set():
            rest_s = self._poll_s
            try:
                full = await self._round()
                if self._time() >= lag_at:
                    lag_at = self._time() + LAG_EVERY_S
                    self._lags = await self._freshness.lags(self._now())
            except Exception as fault:  # noqa: BLE001 - whatever it is, those who listen wait for the next look
                if self._lags is not None:
                    log.warning("feed.stands_still", error=type(fault).__name__)
                self._lags, lag_at, full, rest_s = None, self._time(), False, AWAY_S
            if not full:
                with suppress(TimeoutError):
                    async with asyncio.timeout(rest_s):
                        await ending.wait()

    async def _round(self) -> bool:
        """Tell what is new; whether there is more of it."""
        window = self._window
        found = await self._changes.since(window.high, window.gaps, limit=AT_ONCE)
        window.take((change.number for change in found), self._time())
        for listener in self._listeners:
            listener.tell(found)
        return len(found) >= AT_ONCE

    @staticmethod
    def _time() -> float:
        return asyncio.get_running_loop().time()
