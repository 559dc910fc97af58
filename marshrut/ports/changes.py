"""What changed, as every process can read it off SQL."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.changes import ChangeKind


@dataclass(frozen=True, slots=True)
class Change:
    """A commit that changed a case, or (without one) something of a hospital's team. Codes only.

    `number` counts up over all cases; `seq` is how far the case's journal then went. `guarded`: the case is seen by
    those alone who need to know.
    """

    number: int
    hospital: str
    case_id: str | None
    seq: int | None
    kinds: frozenset[ChangeKind]
    at: datetime
    guarded: bool


@dataclass(frozen=True, slots=True)
class Known:
    """The oldest number that is still kept and the newest one; 0 where nothing ever changed."""

    oldest: int
    newest: int


class Changes(Protocol):
    """The changes that were committed. Numbers may become visible out of their order. Raises Unavailable."""

    async def known(self) -> Known:
        """From where to where they are kept."""
        ...

    async def since(self, number: int, among: Collection[int] = (), *, limit: int) -> Sequence[Change]:
        """Those with a higher number, the lowest first, and those of the lower numbers that are asked for."""
        ...
