"""How long lists are: counted by the same conditions that the lists go by, so that figures and lists agree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from marshrut.ports.commands import CommandState
from marshrut.ports.reading import CaseFilter, StepFilter


class Counts(Protocol):
    """By hospital, those with none left out. Each raises Unavailable."""

    async def cases(self, which: CaseFilter) -> Mapping[str, int]:
        """How many cases `Queries.cases` would list."""
        ...

    async def steps(self, which: StepFilter) -> Mapping[str, int]:
        """How many steps `Queries.steps` would list."""
        ...

    async def commands(self, state: CommandState, hospitals: Collection[str] | None) -> Mapping[str, int]:
        """How many commands and messages stand so: pending, held or parked."""
        ...
