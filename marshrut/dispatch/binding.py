"""What is sealed goes under the key of whom it is about, as soon as that is known: a part of the background.

Nobody waits for it. Until then the installation's service key opens a record, afterwards the person's key alone does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol

from marshrut.domain.amending import numbers_amended
from marshrut.domain.marks import Mark, marks_in
from marshrut.ports import Bound, Loose, LooseRecords

AT_ONCE = 50
Hashed = Callable[[Mark, str], bytes]
Place = tuple[str, str]


class BindingVault(Protocol):
    """What opens records and wraps their keys anew."""

    async def opened(self, sealed: Mapping[str, bytes], *, kind: str = "command") -> dict[str, dict[str, Any]]:
        """By name the contents of records."""
        ...

    async def bound(self, sealed: Mapping[Place, tuple[bytes, str]]) -> dict[Place, bytes]:
        """By kind and name the same records, under the keys of these persons."""
        ...


class Binding:
    """Binds what is loose."""

    def __init__(self, records: LooseRecords, vault: BindingVault, hashed: Hashed) -> None:
        self._records = records
        self._vault = vault
        self._hashed = hashed

    async def round(self) -> None:
        """Bind all there is, a little at a time."""
        while await self._some():
            pass

    async def _some(self) -> int:
        loose = await self._records.loose(AT_ONCE)
        return await self._records.bind(await self._bound(loose)) if loose else 0

    async def _bound(self, loose: Sequence[Loose]) -> list[Bound]:
        sealed = {(kind, each.command_id): (part, each.person) for each in loose for kind, part in _parts(each)}
        bound = await self._vault.bound(sealed)
        words = await self._vault.opened({each.command_id: each.private for each in loose if each.private is not None})
        return [
            Bound(
                each,
                bound.get(("command", each.command_id)),
                bound.get(("raw", each.command_id)),
                self._marks(marks_in(words.get(each.command_id, {}))),
                *map(self._marks, numbers_amended(words.get(each.command_id, {}))),
            )
            for each in loose
        ]

    def _marks(self, told: Iterable[tuple[Mark, str]]) -> frozenset[bytes]:
        return frozenset(self._hashed(*mark) for mark in told)


def _parts(each: Loose) -> list[tuple[str, bytes]]:
    return [(kind, part) for kind, part in (("command", each.private), ("raw", each.raw)) if part is not None]
