"""A stay in hospital that lies ahead: for which day it is planned, and how terms are counted back from that day."""

from __future__ import annotations

from datetime import UTC, datetime

from marshrut.domain.clock import SPANS, Term
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Step

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def planned_day(state: CaseState) -> datetime | None:
    """The day as it was said last: by the hospital, or in a step that moved it."""
    moved = _moved_to(state)
    return moved[1] if moved is not None and moved[0] >= _told_at(state) else state.planned_for


def moved_by_hospital(state: CaseState, day: datetime | None) -> bool:
    """Whether the hospital's is the last word, and says another day than this one."""
    moved = _moved_to(state)
    return (moved is None or moved[0] < _told_at(state)) and state.planned_for not in {None, day}


def _moved_to(state: CaseState) -> tuple[datetime, datetime] | None:
    """When a step moved the day last, and to which."""
    said = [
        (step.ended_at, datetime.fromisoformat(str(to)))
        for step in state.counted_steps
        if step.track == "planned" and step.ended_at is not None
        if (to := (step.outcome or {}).get("planned_for")) is not None
    ]
    return max(said) if said else None


def _told_at(state: CaseState) -> datetime:
    """When the hospital said the day anew; at the opening it was before anybody's word."""
    return state.planned_said_at or LONG_AGO


def check_answer(step: Step, outcome: OutcomeCodes, now: datetime) -> None:
    """Let a stay be moved to a day that lies ahead.

    Raises:
        Refused: `planned_in_the_past`.
    """
    to = outcome.get("planned_for")
    if step.track == "planned" and to is not None and datetime.fromisoformat(str(to)) <= now:
        raise Refused("planned_in_the_past", field="outcome.planned_for")


def counted_back(term: Term, day: datetime, opened_at: datetime) -> datetime:
    """So long before the day; where that has passed, half way there: nothing is overdue when it is asked for."""
    half = opened_at + max((day - opened_at) / 2, SPANS[term.unit])
    before = day - term.amount * SPANS[term.unit]
    return before if before > opened_at else half
