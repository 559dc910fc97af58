"""Overlays: files that hold only what differs, laid over the base.

Mappings are merged key by key, anything else is replaced whole, and null deletes what the layer below has. Each value
remembers the file and the line that it came from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from marshrut.catalogue.files import COMMON, FOR_ALL, INSTRUMENTS, STEPS, model_of
from marshrut.yamlfile import Fault, Place, Spot, Value, YamlFile

REGIONS = "regions"
VARIANTS = "variants"
INSTRUMENT: Place = ("instrument",)
# Whoever changes one of these says anew how sure it is and from where.
NUMBERS = frozenset({"term", "rungs", "week", "delay", "days_off", "worked", "codes", "value"})


@dataclass(frozen=True)
class Tree:
    """The values of one file name after all layers, and where each of them stands."""

    data: Value
    spots: dict[Place, Spot]

    def fault(self, place: Place, what: str) -> Fault:
        """A fault of the value at that place, or of the nearest one around it."""
        while place not in self.spots:
            place = place[:-1]
        spot = self.spots[place]
        return Fault(spot.file, spot.line, what)


@dataclass
class Layer:
    """A folder's files by their names in it, and what is wrong with them."""

    folder: Path
    trees: dict[str, Tree] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def add(self, name: str, file: YamlFile) -> None:
        """A file and its faults; what is no mapping stays out."""
        self.faults += file.faults
        if isinstance(file.data, dict):
            self.trees[name] = Tree(file.data, file.spots)
        elif not file.faults:
            self.faults.append(Fault(file.path, 1, "has to be a mapping of keys to values"))


@dataclass(frozen=True)
class Sort:
    """A sort of folder: which folders and which files it may hold, and why it may not hold others."""

    folders: frozenset[str]
    barred: frozenset[str] = frozenset()
    why: str = ""


WHOLE = Sort(frozenset({STEPS, INSTRUMENTS, REGIONS, VARIANTS}))
REGIONAL = Sort(
    frozenset({STEPS, INSTRUMENTS, VARIANTS}), COMMON, "is one for all regions; a region's overlay cannot have it"
)
VARIANT = Sort(frozenset({STEPS}), FOR_ALL, "is one for all variants; a variant's overlay cannot have it")


def read(folder: Path, sort: Sort = WHOLE) -> Layer:
    """The files of a folder, without its regions and variants; none when there is no such folder."""
    layer = Layer(folder)
    for path in sorted((*folder.glob("*"), *folder.glob(f"{STEPS}/*"), *folder.glob(f"{INSTRUMENTS}/*"))):
        name = path.relative_to(folder).as_posix()
        if path.name.startswith(".") or path.suffix == ".md":
            continue  # a repository's own files, and what people write beside
        if path.is_dir():
            if name not in sort.folders:
                layer.faults.append(Fault(path, 1, "is no folder of a catalogue"))
        elif model_of(name) is None:
            layer.faults.append(Fault(path, 1, "is no file of a catalogue"))
        elif name in sort.barred:
            layer.faults.append(Fault(path, 1, sort.why))
        else:
            layer.add(name, YamlFile(path))
    return layer


def overlay(below: Tree, above: Tree, *, lenient: bool = False) -> tuple[Tree, list[Fault]]:
    """What the two say together, and what the upper one must not say. Lenient: it may delete what is not there."""
    merger = _Merger(dict(below.spots), above, lenient=lenient)
    return Tree(merger.merged(below.data, above.data, ()), merger.spots), merger.faults


def fitting(above: Tree, below: Tree, shipped: Tree) -> Tree:
    """A shipped overlay without what amends or deletes something that an installation or a region has deleted."""
    return Tree(_fitting(above.data, below.data, shipped.data), above.spots)


def _fitting(above: Value, below: Value, shipped: Value) -> Value:
    if not (isinstance(above, dict) and isinstance(below, dict) and isinstance(shipped, dict)):
        return above
    return {
        key: _fitting(value, below.get(key), shipped.get(key))
        for key, value in above.items()
        if not (key in shipped and key not in below and (value is None or isinstance(value, dict)))
    }


class _Merger:
    def __init__(self, spots: dict[Place, Spot], above: Tree, *, lenient: bool) -> None:
        self.spots = spots
        self.above = above
        self.lenient = lenient
        self.faults: list[Fault] = []

    def merged(self, below: Value, above: Value, place: Place) -> Value:
        if not isinstance(below, dict) or not isinstance(above, dict):
            self._replace(place, below)
            return above
        self._sourced_anew(below, above, place)
        self._versioned_anew(below, above, place)
        self.spots[place] = self.above.spots[place]  # what is wrong with the whole, the upper layer made so
        found = dict(below)
        for key, value in above.items():
            inner = (*place, key)
            if value is not None:
                found[key] = self.merged(below.get(key), value, inner)
            elif key in below:
                self._replace(inner, below[key])
                del found[key]
            elif not self.lenient:
                self.faults.append(self.above.fault(inner, f"{key}: there is nothing to delete"))
        return found

    def _replace(self, place: Place, below: Value) -> None:
        """From here on it is the upper layer that speaks."""
        size = len(place)
        if isinstance(below, dict | list):
            for old in [old for old in self.spots if old[:size] == place]:
                del self.spots[old]
        else:
            self.spots.pop(place, None)  # nothing stands below a single value
        self.spots.update({new: spot for new, spot in self.above.spots.items() if new[:size] == place})

    def _versioned_anew(self, below: dict[str, Value], above: dict[str, Value], place: Place) -> None:
        """Answers name an instrument by its version, so no two that differ share one."""
        if place == INSTRUMENT and not {"version", "mark", "source"} <= above.keys():
            what = "instrument: whoever changes it names version, mark and source anew"
            self.faults.append(self.above.fault(place, what))
        elif place == INSTRUMENT and above["version"] == below.get("version"):
            self.faults.append(self.above.fault((*place, "version"), "version: a changed instrument has a new one"))

    def _sourced_anew(self, below: dict[str, Value], above: dict[str, Value], place: Place) -> None:
        if "source" not in below or {"mark", "source"} <= above.keys():
            return
        for key in NUMBERS & above.keys():
            if above[key] != below.get(key):
                what = f"{key}: whoever changes it names mark and source anew"
                self.faults.append(self.above.fault((*place, key), what))
