"""The supervisor's board: what is open in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.guarding import Onlooker
from marshrut.domain.overview import Picture, Work


@dataclass(frozen=True, slots=True)
class Area:
    """Of which cases. `hospitals` is the caller's scope, `who` looks (as of cases); None means any."""

    hospitals: frozenset[str] | None
    who: Onlooker | None
    hospital: str | None = None
    ward: str | None = None


class Overview(Protocol):
    """Open work in numbers, each of them the length of a list that can be asked for."""

    async def picture(self, area: Area, now: datetime) -> Picture:
        """What is open, how old it is, and what of it is stuck by which cause."""
        ...

    async def workload(self, area: Area, now: datetime) -> Mapping[str | None, Work]:
        """What each user has; under None what nobody has. Whoever has nothing is not there."""
        ...
