"""What a search for people asks of SQL: it holds no names in the clear, so names are compared elsewhere."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.state import CaseState
from marshrut.ports.reading import CaseFilter


@dataclass(frozen=True, slots=True)
class CaseRef:
    """A case, as far as a search sorts it."""

    case_id: str
    person: str
    ward: str | None
    bed: str | None
    opened_at: datetime
    closed: bool


class CaseFinder(Protocol):
    """Cases of persons, and which persons something was told of. Raises Unavailable when SQL does not answer."""

    async def told_of(self, after: int, *, alive_from: datetime | None, limit: int) -> Sequence[tuple[int, str]]:
        """Numbers of what was told after this one, and of whom: the oldest first.

        With `alive_from`, only of persons of whom a case is open, or was so then.
        """
        ...

    async def of_persons(self, persons: Collection[str], which: CaseFilter) -> Sequence[CaseRef]:
        """Their cases among these."""
        ...

    async def marked(self, marks: Collection[bytes]) -> Sequence[str]:
        """Persons who have a number with one of these marks."""
        ...

    async def erased(self) -> int:
        """How many erasures have been done: whoever remembers persons has to forget some when there are more."""
        ...

    async def in_wards(self, wards: Collection[str], which: CaseFilter, *, limit: int) -> Sequence[CaseRef]:
        """The newest of these cases whose patient lies in one of the wards."""
        ...

    async def wards(self, hospitals: Collection[str] | None) -> Sequence[str]:
        """The wards of open cases, by name."""
        ...

    async def cases(self, case_ids: Collection[str]) -> Sequence[CaseState]:
        """These cases, in any order."""
        ...
