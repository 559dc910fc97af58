"""Records whose time is over."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

from marshrut.domain.retention import Due, Kept, Swept
from marshrut.ports.reading import Page


class RetentionStore(Protocol):
    """Each raises Unavailable, or Uncertain where it writes."""

    async def old(self, kind: Kept, before: datetime) -> int:
        """How many of a kind are from before then and held by no order; nothing changes."""
        ...

    async def sweep(self, kind: Kept, before: datetime, now: datetime) -> int:
        """Remove a few of them, and count that; how many at this go. Of cases none: people decide on those."""
        ...

    async def due(
        self, before: datetime, hospitals: Collection[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[Due]:
        """Closed cases, the longest closed first, of persons all of whose cases ended before then."""
        ...

    async def swept(self) -> Mapping[Kept, Swept]:
        """What was removed so far, by kind."""
        ...
