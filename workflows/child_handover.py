"""The end of a child's stay: handed over to an adult who answers for it, as the guardianship body agreed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from marshrut.domain.base import Instant, Private
from marshrut.domain.case import Case
from marshrut.domain.child import body_knows, plan
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Role
from workflows.answers import answers
from workflows.stay import while_here

NOTICE = ("guardians", "guardianship_notice")  # its outcome is told next to the track (guardians.py)
# Makes ready for the way, in the attempt of that name.
Prepare = Callable[[Case, str], Awaitable[object]]


class ChildHandover(Outcome, track="guardians", step="child_handover"):
    """Who took the child, with an act. `arrived_at`: when they were there, where it is told later."""

    result: Literal["parent", "guardian", "institution", "foster"]
    arrived_at: Instant | None = None
    receiver: Private[str] | None = None
    number: Private[str] | None = None


# A guardian by law stands in a parent's place; one whom the body appointed does so for a time.
TAKEN: Mapping[str, Ending] = {
    "parent": Ending.CHILD_TO_PARENT,
    "guardian": Ending.CHILD_TO_PARENT,
    "institution": Ending.CHILD_TO_INSTITUTION,
    "foster": Ending.CHILD_TO_FOSTER_FAMILY,
}


async def hand_over(case: Case, turn: str, prepare: Prepare) -> None:
    """Nobody sends a child away alone: until somebody has it; where a handover is left out, a senior hears of it."""
    attempt = turn
    while True:

        async def ready(case: Case, attempt: str = attempt) -> None:
            await case.decide("agreed", _agreed)
            await prepare(case, attempt)

        await while_here(case, ready, f"ready.{attempt}")
        if await case.decide(f"settled.{attempt}", _settled) == "no":
            await case.inform(f"child_gone_unagreed.{attempt}", Role.SUPERVISOR, urgent=True)
        if await case.step(ChildHandover, key=attempt) is not None:
            return
        await case.inform(f"handover_failed.{attempt}", Role.SUPERVISOR, urgent=True)
        attempt = f"{attempt}.again"


def handed_over(state: CaseState) -> Ending | None:
    """How the case of a child ends who was handed over last to whoever has it."""
    said = answers(state, ChildHandover)
    if not said:
        return None
    temporary = said[-1].result == "guardian" and plan(state) == "guardian"
    return Ending.CHILD_TO_TEMPORARY_GUARDIAN if temporary else TAKEN[said[-1].result]


def _agreed(state: CaseState) -> str | None:
    """Whether the body has agreed, where it was told or is just being told."""
    if any(step.live for step in state.counted_steps if (step.track, step.name) == NOTICE):
        return None
    return "so" if not body_knows(state) or plan(state) is not None else None


def _settled(state: CaseState) -> str:
    return "yes" if _agreed(state) is not None else "no"
