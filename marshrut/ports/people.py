"""Telling other searchers of a person, and reading whom they tell of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True, repr=False)
class SoughtPerson:
    """Somebody who is sought or was found, as far as others have to know. It never prints itself: it is personal data.

    `record`: the id under which the record is known for good. `others`: other names, each as one string. `author` is
    who tells of the person and may be asked, `source` from where the record comes.
    """

    record: str
    told_at: datetime
    name: str
    family: str | None = None
    given: str | None = None
    others: tuple[str, ...] = ()
    sex: Literal["male", "female"] | None = None
    birth_date: date | None = None
    source: str | None = None
    author: str | None = None
    phones: tuple[str, ...] = ()
    description: str | None = None


class PersonRecords(Protocol):
    """A format in which searchers exchange records of persons."""

    def write(self, persons: Sequence[SoughtPerson]) -> bytes:
        """A document; each record's id is made one of this service's."""
        ...

    def read(self, raw: bytes) -> Sequence[SoughtPerson]:
        """The persons of a document, without those of whom only the place of an expired record is left.

        Raises:
            Unfit: it is none, `bad_pfif` with the code of the fault and its place.
        """
        ...
