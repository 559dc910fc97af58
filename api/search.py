"""Finding a case by a person's name or number. What is sealed cannot be asked of SQL: it is opened and looked at here.

That is honest work for the hospitals of one caller; an index that tells nothing comes with the security part.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from api.parts import ApiParts
from api.persons import known_persons
from marshrut.domain.state import CaseState
from marshrut.ports import CaseFilter, Page

# One call looks at no more cases than this, and says where to go on.
LOOKED_AT = 1000


class Search:
    """The cases whose person or visit matches every word; ё counts as е, case does not count."""

    def __init__(self, parts: ApiParts, text: str) -> None:
        self._parts = parts
        self._words = _plain(text).split()

    async def cases(self, which: CaseFilter, *, limit: int, cursor: str | None) -> Page[CaseState]:
        """As `Queries.cases`; a page may hold fewer than there are and still have a next one.

        Raises:
            ValueError: the cursor is none of this list's.
        """
        found: list[CaseState] = []
        for _ in range(max(1, LOOKED_AT // limit)):
            page = await self._parts.queries.cases(which, limit=limit - len(found), cursor=cursor)
            found.extend(await self._matching(page.items))
            cursor = page.next
            if cursor is None or len(found) == limit:
                break
        return Page(found, cursor)

    async def _matching(self, cases: Sequence[CaseState]) -> list[CaseState]:
        queries, vault = self._parts.queries, self._parts.vault
        visits = await queries.private([case.admission_ref for case in cases if case.admission_ref is not None])
        told: dict[str, Mapping[str, Any]] = {
            name: vault.open(words.content, about=f"command/{name}") for name, words in visits.items()
        }
        by_person = await known_persons(self._parts, (case.person for case in cases))
        return [
            case
            for case in cases
            if self._fits(told.get(case.admission_ref or "", {}), by_person.get(case.person or "", {}))
        ]

    def _fits(self, visit: Mapping[str, Any], person: Mapping[str, Any]) -> bool:
        known = [part for text in _texts(visit, person) for part in _plain(text).split()]
        return all(any(part.startswith(word) for part in known) for word in self._words)


def _texts(visit: Mapping[str, Any], person: Mapping[str, Any]) -> Iterator[str]:
    patient = person.get("patient", {})
    for text in (visit.get("visit"), *(patient.get(name) for name in ("mrn", "family", "given", "patronymic"))):
        if isinstance(text, str):
            yield text


def _plain(text: str) -> str:
    return text.casefold().replace("ё", "е")
