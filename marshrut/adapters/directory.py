"""The people of the installation, read from a YAML file when a process starts (port `Directory`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

from marshrut.adapters import entries
from marshrut.domain.base import Code, Model
from marshrut.domain.digest import DIGEST_ROLES, EARLIEST, LATEST
from marshrut.domain.guarding import hidden, onlooker
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import Language, Recipient, Subscriber

Address = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$")
]


DAY_MINUTES = 24 * 60


class DirectoryError(entries.EntriesError):
    """What is wrong with the directory, and where."""


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
        people = []
        for line, person in entries.read(path, "people", Person, DirectoryError):
            if fault := entries.known(person.hospitals, hospitals):
                raise DirectoryError(path, line, fault)
            people.append(person)
        return cls(people)

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

    def find(self, *, hospital: str, role: Role, user: str | None, about: CaseState | None) -> Sequence[Recipient]:
        """Those of a role in a hospital, or the one user; each address once, nobody when none is known.

        `about`: of a case that is guarded those alone who need to know.
        """
        found = {
            person.mail: Recipient(person.mail, person.language)
            for person in self._people
            if (person.user == user if user is not None else person.role is role and _works_in(person, hospital))
            and (about is None or not hidden(about, onlooker(person.user, person.role)))
        }
        return list(found.values())


def _works_in(person: Person, hospital: str) -> bool:
    return person.hospitals is None or hospital in person.hospitals
