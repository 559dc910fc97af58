"""A plain host with virtual time: the same engine and tracks without a server, thousands of histories a minute."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Self

from marshrut.domain.commands import Carried, Command, JourneyStart
from marshrut.domain.events import Event
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from workflows.engine import Engine
from workflows.registry import PROCEDURES, Procedure

# Rounds of the event loop in which nothing was said, after which the tracks count as waiting.
QUIET_ROUNDS = 24


class Simulation:
    """One case on plain asyncio. `journal` is what a store would hold; `now` moves only by `advance`.

    With `hand_over_always` the engine is serialised, thrown away and made anew after each command and instant, as
    continue-as-new does: the journal must not show it.
    """

    def __init__(
        self,
        start: JourneyStart,
        now: datetime,
        *,
        procedures: Mapping[int, Procedure] = PROCEDURES,
        hand_over_always: bool = False,
    ) -> None:
        self.now = now
        self.journal: list[Event] = []
        self._start = start
        self._catalogue = start.catalogue
        self._procedures = procedures
        self._hand_over_always = hand_over_always
        self._engine = self._made(start.carried or Carried(state=CaseState(case_id=start.case_id)))

    async def __aenter__(self) -> Self:
        self._engine.start()
        await self._settle()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._engine.stop()

    @property
    def state(self) -> CaseState:
        """The case now."""
        return self._engine.state

    async def send(self, command: Command) -> tuple[Event, ...]:
        """Give the journey a command; the events that were new to the journal.

        Raises:
            Refused: the case stands as it was.
        """
        self._engine.check(command)
        self._engine.execute(command)
        return await self._settle()

    async def offer(self, command: Command) -> str | None:
        """As `send`, but a refusal is answered by its code."""
        try:
            await self.send(command)
        except Refused as refused:
            return refused.code
        return None

    async def advance(self, by: timedelta) -> None:
        """Let time pass, stopping at each instant at which something happens by itself."""
        end = self.now + by
        while (due := self._engine.next_due()) is not None and due <= end and not self.state.closed:
            self.now = max(self.now, due)
            self._engine.tick()
            await self._settle()
        self.now = end

    async def _settle(self) -> tuple[Event, ...]:
        quiet = 0
        while quiet < QUIET_ROUNDS:
            said = self.state.seq
            await asyncio.sleep(0)
            quiet = quiet + 1 if self.state.seq == said else 0
        if self._engine.failure is not None:
            raise self._engine.failure
        new = self._engine.after(len(self.journal))
        self.journal.extend(new)
        self._engine.acknowledge(len(self.journal))
        if self._hand_over_always:
            await self._hand_over()
        return new

    async def _hand_over(self) -> None:
        await self._engine.stop()
        self._catalogue = self._engine.catalogue
        carried = Carried.model_validate_json(self._engine.carried(len(self.journal)).model_dump_json())
        self._engine = self._made(carried)
        self._engine.start()
        for _ in range(QUIET_ROUNDS):
            await asyncio.sleep(0)

    def _made(self, carried: Carried) -> Engine:
        return Engine(carried, self._catalogue, lambda: self.now, self._procedures)
