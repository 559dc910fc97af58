"""The roster: who works where, who is away, what each has to do, and what has to change hands."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.staffing import Absence, Colleague, Load
from marshrut.domain.words import Role


@dataclass(frozen=True, slots=True)
class HeldStep:
    """A live step that somebody has."""

    step_id: str
    case_id: str
    hospital: str
    role: Role


@dataclass(frozen=True, slots=True)
class HeldCase:
    """An open case that somebody answers for."""

    case_id: str
    hospital: str


class Staff(Protocol):
    """The roster. Reading raises Unavailable when SQL does not answer, writing Unavailable or Uncertain."""

    async def people(
        self, now: datetime, *, hospital: str | None = None, users: Collection[str] | None = None
    ) -> Mapping[str, Colleague]:
        """Those who work in the hospital, or these users, by user; also who left. Absences that are over are not told.

        With `users` their deputies are there too.
        """
        ...

    async def loads(
        self, users: Collection[str], now: datetime, *, without: Collection[str] = ()
    ) -> Mapping[str, Load]:
        """What each of them has to do, cases `without` left out of what they answer for; nobody without any."""
        ...

    async def put(self, colleague: Colleague, now: datetime) -> None:
        """Have somebody on the roster, as told here; whoever had left is back. Absences stay as they are."""
        ...

    async def leave(self, absence: Absence) -> None:
        """Have somebody off the roster, with the absence that this is."""
        ...

    async def record(self, absence: Absence) -> Absence:
        """Keep an absence; of one id the first that was kept, which is answered."""
        ...

    async def absence(self, absence_id: str) -> Absence | None:
        """One absence, also when it is over."""
        ...

    async def end(self, absence_id: str, at: datetime, *, by: str) -> bool:
        """Have it end then, or never begin; whether it was not over yet."""
        ...


class Handovers(Protocol):
    """What changes hands when somebody goes away. Raises as `Staff`."""

    async def begun(self, now: datetime, limit: int) -> Sequence[Absence]:
        """Absences that have begun, are not over and whose handover is not finished, the oldest first."""
        ...

    async def leaving(self, user: str, now: datetime) -> bool:
        """Whether such an absence is theirs."""
        ...

    async def held(self, user: str) -> tuple[Sequence[HeldStep], Sequence[HeldCase]]:
        """What they have in open cases."""
        ...

    async def finished(self, absence: Absence, seen_to: Collection[str], at: datetime) -> None:
        """Say that all that there was has been seen to; not so if they have anything else by now."""
        ...
