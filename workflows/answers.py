"""What people have answered so far: the questions that tracks put to the state, by way of `decide`."""

from __future__ import annotations

from collections.abc import Iterable

from marshrut.domain.case import O
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState, Step

# A list as one code, as `decide` keeps it.
NOTHING = "nothing"


def steps(state: CaseState, *outcomes: type[Outcome]) -> list[Step]:
    """Every occurrence of these steps, the oldest first."""
    names = {(outcome.track, outcome.step) for outcome in outcomes}
    return [step for step in state.counted_steps if (step.track, step.name) in names]


def answers(state: CaseState, outcome: type[O]) -> list[O]:
    """What was answered each time the step was done, the oldest first."""
    return [outcome.from_codes(step.outcome) for step in steps(state, outcome) if step.outcome is not None]


def last(state: CaseState, outcome: type[O]) -> O | None:
    """What was answered last; None when nobody has done the step."""
    name = outcome.track, outcome.step
    said = (step.outcome for step in reversed(state.counted_steps) if (step.track, step.name) == name and step.outcome)
    codes = next(said, None)
    return None if codes is None else outcome.from_codes(codes)


def listed(names: Iterable[str]) -> str:
    """Some names as one code."""
    return "+".join(names) or NOTHING


def named(code: str) -> tuple[str, ...]:
    """The names that `listed` made one code of."""
    return () if code == NOTHING else tuple(code.split("+"))
