"""Whether a crisis keeps somebody here, and what those in the ward have to know of it."""

from __future__ import annotations

import pytest

from marshrut.domain import crisis
from marshrut.domain import events as e
from marshrut.domain.evolve import fold
from marshrut.domain.readiness import readiness
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role, Stage
from tests.fixtures.cases import HOUR, NOON, admission, event

OPENED = e.CaseOpened(procedure=2, catalogue="t", **admission().model_dump(exclude={"type", "unstaffed"}))
PROTOCOL, HANDOFF, CALL, TALK = "crisis_protocol", "crisis_handoff", "psychiatrist_call", "psy_talk"
ALLOWED: e.OutcomeCodes = {"result": "seen", "leave": "allowed"}
FORBIDDEN: e.OutcomeCodes = {"result": "seen", "leave": "not_allowed"}


def case(*bodies: e.Body) -> CaseState:
    """A case to which this happened, one an hour from noon on."""
    events = [event(number, body, NOON + number * HOUR) for number, body in enumerate((OPENED, *bodies), start=1)]
    return fold("c", events)


def begins(name: str = "crisis") -> e.TrackStarted:
    return e.TrackStarted(track=name, stage=Stage.FIRST_CONTACT)


def ends(result: str, name: str = "crisis") -> e.TrackFinished:
    return e.TrackFinished(track=name, result=result)


def asks(step: str, key: str = "main", run: str = "crisis") -> e.StepOpened:
    return e.StepOpened(
        step_id=f"c.psychology.{step}.{key}",
        track="psychology",
        name=step,
        scope=f"{run}/stay/here",
        role=Role.DOCTOR,
        mandatory=True,
        clock=None,
    )


def says(step: str, outcome: e.OutcomeCodes, key: str = "main") -> e.StepCompleted:
    return e.StepCompleted(step_id=f"c.psychology.{step}.{key}", outcome=outcome)


AGAIN = "crisis.again"
SEEN = (begins(), asks(PROTOCOL), asks(CALL))


@pytest.mark.parametrize(
    ("told", "standing", "holds"),
    [
        ((), "none", False),
        ((begins(),), "open", True),
        ((begins(), asks(PROTOCOL)), "open", True),
        ((begins(), ends("safe")), "safe", False),
        ((begins(), ends("transferred")), "transferred", False),
        ((begins(), ends("open")), "open", True),
        ((*SEEN, says(CALL, {"result": "seen"})), "open", True),
        ((*SEEN, says(CALL, FORBIDDEN)), "open", True),
        ((*SEEN, says(CALL, ALLOWED)), "open", False),
        # Whoever looks again in the same crisis takes nothing back, until a psychiatrist does.
        ((*SEEN, says(CALL, ALLOWED), asks(PROTOCOL, "again")), "open", False),
        ((*SEEN, says(CALL, ALLOWED), asks(CALL, "again"), says(CALL, FORBIDDEN, "again")), "open", True),
        # Asked before the discharge, when people were no more at it.
        ((begins(), ends("open"), asks(CALL, "leaves", "discharge"), says(CALL, ALLOWED, "leaves")), "open", False),
        # Another crisis is another crisis, by day and by night.
        ((*SEEN, says(CALL, ALLOWED), ends("open"), begins(AGAIN), asks(PROTOCOL, "again", AGAIN)), "open", True),
        ((*SEEN, says(CALL, ALLOWED), ends("open"), begins(AGAIN), asks(HANDOFF, "again", AGAIN)), "open", True),
        ((begins(), ends("safe"), begins(AGAIN)), "open", True),
    ],
    ids=range(15),
)
def test_a_crisis_keeps_people_here_until_a_psychiatrist_says_otherwise(
    told: tuple[e.Body, ...], standing: str, *, holds: bool
) -> None:
    """And so does the readiness for discharge: it says that a psychiatrist is waited for."""
    state = case(*told)
    assert (crisis.standing(state), crisis.holds(state)) == (standing, holds)
    assert ("crisis" in {each.sort for each in readiness(state).waiting_for}) is holds


def test_the_last_word_on_observing_counts() -> None:
    """A talk or the protocol says it; what says nothing of it changes nothing."""
    assert crisis.observe(case()) is None
    told = (asks(TALK), asks(PROTOCOL), asks(CALL), says(PROTOCOL, {"result": "safe", "observe": "often"}))
    assert crisis.observe(case(*told)) == "often"
    later = says(TALK, {"result": "helped", "observe": "not_needed"})
    assert crisis.observe(case(*told, later, says(CALL, {"result": "seen"}))) == "not_needed"
