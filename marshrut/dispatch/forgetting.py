"""Forgets what nobody asks for any more: changes that whoever listens has long heard of, deliveries that are over."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from marshrut.ports import Clock

FORGETS_EVERY_S = 60.0
# A laptop that slept longer than this looks at everything again.
CHANGES_KEPT = timedelta(hours=6)
# For so long it can be seen what a subscriber was told.
DELIVERIES_KEPT = timedelta(days=30)
# A subscriber that is away for longer than this reads what it missed by the API.
UNTOLD_KEPT = timedelta(days=90)

# Forgets what is from before then, a little at a time; how much at this go.
Forget = Callable[[datetime], Awaitable[int]]


class Forgetting:
    """A part of the background."""

    def __init__(self, forget: Forget, kept: timedelta, *, now: Clock) -> None:
        self._forget = forget
        self._kept = kept
        self._now = now

    async def round(self) -> None:
        """Forget what is old, a little at a time."""
        while await self._forget(self._now() - self._kept):
            pass
