"""What a catalogue's files define, well formed or not, so that one fault does not bring others."""

from __future__ import annotations

from collections.abc import Mapping

from marshrut.catalogue.files import track_of
from marshrut.catalogue.layers import Tree
from marshrut.domain.clock import ADMISSION, OPENING
from marshrut.domain.slice import TEAM
from marshrut.domain.words import Report
from marshrut.yamlfile import Spot, Value

Table = dict[str, Value]


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
        self.timetables = {TEAM} | {code for code, party in parties.items() if _inside(party, "hours")}
        self._counts_from = {
            f"{track}.{step}": _inside(_inside(entry, "clock"), "counts_from")
            for name in trees
            if (track := track_of(name))
            for step, entry in table(trees, name, "steps").items()
        }
        self._deleted = {
            str(place[1]): spot
            for file, tree in trees.items()
            for place, spot in tree.spots.items()
            if len(place) == 2 and place[1] not in table(trees, file, str(place[0]))  # noqa: PLR2004 - table and name
        }
        self.starts = {OPENING, ADMISSION, *Report, *self._counts_from}

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
    found = _inside(trees[file].data, name) if file in trees else None
    return found if isinstance(found, dict) else {}


def _inside(value: Value, key: str) -> Value:
    return value.get(key) if isinstance(value, dict) else None
