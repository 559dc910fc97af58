"""The people of the installation, read from a YAML file when a process starts (port `Directory`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from marshrut.domain.base import Code, Model
from marshrut.domain.words import Role
from marshrut.ports import Language, Recipient
from marshrut.yamlfile import YamlFile

Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]


class DirectoryError(Exception):
    """What is wrong with the directory, and where: `people.yaml:12: ...`. It never repeats a value."""

    def __init__(self, file: Path, line: int, fault: str) -> None:
        super().__init__(f"{file}:{line}: {fault}")


class Person(Model):
    """Somebody in one role. Without `hospitals` they work for all of them; several roles are several entries."""

    user: Code
    role: Role
    hospitals: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    mail: Annotated[Address, Field(repr=False)]
    language: Language = Language.RU


class YamlDirectory:
    """The people of a file: `people:` and under it a list, an entry a person and role."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people

    @classmethod
    def read(cls, path: Path, hospitals: Collection[str]) -> YamlDirectory:
        """Read and check it against the hospitals that there are.

        Raises:
            DirectoryError: it cannot be read, is no list of people, or an entry does not fit.
        """
        return cls([_person(path, line, entry, hospitals) for line, entry in _entries(path)])

    def find(self, *, hospital: str, role: Role, user: str | None) -> Sequence[Recipient]:
        """Those of a role in a hospital, or the one user; each address once, nobody when none is known."""
        found = {
            person.mail: Recipient(person.mail, person.language)
            for person in self._people
            if (person.user == user if user is not None else person.role is role and _works_in(person, hospital))
        }
        return list(found.values())


def _works_in(person: Person, hospital: str) -> bool:
    return person.hospitals is None or hospital in person.hospitals


def _entries(path: Path) -> Iterator[tuple[int, Any]]:
    """Each entry of the list and the line on which it stands."""
    file = YamlFile(path, private=True)
    if file.faults:
        first = min(file.faults)
        raise DirectoryError(path, first.line, first.what)
    people = file.data.get("people") if isinstance(file.data, dict) and len(file.data) == 1 else None
    if not isinstance(people, list):
        raise DirectoryError(path, 1, "a list under `people` is expected, and nothing else")
    for number, entry in enumerate(people):
        yield file.spots["people", number].line, entry


def _person(path: Path, line: int, entry: Any, hospitals: Collection[str]) -> Person:
    try:
        person = Person.model_validate(entry)
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        # A key that is unknown may be anything, also somebody's address.
        where = ".".join(map(str, first["loc"])) if first["type"] != "extra_forbidden" else "an unknown key"
        raise DirectoryError(path, line, f"{where}: {_said(first)}" if where else "an entry is a mapping") from None
    for number, code in enumerate(person.hospitals or ()):
        if code not in hospitals:
            raise DirectoryError(path, line, f"hospitals.{number}: is not in the catalogue")
    return person


def _said(error: Any) -> str:
    """Pydantic's words, but for patterns, which say nothing to people."""
    return "does not look as it should" if error["type"] == "string_pattern_mismatch" else str(error["msg"])
