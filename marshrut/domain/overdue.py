"""When a step is overdue: said here once, for lists, cards, boards, API and digests alike. Never stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from marshrut.domain.state import Step

# From this part of its time on a step wants attention [A].
AMBER_FROM = 0.8


class ClockState(StrEnum):
    """How a step stands in time (contract, `step.clock.state`)."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    PAUSED = "paused"
    NONE = "none"


def overdue(step: Step, paused: bool, now: datetime) -> bool:  # noqa: FBT001 - `paused` is what it says
    """Whether the step is late. While its case stands still (`paused`: it is paused or closed) nothing is."""
    return step.live and not paused and step.due_at is not None and step.due_at < now


def clock_state(step: Step, paused: bool, now: datetime) -> ClockState:  # noqa: FBT001 - as for `overdue`
    """How the step stands in time."""
    if not step.live or step.due_at is None:
        return ClockState.NONE
    if paused:
        return ClockState.PAUSED
    if overdue(step, paused, now):
        return ClockState.RED
    amber_from = step.opened_at + (step.due_at - step.opened_at) * AMBER_FROM
    return ClockState.AMBER if now >= amber_from else ClockState.GREEN
