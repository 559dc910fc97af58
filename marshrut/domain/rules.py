"""Decision tables: from what is known of a case to what it needs, and from there to its route.

A rule holds when each part of its `when` does. All that fit count: there is no order among rules and no rule stops
another, so each proposal names every rule behind it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import itemgetter
from typing import Annotated, NamedTuple

from pydantic import Field

from marshrut.domain.base import Code, Lean, Wire
from marshrut.domain.events import OutcomeValue
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Variant

# The self-care scale may be recorded as an instrument or as the step's own answer: the later word counts as one.
SCALE_OF = {"assessment.function_scale": "barthel"}


class Bounds(Wire):
    """A number from `at_least` on, and below `below`."""

    at_least: int | None = None
    below: int | None = None

    def hold(self, number: int) -> bool:
        """Whether the number lies within."""
        return (self.at_least is None or number >= self.at_least) and (self.below is None or number < self.below)


class Condition(Lean):
    """What must be so: every part that is given. Within a part any of the values will do; `none` of these flags stand.

    `variants`: what kind of case it is. `outcomes` are by `track.step.field`: the last answer of that step. `scores`
    and `bands` are by instrument.
    """

    flags: tuple[Flag, ...] = ()
    none: tuple[Flag, ...] = ()
    variants: tuple[Variant, ...] = ()
    needs: tuple[Code, ...] = ()
    entries: tuple[Code, ...] = ()
    outcomes: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    numbers: dict[Code, Bounds] = Field(default_factory=dict)
    scores: dict[Code, Bounds] = Field(default_factory=dict)
    bands: dict[Code, tuple[Code, ...]] = Field(default_factory=dict)
    findings: tuple[Code, ...] = ()


class Target(NamedTuple):
    """What a rule proposes; `sort`: `need`, or of a route's part `direction`, `programme` or `step`."""

    sort: str
    name: str


class Rule(Wire):
    """A row of a table: when it fits, and what it proposes (`sort`, `name`)."""

    when: Condition
    then: Annotated[tuple[tuple[Code, Code], ...], Field(min_length=1)]


def fitting(rules: Mapping[str, Rule], state: CaseState) -> dict[Target, tuple[str, ...]]:
    """What the rules propose for the case, each with the codes of the rules behind it, in the table's order."""
    found: dict[Target, tuple[str, ...]] = {}
    for code, rule in rules.items():
        if holds(rule.when, state):
            for sort, name in rule.then:
                target = Target(sort, name)
                found[target] = (*found.get(target, ()), code)
    return found


def holds(when: Condition, state: CaseState) -> bool:
    """Whether everything that is asked for is so."""
    agreed = _names(state, ItemKind.NEED, "agreed", "met", "unmet")
    planned = _names(state, ItemKind.ENTRY, "proposed", "wanted", "planned")
    said, numbers = _answers(state), _numbers(state)
    findings = {finding for score in state.scores.values() for finding in score.findings}
    bands = {name: score.band for name, score in state.scores.items()}
    flags = state.circumstances
    return (
        _any(when.flags, flags)
        and not set(when.none) & set(flags)
        and _any(when.variants, state.variants)
        and _any(when.needs, agreed)
        and _any(when.entries, planned)
        and _any(when.findings, findings)
        and all(_any(values, said.get(name, ())) for name, values in when.outcomes.items())
        and all(_within(bounds, _number(said.get(name, ()))) for name, bounds in when.numbers.items())
        and all(_within(bounds, numbers.get(name)) for name, bounds in when.scores.items())
        and all(bands.get(name) in values for name, values in when.bands.items())
    )


def _any(wanted: Iterable[str], there: Iterable[OutcomeValue]) -> bool:
    wanted = set(wanted)
    return not wanted or bool(wanted & set(there))


def _within(bounds: Bounds, number: int | None) -> bool:
    return number is not None and bounds.hold(number)


def _names(state: CaseState, kind: ItemKind, *statuses: str) -> set[str]:
    return {item.name for item in state.items_of(kind) if item.status in statuses}


def _answers(state: CaseState) -> dict[str, tuple[OutcomeValue, ...]]:
    """By `track.step.field` the values of the step's last answer: what that left open no earlier one fills."""
    answered = [
        (step.occurred_at, f"{step.track}.{step.name}", step.outcome)
        for step in state.counted_steps
        if step.occurred_at is not None and step.outcome is not None
    ]
    last = {name: outcome for _, name, outcome in sorted(answered, key=itemgetter(0))}
    return {
        f"{name}.{field}": value if isinstance(value, tuple) else (value,)
        for name, outcome in last.items()
        for field, value in outcome.items()
    }


def _number(values: tuple[OutcomeValue, ...]) -> int | None:
    return next((value for value in values if isinstance(value, int)), None)


def _numbers(state: CaseState) -> dict[str, int]:
    """By instrument the last score, also one that a step's answer gave."""
    found = {name: (score.at, score.score) for name, score in state.scores.items() if score.score is not None}
    for step in state.counted_steps:
        name = SCALE_OF.get(f"{step.track}.{step.name}")
        score = (step.outcome or {}).get("score")
        if name is None or not isinstance(score, int) or step.occurred_at is None:
            continue
        if name not in found or found[name][0] <= step.occurred_at:
            found[name] = (step.occurred_at, score)
    return {name: score for name, (_, score) in found.items()}
