"""Where it is written down who did or tried what, and where the auditor reads it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.auditing import Act, Entry, Head, Outcome, Purpose, Row
from marshrut.domain.words import Role
from marshrut.ports.reading import Page


class Audit(Protocol):
    """Writes down, whoever does it from wherever: HTTP's answers all pass one place that does it for them.

    Something that stands for itself (a break-glass, an act of the background) is recorded by its own entry, e.g.
    `await audit.record(Entry(now, Act.CHANGE, "break_glass.opened", Purpose.BREAK_GLASS, user=..., case_id=...))`.
    """

    @property
    def full(self) -> bool:
        """Whether nothing more can be taken: then nobody is shown anything that could not be written down."""
        ...

    async def record(self, entry: Entry, *, kept: bool = True) -> bool:
        """Write it down. `kept`: wait until it is on disk, else it is within a second or two; whether it is by now.

        It never raises: what SQL does not take now is kept and tried again, and said aloud.
        """
        ...


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are asked for. `hospitals`: None for all; who may see some sees only what is of those."""

    hospitals: frozenset[str] | None = None
    since: datetime | None = None
    until: datetime | None = None
    user: str | None = None
    role: Role | None = None
    case_id: str | None = None
    act: Act | None = None
    outcome: Outcome | None = None
    purpose: Purpose | None = None


class AuditChain(Protocol):
    """Where it is written."""

    async def append(self, entries: Sequence[Entry]) -> None:
        """Write these down, in this order, all or none.

        Raises:
            Unavailable, Uncertain: SQL does not answer.
        """
        ...

    async def head(self) -> Head:
        """How far the chain goes."""
        ...


class AuditBook(Protocol):
    """What was written down."""

    async def find(self, which: AuditFilter, *, limit: int, cursor: str | None) -> Page[Row]:
        """A page of them, the newest first.

        Raises:
            ValueError: the cursor is none of this list's.
        """
        ...

    def all_of(self, which: AuditFilter) -> AsyncIterator[Sequence[Row]]:
        """All of them, the oldest first, a part at a time."""
        ...
