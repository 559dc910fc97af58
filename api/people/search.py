"""Finding cases by whom they are about: a name in any spelling, a birth date, a number, a ward, a family code.

SQL holds names sealed, so whom something was told of lately is opened and kept in this process's memory, never on a
disk (`People`). One search serves API, page and header field; whoever asks gets cases of their own hospitals only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from api.people.opened import Known, People
from marshrut.domain.ids import inquiry_of
from marshrut.domain.marks import Mark
from marshrut.domain.marks import sought as numbers_sought
from marshrut.names import Name, Reason
from marshrut.ports import CaseFilter, CaseFinder, CaseRef, Queries

# One call of the search for relatives looks at no more cases than this.
LOOKED_AT = 1000
# Nobody reads on after so many; better to say more.
MOST = 200
# A name, a date, a number and a ward are no more words than this: each that may be a ward is a search of its own.
MOST_WORDS = 8

BY_CODE, BY_NUMBER, BY_DATE, BY_WARD = 100, 95, 60, 45
_DATE = re.compile(r"(\d{1,2})[.\-/](\d{1,2})[.\-/](\d{4})|(\d{4})-(\d{2})-(\d{2})")
_LABELS = frozenset({"иб", "№", "мк", "история", "болезни", "палата", "отделение", "mrn", "visit", "ward", "no"})


@dataclass(frozen=True, slots=True)
class Sought:
    """A search in its parts: the words of a name, numbers, a birth date."""

    words: tuple[str, ...]
    numbers: tuple[str, ...]
    born: date | None

    @classmethod
    def of(cls, text: str) -> Sought:
        """What somebody typed."""
        words: list[str] = []
        numbers: list[str] = []
        born = None
        for token in text.replace(",", " ").replace(";", " ").split():
            if (day := _day(token)) is not None:
                born = day
            elif any(char.isdigit() for char in token):
                numbers.append(token.strip(".№#").casefold())
            elif token.strip(".").casefold() not in _LABELS:
                words.append(token)
        return cls(tuple(words), tuple(number for number in numbers if number), born)

    @property
    def name(self) -> Name:
        """What is compared."""
        return Name.of(" ".join(self.words), birth_date=self.born)


@dataclass(frozen=True, slots=True)
class Hit:
    """A case that may be meant: how well it fits, and why (codes of `names.Reason`; none: it is written so)."""

    case_id: str
    person: str
    score: int
    reasons: tuple[str, ...]


class Search:
    """The search, of one process."""

    def __init__(
        self, people: People, finder: CaseFinder, queries: Queries, hashed: Callable[[Mark, str], bytes]
    ) -> None:
        self.people = people
        self.finder = finder
        self._queries = queries
        self._hashed = hashed

    async def find(self, text: str, which: CaseFilter) -> Sequence[Hit]:
        """The cases among these that may be meant, the best first; of many the best."""
        await self.people.fresh()
        sought = Sought.of(text)
        hits: dict[str, tuple[Hit, CaseRef]] = {}
        for hit, ref in [*await self._by_code(text, which), *await self._by_what_is_told(sought, which)]:
            _keep(hits, hit, ref)
        for hit, ref in [*await self._by_ward(sought, which), *await self._by_mark(text, which)]:
            _keep(hits, hit, ref)
        ranked = sorted(hits.values(), key=lambda each: (-each[0].score, each[1].closed, -_time(each[1].opened_at)))
        return [hit for hit, _ in ranked[:MOST]]

    async def alike(self, name: Name, which: CaseFilter) -> Sequence[Hit]:
        """The cases among these whose patient may bear the name."""
        await self.people.fresh()
        return [hit for hit, _ in await self._cases(dict(_by(self.people, name)), which)]

    async def _by_code(self, text: str, which: CaseFilter) -> list[tuple[Hit, CaseRef]]:
        code = inquiry_of(text.strip())
        case = None if code is None else await self._queries.case_by_inquiry(code)
        if case is None or case.person is None:
            return []
        refs = await self.finder.of_persons([case.person], which)
        return [(Hit(ref.case_id, ref.person, BY_CODE, ()), ref) for ref in refs if ref.case_id == case.case_id]

    async def _by_mark(self, text: str, which: CaseFilter) -> list[tuple[Hit, CaseRef]]:
        """By a whole number that was told of anybody, however long ago: nobody's name is needed for that."""
        marks = [self._hashed(mark, told) for mark, told in numbers_sought(text)]
        persons = await self.finder.marked(marks) if marks else ()
        return await self._cases(dict.fromkeys(persons, (BY_NUMBER, ())), which) if persons else []

    async def _by_what_is_told(self, sought: Sought, which: CaseFilter) -> list[tuple[Hit, CaseRef]]:
        """By name, birth date and numbers: all that was said has to fit."""
        scores: dict[str, tuple[int, tuple[str, ...]]] = {}
        if sought.words:
            scores = dict(_by(self.people, sought.name))
        elif sought.born is not None:
            scores = dict.fromkeys(self.people.born_on(sought.born), (BY_DATE, (Reason.BIRTH_DATE_EQUAL,)))
        elif sought.numbers:
            scores = dict.fromkeys(self.people.numbered(sought.numbers[0]), (BY_NUMBER, ()))
        found = await self._cases(scores, which)
        return await self._numbered(found, sought.numbers) if sought.numbers else found

    async def _by_ward(self, sought: Sought, which: CaseFilter) -> list[tuple[Hit, CaseRef]]:
        """One of the words or numbers is the beginning of a ward's name; the rest has to fit as ever."""
        tokens = list(dict.fromkeys((*sought.words, *sought.numbers)))
        wards = await self.finder.wards(which.hospitals) if 0 < len(tokens) <= MOST_WORDS else ()
        found: list[tuple[Hit, CaseRef]] = []
        for token in tokens:
            meant = [ward for ward in wards if _begins(ward, token)]
            if not meant:
                continue
            rest = replace(
                sought,
                words=tuple(word for word in sought.words if word != token),
                numbers=tuple(number for number in sought.numbers if number != token),
            )
            if rest == Sought((), (), None):
                refs = await self.finder.in_wards(meant, which, limit=MOST)
                found += [(Hit(ref.case_id, ref.person, BY_WARD, ()), ref) for ref in refs]
            else:
                for hit, ref in await self._by_what_is_told(rest, which):
                    if ref.ward in meant:
                        found.append((hit, ref))
        return found

    async def _cases(
        self, scores: Mapping[str, tuple[int, tuple[str, ...]]], which: CaseFilter
    ) -> list[tuple[Hit, CaseRef]]:
        refs = await self.finder.of_persons(scores, which)
        return [(Hit(ref.case_id, ref.person, *scores[ref.person]), ref) for ref in refs]

    async def _numbered(self, found: list[tuple[Hit, CaseRef]], numbers: Sequence[str]) -> list[tuple[Hit, CaseRef]]:
        """Those that have each of the numbers, be it the record's, the visit's, the ward's or the year of birth."""
        doubtful = [hit.case_id for hit, _ in found if len(self.people.known(hit.person).visits) > 1]
        admissions = (
            {case.case_id: case.admission_ref for case in await self.finder.cases(doubtful)} if doubtful else {}
        )
        return [
            (hit, ref)
            for hit, ref in found
            if all(_has(self.people.known(hit.person), ref, number, admissions.get(hit.case_id)) for number in numbers)
        ]


def _by(people: People, name: Name) -> Iterable[tuple[str, tuple[int, tuple[str, ...]]]]:
    return ((found.key, (found.score, found.reasons)) for found in people.index.find(name))


def _has(known: Known, ref: CaseRef, number: str, admission: str | None) -> bool:
    """Whether a number is one of the case's; a visit's number only of the case that the visit opened."""
    visits = [text for name, text in known.visits.items() if admission is None or name == admission]
    own = [*known.records, *visits, *(text for text in (ref.ward, ref.bed) if text)]
    year = known.born is not None and number == str(known.born.year)
    return year or any(_begins(text, number) for text in own)


def _begins(text: str, number: str) -> bool:
    """Whether the text, or a part of it, begins so."""
    folded = text.casefold().replace("ё", "е")
    wanted = number.casefold().replace("ё", "е")
    return folded.startswith(wanted) or any(part.startswith(wanted) for part in re.split(r"[\W_]+", folded) if part)


def _keep(hits: dict[str, tuple[Hit, CaseRef]], hit: Hit, ref: CaseRef) -> None:
    known = hits.get(hit.case_id)
    if known is None or known[0].score < hit.score:
        hits[hit.case_id] = (hit, ref)


def _day(token: str) -> date | None:
    found = _DATE.fullmatch(token.strip("."))
    if found is None:
        return None
    day, month, year, iso_year, iso_month, iso_day = found.groups()
    try:
        return date(int(year or iso_year), int(month or iso_month), int(day or iso_day))
    except ValueError:
        return None


def _time(moment: datetime) -> float:
    return moment.timestamp()
