"""The catalogue: what the service goes by, to be looked up; every number with its source and how sure it is.

Words are sent by a form and never stand in an address: nobody is kept from looking a name up here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.filters import check_known
from api.web import entries
from api.web.desk import Desk, OfAnybody
from api.web.entries import Book, Entry
from api.web.entries_rules import rules
from api.web.forms import sent

router = APIRouter(prefix="/catalogue")

PARTS: Mapping[str, Callable[[Book], Iterator[Entry]]] = {
    "steps": entries.steps,
    "reasons": entries.reasons,
    "services": entries.services,
    "partners": entries.partners,
    "hospitals": entries.hospitals,
    "instruments": entries.instruments,
    "causes": entries.causes,
    "calendars": entries.calendars,
    "rules": rules,
}
FIRST = "steps"

Part = Annotated[str, Query(max_length=20)]
Hospital = Annotated[str, Query(max_length=60)]


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the catalogue, and how many of its entries fit."""

    code: str
    title: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Entries that belong together; without a title they all do."""

    title: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What was found. `unverified`: how many of the numbers that are shown nobody has seen in a source."""

    subtitle: str
    part: str
    hospital: str
    words: str
    only_unverified: bool
    hospitals: tuple[tuple[str, str], ...]
    tabs: tuple[Tab, ...]
    groups: tuple[Group, ...]
    found: str
    unverified: str

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.words) or self.only_unverified


@router.get("")
async def catalogue(desk: OfAnybody, part: Part = FIRST, hospital: Hospital = "") -> Response:
    """A part of the catalogue, as it holds everywhere or in a hospital."""
    return await desk.page("catalogue.html", _page(desk, part, hospital, "", only=False), section="catalogue")


@router.post("")
async def searched(desk: OfAnybody, request: Request) -> Response:
    """The same, of what fits the words."""
    form = await sent(request)
    part, hospital = form.text("part") or FIRST, form.text("hospital") or ""
    page = _page(desk, part, hospital, (form.text("q") or "")[:100], only=form.text("unverified") is not None)
    return await desk.page("catalogue.html", page, section="catalogue")


def _page(desk: Desk, part: str, hospital: str, words: str, *, only: bool) -> Page:
    known, t = desk.parts.catalogue, desk.t
    check_known(desk.parts, hospital=hospital or None)
    part = part if part in PARTS else FIRST
    content = known.at(hospital) if hospital else known.of_region(None)
    book = Book(desk, known.behind(hospital) if hospital else known, content, desk.parts.catalogues.faulty)
    fitting = {name: [each for each in made(book) if _fits(each, words, only=only)] for name, made in PARTS.items()}
    shown = fitting[part]
    found = t("catalogue.found", n=len(shown))
    unverified = sum(not number.verified for each in shown for number in each.numbers)
    return Page(
        subtitle=t("catalogue.subtitle", version=book.catalogue.version),
        part=part,
        hospital=hospital,
        words=words,
        only_unverified=only,
        hospitals=tuple((code, desk.hospital(code)) for code in sorted(known.hospitals, key=desk.hospital)),
        tabs=tuple(Tab(name, t(f"catalogue.part_{name}"), len(each), name == part) for name, each in fitting.items()),
        groups=_groups(shown),
        found=t("catalogue.found_of", found=found, words=words) if words else found,
        unverified=t("catalogue.unverified", n=unverified) if unverified else "",
    )


def _groups(shown: Sequence[Entry]) -> tuple[Group, ...]:
    return tuple(Group(title, tuple(each)) for title, each in groupby(shown, lambda entry: entry.group))


def _fits(entry: Entry, words: str, *, only: bool) -> bool:
    """Whether each of the words stands somewhere in it, ё or е, capital or not."""
    if only and all(number.verified for number in entry.numbers):
        return False
    text = _plain(entry.words)
    return all(word in text for word in _plain(words).split())


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").replace("\u00a0", " ").split())
