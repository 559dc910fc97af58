"""Records whose time is over go by themselves, a little at a time; of whole cases people hear, and decide."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta

import structlog

from marshrut.domain.retention import FATES, Fate, Kept, Periods
from marshrut.ports import Clock, RetentionStore

log = structlog.get_logger()

FORGETS_EVERY_S = 600.0


class Retention:
    """A part of the background; a command runs or tries it at once."""

    def __init__(self, store: RetentionStore, periods: Periods, *, now: Clock) -> None:
        self._store = store
        self._periods = periods
        self._now = now

    async def round(self) -> None:
        """Remove everything whose time is over.

        Raises:
            Unavailable, Uncertain: SQL does not answer; the next round goes on.
        """
        await self.run()

    async def run(self) -> Mapping[Kept, int]:
        """The same, and how much of each kind that was."""
        done: dict[Kept, int] = {}
        for kind, kept in self._periods.items():
            if FATES[kind] is Fate.PROPOSED:
                continue
            before, count = self._now() - kept, 0
            while gone := await self._store.sweep(kind, before, self._now()):
                count += gone
                await asyncio.sleep(0)  # to whoever else works here
            done[kind] = count
            if count and kind is not Kept.CHANGES:  # those go by the thousand
                log.info("retention.swept", kind=kind.value, count=count)
        return done

    async def tried(self) -> Mapping[Kept, int]:
        """How much of each kind would go now, and how many cases wait for people."""
        return {kind: await self._store.old(kind, self._now() - kept) for kind, kept in self._periods.items()}

    @property
    def periods(self) -> Mapping[Kept, timedelta]:
        """How long each kind is kept."""
        return self._periods
