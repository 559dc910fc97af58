"""A step's clock as the API shows it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from marshrut.domain.overdue import ClockState, clock_state
from marshrut.ports import StepRow


class ClockView(BaseModel):
    """When a step is due, and how many seconds are left until then (negative: it is late).

    While the clock is `paused`, `left_s` is what was left when it stood still, and `due_at` the last known time: it
    moves once the clock goes on. `provisional`: days are counted for which no calendar has been declared yet.
    `unverified`: the term is assumed or from memory, not seen in a source.
    """

    due_at: datetime | None
    left_s: int | None
    state: ClockState
    provisional: bool
    unverified: bool


def clock_view(row: StepRow, now: datetime) -> ClockView:
    """The clock of a step as it stands now."""
    step = row.step
    stood = [block.since for block in step.blocks if block.pauses]
    if row.paused_since is not None:
        stood.append(row.paused_since)
    left = None if step.due_at is None or not step.live else step.due_at - min([now, *stood])
    return ClockView(
        due_at=step.due_at,
        left_s=None if left is None else int(left.total_seconds()),
        state=clock_state(step, row.paused, now),
        provisional=step.clock is not None and step.clock.times.provisional,
        unverified=step.clock is not None and step.clock.mark != "S",
    )
