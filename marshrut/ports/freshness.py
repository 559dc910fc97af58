"""How far what people look at is behind what was told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the read model is behind: everything that was told before `data_on` is in it.

    `seconds`: from there to `as_of`, 0 when nothing is on its way. `pending`: so many commands are.
    """

    as_of: datetime
    seconds: float
    pending: int
    data_on: datetime


class Freshness(Protocol):
    """How old what people look at may be: said here once, for pages, API and metrics."""

    async def lag(self, now: datetime, hospitals: frozenset[str] | None = None) -> Lag:
        """Of these hospitals, or of all. Raises Unavailable."""
        ...
