"""An explained clock as the API shows it: codes and seconds, and each line in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import BaseModel

from api.views.titles import Title
from marshrut.domain.calendar import DayKind
from marshrut.domain.clock import Term
from marshrut.domain.explain import Mark, RungState
from marshrut.domain.overdue import ClockState


class StartView(BaseModel):
    """What the clock counts from: `opening`, `admission`, a report or a step; when it was so, when it was recorded."""

    counts_from: str
    occurred_at: datetime
    recorded_at: datetime | None
    text: Title


class TimetableView(BaseModel):
    """Whose hours count, in which zone, by which calendar."""

    name: str
    zone: str
    calendar: str | None
    calendar_version: str | None
    text: Title


class FigureView(BaseModel):
    """How sure the term is. `mark`: S seen in a source, M from memory, A assumed."""

    verified: bool
    mark: str
    source: str | None
    text: Title | None


class DayView(BaseModel):
    """A day from the start to the due time or to now. Times in seconds; `over_s` is what counted after the due time."""

    date: date
    weekday: int
    kind: DayKind
    reason: str | None
    opens_at: datetime | None
    closes_at: datetime | None
    counted_s: int
    over_s: int
    paused_s: int
    total_s: int
    number: int | None
    marks: list[Mark]
    text: Title


class PauseView(BaseModel):
    """Time that did not count; `until` is null while it stands, `reason` names one on the step (null: the case's)."""

    since: datetime
    until: datetime | None
    reason: str | None
    text: Title


class ExtensionView(BaseModel):
    """The due time that a person said last."""

    at: datetime
    due_at: datetime
    by: str | None
    text: Title


class RungView(BaseModel):
    """A rung of the ladder: when it is reached, when people are told."""

    name: str
    percent: int
    to: list[str]
    reached_at: datetime
    told_at: datetime
    state: RungState
    text: Title


class ClockDetail(BaseModel):
    """A clock, told. `reached_at` differs from `due_at` only while the clock stands still: due if it went on now."""

    term: Term | None
    emergency: bool
    due_at: datetime
    reached_at: datetime
    amber_at: datetime
    provisional: bool
    start: StartView
    timetable: TimetableView
    figure: FigureView
    budget_s: int
    used_s: int
    left_s: int
    over_s: int
    text: Title
    days: list[DayView]
    cut: bool
    pauses: list[PauseView]
    extension: ExtensionView | None
    rungs: list[RungView]


class ClockExplanation(BaseModel):
    """Why a step is due when it is; `clock` is null for a step without a deadline.

    `catalogue`: the version that it goes by: the one that its case began under, or was moved to.
    """

    step_id: str
    catalogue: str
    title: Title
    state: ClockState
    text: Title
    clock: ClockDetail | None

    def lines(self, language: str) -> str:
        """All of it as plain text, a line each."""
        return "\n".join(getattr(text, language) for text in self._texts()) + "\n"

    def _texts(self) -> Sequence[Title]:
        clock = self.clock
        if clock is None:
            return (self.text,)
        certain = [clock.figure.text] if clock.figure.text else []
        said = [clock.extension.text] if clock.extension else []
        parts = (clock.days, clock.pauses, clock.rungs)
        return (
            self.text,
            clock.start.text,
            clock.timetable.text,
            *certain,
            *said,
            clock.text,
            *(each.text for part in parts for each in part),
        )
