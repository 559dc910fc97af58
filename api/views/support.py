"""Psychological support as the card shows it: how talks stand and what others need to know of them, in codes alone."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.parts import ApiParts
from api.views.item import item_title, status_title
from api.views.titles import Title
from marshrut.domain import crisis
from marshrut.domain.state import CaseState, Item
from marshrut.domain.support import Talks, talks, texts
from marshrut.domain.words import ItemKind


class ClientView(BaseModel):
    """Talks with the `patient`, or with the relative whose item `client` is, of one request.

    `sessions`: how many were planned after the first, null where nobody said; `planned`, `attended` and `missed`: how
    many of them stand so.
    """

    item_id: str
    client: str
    status: str
    status_title: Title
    reasons: list[str]
    urgency: Literal["ordinary", "crisis"]
    sessions: int | None
    planned: int
    attended: int
    missed: int
    next_at: datetime | None


class FamilyNeedView(BaseModel):
    """What somebody near needs for themselves: the relative whose item `client` is, or the whole `family`."""

    item_id: str
    name: str
    title: Title
    client: str
    status: str
    status_title: Title


class PsychologyView(BaseModel):
    """Whether the patient is in crisis, and how closely they are to be observed; whom the psychologist talks to.

    `keeps_here`: nobody leaves now without a psychiatrist's word.
    """

    crisis: crisis.Standing
    keeps_here: bool
    observe: Literal["constant", "often", "not_needed"] | None
    clients: list[ClientView]
    family: list[FamilyNeedView]


async def psychology_view(case: CaseState, parts: ApiParts) -> PsychologyView:
    """As the case stands, in the words of its catalogue."""
    catalogue = await parts.catalogues.of(case.catalogue)
    tables = await parts.catalogues.at(case.catalogue, case.hospital or "")
    return PsychologyView.model_validate(
        {
            "crisis": crisis.standing(case),
            "keeps_here": crisis.holds(case),
            "observe": crisis.observe(case),
            "clients": [{**_of(each), "status_title": status_title(each.request, catalogue)} for each in talks(case)],
            "family": [
                {
                    **_item(need),
                    "name": need.name,
                    "title": item_title(need, catalogue, tables),
                    "status_title": status_title(need, catalogue),
                }
                for need in case.items_of(ItemKind.FAMILY_NEED)
            ],
        }
    )


def _of(each: Talks) -> dict[str, object]:
    facts = each.request.facts
    return {
        **_item(each.request),
        "reasons": texts(each.request, "reasons"),
        "urgency": facts.get("urgency", "ordinary"),
        "sessions": facts.get("sessions"),
        "planned": each.planned,
        "attended": each.attended,
        "missed": each.missed,
        "next_at": each.next_at,
    }


def _item(item: Item) -> dict[str, object]:
    return {"item_id": item.item_id, "client": item.facts.get("client"), "status": item.status}
