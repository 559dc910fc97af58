"""Whole journeys on the real server: who does what, in the words of the trade, and what must be so in the end."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.moves import Actor
from marshrut.domain.outcomes import Outcome
from marshrut.domain.overdue import ClockState, clock_state, overdue
from marshrut.domain.state import CaseState, StepState
from marshrut.domain.words import Flag, Report, Role
from tests.fixtures.cases import ANNA, CATALOGUE, HIS, NINA, OLGA, PAVEL, VERA, admission, command
from tests.fixtures.engine import Patient, Ward, eventually
from tests.replay.test_replay import answered, replayed
from tests.workflows.stories.counting import ZONES, is_there
from tests.workflows.tracks.stories import Gathers, Row
from workflows.directions import RouteReview

MARIA = Actor(user="maria", role=Role.PLACEMENT)
# Each step is done by the person whose work it is.
PEOPLE = {person.role: person for person in (ANNA, VERA, NINA, OLGA, MARIA)}
# Commands to a run.
RUN = 12
# Long after everything: what were late at all would be late then.
YEARS = timedelta(days=3650)
# No machine stands still so long: what opens so much later than time was to pass is there because the server leapt.
LEAP = timedelta(hours=1)


async def comes_in(ward: Ward, *flags: Flag) -> Patient:
    """Somebody whom the ambulance brings; runs are short, and one hands over together with its last answer.

    One that handed over while time is skipped would have the server skip too far.
    """
    patient = ward.patient(commands=RUN, quiet_s=0)
    await patient.admit(command(admission(admitted_at=datetime.now(UTC), flags=flags), HIS))
    return patient


class Slept:
    """What time that was skipped brought before its turn.

    On a machine that stands still the server may skip further than it was asked, as when its answer is lost and it is
    asked once more. What is due in the days that it leapt over, the story meets when it comes to them.
    """

    def __init__(self) -> None:
        self.until: datetime | None = None
        self._leapt = timedelta(0)
        self._early: set[str] = set()

    async def sleep(self, patient: Patient, by: timedelta) -> None:
        """Let time pass, and see how much further it went."""
        before, until = self._leapt, await patient.now() + by
        await patient.sleep(by)
        self._leapt += max(timedelta(0), await patient.now() - until - LEAP)
        self.until = until - before

    def there(self, state: CaseState, expected: list[str]) -> list[str]:
        """What is open by now, as the story counts its time."""
        if self.until is not None:
            beyond = (step for step in state.live_steps if step.opened_at > self.until + LEAP)
            self._early.update(step.step_id for step in beyond if step.name not in expected)
        return sorted(
            step.name for step in state.live_steps if step.name in expected or step.step_id not in self._early
        )


async def live_through(patient: Patient, told: tuple[Row, ...]) -> CaseState:
    """Tell a journey row after row: what is open by then, and what happens; how the case stands after the last."""
    slept = Slept()
    for number, (expected, happens) in enumerate(told):
        state = await _open(patient, sorted(expected.split()), f"before row {number}, {happens!r}", slept)
        slept.until = None
        match happens:
            case Outcome():
                (step,) = (step for step in state.live_steps if step.name == happens.step)
                done = c.Complete(step_id=step.step_id, outcome=happens.codes())
                # Where the catalogue asks for another person's eyes, another person looks.
                await patient.tell(done, PAVEL if CATALOGUE.steps[happens.name()].other_than else PEOPLE[step.role])
            case Report():
                await patient.tell(c.ReportFact(report=happens), HIS)
            case Gathers():
                for paper in happens.moves(state):
                    await patient.tell(paper, PEOPLE[Role.DOCTOR])
            case timedelta():
                await slept.sleep(patient, happens)
            case _:
                raise TypeError(f"nobody tells {happens!r} here")
    return await patient.settled()


async def _open(patient: Patient, expected: list[str], when: str, slept: Slept) -> CaseState:
    """The case once these steps and no others are open: after time was skipped an instant comes a moment later."""
    found: list[str] = []

    async def they_are() -> CaseState | None:
        state = await _reviewed(patient, expected)
        found[:] = slept.there(state, expected)
        return state if found == expected else None

    try:
        return await eventually(they_are)
    except TimeoutError:
        raise AssertionError(f"{when}: {found} are open, and not {expected}") from None


async def _reviewed(patient: Patient, expected: list[str]) -> CaseState:
    """The weekly look at the route: on which row it falls depends on the weekday on which the story begins."""
    state = await patient.settled()
    for step in state.live_steps:
        if step.name == RouteReview.step and step.name not in expected:
            kept = c.Complete(step_id=step.step_id, outcome=RouteReview(result="kept").codes())
            await patient.tell(kept, PEOPLE[step.role])
            return await patient.settled()
    return state


def informed(patient: Patient) -> Counter[str]:
    """What people were told by tracks, and how often; rungs apart, which depend on the days that the journey met."""
    told = [event.body for event in patient.journal if isinstance(event.body, e.PeopleTold)]
    occasions = (notice.occasion.split(".")[0] for notice in told)
    return Counter(occasion for occasion in occasions if occasion != "rung")


async def all_is_well_in_the_end(patient: Patient, *, runs: int) -> None:
    """Nothing is left to do or late, SQL holds the whole of it, and each of at least so many runs can be replayed."""
    state = await patient.settled()
    assert fold(patient.case_id, patient.journal) == state
    assert [event.seq for event in patient.journal] == list(range(1, state.seq + 1))
    _nothing_is_left(state)
    _nobody_was_told_twice(patient)
    _nobody_was_told_at_night(patient)
    histories = await patient.histories()
    assert len(histories) >= runs
    converter = patient.ward.client.data_converter
    for history in histories:
        assert await replayed(history, converter) == await answered(history, converter)


def _nothing_is_left(state: CaseState) -> None:
    """No live step, no running clock, no wait; every track has its result and every step its end."""
    assert state.closed_at is not None
    assert state.live_steps == ()
    assert all(track.result is not None for track in state.tracks.values())
    assert {step.state for step in state.steps.values()} <= {StepState.DONE, StepState.CANCELLED}
    for step in state.steps.values():
        assert step.ended_at is not None
        assert step.opened_at <= step.ended_at <= state.closed_at
        assert clock_state(step, paused=False, now=state.closed_at + YEARS) is ClockState.NONE
        assert not overdue(step, paused=False, now=state.closed_at + YEARS)


def _nobody_was_told_twice(patient: Patient) -> None:
    """Of each step each rung once, and only while it was to be done; each notice once."""
    told = [event.body.key for event in patient.journal if isinstance(event.body, e.PeopleTold)]
    assert len(told) == len(set(told))
    climbed, ended = Counter[tuple[str, str]](), set[str]()
    for event in patient.journal:
        match event.body:
            case e.StepCompleted(step_id=step) | e.StepCancelled(step_id=step):
                ended.add(step)
            case e.StepEscalated(step_id=step, rung=rung):
                assert step not in ended, "a rung of a step that was done"
                climbed[step, rung] += 1
            case _:
                pass
    assert set(climbed.values()) <= {1}


def _nobody_was_told_at_night(patient: Patient) -> None:
    """What a track wants somebody to know waits for the team's hours unless it is urgent."""
    told = [event.body for event in patient.journal if isinstance(event.body, e.PeopleTold)]
    waits = [notice for notice in told if not notice.urgent and notice.about is None]
    assert all(is_there(notice.tell_at, ZONES["GKB29"]) for notice in waits)
