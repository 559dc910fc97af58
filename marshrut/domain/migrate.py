"""A case goes on by another version of the catalogue: only when somebody says so, and with a report of what it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from marshrut.domain import events as e
from marshrut.domain.clock import Clock
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import STANDARD, TEAM, ClockRule, Slice
from marshrut.domain.state import ADHOC, CaseState, Step


@dataclass(frozen=True, slots=True)
class Moved:
    """An open step that is due otherwise; None: there is no deadline. `step` is `track.step`."""

    step_id: str
    step: str
    before: datetime | None
    after: datetime | None


def migrated(state: CaseState, catalogue: Slice, now: datetime) -> e.CatalogueMigrated:
    """What changes for the case: open steps that are due otherwise, their clocks counted from the same start.

    Items that its tracks added before stay as they are, and a wait that runs ends when it said; what opens from now on
    follows the new version, its calendars too. A step that people added by themselves goes on as it was.

    Raises:
        Refused: `catalogue_in_force` or `step_unknown` (an open step that the new version does not know).
    """
    if state.catalogue == catalogue.version:
        raise Refused("catalogue_in_force", catalogue=catalogue.version)
    # Calendars that were replaced are those of the version that the case leaves.
    clocks = rearmed(state.but(calendars={}), catalogue, now)
    return e.CatalogueMigrated(catalogue=catalogue.version, clocks=clocks)


def rearmed(state: CaseState, catalogue: Slice, now: datetime) -> dict[str, Clock | None]:
    """The clocks of open steps that another slice has otherwise, counted from the same start.

    Raises:
        Refused: `step_unknown`.
    """
    clocks: dict[str, Clock | None] = {}
    for step in state.live_steps:
        if step.track == ADHOC:
            continue
        rule = catalogue.steps.get(f"{step.track}.{step.name}")
        if rule is None:
            raise Refused("step_unknown", step=f"{step.track}.{step.name}")
        clock = _clock(state, step, rule.clock, catalogue, now)
        if clock != step.clock:
            clocks[step.step_id] = clock
    return clocks


def moved(state: CaseState, clocks: Mapping[str, Clock | None]) -> tuple[Moved, ...]:
    """The steps that are due otherwise by these clocks, in the order of the case."""
    found = []
    for step_id, step in state.steps.items():
        clock = clocks.get(step_id, step.clock)
        after = None if clock is None else clock.times.due_at
        if after != step.due_at:
            found.append(Moved(step_id, f"{step.track}.{step.name}", step.due_at, after))
    return tuple(found)


def _clock(state: CaseState, step: Step, rule: ClockRule | None, catalogue: Slice, now: datetime) -> Clock | None:
    """The step's clock by the new rule; what a senior has promised stands."""
    old = step.clock
    if old is not None and (old.term is None or old.extension is not None):
        armed = _promised(old, rule, catalogue)
    elif rule is None:
        return None
    else:
        armed = catalogue.armed(rule, state, step.opened_at)
        armed = armed.model_copy(update={"times": catalogue.times(state, step.but(clock=armed), armed)})
    if old is None:
        return armed
    if old.times == armed.times and old.ladder == armed.ladder:
        return armed.model_copy(update={"generation": old.generation, "climbed": old.climbed})
    climbs = catalogue.climbs(state, step.but(clock=armed))
    behind = sum(climb.reached_at <= now for climb in climbs)
    return armed.model_copy(update={"generation": old.generation + 1, "climbed": behind})


def _promised(old: Clock, rule: ClockRule | None, catalogue: Slice) -> Clock:
    """The clock as it was, by a ladder and in hours that the new version has."""
    ladder = STANDARD if rule is None else rule.ladder
    timetable = TEAM if rule is None else rule.timetable
    return old.model_copy(
        update={
            "ladder": old.ladder if old.ladder in catalogue.ladders else ladder,
            "timetable": old.timetable if old.timetable in catalogue.timetables else timetable,
        }
    )
