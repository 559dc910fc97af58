from datetime import datetime, timedelta

import pytest

from marshrut.domain.overdue import ClockState, clock_state, overdue
from marshrut.domain.slice import StepRule
from marshrut.domain.state import CaseState, Step, StepState
from marshrut.domain.words import Flag, Role
from tests.fixtures.cases import DAY, HOUR, NOON

MOMENT = timedelta(microseconds=1)
CASE = CaseState(case_id="case", seq=1, admitted_at=NOON)


def rule(**changes: object) -> StepRule:
    return StepRule.model_validate({"role": Role.COORDINATOR} | changes)


def step(state: StepState = StepState.OPEN, due_at: datetime | None = NOON + 10 * HOUR) -> Step:
    return Step(
        step_id="s", track="t", name="n", role=Role.DOCTOR, mandatory=True, state=state, opened_at=NOON, due_at=due_at
    )


def test_a_step_counts_from_its_opening() -> None:
    """A step has its time from when it opens, unless its rule says otherwise."""
    assert rule(hours=4).due_at(CASE, NOON + DAY) == NOON + DAY + 4 * HOUR


def test_a_step_may_count_from_the_admission() -> None:
    """A step that counts from the admission is late in a case that was entered late."""
    assert rule(hours=24, counts_from="admission").due_at(CASE, NOON + 3 * DAY) == NOON + DAY
    unknown = CaseState(case_id="case")
    assert rule(hours=24, counts_from="admission").due_at(unknown, NOON + DAY) == NOON + 2 * DAY


@pytest.mark.parametrize(
    ("flags", "hours"),
    [
        ((), 24),
        ((Flag.LIVES_ALONE,), 24),
        ((Flag.UNIDENTIFIED,), 2),
        ((Flag.UNIDENTIFIED, Flag.CRISIS), 1),
        ((Flag.PALLIATIVE,), 24),
    ],
)
def test_the_shortest_time_counts(flags: tuple[Flag, ...], hours: int) -> None:
    """Of the times that a case's flags give the shortest counts, and a flag never makes a time longer."""
    clock = rule(hours=24, hours_if={Flag.UNIDENTIFIED: 2, Flag.CRISIS: 1, Flag.PALLIATIVE: 48})
    assert clock.due_at(CASE.but(flags=flags), NOON) == NOON + hours * HOUR


def test_a_step_without_hours_is_never_due() -> None:
    """A step without a deadline stays without one, whatever flags there are."""
    clock = rule(hours=None, hours_if={Flag.CRISIS: 1})
    assert clock.due_at(CASE.but(flags=(Flag.CRISIS,)), NOON) is None


@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize("paused", [False, True])
def test_only_what_is_to_do_now_can_be_late(state: StepState, paused: bool) -> None:
    """A step is late the moment its time has passed, while it is live and its case does not stand still."""
    late = step(state)
    assert not overdue(late, paused, NOON + 10 * HOUR)
    assert overdue(late, paused, NOON + 10 * HOUR + MOMENT) is (late.live and not paused)
    assert not overdue(step(state, due_at=None), paused, NOON + 1000 * DAY)


@pytest.mark.parametrize(
    ("hours", "colour"),
    [
        (0, ClockState.GREEN),
        (7.99, ClockState.GREEN),
        (8, ClockState.AMBER),
        (10, ClockState.AMBER),
        (10.01, ClockState.RED),
    ],
)
def test_the_colour_follows_the_time(hours: float, colour: ClockState) -> None:
    """A step is green, from four fifths of its time amber, and red once it is late."""
    assert clock_state(step(), False, NOON + hours * HOUR) is colour
    assert clock_state(step(), True, NOON + hours * HOUR) is ClockState.PAUSED


def test_what_is_over_has_no_clock() -> None:
    """A step that ended, or has no deadline, has no colour, even in a paused case."""
    for over in (step(StepState.DONE), step(StepState.CANCELLED), step(due_at=None)):
        for paused in (False, True):
            assert clock_state(over, paused, NOON + DAY) is ClockState.NONE


@pytest.mark.parametrize("hours", [0, 5, 8, 9, 10, 11, 1000])
@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize("paused", [False, True])
def test_red_is_overdue(hours: int, state: StepState, paused: bool) -> None:
    """Red and overdue are one and the same."""
    now = NOON + hours * HOUR + MOMENT
    assert (clock_state(step(state), paused, now) is ClockState.RED) is overdue(step(state), paused, now)
