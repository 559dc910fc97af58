"""What the person agreed to, as the API shows it: every purpose of the catalogue, asked or not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.parts import ApiParts
from api.views.item import ItemView, item_views
from api.views.titles import Title
from marshrut.catalogue.model import Catalogue
from marshrut.domain.clock import Mark
from marshrut.domain.consents import ConsentPurpose, Told, stands, tells
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind
from marshrut.ports import Caller

Said = Literal["not_asked", "asked", "given", "partial", "refused", "withdrawn", "expired", "incapable"]
By = Literal["patient", "representative", "guardian"]
How = Literal["paper", "witnessed"]


class ConsentView(BaseModel):
    """A purpose, and what was said of it. `allowed`: whether what rests on it may be done now.

    `by` said it, `how`; `recorded_by` wrote it down. `goes_on`: what is done without it, for no consent is needed.
    `item_id`: by which its history is found; null: nobody has asked. `can`: what may be recorded now.
    """

    purpose: ConsentPurpose
    title: Title
    said: Said
    said_title: Title
    allowed: bool
    by: By | None
    how: How | None
    at: datetime | None
    until: datetime | None
    recorded_by: str | None
    note: str | None
    goes_on: Title
    mark: Mark
    source: str
    item_id: str | None
    version: str | None
    can: list[str]


async def consents(case: CaseState, caller: Caller, parts: ApiParts) -> list[ConsentView]:
    """Every purpose of the catalogue, and what was said of it, as the caller may see that."""
    items = {each.name: each for each in await item_views(case, case.items_of(ItemKind.CONSENT), caller, parts)}
    known = parts.catalogue
    return [_view(purpose, case, items.get(purpose), known) for purpose in ConsentPurpose if purpose in known.consents]


def _view(purpose: ConsentPurpose, case: CaseState, item: ItemView | None, catalogue: Catalogue) -> ConsentView:
    entry = catalogue.consents[purpose]
    facts: Mapping[str, Any] = {} if item is None else item.facts
    said: Any = "not_asked" if item is None else item.status
    told = {ConsentPurpose.PUBLICATION: Told.PUBLIC_SEARCH}.get(purpose)
    return ConsentView(
        purpose=purpose,
        title=Title(ru=entry.title.ru, en=entry.title.en),
        said=said,
        said_title=SAID[said],
        allowed=stands(case, purpose) and (told is None or tells(case, told)),
        by=facts.get("by"),
        how=facts.get("how"),
        at=None if item is None else item.moved_at,
        until=None if item is None else item.expires_at,
        recorded_by=None if item is None else item.moved_by,
        note=facts.get("note"),
        goes_on=Title(ru=entry.goes_on.ru, en=entry.goes_on.en),
        mark=entry.mark,
        source=entry.source,
        item_id=None if item is None else item.item_id,
        version=None if item is None else item.version,
        can=_can(item, closed=case.closed),
    )


def _can(item: ItemView | None, *, closed: bool) -> list[str]:
    if closed:
        return []
    if item is None:
        return ["given", "partial", "refused"]
    # What is given may be given anew: by somebody else, or for longer.
    again = [item.status] if item.can and item.status in {"given", "partial"} else []
    return [*again, *(status for status in item.can if status in {"given", "partial", "refused", "withdrawn"})]


def _title(ru: str, en: str) -> Title:
    return Title(ru=ru, en=en)


SAID: Mapping[str, Title] = {
    "not_asked": _title("Не спрашивали", "Not asked"),
    "asked": _title("Ждём ответа", "Asked"),
    "given": _title("Согласен", "Given"),
    "partial": _title("Согласен частично", "Given in part"),
    "refused": _title("Отказ", "Refused"),
    "withdrawn": _title("Отозвано", "Withdrawn"),
    "expired": _title("Срок истёк", "Expired"),
    "incapable": _title("Не может ответить", "Cannot say"),
}
