"""The clock of a step as a chip: text first, a meter and a colour that only repeat it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from api.views.clock import ClockView
from api.web.formats import Formats
from api.web.words import Words
from marshrut.domain.clock import AMBER_FROM
from marshrut.domain.overdue import ClockState

WHOLE = 100
# From so much time on days are told instead of hours, where a term counts working days.
A_DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Chip:
    """`kind`: green, amber, red, paused, none; `share`: per cent of the time that is used; `due`: the instant, said."""

    kind: ClockState
    text: str
    share: int
    due: str | None


def chip(clock: ClockView, formats: Formats, words: Words) -> Chip:
    """What is shown of a clock as it stands now."""
    due = None if clock.due_at is None else formats.when(clock.due_at)
    if clock.left_s is None or clock.state is ClockState.NONE:
        return Chip(ClockState.NONE, words("shell.no_deadline"), 0, due)
    left = _left(clock, formats, words)
    match clock.state:
        case ClockState.RED:
            text = words("shell.overdue", time=left)
        case ClockState.PAUSED:
            text = words("shell.paused", time=left)
        case _:
            text = words("shell.left", time=left)
    return Chip(clock.state, text, used(clock, formats.now), due)


def _left(clock: ClockView, formats: Formats, words: Words) -> str:
    seconds = abs(clock.left_s or 0)
    if clock.working_days is not None and abs(clock.working_days) > 0 and seconds >= A_DAY_S:
        return words("shell.working_days", n=abs(clock.working_days))
    return formats.lasting(timedelta(seconds=seconds), words)


def used(clock: ClockView, now: datetime) -> int:
    """Per cent of the time that is used: right at the start, at amber and at the end, even in between."""
    started, amber, due = clock.started_at, clock.amber_at, clock.due_at
    if started is None or amber is None or due is None or clock.state is ClockState.PAUSED:
        return 0
    if now >= due:
        return WHOLE
    if now >= amber:
        return round(WHOLE * (AMBER_FROM + (1 - AMBER_FROM) * _part(amber, due, now)))
    return round(WHOLE * AMBER_FROM * _part(started, amber, now))


def _part(since: datetime, until: datetime, now: datetime) -> float:
    length = (until - since).total_seconds()
    return 1.0 if length <= 0 else max(0.0, min(1.0, (now - since).total_seconds() / length))
