"""What help there is: programmes, partners, institutions, and lists of what has to be there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from marshrut.catalogue.entries.values import Amount, Figure, Key, Sourced, Title, Words
from marshrut.domain.base import Model
from marshrut.domain.words import ItemKind


class OfficeEntry(Sourced):
    """Which office is the right one."""

    party: Key


class ListedEntry(Sourced):
    """What a list asks for, and how long it is good for once it is there.

    `offices`: where it is had, by circumstance: what became of the paper (`lost`), a flag of the case, or `otherwise`.
    `after`: by circumstance, or `always`, the entries of the list that it cannot be had without.
    """

    title: Title
    validity: Figure | None = None
    offices: Mapping[Key, OfficeEntry] = Field(default_factory=dict)
    after: Mapping[Key, tuple[Key, ...]] = Field(default_factory=dict)


class ListEntries(Model):
    """A list of things that have to be there, as items of one kind."""

    title: Title
    kind: ItemKind
    entries: Annotated[Mapping[Key, ListedEntry], Field(min_length=1)]


class PartnerEntry(Sourced):
    """An organisation that answers referrals. `party`: in whose hours it answers."""

    title: Title
    party: Key | None = None


class InstitutionEntry(Sourced):
    """A social institution: its profiles, and how many places it has, as far as is known."""

    title: Title
    profiles: Annotated[tuple[Key, ...], Field(min_length=1)]
    places: Annotated[int, Field(ge=0, le=10_000)] | None = None


class Contact(Sourced):
    """A telephone number or an address on the web."""

    kind: Literal["phone", "web"]
    value: Words
    note: Title | None = None


Level = Literal["level_1", "level_2", "level_3"]  # of need, in the long-term care system


class Service(Sourced):
    """A programme: who may apply, where, with which documents, in what time, for what, when and how to reach it.

    `partners` may be asked to take somebody in, several at once. `one_consultant`: the same person goes on after the
    hospital. `goes_on`: it outlives the stay in hospital. `units`: hours of lessons or visits after which it is done.
    `weekly_hours`: how much help each level of need gives.
    """

    title: Title
    who: Title | None = None
    where: Title | None = None
    party: Key | None = None
    documents: tuple[Title, ...] = ()
    deadline: Figure | None = None
    result: Title | None = None
    hours: Key | None = None
    contacts: tuple[Contact, ...] = ()
    partners: Annotated[tuple[Key, ...], Field(max_length=8)] = ()
    one_consultant: bool = False
    goes_on: bool = False
    units: Amount | None = None
    weekly_hours: Mapping[Level, Amount] = Field(default_factory=dict)
