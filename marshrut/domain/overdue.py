"""When a step is overdue: said here once, for lists, cards, boards, API and digests alike. Never stored."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from marshrut.domain.state import Step


class ClockState(StrEnum):
    """How a step stands in time (contract, `step.clock.state`)."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    PAUSED = "paused"
    NONE = "none"


def overdue(step: Step, paused: bool, now: datetime) -> bool:  # noqa: FBT001 - `paused` is what it says
    """Whether the step is late. While it or its case (`paused`: it is paused or closed) stands still nothing is."""
    return step.live and not paused and not step.stands_still and step.due_at is not None and step.due_at < now


def clock_state(step: Step, paused: bool, now: datetime) -> ClockState:  # noqa: FBT001 - as for `overdue`
    """How the step stands in time."""
    if not step.live or step.clock is None:
        return ClockState.NONE
    if paused or step.stands_still:
        return ClockState.PAUSED
    if overdue(step, paused, now):
        return ClockState.RED
    return ClockState.AMBER if now >= step.clock.times.amber_at else ClockState.GREEN
