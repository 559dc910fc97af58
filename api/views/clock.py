"""A step's clock as the API shows it."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel

from marshrut.domain.calendar import opening
from marshrut.domain.clock import Unit
from marshrut.domain.overdue import ClockState, clock_state
from marshrut.domain.slice import Slice
from marshrut.domain.state import Step
from marshrut.ports import StepRow


class ClockView(BaseModel):
    """When a step is due, and how many seconds are left until then (negative: it is late).

    While the clock is `paused`, `left_s` is what was left when it stood still, and `due_at` the last known time: it
    moves once the clock goes on. `working_days` are those that still lie before the due day's end, today apart
    (negative: those that went by since); null for a term that counts hours or days of the calendar. `amber_at`: from
    then on it wants attention. `provisional`: days are counted for which no calendar has been declared yet.
    `unverified`: the term is assumed or from memory, not seen in a source.
    """

    due_at: datetime | None
    left_s: int | None
    working_days: int | None = None
    started_at: datetime | None = None
    amber_at: datetime | None = None
    state: ClockState
    provisional: bool
    unverified: bool


def clock_view(row: StepRow, now: datetime, rules: Slice | None = None) -> ClockView:
    """The clock of a step as it stands now. Without the `rules` of its case no working days are counted."""
    step = row.step
    stood = [block.since for block in step.blocks if block.pauses]
    if row.paused_since is not None:
        stood.append(row.paused_since)
    at = min([now, *stood])
    left = None if step.due_at is None or not step.live else step.due_at - at
    times = None if step.clock is None else step.clock.times
    return ClockView(
        due_at=step.due_at,
        left_s=None if left is None else int(left.total_seconds()),
        working_days=None if left is None or rules is None else _working_days(step, at, rules),
        started_at=None if times is None else times.started_at,
        amber_at=None if times is None else times.amber_at,
        state=clock_state(step, row.paused, now),
        provisional=times is not None and times.provisional,
        unverified=step.clock is not None and step.clock.mark != "S",
    )


def _working_days(step: Step, now: datetime, rules: Slice) -> int | None:
    """Working days from today to the day on which the step is due, the first of the two not counted."""
    clock = step.clock
    if clock is None or clock.term is None or clock.term.unit is not Unit.WORKING_DAYS:
        return None
    if (table := rules.timetables.get(clock.timetable)) is None:
        return None
    calendar = None if table.calendar is None else rules.calendars.get(table.calendar)
    due_at = clock.times.due_at
    today, due = table.local_date(now), table.local_date(due_at)
    first, last = min(today, due), max(today, due)
    days = 0
    for day in opening(table, calendar).days(first):
        if day.date > last:
            break
        days += day.date > first and day.span is not None
    return days if now <= due_at else -days
