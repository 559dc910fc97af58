"""What figures are counted from, and the journals that are exported: read in batches, whatever there is of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from marshrut.domain.events import Event
from marshrut.domain.kpi import CaseFacts


class History(NamedTuple):
    """A case of a hospital, and its journal from its start."""

    case_id: str
    hospital: str
    events: tuple[Event, ...]


class FactsBook(Protocol):
    """The records that figures are counted from."""

    def facts(self, hospital: str, since: datetime, until: datetime) -> AsyncIterator[Sequence[CaseFacts]]:
        """Batches of the hospital's cases to which something may have happened from then on and before.

        Raises:
            Unavailable: SQL does not answer.
        """
        ...


class Histories(Protocol):
    """The journals."""

    def histories(self, hospital: str, since: datetime, until: datetime) -> AsyncIterator[Sequence[History]]:
        """Batches of the hospital's cases that were opened from then on and before, the oldest first.

        Raises:
            Unavailable: SQL does not answer.
        """
        ...


class Portion(NamedTuple):
    """Of a hospital the cases that were opened from then on and before."""

    hospital: str
    since: datetime
    until: datetime


class Exports(Protocol):
    """Journals as logs for process mining, in pieces; codes only."""

    def ocel2(self, portions: Sequence[Portion], *, xml: bool) -> AsyncIterator[bytes]:
        """OCEL 2.0, as JSON or as XML.

        Raises:
            Unavailable: SQL does not answer.
        """
        ...

    def xes(self, portions: Sequence[Portion]) -> AsyncIterator[bytes]:
        """XES (IEEE 1849).

        Raises:
            Unavailable: SQL does not answer.
        """
        ...
