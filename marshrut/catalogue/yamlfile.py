"""A YAML file that knows on which line each of its values stands.

Refused at once: a key given twice (YAML keeps the last in silence), a key that is no text (`NO` means false to YAML),
values that are neither text nor number nor truth, and aliases, so that each number stands where it is used.
"""

from __future__ import annotations

from pathlib import Path

import yaml

Place = tuple[str | int, ...]
Value = str | int | float | bool | None | list["Value"] | dict[str, "Value"]


class CatalogueError(Exception):
    """What is wrong with the catalogue, and where: `steps.yaml:12: ...`."""

    def __init__(self, file: Path, line: int, fault: str) -> None:
        super().__init__(f"{file}:{line}: {fault}")
        self.file = file
        self.line = line
        self.fault = fault


class YamlFile:
    """The values of a file (`data`) and their lines.

    Raises:
        CatalogueError: the file cannot be read, is no YAML, or holds what is refused above.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lines: dict[Place, int] = {}
        try:
            self._loader = _Loader(path.read_text(encoding="utf-8"))
            root = self._loader.get_single_node()
        except (OSError, UnicodeDecodeError) as fault:
            raise CatalogueError(path, 1, f"cannot be read: {type(fault).__name__}") from None
        except yaml.MarkedYAMLError as fault:
            mark = fault.problem_mark
            raise CatalogueError(path, mark.line + 1 if mark else 1, fault.problem or "is no YAML") from None
        except yaml.YAMLError:
            raise CatalogueError(path, 1, "is no YAML") from None
        if root is None:
            raise CatalogueError(path, 1, "is empty")
        self.data = self._value(root, ())

    def error(self, place: Place, fault: str) -> CatalogueError:
        """A fault of the value at that place, or of the nearest one around it."""
        while place not in self._lines:
            place = place[:-1]
        return CatalogueError(self.path, self._lines[place], fault)

    def _value(self, node: yaml.Node, place: Place) -> Value:
        self._lines[place] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*place, number)) for number, item in enumerate(node.value)]
        try:
            scalar = self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            raise self.error(place, "this value cannot be read") from None
        if scalar is not None and not isinstance(scalar, str | int | float | bool):
            raise self.error(place, f"a {type(scalar).__name__} is not used here; put text into quotes")
        return scalar

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._loader.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise CatalogueError(self.path, line, f"the key {key_node.value} has to be text; put it into quotes")
            if key in found:
                raise CatalogueError(self.path, line, f"the key {key} is given twice")
            found[key] = self._value(value_node, (*place, key))
            self._lines[(*place, key)] = line
        return found


class _Loader(yaml.SafeLoader):
    """Builds nothing but plain values, and follows no aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]  # its stub leaves it untyped
            raise yaml.composer.ComposerError(None, None, "aliases are not used here", mark)
        return super().compose_node(parent, index)
