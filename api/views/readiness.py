"""What a patient who is to leave still waits for, in words."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from api.parts import ApiParts
from api.views.titles import Title
from marshrut.catalogue.content import Content
from marshrut.domain.readiness import CHECKLIST, Waiting, readiness
from marshrut.domain.state import CaseState


class WaitingView(BaseModel):
    """Something that is waited for: doctor, psychiatrist in a crisis, review of barriers, an entry of the checklist."""

    sort: Literal["medical", "crisis", "review", "arrangement"]
    name: str
    title: Title
    status: str


class ReadinessView(BaseModel):
    """Since when the patient may leave, and since when nothing stands in the way at home: null while it is not so."""

    medical_at: datetime | None
    social_at: datetime | None
    waiting_for: list[WaitingView]


async def readiness_view(case: CaseState, parts: ApiParts) -> ReadinessView:
    """A case's readiness, in the words of the catalogue that it began under."""
    known = readiness(case)
    tables = await parts.catalogues.at(case.catalogue, case.hospital or "", case.variants)
    return ReadinessView(
        medical_at=known.medical_at,
        social_at=known.social_at,
        waiting_for=[
            WaitingView(sort=each.sort, name=each.name, title=_title(each, tables), status=each.status)
            for each in known.waiting_for
        ],
    )


def _title(waiting: Waiting, tables: Content) -> Title:
    checklist = tables.lists.get(CHECKLIST)
    entries = checklist.entries if checklist and waiting.sort == "arrangement" else {}
    track = "psychology" if waiting.sort == "crisis" else "discharge"
    entry = entries.get(waiting.name) or tables.steps.get(f"{track}.{waiting.name}")
    return Title(ru=waiting.name, en=waiting.name) if entry is None else Title(**entry.title.model_dump())
