"""What a command reaches: journeys."""

from __future__ import annotations

from typing import Protocol

from marshrut.domain.commands import Answer, Command, JourneyStart
from marshrut.domain.state import CaseState


class Journeys(Protocol):
    """The engine's journeys."""

    async def open(self, start: JourneyStart, command: Command) -> Answer:
        """Start the journey or attach to the one that runs, and give it the command.

        Raises:
            Refused: the journey does not allow it.
            JourneyGone: it ran and is over.
            Unavailable: the engine or its workers do not answer; what became of the command is unknown.
        """
        ...

    async def send(self, case_id: str, command: Command) -> Answer:
        """Give the journey a command.

        Raises:
            Refused, JourneyGone, Unavailable: as for `open`.
        """
        ...

    async def state(self, case_id: str) -> CaseState:
        """The journey's own state.

        Raises:
            JourneyGone, Unavailable: as for `open`.
        """
        ...

    async def ready(self) -> bool:
        """Whether the engine answers and a worker polls."""
        ...
