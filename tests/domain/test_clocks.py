from datetime import datetime, timedelta

import pytest

from marshrut.domain.overdue import ClockState, clock_state, overdue
from marshrut.domain.state import Block, Step, StepState
from marshrut.domain.words import Role
from tests.fixtures.cases import DAY, HOUR, NOON, clock

MOMENT = timedelta(microseconds=1)
MEDICAL = Block(block_id="b", reason="medical", responsible="hospital", since=NOON, pauses=True)


def step(state: StepState = StepState.OPEN, due_at: datetime | None = NOON + 10 * HOUR) -> Step:
    return Step(
        step_id="s",
        track="t",
        name="n",
        role=Role.DOCTOR,
        mandatory=True,
        state=state,
        opened_at=NOON,
        clock=None if due_at is None else clock(due_at),
    )


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


def test_a_reason_may_stop_the_clock() -> None:
    """While a reason that pauses stands on a step it is neither late nor green; another reason changes nothing."""
    still = step().but(blocks=(MEDICAL,))
    assert not overdue(still, False, NOON + DAY)
    assert clock_state(still, False, NOON + DAY) is ClockState.PAUSED
    running = step().but(blocks=(MEDICAL.model_copy(update={"pauses": False}),))
    assert overdue(running, False, NOON + DAY)
