"""What a partner is shown of a referral: what is asked of it and, if the patient agrees, what the patient needs.

No person, no case, no ward, no diagnosis.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, WithJsonSchema

from api.partners.answering import rules_of
from api.parts import ApiParts
from api.views.item import item_title, status_title
from api.views.titles import Title, Worded
from marshrut.catalogue.content import Content
from marshrut.domain.consents import ConsentPurpose, stands
from marshrut.domain.facts import put_aside
from marshrut.domain.kinds import KINDS
from marshrut.domain.partner_answers import OPEN, Answer, open_to
from marshrut.domain.state import CaseState, Item
from marshrut.domain.versions import of_part
from marshrut.domain.words import ItemKind

# Of what was agreed with the patient a partner hears; not of what they declined, nor of what is only proposed.
TOLD_NEEDS = frozenset({"agreed", "met", "unmet"})
# While it is asked or serves, at home too. Of somebody whom it does not serve a partner hears no more than that.
SERVES = OPEN | {"handed_over"}
# The partner's own word, and why: what moved the referral otherwise is no business of theirs.
SAID_WHY = frozenset({"declined", "failed"})


STATUSES = KINDS[ItemKind.REFERRAL].statuses
ReferralStatus = Annotated[str, WithJsonSchema({"type": "string", "enum": list(STATUSES)})]


class PartnerReferralView(BaseModel):
    """A referral as the partner sees it that was asked.

    `on_hold`: the partner has put it aside. `reason`: why it did, or declined, or failed. `answer_by`: silence until
    then counts as a no. `needs`: null unless the patient agreed to the partner's hearing of them, and as long as the
    partner is asked or serves. `can`: the answers that are open now; `reasons`: to choose from.
    """

    referral_id: str
    version: str
    programme: Worded
    partner: Worded
    hospital: Worded
    status: ReferralStatus
    status_title: Title
    on_hold: bool
    held_until: datetime | None
    reason: Worded | None
    asked_at: datetime
    moved_at: datetime
    answer_by: datetime | None
    papers: list[Title]
    hours_a_week: int | None
    needs: list[Title] | None
    can: list[Answer]
    reasons: list[Worded]


async def partner_view(case: CaseState, item: Item, partner: str, parts: ApiParts) -> PartnerReferralView:
    """The referral, for this partner."""
    hospital = case.hospital or ""
    catalogue = await parts.catalogues.of(case.catalogue)
    tables = await parts.catalogues.at(case.catalogue, hospital, case.variants)
    rules, aside = rules_of(case, parts), put_aside(item)
    known, site = tables.partners.get(partner), parts.catalogue.hospitals.get(hospital)
    hours = item.facts.get("hours")
    return PartnerReferralView(
        referral_id=item.item_id,
        version=of_part(item),
        programme=Worded(code=item.name, title=item_title(item, catalogue, tables)),
        partner=Worded(code=partner, title=_title(known, partner)),
        hospital=Worded(code=hospital, title=_title(site, hospital)),
        status=item.status,
        status_title=status_title(item, catalogue),
        on_hold=aside,
        held_until=_instant(item.facts.get("held_until")) if aside else None,
        reason=_reason(item, {code: Title(ru=each.ru, en=each.en) for code, each in rules.reasons.items()}, tables)
        if says_why(item)
        else None,
        asked_at=item.added_at,
        moved_at=item.moved_at,
        answer_by=item.expires_at if item.status == "requested" else None,
        papers=_papers(item, tables),
        hours_a_week=hours if isinstance(hours, int) else None,
        needs=needs_told(case, tables) if serves(item) else None,
        can=[] if case.closed else list(open_to(item, partner)),
        reasons=[Worded(code=code, title=Title(ru=each.ru, en=each.en)) for code, each in rules.reasons.items()],
    )


def serves(item: Item) -> bool:
    """Whether the partner hears what is needed, if the patient agrees."""
    return item.status in SERVES


def says_why(item: Item) -> bool:
    """Whether the partner is told why the referral stands so."""
    return put_aside(item) or item.status in SAID_WHY


def consents(case: CaseState) -> bool:
    """Whether the patient agreed that partners hear of their needs, and still does."""
    return stands(case, ConsentPurpose.NEEDS_TOLD)


def needs_told(case: CaseState, tables: Content) -> list[Title] | None:
    """What the patient needs, in the catalogue's words alone; None without their consent."""
    if not consents(case):
        return None
    needs = (item for item in case.items_of(ItemKind.NEED) if item.status in TOLD_NEEDS)
    known = (tables.needs.get(item.name) for item in needs)
    return [Title(ru=each.ru, en=each.en) for each in known if each is not None]


def _papers(item: Item, tables: Content) -> list[Title]:
    sent, known = item.facts.get("documents"), tables.lists.get("documents")
    named = sent if isinstance(sent, tuple) else ()
    return [_title(None if known is None else known.entries.get(name), name) for name in named]


def _reason(item: Item, ours: dict[str, Title], tables: Content) -> Worded | None:
    code = item.facts.get("reason")
    if not isinstance(code, str):
        return None
    return Worded(code=code, title=ours.get(code) or _title(tables.reasons.get(code), code))


def _title(entry: object, code: str) -> Title:
    """What the catalogue calls it; by its code where it does not know it."""
    title = getattr(entry, "title", None)
    return Title(ru=code, en=code) if title is None else Title(ru=title.ru, en=title.en)


def _instant(told: object) -> datetime | None:
    return datetime.fromisoformat(told) if isinstance(told, str) else None
