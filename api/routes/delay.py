"""A delayed discharge: its days, each with all that stood in the way, and who had to move."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Protocol

from fastapi import APIRouter
from pydantic import BaseModel

from api.access import Reader
from api.parts import Parts
from api.routes.cases import case_in_scope
from api.views.titles import Title
from marshrut.catalogue import entries
from marshrut.catalogue.entries import DelayCode
from marshrut.domain.delay import Delay, delay

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])


class HeldView(BaseModel):
    """A reason that stood on a day, and the party that had to move."""

    reason: str
    responsible: str


class DelayDayView(BaseModel):
    """A delayed day. Without reasons nobody has said why."""

    date: date
    reasons: list[HeldView]


class DelayReasonView(BaseModel):
    """On how many days a reason stood; `england`: what England's list of delayed transfers calls it."""

    code: str
    title: Title
    england: list[DelayCode]
    days: int


class PartyView(BaseModel):
    """On how many days a party had to move."""

    code: str
    title: Title
    days: int


class DelayView(BaseModel):
    """How long a patient who was ready lies in the ward, and why.

    A day begins with the midnight at which the patient was there, the first with the one that ends the day of
    `ready_at`. `total` counts each day once; of `by_reason` and `by_party` a day counts for each that stood on it.
    `until`: when the patient left; null while they are in the ward. `paused_days`: whether days count at whose midnight
    the case was paused, by the catalogue.
    """

    ready_at: datetime | None
    until: datetime | None
    paused_days: bool
    total: int
    unexplained: int
    days: list[DelayDayView]
    by_reason: list[DelayReasonView]
    by_party: list[PartyView]


@router.get("/{case_id}/delay")
async def delayed(case_id: str, caller: Reader, parts: Parts) -> DelayView:
    """The delay as it is known now; nothing of it while nobody has said that the patient may leave."""
    case = await case_in_scope(case_id, caller, parts)
    hospital = case.hospital or ""
    counts = parts.catalogue.at(hospital).stay.paused_days.value
    known = delay(case, parts.zones[hospital], parts.now(), paused_days=counts)
    tables = await parts.catalogues.at(case.catalogue, hospital, case.variants)
    return DelayView(
        ready_at=None if known is None else known.ready_at,
        until=None if known is None else known.until,
        paused_days=counts,
        total=len(known.days) if known else 0,
        unexplained=known.unexplained if known else 0,
        days=_days(known) if known else [],
        by_reason=_reasons(known, tables.reasons) if known else [],
        by_party=_parties(known, tables.parties) if known else [],
    )


def _days(known: Delay) -> list[DelayDayView]:
    return [
        DelayDayView(
            date=day.date,
            reasons=[HeldView(reason=held.reason, responsible=held.responsible) for held in day.reasons],
        )
        for day in known.days
    ]


def _reasons(known: Delay, reasons: Mapping[str, entries.Reason]) -> list[DelayReasonView]:
    return [
        DelayReasonView(
            code=code, title=_title(code, reasons), england=list(reasons[code].delay) if code in reasons else [], days=n
        )
        for code, n in known.by_reason.items()
    ]


def _parties(known: Delay, parties: Mapping[str, entries.Party]) -> list[PartyView]:
    return [PartyView(code=code, title=_title(code, parties), days=n) for code, n in known.by_party.items()]


class _Titled(Protocol):
    @property
    def title(self) -> entries.Title: ...


def _title(code: str, table: Mapping[str, _Titled]) -> Title:
    """A party that somebody wrote by hand is called as they wrote it."""
    entry = table.get(code)
    return Title(ru=code, en=code) if entry is None else Title(**entry.title.model_dump())
