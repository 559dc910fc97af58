"""Erasures and legal holds, and what an erasure does in SQL and in the engine."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.erasing import Erasure, ErasureState, ErasureStep, Logged, Plan
from marshrut.domain.state import CaseState
from marshrut.ports.reading import Page


@dataclass(frozen=True, slots=True)
class LegalHold:
    """Somebody ordered that a case be kept as it is."""

    id: str
    case_id: str
    reason: str
    set_by: str
    set_at: datetime


class ErasureBook(Protocol):
    """Each raises Unavailable, or Uncertain where it writes."""

    async def ask(self, erasure: Erasure) -> Erasure:
        """Keep it, unless one for its case stands already; the one that stands."""
        ...

    async def get(self, erasure_id: str) -> Erasure | None:
        """One of them."""
        ...

    async def of_hospitals(
        self, hospitals: Collection[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[Erasure]:
        """Those of these hospitals, the newest first."""
        ...

    async def unfinished(self, limit: int) -> Sequence[Erasure]:
        """Those that are confirmed and not done, the oldest first."""
        ...

    async def change(self, erasure: Erasure, was: ErasureState) -> bool:
        """Keep another state of it; no when it is not in that one any more."""
        ...

    async def plan(self, erasure_id: str, plan: Plan) -> None:
        """Keep what is to be done, once."""
        ...

    async def replan(self, erasure_id: str, plan: Plan) -> None:
        """Keep that there is more to do, and begin again; nothing was severed yet."""
        ...

    async def done(self, erasure_id: str, step: ErasureStep, logged: Sequence[Logged]) -> None:
        """Keep that a step is done, and what it did, once."""
        ...

    async def log(self, erasure_id: str) -> Sequence[Logged]:
        """What was done so far."""
        ...

    async def faulty(self, erasure_id: str, fault: str) -> None:
        """Why it does not go on: before there is a plan it waits for people again, later it is only said."""
        ...

    async def finish(self, erasure_id: str, certificate: str, signature: str, at: datetime) -> None:
        """It is done: what says so, and nothing any more of what it was about."""
        ...

    async def held(self, case_ids: Collection[str]) -> Sequence[LegalHold]:
        """The legal holds that stand on these cases."""
        ...

    async def hold(self, hold: LegalHold) -> LegalHold:
        """Hold a case, unless it is held; the hold that stands."""
        ...

    async def holds(
        self, hospitals: Collection[str] | None, *, limit: int, cursor: str | None = None
    ) -> Page[LegalHold]:
        """The legal holds that stand on cases of these hospitals, the newest first."""
        ...

    async def lift(self, case_id: str, by: str, at: datetime) -> bool:
        """Hold it no longer; whether it was held."""
        ...


class Severing(Protocol):
    """What SQL holds of a person."""

    async def of_one_person(self, case_id: str) -> Sequence[CaseState]:
        """The case, and every other one that is about the same person."""
        ...

    async def sever(self, erasure_id: str, plan: Plan, at: datetime) -> None:
        """In one transaction, once: destroy what is sealed, and put other ids into the place of the plan's.

        Raises:
            Refused: `case_open`: there is a case of theirs that the plan does not know.
        """
        ...


class EngineRuns(Protocol):
    """The engine's memory of a case. Each raises Unavailable."""

    async def count(self, case_id: str) -> int:
        """How many runs of its journey are kept."""
        ...

    async def delete(self, case_id: str) -> int:
        """Delete them, also one that runs; how many there were."""
        ...


class KeysOfPersons(Protocol):
    """The keys that are destroyed. Each raises Unavailable."""

    async def count_of(self, persons: Collection[str]) -> int:
        """How many these persons have."""
        ...

    async def destroy(self, persons: Collection[str], at: datetime) -> int:
        """Destroy them; how many there were."""
        ...
