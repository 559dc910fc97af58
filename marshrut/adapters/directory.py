"""The people of the installation, read from a YAML file when a process starts (port `Directory`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints

from marshrut.adapters import entries
from marshrut.domain.base import Code, Model
from marshrut.domain.words import Role
from marshrut.ports import Language, Recipient

Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]


class DirectoryError(entries.EntriesError):
    """What is wrong with the directory, and where."""


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
        people = []
        for line, person in entries.read(path, "people", Person, DirectoryError):
            if fault := entries.known(person.hospitals, hospitals):
                raise DirectoryError(path, line, fault)
            people.append(person)
        return cls(people)

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
