"""What the catalogue of a case calls things, in one language: a code that it does not know is shown as it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from api.parts import ApiParts
from api.views.consent import SAID
from api.views.item import item_title, status_title
from api.web.formats import Formats
from api.web.words import Language, Words
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import Title as Wording
from marshrut.catalogue.model import Catalogue
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind
from workflows.documents import CALLED
from workflows.map.words import Words as Results


class Said(Protocol):
    """Anything with both languages."""

    @property
    def ru(self) -> str: ...
    @property
    def en(self) -> str: ...


class Titled(Protocol):
    """An entry of a table."""

    @property
    def title(self) -> Wording: ...


class Names:
    """The words of one version of the catalogue, as it holds for a case."""

    def __init__(self, catalogue: Catalogue, tables: Content, language: Language) -> None:
        self.language = language
        self.catalogue, self.tables = catalogue, tables
        self._results = Results(language, catalogue)

    @property
    def missing(self) -> tuple[str, ...]:
        """What has no words yet of all that was asked for of the map of tracks."""
        return tuple(self._results.missing)

    def said(self, title: Said) -> str:
        """One side of a title."""
        return title.ru if self.language == "ru" else title.en

    def step(self, name: str) -> str:
        """A step (`track.step`)."""
        return self._titled(self.tables.steps, name)

    def result(self, step: str, code: str) -> str:
        """What a result of a step (`track.step`) is called."""
        entry = self.tables.steps.get(step)
        return self._word(None if entry is None else entry.outcomes.get(code), code)

    def track(self, name: str) -> str:
        """A direction or another part of the journey."""
        return self._titled(self.tables.tracks, name)

    def part(self, name: str) -> str:
        """Any part of the pathway, also one that no catalogue has."""
        return self.track(name) if name in self.tables.tracks else self._results.track(name)

    def came_of(self, track: str, code: str) -> str:
        """How a track ended."""
        return self._results.result(track, code)

    def filled(self, field: str, code: str) -> str:
        """A value of a field that was filled in beside a result: in the words of the catalogue, or of the map."""
        said = self._catalogued(field, code)
        if said is None:
            said = self._results.filled(field, code)
        return said[:1].upper() + said[1:]

    def _catalogued(self, field: str, code: str) -> str | None:  # noqa: PLR0911 - a line a table
        match field:
            case "needs":
                return self._word(self.tables.needs.get(code), code)
            case "directions" | "adds" | "drops":
                return self.track(code)
            case "missing" | "kept" | "documents":
                return self.listed("documents", CALLED.get(code, code))
            case "partner" | "partners":
                return self.partner(code)
            case "institutions" | "wanted":
                return self.institution(code)
            case "reason" if code in self.tables.reasons:
                return self.reason(code)
            case "reason" if self.tables.answering is not None and code in self.tables.answering.reasons:
                return self.said(self.tables.answering.reasons[code])
            case _:
                return None

    def reason(self, code: str) -> str:
        """Why a step is blocked."""
        return self._titled(self.tables.reasons, code)

    def party(self, code: str) -> str:
        """Who has to move; one that somebody wrote by hand is called as they wrote it."""
        return self._titled(self.tables.parties, code)

    def partner(self, code: str) -> str:
        """Who is asked for a programme."""
        return self._titled(self.tables.partners, code)

    def service(self, code: str) -> str:
        """A programme."""
        return self._titled(self.tables.services, code)

    def institution(self, code: str) -> str:
        """An institution."""
        return self._titled(self.tables.institutions, code)

    def listed(self, of: str, code: str) -> str:
        """An entry of a list."""
        entries = self.tables.lists.get(of)
        return code if entries is None else self._titled(entries.entries, code)

    def paper(self, code: str) -> str:
        """A document, or what else it cannot be had without."""
        return self.track(code) if code in self.tables.tracks else self.listed("documents", code)

    def item(self, item: Item) -> str:
        """An item by its own name; of somebody who is asked, theirs."""
        if item.kind is ItemKind.REFERRAL and isinstance(partner := item.facts.get("partner"), str):
            return self.partner(partner)
        return self.said(item_title(item, self.catalogue, self.tables))

    def status(self, item: Item) -> str:
        """How an item stands."""
        return self.said(status_title(item, self.catalogue))

    def word(self, table: str, code: str) -> str:
        """A word of a closed vocabulary: stages, flags, roles, reports, endings, causes, items, statuses."""
        words: Mapping[str, Wording] = {str(key): title for key, title in getattr(self.catalogue, table).items()}
        return self._word(words.get(code), code)

    def stands(self, kind: ItemKind, code: str) -> str:
        """How an item of a kind stands; what is said of a consent has words of its own."""
        said = SAID.get(code) if kind is ItemKind.CONSENT else None
        return self.word("statuses", code) if said is None else self.said(said)

    def hospital(self, code: str) -> str:
        """A hospital."""
        return self._titled(self.catalogue.hospitals, code)

    def _titled(self, table: Mapping[str, Titled], code: str) -> str:
        entry = table.get(code)
        return self._word(None if entry is None else entry.title, code)

    def _word(self, wording: Wording | None, code: str) -> str:
        return code.replace("_", " ") if wording is None else self.said(wording)


@dataclass(frozen=True, slots=True)
class Voice:
    """In which words something is told: what the catalogue calls things, how days are written, what a page says."""

    names: Names
    formats: Formats
    words: Words


async def names_of(case: CaseState, parts: ApiParts, language: Language) -> Names:
    """The words of the catalogue that a case goes by."""
    catalogue = await parts.catalogues.of(case.catalogue)
    return Names(catalogue, await parts.catalogues.at(case.catalogue, case.hospital or "", case.variants), language)
