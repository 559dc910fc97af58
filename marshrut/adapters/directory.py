"""The people of the installation, read from a YAML file when a process starts (port `Directory`)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from marshrut.domain.base import Code, Model
from marshrut.domain.digest import DIGEST_ROLES, EARLIEST, LATEST
from marshrut.domain.words import Role
from marshrut.ports import Language, Recipient, Subscriber
from marshrut.yamlfile import YamlFile

Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]


DAY_MINUTES = 24 * 60


class DirectoryError(Exception):
    """What is wrong with the directory, and where: `people.yaml:12: ...`. It never repeats a value."""

    def __init__(self, file: Path, line: int, fault: str) -> None:
        super().__init__(f"{file}:{line}: {fault}")


def _hour(given: object) -> object:
    """An hour of the day; YAML takes 10:30 without quotation marks for so many minutes."""
    if isinstance(given, int) and not isinstance(given, bool) and 0 <= given < DAY_MINUTES:
        return time(given // 60, given % 60)
    return given


def _zone(given: str) -> str:
    try:
        ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no IANA zone") from None
    return given


class Person(Model):
    """Somebody in one role. Without `hospitals` they work for all of them; several roles are several entries.

    `digest`: the hour of their own zone at which they want their day in counts; without one they get none.
    """

    user: Code
    role: Role
    hospitals: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    mail: Annotated[Address, Field(repr=False)]
    language: Language = Language.RU
    zone: Annotated[str, AfterValidator(_zone)] | None = None
    digest: Annotated[time, BeforeValidator(_hour)] | None = None

    @field_validator("digest")
    @classmethod
    def _digest_fits(cls, at: time | None, known: ValidationInfo) -> time | None:
        if at is not None and known.data.get("role") not in DIGEST_ROLES:
            raise ValueError("a digest is for coordinators, psychologists, seniors and heads")
        if at is not None and at.tzinfo is not None:
            raise ValueError("an hour without an offset: `zone` says where")
        if at is not None and not EARLIEST <= at <= LATEST:
            raise ValueError(f"a digest is sent between {EARLIEST:%H:%M} and {LATEST:%H:%M}")
        return at


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

    def subscribers(self) -> Sequence[Subscriber]:
        """Who wants a digest: an entry a person and role."""
        return [
            Subscriber(
                user=person.user,
                role=person.role,
                hospitals=person.hospitals,
                at=person.digest,
                zone=person.zone,
                recipient=Recipient(person.mail, person.language),
            )
            for person in self._people
            if person.digest is not None
        ]

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
