"""A questionnaire, filled in for a case: scored at once, and what it proposes stands among the needs."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.problems import KINDS, Problem
from api.routes import assessments
from api.web.case.gathering import Gathered, gathered
from api.web.case.head import head
from api.web.desk import Desk, OfCare
from api.web.faults import FaultPage, told
from api.web.forms import Form, made
from api.web.outcomes.reading import Typed
from api.web.outcomes.shown import PREFIX
from api.web.pages.case import SHOWN_AGAIN, given
from api.web.questions import Questions, answers, questions, wrong_of
from marshrut.catalogue.instruments import InstrumentEntry, instrument

router = APIRouter(prefix="/cases/{case_id}/assessments")


@dataclass(frozen=True, slots=True)
class AssessmentPage:
    """The form. `errors`: (field id, text); `fault`: what the case says, where nothing is wrong with an answer."""

    path: str
    draft: str
    back: str
    who: str
    title: str
    lead: str
    copyright: str
    groups: tuple[Questions, ...]
    errors: tuple[tuple[str, str], ...]
    fault: FaultPage | None
    note: str
    occurred_at: str
    seen: str


@router.get("/{code}")
async def form(case_id: str, code: str, desk: OfCare) -> Response:
    """The questionnaire, empty."""
    of = await gathered(case_id, desk)
    return await _shown(of, code, _entry(of, code), {})


@router.post("/{code}")
async def fill(case_id: str, code: str, request: Request, desk: OfCare) -> Response:
    """Score it, or show what has to be mended; nothing that was typed is lost."""
    sent, typed, key = await given(request)
    of = await gathered(case_id, desk)
    entry = _entry(of, code)
    try:
        await assessments.assess(case_id, _body(code, entry, sent, of), desk.caller, desk.parts, key)
    except Problem as problem:
        if KINDS[problem.code].status not in SHOWN_AGAIN:
            raise
        return await _shown(of, code, entry, typed, problem)
    return desk.goes_to(f"/desk/cases/{case_id}#a-scores")


def _body(code: str, entry: InstrumentEntry, sent: Form, of: Gathered) -> assessments.Assessing:
    chosen = answers(instrument(code, entry), _questions_of(sent.as_sent()))
    at = sent.instant("occurred_at", of.voice.formats.zone)
    return made(assessments.Assessing, instrument=code, answers=chosen, occurred_at=at, note=sent.text("note"))


def _questions_of(typed: Typed) -> Typed:
    return {name.removeprefix(PREFIX): values for name, values in typed.items() if name.startswith(PREFIX)}


def _entry(of: Gathered, code: str) -> InstrumentEntry:
    entry = of.voice.names.tables.instruments.get(code)
    if entry is None or entry.status != "active":
        raise Problem("instrument_not_found")
    return entry


async def _shown(
    of: Gathered, code: str, entry: InstrumentEntry, typed: Typed, problem: Problem | None = None
) -> Response:
    desk: Desk = of.desk
    fault = None if problem is None else told(problem, desk)
    wrong = {} if problem is None else wrong_of(problem)
    groups = questions(entry, of.voice, _questions_of(typed), wrong)
    errors = [(each.id, f"{each.label} — {each.error}") for group in groups for each in group.fields if each.error]
    said, case_id = of.voice.names.said, of.state.case_id
    page = AssessmentPage(
        path=f"/desk/cases/{case_id}/assessments/{code}",
        draft=f"assessment/{case_id}/{code}",
        back=f"/desk/cases/{case_id}#a-scores",
        who=head(of).short,
        title=said(entry.title),
        lead=said(entry.description),
        copyright=said(entry.copyright),
        groups=groups,
        errors=tuple(errors),
        fault=None if errors else fault,
        note=next(iter(typed.get("note", ())), ""),
        occurred_at=next(iter(typed.get("occurred_at", ())), ""),
        seen=desk.t("outcomes.seen_by_psychologists" if of.psychologist else "outcomes.seen_by_team"),
    )
    return await desk.page("assessment.html", page, status=200 if fault is None else fault.status, section="cases")
