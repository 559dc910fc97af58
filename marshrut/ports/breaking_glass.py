"""Who looks at a case in need."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Protocol

from marshrut.domain.breaking_glass import Opening
from marshrut.ports.reading import Page


class GlassBook(Protocol):
    """Where it is written down. Reading raises Unavailable, writing Unavailable or Uncertain."""

    async def open(self, opening: Opening) -> Opening:
        """Keep it; one of the same person, case and hospital that stands is answered in its place."""
        ...

    async def end(self, opening: Opening) -> None:
        """Keep when it ended and by whom."""
        ...

    async def get(self, opening_id: str) -> Opening | None:
        """One of them."""
        ...

    async def opened_to(self, user: str, now: datetime) -> frozenset[str]:
        """The cases that are open to somebody now; not one that has gone to a hospital which was told nothing."""
        ...

    async def of(
        self,
        hospitals: Collection[str] | None,
        user: str | None,
        *,
        case_id: str | None,
        limit: int,
        cursor: str | None = None,
    ) -> Page[Opening]:
        """Those of these hospitals' cases (None: of all), or of this user, the newest first."""
        ...
