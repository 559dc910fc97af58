"""Forgets what nobody asks for any more: changes that whoever listens has long heard of."""

from __future__ import annotations

from datetime import timedelta

from marshrut.ports import Changes, Clock

FORGETS_EVERY_S = 60.0
# A laptop that slept longer than this looks at everything again.
KEPT = timedelta(hours=6)


class Forgetting:
    """A part of the background."""

    def __init__(self, changes: Changes, *, now: Clock) -> None:
        self._changes = changes
        self._now = now

    async def round(self) -> None:
        """Forget what is old, a little at a time."""
        while await self._changes.forget(self._now() - KEPT):
            pass
