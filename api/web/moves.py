"""What a reader is offered to do to a step, on the board and in its case alike."""

from __future__ import annotations

from api.views.case import StepView
from marshrut.domain.moves import Action

TAKE_OVER, RETURN = "take-over", "return"


def moves_of(step: StepView, user: str) -> list[str]:
    """The moves that are open now. A senior takes over instead of claiming; what one has one gives back."""
    can = [action.value for action in step.can]
    mine = step.assignee == user
    if Action.ASSIGN in step.can and not mine:
        can = [TAKE_OVER, *(each for each in can if each != Action.CLAIM)]
    if mine and Action.RELEASE in step.can:
        can.append(RETURN)
    return can


def ways_back(step: StepView) -> tuple[str, ...]:
    """To whom it can be returned: giving it to who had it before is for those who may give it at all."""
    return ("former", "team") if Action.ASSIGN in step.can else ("team",)
