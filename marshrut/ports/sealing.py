"""What is sealed in SQL, as those see it who wrap its keys anew."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class Loose:
    """A command's sealed parts, and whom its case is about."""

    number: int
    command_id: str
    person: str
    private: bytes | None
    raw: bytes | None


@dataclass(frozen=True, slots=True)
class Bound:
    """The same parts under that person's key, and the marks by which the person is found.

    `wrong`: by which they are found no more, `right`: by which they are again; a correction says so.
    """

    loose: Loose
    private: bytes | None
    raw: bytes | None
    marks: frozenset[bytes]
    wrong: frozenset[bytes] = frozenset()
    right: frozenset[bytes] = frozenset()


class LooseRecords(Protocol):
    """Records that are about somebody and not yet under their key. Raises Unavailable, and Uncertain."""

    async def loose(self, limit: int) -> Sequence[Loose]:
        """Some of them."""
        ...

    async def bind(self, bound: Collection[Bound]) -> int:
        """Keep them so, unless they have changed meanwhile; how many were."""
        ...


class Kept(NamedTuple):
    """A sealed value: where it is kept, and to what it belongs."""

    place: str
    key: tuple[str, ...]
    about: str
    sealed: bytes


class SealedValues(Protocol):
    """Everything that a service key wraps. Raises Unavailable, and Uncertain."""

    async def under_others(self, head: bytes, limit: int) -> Sequence[Kept]:
        """Some of what a service key wraps and does not begin so."""
        ...

    async def put(self, renewed: Collection[tuple[Kept, bytes]]) -> None:
        """Keep them anew, each unless it has changed meanwhile."""
        ...

    async def count(self, head: bytes) -> int:
        """How many are left."""
        ...
