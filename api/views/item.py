"""Items as the API shows them: what there is beside the steps, how it stands, and what may become of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from api.confidential import opened
from api.parts import ApiParts
from api.views.titles import Title
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import Title as Wording
from marshrut.catalogue.model import Catalogue
from marshrut.domain.items import can
from marshrut.domain.kinds import KINDS
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.versions import of_part
from marshrut.domain.words import ItemKind
from marshrut.ports import Caller

# The facts that name the step in whose answer the rest stands: a receipt, a number, who the consultant is.
ANSWERED = ("told_in", "brought_by")


class Reason(BaseModel):
    """A rule of the catalogue that proposed something, in words."""

    code: str
    title: Title


class ItemView(BaseModel):
    """An item. `can`: the statuses into which the caller may move it now; `because`: who or what proposed it.

    Among `facts` is what the answer to a step told of it, such as a receipt's number. A psychologist's notes are shown
    to the hospital's psychologists and to their author only. `version`: for `If-Match`.
    """

    item_id: str
    version: str
    case_id: str
    kind: ItemKind
    name: str
    title: Title
    status: str
    status_title: Title
    facts: dict[str, Any]
    because: list[Reason]
    of: str | None
    added_at: datetime
    moved_at: datetime
    moved_by: str
    expires_at: datetime | None
    can: list[str]


async def item_views(case: CaseState, items: Iterable[Item], caller: Caller, parts: ApiParts) -> list[ItemView]:
    """Some items of a case, as the caller may see them."""
    shown = list(items)
    private = await opened(parts, caller, [ref for item in shown for ref in (*item.refs, *_answers(case, item))])
    catalogue = await parts.catalogues.of(case.catalogue)
    tables = await parts.catalogues.at(case.catalogue, case.hospital or "", case.variants)
    rules = await parts.catalogues.slice_of(case.catalogue, case.hospital or "", case.variants)
    return [_view(case, item, caller, private, (catalogue, tables, rules)) for item in shown]


def _view(
    case: CaseState,
    item: Item,
    caller: Caller,
    private: Mapping[str, Mapping[str, Any]],
    words: tuple[Catalogue, Content, Slice | None],
) -> ItemView:
    catalogue, tables, rules = words
    told: dict[str, Any] = {}
    for ref in _answers(case, item):
        said = private.get(ref, {}).get("outcome", {})
        told |= {name: said[name] for name in KINDS[item.kind].facts.private_fields - {"note"} if name in said}
    for ref in item.refs:
        told |= private.get(ref, {}).get("facts", {})
    own = None if rules is None else rules.own(case, item)
    because = item.facts.get("because")
    return ItemView(
        item_id=item.item_id,
        version=of_part(item),
        case_id=case.case_id,
        kind=item.kind,
        name=item.name,
        title=item_title(item, catalogue, tables),
        status=item.status,
        status_title=status_title(item, catalogue),
        facts={**{name: value for name, value in item.facts.items() if name != "because"}, **told},
        because=[_reason(code, tables) for code in (because if isinstance(because, tuple) else ())],
        of=item.of,
        added_at=item.added_at,
        moved_at=item.moved_at,
        moved_by=item.moved_by,
        expires_at=item.expires_at,
        can=[] if case.closed or case.case_id in caller.opened else list(can(item, caller.actor, own=own)),
    )


def _answers(case: CaseState, item: Item) -> Iterator[str]:
    """The commands whose private parts tell of the item in the answer to a step."""
    for name in ANSWERED:
        step = case.steps.get(str(item.facts.get(name)))
        if step is not None and step.outcome_ref is not None:
            yield step.outcome_ref


def item_title(item: Item, catalogue: Catalogue, tables: Content) -> Title:
    """What an item is called: by its name where the catalogue has it, else by its kind."""
    named: Wording | None = None
    match item.kind:
        case ItemKind.NEED:
            named = tables.needs.get(item.name)
        case ItemKind.ENTRY:
            for table in (tables.tracks, tables.services, tables.steps):
                entry = table.get(item.name)
                named = named or (entry.title if entry is not None else None)
        case ItemKind.REFERRAL | ItemKind.SESSION:
            service = tables.services.get(item.name)
            named = service.title if service is not None else None
        case ItemKind.CONSENT:
            purpose = {each.value: entry for each, entry in catalogue.consents.items()}.get(item.name)
            named = purpose.title if purpose is not None else None
        case ItemKind.INSTITUTION:
            institution = tables.institutions.get(item.name)
            named = institution.title if institution is not None else None
        case _:
            entries = (each.entries.get(item.name) for each in tables.lists.values() if each.kind is item.kind)
            named = next((entry.title for entry in entries if entry is not None), None)
    return _shown(named or catalogue.items.get(item.kind), item.name)


def status_title(item: Item, catalogue: Catalogue) -> Title:
    """How it stands, in words."""
    return _shown(catalogue.statuses.get(item.status), item.status)


def _reason(code: str, tables: Content) -> Reason:
    """A rule or a reason for a referral in its own words; of an instrument (`instrument.by.code`) what it is called."""
    rule = tables.proposals.get(code) or tables.route.get(code) or tables.family.get(code)
    if rule is not None:
        return Reason(code=code, title=_shown(rule.because, code))
    referred = tables.lists.get("support_reasons")
    if referred is not None and code in referred.entries:
        return Reason(code=code, title=_shown(referred.entries[code].title, code))
    instrument = tables.instruments.get(code.split(".", maxsplit=1)[0])
    return Reason(code=code, title=_shown(None if instrument is None else instrument.title, code))


def _shown(wording: Wording | None, code: str) -> Title:
    return Title(ru=code, en=code) if wording is None else Title(ru=wording.ru, en=wording.en)
