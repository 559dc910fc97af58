"""The list of what does not move."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from marshrut.domain.guarding import Onlooker
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import Stuck, Why


@dataclass(frozen=True, slots=True)
class StuckFilter:
    """Which items; None means any. `assignee` is a user, or "none" for steps without an owner.

    `hospitals` is the caller's scope, `who` looks (as of cases). A filter on track, role or assignee leaves out the
    items without a step. `why`: causes that all hold.
    """

    hospitals: frozenset[str] | None
    who: Onlooker | None
    hospital: str | None = None
    track: str | None = None
    why: Collection[Why] = ()
    role: str | None = None
    assignee: str | None = None
    min_rank: int = 0
    ward: str | None = None


@dataclass(frozen=True, slots=True)
class StuckRow:
    """An item, and the case that it belongs to."""

    case: CaseState
    item: Stuck


@dataclass(frozen=True, slots=True)
class StuckPage:
    """Some items, ranked as of an instant that the cursor carries on, and where the next ones begin.

    `total` of all pages.
    """

    items: Sequence[StuckRow]
    next: str | None
    as_of: datetime
    total: int


@dataclass(frozen=True, slots=True)
class Counted:
    """How many items there are, and how many of them each cause holds up; an item may have several."""

    items: int = 0
    causes: Mapping[Why, int] = field(default_factory=dict)


class StuckList(Protocol):
    """What does not move, what wants attention most first."""

    async def stuck(self, which: StuckFilter, now: datetime, *, limit: int, cursor: str | None) -> StuckPage:
        """Items by rank, highest first, then by id. Raises ValueError for a cursor that is none."""
        ...

    async def counts(self, which: StuckFilter, now: datetime) -> Mapping[str, Counted]:
        """By hospital how many there are, and of each cause: as many as the list has, however long it is."""
        ...
