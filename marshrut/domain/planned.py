"""A stay in hospital that lies ahead: for which day it is planned, and how terms are counted back from that day."""

from __future__ import annotations

from datetime import datetime

from marshrut.domain.clock import SPANS, Term
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState, Step


def planned_day(state: CaseState) -> datetime | None:
    """The day as it was said last: when the case opened, or in a step that moved it."""
    said = [
        (step.ended_at, str(to))
        for step in state.counted_steps
        if step.track == "planned" and step.ended_at is not None
        if (to := (step.outcome or {}).get("planned_for")) is not None
    ]
    return datetime.fromisoformat(max(said)[1]) if said else state.planned_for


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
