"""Assessments: an instrument's answers are checked and scored here; the journey learns the score and what it means."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.access import CareWorker, Reader
from api.confidential import opened
from api.http.conditional import IfMatch, seen
from api.http.paging import Cursor, Limit, paged
from api.parts import Parts
from api.problems import Problem
from api.routes.cases import case_in_scope
from api.views.case import Listing
from api.views.item import ItemView, item_views
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.base import Code, Instant
from marshrut.domain.commands import RecordScore
from marshrut.domain.events import Event, InstrumentScored
from marshrut.domain.instruments import Faults, Proposed, Scored, answer
from marshrut.domain.words import ItemKind

router = APIRouter(prefix="/api/v1/cases/{case_id}/assessments", tags=["assessments"])

MOST = 10_000  # events of a case are read at once: a case of years has some thousands


class Assessing(BaseModel):
    """An instrument of the case's catalogue, filled in.

    `answers`: a FHIR R4 QuestionnaireResponse, or the answers by linkId.
    """

    model_config = ConfigDict(extra="forbid")

    instrument: Code
    answers: dict[str, Any]
    occurred_at: Instant | None = None
    note: str | None = Field(default=None, max_length=4000)


class AssessmentView(BaseModel):
    """What came of an instrument. `answers` and `note` are null for roles that may not see persons.

    Those that a psychologist wrote down are null for everybody but the hospital's psychologists and their author.
    """

    instrument: str
    version: str
    score: int | None
    band: str | None
    findings: list[str]
    occurred_at: datetime
    recorded_by: str
    answers: dict[str, Any] | None
    note: str | None


class Assessed(AssessmentView):
    """A new assessment, and the needs of the case with what was proposed by now."""

    needs: list[ItemView]


@router.get("")
async def assessments(
    case_id: str, caller: Reader, parts: Parts, limit: Limit = 500, cursor: Cursor = None
) -> Listing[AssessmentView]:
    """Every assessment of the case, the newest first."""
    await case_in_scope(case_id, caller, parts)
    told = await parts.queries.events(case_id, limit=MOST, cursor=None)
    scored = [event for event in reversed(told.items) if isinstance(event.body, InstrumentScored)]
    page = paged(scored, lambda event: str(event.seq), limit=limit, cursor=cursor)
    private = await opened(parts, caller, [event.command_id or "" for event in page.items])
    return Listing(items=[_view(event, private.get(event.command_id or "")) for event in page.items], next=page.next)


@router.post("", status_code=201, responses=ACCEPTED)
async def assess(
    case_id: str,
    given: Assessing,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> Assessed:
    """Check the answers, score them and propose needs; a person agrees the needs, not a score."""
    case = await case_in_scope(case_id, caller, parts)
    catalogue = await parts.catalogues.of(case.catalogue)
    instrument = catalogue.instrument(given.instrument, case.hospital)
    if instrument is None:
        raise Problem("unknown_instrument", {"field": "instrument"})
    try:
        scored = answer(instrument, given.answers)
    except Faults as faults:
        errors = tuple({"field": f"answers.{fault.field}", "message": fault.code} for fault in faults.faults)
        raise Problem("wrong_answers", errors=errors) from None
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=_recorded(scored),
        key=idempotency_key,
        occurred_at=given.occurred_at,
        private={"answers": given.answers} | ({"note": given.note} if given.note else {}),
        expects=seen(if_match),
    )
    with showing(verdict):
        now = await case_in_scope(case_id, caller, parts)
        return Assessed(
            instrument=scored.instrument,
            version=scored.version,
            score=scored.score,
            band=scored.band,
            findings=[finding.code for finding in scored.findings],
            occurred_at=now.scores[scored.instrument].at,
            recorded_by=caller.user,
            answers=given.answers,
            note=given.note,
            needs=await item_views(now, now.items_of(ItemKind.NEED), caller, parts),
        )


def _recorded(scored: Scored) -> RecordScore:
    """What the journey may know: codes and numbers."""
    return RecordScore(
        instrument=scored.instrument,
        version=scored.version,
        score=scored.score,
        band=scored.band,
        findings=tuple(finding.code for finding in scored.findings),
        needs={proposed.need: _because(proposed) for proposed in scored.needs},
    )


def _because(proposed: Proposed) -> tuple[str, ...]:
    return tuple(f"{why.instrument}.{why.by}.{why.code}" for why in proposed.reasons)


def _view(event: Event, private: dict[str, Any] | None) -> AssessmentView:
    body = event.body
    if not isinstance(body, InstrumentScored):
        raise TypeError(body.kind)
    return AssessmentView(
        instrument=body.instrument,
        version=body.version,
        score=body.score,
        band=body.band,
        findings=list(body.findings),
        occurred_at=event.occurred_at,
        recorded_by=event.actor,
        answers=None if private is None else private.get("answers"),
        note=None if private is None else private.get("note"),
    )
