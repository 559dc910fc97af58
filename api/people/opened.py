"""Whom something was told of lately, opened for the search: in this process's memory, never on a disk.

What is told anew is taken up at the next search: SQL counts what it is told (`commands.number`), so only that is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from api.people.told_names import LONGEST, day, names_in
from marshrut.domain.persons import known
from marshrut.names import Name, NameIndex
from marshrut.ports import CaseFinder, Clock, Queries, Vault

# Whose case ended before that is not found by name any more, only by the list of closed cases [A].
KEPT_FOR = timedelta(days=400)
AT_ONCE = 500
OPENED_AT_ONCE = 200
# Numbers are given before they are committed: so many are looked at again, or one that came late would be missed.
AGAIN = 200


@dataclass(frozen=True, slots=True)
class Known:
    """What a search knows of a person beside the name. `visits`: their numbers, by the command that told them."""

    born: date | None = None
    records: tuple[str, ...] = ()
    visits: Mapping[str, str] = field(default_factory=dict)


class People:
    """Everybody whom a case is or was lately about."""

    def __init__(self, finder: CaseFinder, queries: Queries, vault: Vault, now: Clock) -> None:
        self.index: NameIndex[str] = NameIndex()
        self._finder = finder
        self._queries = queries
        self._vault = vault
        self._now = now
        self._known: dict[str, Known] = {}
        self._read: set[tuple[int, str]] = set()
        self._up_to = 0
        self._filled = False
        self._erased: int | None = None
        self._turn = asyncio.Lock()

    async def fresh(self) -> None:
        """Take up what was told since."""
        async with self._turn:
            await self._forget_erased()
            while True:
                alive_from = None if self._filled else self._now() - KEPT_FOR
                after = self._up_to if not self._filled else max(0, self._up_to - AGAIN)
                told = await self._finder.told_of(after, alive_from=alive_from, limit=AT_ONCE + AGAIN)
                new = [each for each in told if each not in self._read]
                if new:
                    await self._take_up({person for _, person in new})
                    self._up_to = max(self._up_to, *(number for number, _ in told))
                    self._read = {each for each in (*self._read, *new) if each[0] >= self._up_to - 2 * AGAIN}
                elif self._filled or not told:
                    self._filled = True
                    return

    async def _forget_erased(self) -> None:
        """Nobody says who it was, so everybody is forgotten and read anew; it happens some times a year."""
        erased = await self._finder.erased()
        if erased != self._erased:
            self.index, self._known, self._read = NameIndex(), {}, set()
            self._up_to, self._filled, self._erased = 0, False, erased

    def known(self, person: str) -> Known:
        """What is known of a person beside the name."""
        return self._known.get(person, Known())

    def born_on(self, born: date) -> list[str]:
        """Who was born that day."""
        return [person for person, known_so_far in self._known.items() if known_so_far.born == born]

    def numbered(self, number: str) -> list[str]:
        """Whose record or visit has a number, or a part of one, that begins so."""
        return [person for person, known_so_far in self._known.items() if _numbered(known_so_far, number)]

    async def _take_up(self, persons: set[str]) -> None:
        records = await self._queries.person_records(list(persons))
        told_of = list(records.items())
        for start in range(0, len(told_of), OPENED_AT_ONCE):
            some = told_of[start : start + OPENED_AT_ONCE]
            words = await self._vault.opened({name: sealed for _, told in some for name, sealed in told})
            for person, told in some:
                self._put(person, [(name, words[name]) for name, _ in told])
            await asyncio.sleep(0)  # others have their turn: thousands are read at the start

    def _put(self, person: str, told: Sequence[tuple[str, dict[str, Any]]]) -> None:
        whole = known([record for _, record in told])
        patients = [record["patient"] for _, record in told if record.get("patient")]
        self.index.put(person, _names(whole))
        self._known[person] = Known(
            born=day((whole.get("patient") or {}).get("birth_date")),
            records=tuple({str(patient["mrn"]) for patient in patients if patient.get("mrn")}),
            visits={name: str(record["visit"]) for name, record in told if record.get("visit")},
        )


def _numbered(known_so_far: Known, number: str) -> bool:
    texts = (*known_so_far.records, *known_so_far.visits.values())
    return any(_begins(text.casefold(), number) for text in texts)


def _begins(text: str, number: str) -> bool:
    return text.startswith(number) or any(part.startswith(number) for part in text.replace("/", "-").split("-"))


def _names(whole: Mapping[str, Any]) -> list[Name]:
    """The names of a person; another one without a given name of its own is an earlier family name."""
    found: list[Name] = names_in(whole)
    earlier = tuple(each.family[:LONGEST] for each in found[1:] if each.family and not each.given)
    return list(_with_earlier(found, earlier))


def _with_earlier(names: Iterable[Name], earlier: tuple[str, ...]) -> Iterable[Name]:
    for each in names:
        if each.given or not earlier:
            yield Name(each.family, each.given, each.patronymic, earlier, each.birth_date, each.sex)
        elif each.family not in earlier:
            yield each
