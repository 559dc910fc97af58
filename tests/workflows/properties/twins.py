"""Two hosts of one case that are told the same, one of which hands over after everything: what must always hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Self

from marshrut.domain import events as e
from marshrut.domain.commands import Command
from marshrut.domain.evolve import evolve
from marshrut.domain.overdue import overdue
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Step
from marshrut.domain.watching import idle
from marshrut.domain.words import ENDINGS, STAGES, Report
from tests.fixtures.cases import NOON, started
from workflows.registry import PROCEDURES, Procedure
from workflows.simulation import Simulation

NEVER = NOON + timedelta(days=100_000)


class Twins:
    """A journey in one long run and the same journey in runs as short as can be."""

    def __init__(self, procedures: Mapping[int, Procedure] = PROCEDURES) -> None:
        self.long = Simulation(started(), NOON, procedures=procedures)
        self.short = Simulation(started(), NOON, procedures=procedures, hand_over_always=True)
        self.accepted: list[Command] = []
        # Of a procedure that a test made up the watchdog knows nothing.
        self._ours = procedures is PROCEDURES
        self._folded = CaseState(case_id="case")
        self._said: set[tuple[str, str]] = set()
        self._stage = 0
        self._extended: dict[str, int] = {}
        self._climbed: dict[tuple[str, int], int] = {}
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._stack.enter_async_context(self.long)
        await self._stack.enter_async_context(self.short)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    @property
    def state(self) -> CaseState:
        return self.long.state

    @property
    def journal(self) -> Sequence[e.Event]:
        return self.long.journal

    async def tell(self, *commands: Command) -> list[str | None]:
        """Tell both the same; several commands arrive at once, before any track has heard of the first."""
        before, said = self.state, len(self.journal)
        known = {command.id for command in self.accepted}
        refusals = [await _offer(host, commands) for host in (self.long, self.short)]
        assert refusals[0] == refusals[1]
        passed = [command for command, refusal in zip(commands, refusals[0], strict=True) if refusal is None]
        if all(command.id in known for command in passed):
            assert self.state == before, "a refused or repeated command changed the case"
            assert len(self.journal) == said
        self.accepted += passed
        self._look()
        return refusals[0]

    async def wait(self, by: timedelta) -> None:
        """Let the same time pass for both."""
        await self.long.advance(by)
        await self.short.advance(by)
        self._look()
        if self.state.paused_since is None:
            late = [step for step in self.state.live_steps if overdue(step, False, self.long.now)]
            assert all(map(self._told_of, late)), "a step is late, its team is there, and nobody was told"

    def _look(self) -> None:
        new = self.long.journal[self._folded.seq :]
        assert self.short.journal[self._folded.seq :] == new, "handing over shows in the journal"
        for event in new:
            self._folded = evolve(self._folded, event)
            if isinstance(event.body, e.TakenBack):
                self._take_back()
            self._once(event)
            self._ladder(event)
            self._stages()
        assert self._folded == self.long.state == self.short.state, "the state is not the fold of the journal"
        self._races()
        for step in self.state.live_steps:
            if step.clock is not None:
                shown = self.long._engine.catalogue.times(self.state, step, step.clock)
                assert step.clock.times == shown, "a clock drifted"
        if self.state.closed:
            assert not self.state.live_steps
            assert not any(overdue(step, True, NEVER) for step in self.state.steps.values())
        elif self.state.opened:
            for host in (self.long, self.short):
                assert waits_for_something(host), "an open case waits for nothing"
            assert not (self._ours and idle(self.state)), "the watchdog would report a case that goes on"

    def _take_back(self) -> None:
        """What was taken back may be said again; the stage is the one before."""
        state = self._folded
        ended = {name for name, track in state.tracks.items() if track.result is not None}
        remembered = {
            "track_started": state.tracks,
            "track_finished": ended,
            "decided": state.decisions,
            "race_won": state.races,
            "instant_set": state.waits,
            "instant_reached": {key for key, wait in state.waits.items() if wait.reached},
            "instant_withdrawn": (),
            "item_moved": state.decisions,
            "case_closed": (),
        }
        self._said = {(kind, name) for kind, name in self._said if kind not in remembered or name in remembered[kind]}
        self._stage = STAGES.index(state.stage)

    def _once(self, event: e.Event) -> None:
        """Nothing that is remembered is said twice, neither by a track told again nor by a repeated command."""
        body = event.body
        match body:
            case e.StepOpened():
                name = body.step_id
            case e.ItemAdded():
                name = body.item_id
            case e.ItemMoved(key=key):
                if key is None:
                    return
                name = key
            case e.TrackStarted() | e.TrackFinished():
                name = body.track
            case (e.Decided() | e.RaceWon() | e.InstantSet() | e.InstantReached() | e.InstantWithdrawn()) | (
                e.PeopleTold() | e.NoticeAcknowledged()
            ):
                name = body.key
            case e.CaseOpened() | e.CaseClosed():
                name = ""
            case _:
                return
        assert (body.kind, name) not in self._said, f"{body.kind} {name} is said twice"
        self._said.add((body.kind, name))

    def _ladder(self, event: e.Event) -> None:
        """A ladder is climbed upwards, each rung once; more time and another catalogue begin a new one."""
        match event.body:
            case e.StepExtended(step_id=step):
                self._extended[step] = self._extended.get(step, 0) + 1
            case e.CatalogueMigrated(clocks=clocks) | e.VariantsChanged(clocks=clocks):
                for step in clocks:
                    self._extended[step] = self._extended.get(step, 0) + 1
            case e.StepEscalated(step_id=step, climbed=climbed):
                climb = step, self._extended.get(step, 0)
                assert climbed > self._climbed.get(climb, 0), f"{step} climbed a rung twice"
                self._climbed[climb] = climbed
            case _:
                return

    def _told_of(self, step: Step) -> bool:
        """Whether everybody was told whose rung has come, as far as the team was there since."""
        clock = step.clock
        assert clock is not None
        due = [
            climb.number
            for climb in self.long._engine.catalogue.climbs(self.state, step)
            if climb.tell_at <= self.long.now
        ]
        return step.stands_still or clock.climbed >= max(due, default=0)

    def _races(self) -> None:
        """Nothing that belongs to a branch that lost its race is open, whatever the branch is called."""
        open_here = [step.scope for step in self.state.live_steps]
        open_here += [key for key, wait in self.state.waits.items() if not wait.reached]
        for race, winner in self.state.races.items():
            left = [scope for scope in open_here if within(scope, race) and not within(scope, f"{race}/{winner}")]
            assert not left, f"{race} was won by {winner} and still has open: {left}"

    def _stages(self) -> None:
        """A case never goes back a stage, however many tracks run side by side."""
        stage = STAGES.index(self._folded.stage)
        assert stage >= self._stage, f"the case went back to {self._folded.stage}"
        self._stage = stage


def within(scope: str, outer: str) -> bool:
    return scope == outer or scope.startswith(f"{outer}/")


def waits_for_something(host: Simulation) -> bool:
    """Whether an open case has a live step, an instant to come, or a track that listens for what it may hear."""
    state = host.state
    if state.live_steps or any(not wait.reached for wait in state.waits.values()):
        return True
    # What ends the case no track will ever hear.
    all_reported = state.but(reports=dict.fromkeys((report for report in Report if report not in ENDINGS), NOON))
    return any(fulfilled(all_reported) for _, fulfilled, _ in host._engine._waiting)


async def _offer(host: Simulation, commands: Sequence[Command]) -> list[str | None]:
    """As Temporal does when several updates arrive in one task: each is heard, then the tracks go on."""
    if len(commands) == 1:
        return [await host.offer(commands[0])]
    refusals: list[str | None] = []
    for command in commands:
        try:
            host._engine.check(command)
            host._engine.execute(command)
        except Refused as refused:
            refusals.append(refused.code)
        else:
            refusals.append(None)
    await host._settle()
    return refusals
