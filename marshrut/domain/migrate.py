"""A case goes on by another version of the catalogue: only when somebody says so, and with a report of what it does."""

from __future__ import annotations

from datetime import datetime

from marshrut.domain import events as e
from marshrut.domain.clock import Clock
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import ClockRule, Slice
from marshrut.domain.state import CaseState, Step


def migrated(state: CaseState, catalogue: Slice, now: datetime) -> e.CatalogueMigrated:
    """What changes for the case: open steps that are due otherwise, their clocks counted from the same start.

    Items that its tracks added before stay as they are; what opens from now on follows the new version.

    Raises:
        Refused: `catalogue_in_force` or `step_unknown` (an open step that the new version does not know).
    """
    if state.catalogue == catalogue.version:
        raise Refused("catalogue_in_force", catalogue=catalogue.version)
    clocks: dict[str, Clock | None] = {}
    for step in state.live_steps:
        rule = catalogue.steps.get(f"{step.track}.{step.name}")
        if rule is None:
            raise Refused("step_unknown", step=f"{step.track}.{step.name}")
        clock = _clock(state, step, rule.clock, catalogue, now)
        if clock != step.clock:
            clocks[step.step_id] = clock
    return e.CatalogueMigrated(catalogue=catalogue.version, clocks=clocks)


def _clock(state: CaseState, step: Step, rule: ClockRule | None, catalogue: Slice, now: datetime) -> Clock | None:
    """The step's clock by the new rule; what a senior has promised stands."""
    old = step.clock
    if old is not None and (old.term is None or old.extension is not None):
        return old
    if rule is None:
        return None
    armed = catalogue.armed(rule, state, step.opened_at)
    armed = armed.model_copy(update={"times": catalogue.times(state, step.but(clock=armed), armed)})
    if old is None:
        return armed
    if old.times == armed.times and old.ladder == armed.ladder:
        return armed.model_copy(update={"generation": old.generation, "climbed": old.climbed})
    climbs = catalogue.climbs(state, step.but(clock=armed))
    behind = sum(climb.reached_at <= now for climb in climbs)
    return armed.model_copy(update={"generation": old.generation + 1, "climbed": behind})
