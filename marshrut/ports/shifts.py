"""The book of shifts: which were handed over, by whom to whom, and what became of each thing in them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from marshrut.domain.handover import Handover, HandoverState, Item, ItemState, Tidings
from marshrut.domain.words import Role
from marshrut.ports.reading import Page


@dataclass(frozen=True, slots=True)
class HandoverFilter:
    """Which handovers, as one user may see them; None means any.

    `mine`: those that they gave, or those that wait for them. A role in `over` sees all of its hospitals.
    """

    hospitals: frozenset[str] | None
    user: str
    role: Role
    over: Collection[Role]
    mine: Literal["given", "to_take"] | None = None
    state: HandoverState | None = None
    hospital: str | None = None


@dataclass(frozen=True, slots=True)
class HandoverAnswer:
    """What somebody says to a handover: both times, and for a no the reason and a sealed note."""

    by: str
    role: Role
    at: datetime
    recorded_at: datetime
    reason: str | None = None
    note: bytes | None = None


class ShiftBook(Protocol):
    """Handovers in SQL. Reading raises Unavailable when SQL does not answer, writing Unavailable or Uncertain.

    A handover is answered once: whoever comes second finds what was said first.
    """

    async def preview(self, giver: str, hospital: str) -> Sequence[Item]:
        """All that they have there now, as a handover would hold it."""
        ...

    async def offer(self, handover: Handover, items: Collection[Item]) -> Handover | None:
        """Keep a handover with these things and whatever else the giver has there by now; None: that is nothing.

        Of one id, and of a giver in a hospital while it is open, there is one: the one that was kept first is told.
        """
        ...

    async def get(self, handover_id: str) -> Handover | None:
        """One handover."""
        ...

    async def items(self, handover_id: str) -> Sequence[Item]:
        """What is in it: steps first, then cases."""
        ...

    async def page(self, which: HandoverFilter, *, limit: int, cursor: str | None) -> Page[Handover]:
        """Handovers, the newest first. Raises ValueError for a cursor that is none."""
        ...

    async def acknowledge(self, handover_id: str, answer: HandoverAnswer, said: Mapping[str, str]) -> bool:
        """Have it acknowledged with all that the giver has by now; whether it was open.

        `said`: what is not taken, and why.
        """
        ...

    async def decline(self, handover_id: str, answer: HandoverAnswer) -> bool:
        """Have it declined, with all that the giver has by now; whether it was open."""
        ...

    async def withdraw(self, handover_id: str, answer: HandoverAnswer) -> bool:
        """Have it withdrawn: everything stays with the giver; whether it was open."""
        ...

    async def lapse(self, giver: str, at: datetime) -> None:
        """The giver is gone: what they had offered and nobody acknowledged goes the way of an absence."""
        ...

    async def changing(self, giver: str) -> frozenset[str]:
        """Ids of what is on its way from them to whoever acknowledged a handover."""
        ...

    async def unfinished(self, limit: int, after: Handover | None = None) -> Sequence[Handover]:
        """Handovers that wait, or of whose things something is still to become known; the oldest first."""
        ...

    async def settle(self, handover_id: str, item: Item, state: ItemState, holder: str | None, at: datetime) -> None:
        """Say what became of a thing; what was said first holds."""
        ...

    async def tell(self, handover_id: str, tidings: Tidings, at: datetime) -> None:
        """Say that people were told of it, and when."""
        ...

    async def finish(self, handover_id: str, at: datetime) -> None:
        """Say that of each thing it is known what became; an acknowledged handover is done by that."""
        ...
