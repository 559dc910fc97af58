"""Of what a plan consists, as far as an applicant is told: papers and services, by their names and days alone.

What would say something of health, or of a conflict, is not told: of each kind only what is listed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel

from api.inquiry.words import DOCUMENT, SERVICE, Words
from marshrut.catalogue.content import Content
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind

Standing = Literal["done", "now", "ahead"]
THINGS = ("document.", "service.")
TOLD_DOCUMENTS = frozenset({"passport", "temporary_id", "return_certificate", "birth_certificate", "snils", "oms"})
TOLD_SERVICES = frozenset({"urgent_services", "home_care", "post_boarding", "moscow_longevity", "my_career"})
DOCUMENT_STANDS: dict[str, Standing] = {
    "needed": "ahead",
    "requested": "now",
    "submitted": "now",
    "rejected": "now",
    "expired": "now",
    "issued": "done",
    "handed_over": "done",
}
SERVICE_STANDS: dict[str, Standing] = {
    "requested": "now",
    "accepted": "now",
    "in_progress": "done",
    "done": "done",
    "handed_over": "done",
}


class Line(BaseModel):
    """A part of the way, a paper, a service, or a part of a placement: done, in work or yet to come; `detail`: when."""

    what: str
    standing: Standing
    text: str
    detail: str = ""


def things_of(case: CaseState, here: Content, words: Words) -> Iterator[Line]:
    """Papers and services, each once."""
    yield from _documents(case, here, words)
    yield from _services(case, here, words)


def _documents(case: CaseState, here: Content, words: Words) -> Iterator[Line]:
    known = here.lists.get("documents")
    for item in case.items_of(ItemKind.DOCUMENT):
        standing = DOCUMENT_STANDS.get(item.status)
        entry = None if known is None else known.entries.get(item.name)
        if standing is None or entry is None or item.name not in TOLD_DOCUMENTS:
            continue
        title = entry.title.ru if words.russian else entry.title.en
        detail = words(DOCUMENT[item.status], day=item.moved_at)
        yield Line(what=f"document.{item.name}", standing=standing, text=title, detail=detail)


def _services(case: CaseState, here: Content, words: Words) -> Iterator[Line]:
    """Of several partners that are asked for one service the one that is furthest; who they are is not told."""
    found: dict[str, Item] = {}
    for item in case.items_of(ItemKind.REFERRAL):
        known = found.get(item.name)
        if item.status in SERVICE_STANDS and (known is None or _furthest(item) >= _furthest(known)):
            found[item.name] = item
    for name, item in found.items():
        service = here.services.get(name)
        if service is None or name not in TOLD_SERVICES:
            continue
        title = service.title.ru if words.russian else service.title.en
        detail = words(SERVICE[item.status], day=item.moved_at)
        yield Line(what=f"service.{name}", standing=SERVICE_STANDS[item.status], text=title, detail=detail)


def _furthest(item: Item) -> int:
    return list(SERVICE_STANDS).index(item.status)
