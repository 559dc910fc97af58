"""A YAML file that knows on which line each of its values stands.

Refused: a key given twice (YAML keeps the last in silence), a key that is no text (`NO` means false to YAML), values
that are neither text nor number nor truth, and aliases, so that each number stands where it is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

Place = tuple[str | int, ...]
Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]

# libyaml where PyYAML was built with it: the same nodes and marks, several times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEPTH = 30  # no entry is nested half as deep; beyond some thousands libyaml crashes


@dataclass(frozen=True, order=True)
class Fault:
    """What is wrong with a file, and where: `steps/contact.yaml:12: ...`."""

    file: Path
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Spot:
    """Where a value stands."""

    file: Path
    line: int


class YamlFile:
    """The values of a file (`data`), where each of them stands (`spots`), and what is wrong with it (`faults`).

    Of one that is `private`, because it names people, no fault repeats anything.
    """

    def __init__(self, path: Path, *, private: bool = False) -> None:
        self.path = path
        self._private = private
        self.data: Value = None
        self.spots: dict[Place, Spot] = {(): Spot(path, 1)}
        self.faults: list[Fault] = []
        self._seen: set[int] = set()
        try:
            text = path.read_text(encoding="utf-8")
            deep = _too_deep(text)
            self._loader = _LOADER("" if deep else text)
            root = self._loader.get_single_node()
        except (OSError, UnicodeDecodeError) as fault:
            self._fault(1, f"cannot be read: {type(fault).__name__}")
        except yaml.MarkedYAMLError as fault:
            mark = fault.problem_mark
            self._fault(mark.line + 1 if mark else 1, "is no YAML" if private or not fault.problem else fault.problem)
        except yaml.YAMLError:
            self._fault(1, "is no YAML")
        else:
            if root is not None:
                self.data = self._value(root, ())
            else:
                self._fault(deep or 1, "is nested too deeply" if deep else "is empty")

    def _fault(self, line: int, what: str) -> None:
        self.faults.append(Fault(self.path, line, what))

    def _value(self, node: yaml.Node, place: Place) -> Value:
        line = self.spots[place].line if place in self.spots and place else node.start_mark.line + 1
        self.spots[place] = Spot(self.path, line)
        if id(node) in self._seen:
            self._fault(line, "aliases are not used here")
            return None
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, number)) for number, item in enumerate(node.value)]
        try:
            scalar = self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self._fault(line, "this value cannot be read")
            return None
        if scalar is None or isinstance(scalar, str | int | float | bool):
            return scalar
        self._fault(line, f"a {type(scalar).__name__} is not used here; put text into quotes")
        return None

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = key_node.value
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                said = key if isinstance(key, str) else "of several values"
                self._fault(line, f"{self._named(said)} has to be text; put it into quotes")
            elif key in found:
                self._fault(line, f"{self._named(key)} is given twice")
            else:
                self.spots[*place, key] = Spot(self.path, line)
                found[key] = self._value(value_node, (*place, key))
        return found

    def _named(self, key: str) -> str:
        return "this key" if self._private else f"the key {key}"


def _too_deep(text: str) -> int | None:
    """The line on which a text is nested more deeply than anything recursive should read.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    depth = 0
    for event in yaml.parse(text, _LOADER):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEPTH:
            return (event.start_mark.line if event.start_mark else 0) + 1
    return None
