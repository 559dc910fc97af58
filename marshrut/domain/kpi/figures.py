"""The figures of a period: counts that add up, whoever is counted first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple, TypeVar

from marshrut.domain.delay import Held

Name = TypeVar("Name", bound=Hashable)
# How often something took so long, in hundredths of its unit.
Spread = Mapping[int, int]
# A delayed day of which nobody has said what stood in the way.
UNEXPLAINED = Held("", "")


@dataclass(frozen=True, slots=True)
class Period:
    """From an instant on, and before another one."""

    since: datetime
    until: datetime

    def holds(self, at: datetime | None) -> bool:
        """Whether the instant lies within."""
        return at is not None and self.since <= at < self.until


class Pace(NamedTuple):
    """A step, and the term that the catalogue gave it: the same step may have several."""

    step: str
    amount: int
    unit: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How often a step's term was kept and missed; `extended`: in how many of these a senior had given more time."""

    met: int = 0
    missed: int = 0
    extended: int = 0

    def __add__(self, other: Kept) -> Kept:
        return Kept(self.met + other.met, self.missed + other.missed, self.extended + other.extended)


@dataclass(frozen=True, slots=True)
class Timed:
    """Steps of one pace whose term was kept or missed; `late_open`: of those missed, what is still to be done.

    `spent`: how long they took, without the time that did not count.
    """

    met: int = 0
    missed: int = 0
    late_open: int = 0
    spent: Spread = field(default_factory=dict)

    def __add__(self, other: Timed) -> Timed:
        return Timed(
            self.met + other.met,
            self.missed + other.missed,
            self.late_open + other.late_open,
            added(self.spent, other.spent),
        )


@dataclass(frozen=True, slots=True)
class Answers:
    """What a partner was asked for a programme, and how they answered. `silent`: not at all, in all their time."""

    asked: int = 0
    answered: int = 0
    in_time: int = 0
    silent: int = 0
    spent: Spread = field(default_factory=dict)

    @property
    def settled(self) -> int:
        """Answered, or never."""
        return self.answered + self.silent

    def __add__(self, other: Answers) -> Answers:
        return Answers(
            self.asked + other.asked,
            self.answered + other.answered,
            self.in_time + other.in_time,
            self.silent + other.silent,
            added(self.spent, other.spent),
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """Counts that add up. `people` are the ids of persons, so that somebody who came twice is one.

    `raised`, `resolved` and `unmet` are by need; `services` by what delivered them: `referral.<programme>`,
    `session.<programme>` or a step; `terms` by step. A delayed day with two reasons is one day and counts for both;
    `delay_shares` has it shared between them, so that they add up to the days. `ready`: how many days it took until
    people were socially ready. `answers`: by programme and partner.
    """

    people: frozenset[str] = frozenset()
    opened: int = 0
    closed: int = 0
    void: int = 0
    discharged: int = 0
    enquiries_opened: int = 0
    enquiries_closed: int = 0
    raised: Mapping[str, int] = field(default_factory=dict)
    resolved: Mapping[str, int] = field(default_factory=dict)
    unmet: Mapping[str, int] = field(default_factory=dict)
    services: Mapping[str, int] = field(default_factory=dict)
    terms: Mapping[str, Kept] = field(default_factory=dict)
    paces: Mapping[Pace, Timed] = field(default_factory=dict)
    delayed_days: int = 0
    delay_reasons: Mapping[str, int] = field(default_factory=dict)
    delay_parties: Mapping[str, int] = field(default_factory=dict)
    delay_shares: Mapping[Held, Fraction] = field(default_factory=dict)
    ready: Spread = field(default_factory=dict)
    answers: Mapping[tuple[str, str], Answers] = field(default_factory=dict)

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            **{each.name: _sum(getattr(self, each.name), getattr(other, each.name)) for each in fields(self)}
        )


def total(each: Iterable[Figures]) -> Figures:
    """All of them together."""
    return reduce(Figures.__add__, each, Figures())


def _sum(one: Any, other: Any) -> Any:
    """Counts add up, of persons everybody is counted once, and tables add up entry by entry."""
    if isinstance(one, frozenset):
        return one | other
    if isinstance(one, Mapping):
        return {**one, **{name: _sum(one[name], value) if name in one else value for name, value in other.items()}}
    return one + other


def added(one: Spread, other: Spread) -> Spread:
    """Both together."""
    return dict(Counter(one) + Counter(other))


def percentile(spread: Spread, percent: int) -> int | None:
    """The value that so many percent do not exceed (the nearest rank); None: there is none."""
    rank = -(-sum(spread.values()) * percent // 100)
    for value in sorted(spread):
        rank -= spread[value]
        if rank <= 0:
            return value
    return None


def apportioned(parts: Mapping[Name, Fraction], digits: int = 0) -> dict[Name, Fraction]:
    """Each part rounded so that together they are what they were (largest remainder); the sum must be that round."""
    step = Fraction(1, 10**digits)
    floors = {name: part // step for name, part in parts.items()}
    missing = round(sum(parts.values(), Fraction(0)) / step) - sum(floors.values())
    by_rest = sorted(parts, key=lambda name: (-(parts[name] / step - floors[name]), str(name)))
    return {name: (floors[name] + (name in by_rest[:missing])) * step for name in parts}
