"""What was seen of a track while it was followed: its places, and what came after what."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import NamedTuple

from marshrut.domain.events import OutcomeValue
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import ItemKind


class Kind(StrEnum):
    """What a place of a track is."""

    START = "start"
    STEP = "step"
    DECISION = "decision"
    WAIT = "wait"
    REPORT = "report"
    NOTICE = "notice"
    TRACK = "track"
    FORK = "fork"
    JOIN = "join"
    RACE = "race"
    END = "end"
    REST = "rests"
    ITEM = "item"


class Frame(NamedTuple):
    """A function that a track was in, the line where it stood, and the outcomes it was called with."""

    module: str
    function: str
    line: int
    about: tuple[str, ...] = ()


@dataclass(frozen=True)
class Place:
    """Somewhere in the code of a track. A loop comes back to the same place, whatever it calls its occurrences.

    `what`: the step, wait, report, role, track, question or result that it is about.
    """

    kind: Kind
    what: str
    site: tuple[Frame, ...] = ()
    urgent: bool = False

    def __hash__(self) -> int:
        """Computed once: a run asks for it thousands of times."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.kind, self.what, self.site, self.urgent))


# The same place is the same object: most questions about it end there.
place_at = cache(Place)

# How a place is left: a step by its outcome's codes, a question or a track by a code, everything else just so.
Exit = tuple[tuple[str, str], ...]
JUST_SO: Exit = ()
# A question's answer that names an item, or several names: which one makes no difference to the picture.
SOMETHING = "something"

START = Place(Kind.START, "start")


@dataclass
class Made:
    """What tracks call the items that they make, by kind, and the codes that they note of them, by field."""

    names: dict[ItemKind, dict[str, None]] = field(default_factory=dict)
    facts: dict[str, dict[str, None]] = field(default_factory=dict)

    def note(self, facts: Mapping[str, OutcomeValue], kind: ItemKind | None = None, name: str = "") -> None:
        """Note an item, or only what is known of one."""
        if kind is not None:
            self.names.setdefault(kind, {})[name] = None
        for field_, value in facts.items():
            if isinstance(value, str):
                self.facts.setdefault(field_, {})[value] = None


@dataclass
class Seen:
    """All that was seen of one track: `after` by place and exit, in the order in which it was first seen.

    `waited`: questions that had no answer yet. `begun`: what each fork began in a run. `ended`: the results.
    `whole`: whether nothing new was seen in the end.
    """

    after: dict[Place, dict[Exit, dict[Place, None]]] = field(default_factory=lambda: {START: {}})
    waited: set[Place] = field(default_factory=set)
    begun: dict[Place, set[frozenset[Place]]] = field(default_factory=dict)
    outcomes: dict[str, type[Outcome]] = field(default_factory=dict)
    ended: dict[str, None] = field(default_factory=dict)
    whole: bool = True
    fresh: int = 0
    _known: set[tuple[Place, str, Place]] = field(default_factory=set)

    def came(self, source: Place, by: Exit, target: Place) -> None:
        """Note that one place followed another; `fresh` counts what no run saw before."""
        self.after.setdefault(source, {}).setdefault(by, {})[target] = None
        self.after.setdefault(target, {})
        news = source, dict(by).get("result", ""), target
        if news not in self._known:
            self._known.add(news)
            self.fresh += 1

    def absorb(self, run: Seen, cut: Collection[Place]) -> None:
        """Add what another run saw; of the forks that were `cut` it did not see which branches there are."""
        for source, exits in run.after.items():
            for by, targets in exits.items():
                for target in targets:
                    self.came(source, by, target)
            if source.kind is Kind.FORK and source not in cut:
                self.begun.setdefault(source, set()).add(frozenset(target for at in exits.values() for target in at))
        self.waited |= run.waited
        self.outcomes |= run.outcomes
        self.ended |= run.ended


Results = Mapping[str, tuple[str, ...]]
