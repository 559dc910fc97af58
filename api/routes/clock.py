"""Why a step is due when it is."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from api.access import Reader
from api.confidential import opened
from api.explanation.form import ClockExplanation
from api.explanation.telling import explanation, needs_journal
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.routes.steps import step_in_scope
from api.views.case import refs, title_of
from marshrut.domain.events import Event
from marshrut.ports import Caller, StepRow

router = APIRouter(prefix="/api/v1/steps", tags=["steps"])

JOURNAL_PAGE = 500


@router.get(
    "/{step_id}/clock",
    response_model=ClockExplanation,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def clock(step_id: str, caller: Reader, parts: Parts, request: Request) -> ClockExplanation | Response:
    """How the due time came about, day by day; as `text/plain` in Russian or English too."""
    told = await explained(await step_in_scope(step_id, caller, parts), caller, parts)
    if not _wants_text(request.headers.get("accept", "")):
        return told
    language = "ru" if request.headers.get("accept-language", "").lower().startswith("ru") else "en"
    return PlainTextResponse(told.lines(language), headers={"Content-Language": language})


async def explained(row: StepRow, caller: Caller, parts: ApiParts) -> ClockExplanation:
    """How the due time of a step in the caller's scope came about."""
    case = await parts.queries.case(row.case_id)
    rules = await parts.catalogues.slice_of(row.catalogue, row.hospital, row.variants)
    if case is None or rules is None:
        raise Problem("unknown_step")
    step = case.steps.get(row.step.step_id, row.step)
    title = await title_of(row, parts, await opened(parts, caller, refs([row])))
    journal = await _journal(parts, row.case_id) if needs_journal(step) else ()
    try:
        return explanation(
            case,
            step,
            title,
            parts.now(),
            rules=rules,
            catalogue=await parts.catalogues.of(row.catalogue),
            tables=await parts.catalogues.at(row.catalogue, row.hospital, row.variants),
            journal=journal,
        )
    except KeyError:  # its case began under a catalogue that this version cannot read
        raise Problem("unknown_step") from None


async def if_never_paused(row: StepRow, parts: ApiParts) -> datetime | None:
    """When the step would be due without any of its pauses; None where it has no clock or nothing paused it."""
    case = await parts.queries.case(row.case_id)
    rules = await parts.catalogues.slice_of(row.catalogue, row.hospital, row.variants)
    step = None if case is None else case.steps.get(row.step.step_id)
    if case is None or step is None or step.clock is None or rules is None:
        return None
    if not (step.pauses or step.stands_still or case.pauses or case.paused_since is not None):
        return None
    try:
        return rules.times(case.but(pauses=()), step.but(pauses=()), step.clock).due_at
    except KeyError:  # as above
        return None


def _wants_text(accept: str) -> bool:
    """Whether plain text is named before JSON."""
    for each in accept.lower().split(","):
        wanted = each.split(";")[0].strip()
        if wanted in {"application/json", "application/*", "*/*"}:
            return False
        if wanted in {"text/plain", "text/*"}:
            return True
    return False


async def _journal(parts: ApiParts, case_id: str) -> tuple[Event, ...]:
    events: list[Event] = []
    cursor = None
    while True:
        page = await parts.queries.events(case_id, limit=JOURNAL_PAGE, cursor=cursor)
        events += page.items
        cursor = page.next
        if cursor is None:
            return tuple(events)
