"""Forgets what nobody asks for any more: changes that whoever listens has long heard of, deliveries that are over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from marshrut.ports import Clock

FORGETS_EVERY_S = 60.0
# A laptop that slept longer than this looks at everything again.
CHANGES_KEPT = timedelta(hours=6)
# For so long it can be seen what a subscriber was told.
DELIVERIES_KEPT = timedelta(days=30)


class Forgetful(Protocol):
    """Something of which the old goes."""

    async def forget(self, before: datetime) -> int:
        """Forget what is from before then, a little at a time; how much at this go."""
        ...


class Forgetting:
    """A part of the background."""

    def __init__(self, what: Forgetful, kept: timedelta, *, now: Clock) -> None:
        self._what = what
        self._kept = kept
        self._now = now

    async def round(self) -> None:
        """Forget what is old, a little at a time."""
        while await self._what.forget(self._now() - self._kept):
            pass
