"""What a catalogue's files define, well formed or not, so that one fault does not bring others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from marshrut.catalogue.files import instrument_of, track_of
from marshrut.catalogue.layers import Tree
from marshrut.domain.clock import ADMISSION, OPENING, PLANNED_DAY
from marshrut.domain.rules import SCALE_OF
from marshrut.domain.slice import TEAM
from marshrut.domain.words import ItemKind, Report
from marshrut.yamlfile import Place, Spot, Value

Table = dict[str, Value]
Complaint = tuple[Place | Spot, str]  # where an overlay deleted what is missing, its line is to blame

# What code knows of routes: the directions of work, and the steps that a track opens only when the route asks for them.
DIRECTIONS = ("documents", "relatives", "psychology", "services", "disability", "placement")
ON_REQUEST = (
    "documents.proxy_certify",
    "psychology.family_support",
    "relatives.carer_school",
    "services.aids_supply",
)


class Names:
    """The names of the tables, by what may refer to them."""

    def __init__(self, trees: Mapping[str, Tree]) -> None:
        self.regions = table(trees, "hospitals.yaml", "regions").keys()
        self.hospitals = table(trees, "hospitals.yaml", "hospitals").keys()
        self.hours = table(trees, "hours.yaml", "hours").keys()
        self.calendars = table(trees, "calendars.yaml", "calendars").keys()
        self.day_reasons = table(trees, "calendars.yaml", "day_reasons").keys()
        self.ladders = table(trees, "ladders.yaml", "ladders").keys()
        parties = table(trees, "parties.yaml", "parties")
        self.parties = parties.keys()
        self.services = table(trees, "services.yaml", "services").keys()
        self.needs = table(trees, "route.yaml", "needs").keys()
        lists = table(trees, "lists.yaml", "lists").values()
        self.family_needs = {
            name
            for each in lists
            if _inside(each, "kind") == ItemKind.FAMILY_NEED
            for name in _mapping(_inside(each, "entries"))
        }
        self.partners = table(trees, "partners.yaml", "partners").keys()
        instruments = {
            code: _inside(tree.data, "instrument") for name, tree in trees.items() if (code := instrument_of(name))
        }
        self.instruments = instruments.keys()
        # A scale that a step asks for too gives a score without its instrument.
        self.scores = {*instruments, *SCALE_OF.values()}
        self.findings = {name for each in instruments.values() for name in _mapping(_inside(each, "findings"))}
        self.timetables = {TEAM} | {code for code, party in parties.items() if _inside(party, "hours")}
        self._counts_from = {
            f"{track}.{step}": _inside(_inside(entry, "clock"), "counts_from")
            for name in trees
            if (track := track_of(name))
            for step, entry in table(trees, name, "steps").items()
        }
        self._trees = trees
        self.steps = self._counts_from.keys()
        self.starts = {OPENING, ADMISSION, PLANNED_DAY, *Report, *self._counts_from}

    @cached_property
    def _deleted(self) -> Mapping[str, Spot]:
        """Asked for only where something is missing."""
        return {
            f"{track}.{place[1]}" if (track := track_of(file)) else str(place[1]): spot
            for file, tree in self._trees.items()
            for place, spot in tree.spots.items()
            if len(place) == 2 and place[1] not in table(self._trees, file, str(place[0]))  # noqa: PLR2004 - table, name
        }

    def deletion(self, name: str) -> Spot | None:
        """Where an overlay deleted the entry of that name, if one did."""
        return self._deleted.get(name)

    def waits_for_itself(self, step: str) -> bool:
        """Whether a clock counts from a step whose clock, in the end, counts from this one."""
        seen: set[Value] = set()
        at: Value = step
        while isinstance(at, str) and at not in seen:
            seen.add(at)
            at = self._counts_from.get(at)
        return at == step


def table(trees: Mapping[str, Tree], file: str, name: str) -> Table:
    """A table of a file; an empty one when it is missing or no mapping."""
    return _mapping(_inside(trees[file].data, name) if file in trees else None)


def _mapping(value: Value) -> Table:
    return value if isinstance(value, dict) else {}


def _inside(value: Value, key: str) -> Value:
    return value.get(key) if isinstance(value, dict) else None


def known(place: Place, name: str | None, table: str, names: Names) -> Iterator[Complaint]:
    """The name stands in that table of the catalogue, or nothing is named."""
    if name is not None and name not in getattr(names, table):
        yield names.deletion(name) or place, f"{'.'.join(map(str, place))}: there is no {name} in {table}"
