"""The watchdog: what it asks the engine, what it keeps in SQL, and what others read of that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from marshrut.domain.base import Code, Wire
from marshrut.domain.commands import JourneyStart
from marshrut.domain.events import Event
from marshrut.domain.state import CaseState
from marshrut.domain.watching import Ill, Mended
from marshrut.ports.reading import Page


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a journey stands in the engine, whatever it says itself. `there`: it runs."""

    there: bool
    failing: bool = False
    writing_fails: bool = False
    unattended: bool = False

    @property
    def well(self) -> bool:
        """Whether nothing is wrong with it."""
        return self.there and not (self.failing or self.writing_fails or self.unattended)


class JourneyCare(Protocol):
    """What the engine can be asked and told about a journey from outside. Each raises Unavailable."""

    async def pulse(self, case_id: str) -> Pulse:
        """How it stands."""
        ...

    async def state(self, case_id: str) -> CaseState:
        """What it says of itself. Raises JourneyGone too."""
        ...

    async def events(self, case_id: str, after: int) -> Sequence[Event]:
        """The events after this one that it still knows. Raises JourneyGone too."""
        ...

    async def begin(self, start: JourneyStart, *, instead: bool) -> None:
        """Have it run from there unless it runs; `instead` of one that runs, which ends by that."""
        ...


class Walk(Wire):
    """A round of the watchdog, as far as it has come.

    `number`: of the round. `after`: the case that was looked at last. Of the cases, each belongs to one of so many
    `shares`, and this round looks at `share` closely (None: at all of them).
    """

    number: int
    after: Code | None = None
    shares: int = 1
    share: int | None = None
    looked: int = 0
    closely: int = 0
    over: bool = False


class Watching(Protocol):
    """The watchdog, a batch at a time. Each may be repeated, and raises Unavailable or Uncertain."""

    async def begin(self, *, closely: bool) -> Walk:
        """A new round; `closely`: that looks at every case so."""
        ...

    async def look(self, walk: Walk, beat: Callable[[], None]) -> Walk:
        """Look at the next cases, and mend; `beat` is called now and then."""
        ...

    async def finish(self, walk: Walk) -> None:
        """The round is over."""
        ...


@dataclass(frozen=True, slots=True)
class Watched:
    """An open case, as the round meets it.

    `seq`, `journal_seq`: how far the read model and the journal go. `waiting_since`: its oldest command that is neither
    done nor refused. `ill`: the last look found something.
    """

    case_id: str
    hospital: str
    seq: int
    journal_seq: int
    waiting_since: datetime | None
    ill: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What the journal tells of a case; None as `state`: it cannot be read. `rows_differ`: the read model says else."""

    state: CaseState | None
    commands: tuple[str, ...] = ()
    rows_differ: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of looking at a case: what is wrong, each since when if that is known, and what was mended."""

    case_id: str
    hospital: str
    ill: Mapping[Ill, datetime | None] = field(default_factory=dict)
    mended: Collection[Mended] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a case or, without one, with the installation, and stands."""

    case_id: str | None
    hospital: str | None
    code: Ill
    since: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class Repair:
    """Something that was mended."""

    case_id: str
    hospital: str
    code: Mended
    at: datetime


@dataclass(frozen=True, slots=True)
class Round:
    """A round of the watchdog. `finished_at` None: it goes on, or was broken off. `looked` at so many cases."""

    number: int
    started_at: datetime
    finished_at: datetime | None
    looked: int
    closely: int
    mended: Mapping[Mended, int]


class WatchStore(Protocol):
    """What the watchdog reads and keeps. Reading raises Unavailable, writing Unavailable or Uncertain."""

    async def begin(self, now: datetime) -> tuple[int, int]:
        """A new round: its number, and how many cases are open."""
        ...

    async def next(self, after: str | None, limit: int) -> Sequence[Watched]:
        """The next open cases by id."""
        ...

    async def told(self, case_ids: Collection[str]) -> Mapping[str, Told]:
        """What the journals tell, and whether the rows say the same."""
        ...

    async def held_seq(self, case_id: str) -> int:
        """How far SQL holds the case now."""
        ...

    async def rewrite(self, case_id: str) -> None:
        """Make the rows of a case anew from its journal."""
        ...

    async def note(self, number: int, seen: Collection[Seen], now: datetime) -> None:
        """Keep what a round found of these cases; what it did not find any more is over."""
        ...

    async def finish(self, walk: Walk, now: datetime) -> None:
        """The round is over: so is whatever was found of cases that have ended; what is wrong with no case is kept."""
        ...


class WatchBook(Protocol):
    """What the watchdog found, for whoever reads it; `hospitals` is the reader's scope. Raises Unavailable."""

    async def last(self) -> Round | None:
        """The round that was finished last."""
        ...

    async def round(self, number: int) -> Round | None:
        """One of the last rounds."""
        ...

    async def findings(self, hospitals: frozenset[str] | None, *, limit: int, cursor: str | None) -> Page[Finding]:
        """What stands, the oldest first. Raises ValueError for a cursor that is none."""
        ...

    async def repairs(
        self, hospitals: frozenset[str] | None, *, limit: int, number: int | None = None
    ) -> Sequence[Repair]:
        """What was mended last, the newest first; in the round of this number, or in any."""
        ...

    async def counts(
        self, hospitals: frozenset[str] | None
    ) -> tuple[Mapping[tuple[str | None, Ill], int], Mapping[tuple[str, Mended], int]]:
        """By hospital and code: what stands, and what was ever mended."""
        ...
