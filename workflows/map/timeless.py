"""The engine of every host, as far as a track can tell, without clocks."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from marshrut.domain import events as e
from marshrut.domain.case import Case, O
from marshrut.domain.commands import Carried
from marshrut.domain.ids import step_id
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Role
from workflows.engine import Engine
from workflows.map.sayings import NOON


class Timeless(Engine):
    """The engine without clocks: no step is ever late, and a wait ends when it is told to."""

    def __init__(
        self, state: CaseState, catalogue: Slice, tell: Callable[[Case], Awaitable[str]], *, at_work: bool = True
    ) -> None:
        self._instants = 0
        self.at_work = at_work

        async def follow(case: Case) -> Ending:
            await tell(case)
            return Ending.HOME_ALONE

        super().__init__(Carried(state=state), catalogue, lambda: NOON, {state.procedure: follow})

    def open_step(self, outcome: type[O], key: str, scope: str) -> str:
        name = step_id(self.state.case_id, outcome.track, outcome.step, key)
        if name not in self.state.steps:
            opened = e.StepOpened(
                step_id=name,
                track=outcome.track,
                name=outcome.step,
                scope=scope,
                role=Role.COORDINATOR,
                mandatory=True,
                clock=None,
            )
            self.say(opened)
        return name

    def wait_ends(self, wait: str, since: datetime | None) -> datetime:  # noqa: ARG002 - it ends when it is told to
        self._instants += 1
        return NOON + timedelta(minutes=self._instants)

    def is_there(self, team: str) -> bool:  # noqa: ARG002 - which team makes no difference to a picture
        return self.at_work

    def told_at(self, *, urgent: bool) -> datetime:  # noqa: ARG002 - there is no other time
        return NOON
