"""How far what people look at is behind what was said: defined here once, for pages, streams, API and metrics."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the read model is behind: everything that was said before `data_on` is in it.

    `seconds`: from there to `as_of`, 0 when nothing is on its way. `pending`: so many commands are.
    """

    as_of: datetime
    seconds: float
    pending: int
    data_on: datetime


@dataclass(frozen=True, slots=True)
class Lags:
    """By hospital, as of an instant, since when something has been on its way, and how many commands are."""

    as_of: datetime
    since: Mapping[str, datetime]
    pending: Mapping[str, int]

    def of(self, hospitals: frozenset[str] | None = None) -> Lag:
        """Of these hospitals, or of all."""
        behind = [at for code, at in self.since.items() if hospitals is None or code in hospitals]
        data_on = min(self.as_of, *behind) if behind else self.as_of
        pending = sum(count for code, count in self.pending.items() if hospitals is None or code in hospitals)
        return Lag(self.as_of, (self.as_of - data_on).total_seconds(), pending, data_on)


class Freshness(Protocol):
    """How old what people look at may be."""

    async def lags(self, now: datetime) -> Lags:
        """Of every hospital of which something is on its way. Raises Unavailable."""
        ...
