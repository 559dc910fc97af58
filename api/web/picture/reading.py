"""From a case as it stands to what its picture shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from api.web.naming import Voice
from api.web.picture import ahead, bars
from api.web.picture.days import off_and_worked
from api.web.picture.lanes import lanes
from api.web.picture.model import Bar, Delay, Mark, Route
from marshrut.domain.delay import pauses
from marshrut.domain.planned import planned_day
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import delayed, left_at, ready_at

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Told:
    """All that a picture is made of. `titles`: what each step is called, by its id.

    `rules`: None where the case began under a catalogue that cannot be read any more. `paused_days`: whether a delay
    counts days of a pause.
    """

    state: CaseState
    titles: Mapping[str, str]
    voice: Voice
    rules: Slice | None
    paused_days: bool = False


def route(told: Told) -> Route:
    """The journey as a picture shows it."""
    state, now = told.state, told.voice.formats.now
    steps = bars.of_steps(state, told.titles, told.voice)
    items = bars.of_items(state, told.voice)
    future, arrows = ahead.of(state, {**steps, **items}, told.rules, told.voice)
    rows = lanes(state, steps, items, future, told.voice)
    shown = [bar for lane in rows for bar in lane.bars]
    first, last = _days(shown, state, told.voice)
    off, worked = off_and_worked(state, told.rules, first, max(last, told.voice.formats.today + 60 * DAY))
    return Route(
        lanes=rows,
        first=first,
        last=last,
        now=state.closed_at or now,
        running=not state.closed,
        arrows=tuple(arrows),
        ready=_ready(told),
        delay=_delay(told),
        plan=_plan(told),
        off=off,
        worked=worked,
    )


def _days(shown: Iterable[Bar], state: CaseState, voice: Voice) -> tuple[date, date]:
    known = [at for bar in shown for at in (bar.begins, bar.ends)]
    known += [state.admitted_at or voice.formats.now, state.closed_at or voice.formats.now]
    if state.expected_discharge_at is not None:
        known.append(state.expected_discharge_at)
    return voice.formats.local(min(known)).date(), voice.formats.local(max(known)).date()


def _ready(told: Told) -> Mark | None:
    at = ready_at(told.state)
    if at is None:
        return None
    return Mark(at, told.voice.words("picture.ready"), told.voice.words("picture.ready_short"))


def _delay(told: Told) -> Delay | None:
    """From the midnight that ends the day on which the patient was ready, until they left or now."""
    state, formats = told.state, told.voice.formats
    ready = ready_at(state)
    if ready is None:
        return None
    ends = left_at(state) or state.closed_at or formats.now
    days = delayed(ready, formats.zone, ends, () if told.paused_days else pauses(state, ends))
    if not days:
        return None
    over = left_at(state) is not None or state.closed
    begins = datetime.combine(days[0], time(), formats.zone)
    key = "picture.delay_was" if over else "picture.delay_is"
    return Delay(begins, ends, told.voice.words(key, n=len(days)), told.voice.words(f"{key}_short", n=len(days)))


def _plan(told: Told) -> Mark | None:
    state = told.state
    if state.closed or left_at(state) is not None:
        return None
    at = planned_day(state) if state.awaited else state.expected_discharge_at
    if at is None:
        return None
    key = "picture.plan_in" if state.awaited else "picture.plan"
    return Mark(at, told.voice.words(key, day=told.voice.formats.day(at)), told.voice.words("picture.plan_short"))
