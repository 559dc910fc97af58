"""Ready to leave: since when medically, since when socially, and what is still waited for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from marshrut.domain import crisis
from marshrut.domain.state import CaseState, Item, Step
from marshrut.domain.stuck import ready_at
from marshrut.domain.words import ItemKind

# The catalogue's list of what has to be ready at home, and the step in which a senior says that the way is clear.
CHECKLIST = "home_checklist"
BARRIER_REVIEW = ("discharge", "barrier_review")
SETTLED = frozenset({"arranged", "not_needed"})


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that is waited for: doctor, end of a crisis, review of barriers, or an arrangement."""

    sort: Literal["medical", "crisis", "review", "arrangement"]
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """Both days apart: a patient may be ready for home long before home is ready for them."""

    medical_at: datetime | None
    social_at: datetime | None
    waiting_for: tuple[Waiting, ...]


def readiness(state: CaseState) -> Readiness:
    """Since when the patient may leave, and since when nothing stands in the way: each None while it is not so.

    Socially ready is who has every arrangement made, or not needed, the barriers reviewed and cleared, and no crisis
    that keeps them here.
    """
    medical_at, cleared_at, left = ready_at(state), _cleared_at(state), missing(state)
    waiting = [Waiting("medical", "ready_date", "open")] if medical_at is None else []
    held = crisis.holds(state)
    waiting += [Waiting("crisis", "psychiatrist_call", "open")] if held else []
    waiting += [Waiting("review", "barrier_review", "open")] if cleared_at is None else []
    waiting += [Waiting("arrangement", item.name, item.status) for item in left]
    settled = [item.moved_at for item in state.items_of(ItemKind.ARRANGEMENT)]
    social_at = None if cleared_at is None or left or held else max([cleared_at, *settled])
    return Readiness(medical_at, social_at, tuple(waiting))


def missing(state: CaseState) -> tuple[Item, ...]:
    """The arrangements that are still needed, or failed, in the order of the list."""
    return tuple(item for item in state.items_of(ItemKind.ARRANGEMENT) if item.status not in SETTLED)


def _cleared_at(state: CaseState) -> datetime | None:
    """Since when the last review of barriers is over and found none; one that was left out found none."""
    reviews = [step for step in state.steps.values() if (step.track, step.name) == BARRIER_REVIEW]
    if not reviews or reviews[-1].live or not _clear(reviews[-1]):
        return None
    return reviews[-1].occurred_at


def _clear(review: Step) -> bool:
    return review.outcome is None or review.outcome["result"] == "clear"
