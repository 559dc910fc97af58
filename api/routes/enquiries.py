"""Enquiries: what people ask the Coordination Centre, each with a clock and an answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import HEARERS, Enquirer, MailSender
from api.audit.noted import noted
from api.http.describing import sends
from api.http.kept import KeptKey, arrived
from api.http.paging import Cursor, Limit, page_of
from api.parts import ApiParts, Parts
from api.pressing import reminder
from api.problems import Problem
from api.routes.admissions import Admitted, admitted
from api.views.case import Listing, row_of
from api.views.clock import ClockView, clock_view
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain.base import Code, Instant
from marshrut.domain.commands import Complete
from marshrut.domain.enquiry import Enquiry
from marshrut.domain.events import OutcomeCodes
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import Topic
from marshrut.ports import Caller, CaseFilter, Format
from workflows.enquiry import EnquiryAnswer, EnquiryReply, Party

router = APIRouter(prefix="/api/v1/enquiries", tags=["enquiries"])

SPOKEN = (EnquiryAnswer.name(), EnquiryReply.name())


# Names are sealed, so they are found by looking through the latest: a month of the busiest hotline.
LOOKED_THROUGH, MOST_FOUND = 500, 50
BETWEEN_DIGITS = re.compile(r"(?<=[\d+])[\s()\-\u00a0]+(?=\d|\()|(?<=\))[\s\-]*(?=\d)|[()]")


class EnquiryView(BaseModel):
    """An enquiry: what was asked, by whom, until when it is to be answered, and what was answered.

    The head of service sees codes: no words, neither who asks nor about whom.
    """

    case_id: str
    centre: str
    topic: Topic | None
    channel: str | None
    state: Literal["open", "closed"]
    asked_at: datetime
    sentence: str | None
    letter: dict[str, Any] | None
    asker: dict[str, Any] | None
    about: dict[str, Any] | None
    step: str | None
    step_id: str | None
    clock: ClockView | None
    answers: list[dict[str, Any]]


class Looking(BaseModel):
    """Words to look for. They stand in a body, never in an address."""

    model_config = ConfigDict(extra="forbid")

    q: str = Field(min_length=1, max_length=200)
    state: Literal["open", "closed"] | None = None


class Answering(BaseModel):
    """What the person was told; `passed_on` with the party that has to be asked first; `help`: they get help.

    `step_id`: which step of the enquiry this answers (as it says itself); without it the one that waits now. Name it to
    repeat a call safely. `by_mail`: the answer is mailed to whoever asked, if an address is known and mail is set up.
    """

    model_config = ConfigDict(extra="forbid")

    result: Literal["answered", "passed_on", "help", "no_reply"]
    to: Party | None = None
    answer: str | None = Field(default=None, max_length=4000)
    step_id: Code | None = None
    by_mail: bool = False
    occurred_at: Instant | None = None


@router.post("", status_code=201, responses={**ACCEPTED, 200: {"model": Admitted}}, openapi_extra=sends(Enquiry))
async def ask(
    request: Request, caller: Enquirer, parts: Parts, response: Response, idempotency_key: KeptKey = None
) -> Admitted:
    """Take an enquiry; it gets a clock at once."""
    taken = await parts.documents.receive(await arrived(request, Format.ENQUIRY, caller, idempotency_key))
    return admitted(taken, response)


@router.post(
    "/mail",
    status_code=201,
    responses={**ACCEPTED, 200: {"model": Admitted}},
    openapi_extra={"requestBody": {"required": True, "content": {"message/rfc822": {"schema": {"type": "string"}}}}},
)
async def ask_by_mail(request: Request, caller: MailSender, parts: Parts, response: Response) -> Admitted:
    """Take a mail to the centre that the token names as an enquiry; delivered again it is the same one (200).

    What no person wrote (`auto_reply`, `automatic`, `bounce`, `bulk`, `loop`) opens none: 200 with the `reason`.
    """
    taken = await parts.letters.receive(await arrived(request, Format.MAIL, caller, None))
    return admitted(taken, response)


@router.get("")
async def enquiries(
    caller: Enquirer,
    parts: Parts,
    state: Literal["open", "closed"] | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[EnquiryView]:
    """The enquiries of the centres in the caller's scope, newest first."""
    centres = parts.catalogue.centres()
    scope = centres if caller.hospitals is None else centres & caller.hospitals
    which = CaseFilter(frozenset(scope), caller.onlooker, state=state)
    page = await page_of(parts.queries.cases(which, limit=limit, cursor=cursor))
    return Listing(items=await _views(page.items, caller, parts), next=page.next)


@router.post("/search")
async def search(given: Looking, caller: Enquirer, parts: Parts) -> Listing[EnquiryView]:
    """The latest enquiries in which all of these words stand, of whoever asked, the person they ask about, or the text.

    Words are compared without case, ё and the spaces of telephone numbers.
    """
    if caller.role not in HEARERS:
        raise Problem("role_not_allowed", {"role": caller.role})
    wanted = [_plain(word) for word in given.q.split()]
    found = await enquiries(caller, parts, state=given.state, limit=LOOKED_THROUGH, cursor=None)
    items = [each for each in found.items if all(word in _plain(_words_of(each)) for word in wanted)]
    noted().searched_by(given.model_dump(), items)
    return Listing(items=items[:MOST_FOUND], next=None)


@router.get("/{case_id}")
async def enquiry(case_id: str, caller: Enquirer, parts: Parts) -> EnquiryView:
    """One enquiry."""
    return await _view(await _in_scope(case_id, caller, parts), caller, parts)


@router.post("/{case_id}/answer", responses=ACCEPTED)
async def answer(
    case_id: str, given: Answering, caller: Enquirer, parts: Parts, idempotency_key: IdempotencyKey = None
) -> EnquiryView:
    """Say what the person was told; the enquiry as it is then."""
    case = await _in_scope(case_id, caller, parts)
    step = _to_answer(case, given.step_id)
    if step is None:
        raise Problem("nothing_to_answer")
    outcome: OutcomeCodes = {"result": given.result} | ({"to": given.to} if given.to else {})
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=Complete(step_id=step.step_id, outcome=outcome),
        key=idempotency_key,
        occurred_at=given.occurred_at,
        private={"outcome": {"answer": given.answer}, **({"mail": True} if given.by_mail else {})}
        if given.answer
        else None,
    )
    with showing(verdict):
        return await _view(await _in_scope(case_id, caller, parts), caller, parts)


@router.post("/{case_id}/remind", responses=ACCEPTED)
async def remind(case_id: str, caller: Enquirer, parts: Parts, idempotency_key: IdempotencyKey = None) -> EnquiryView:
    """Remind whoever has the enquiry now that it waits for them: in their hours, and not time and again."""
    case = await _in_scope(case_id, caller, parts)
    step = next(iter(case.live_steps), None)
    if step is None:
        raise Problem("nothing_to_answer")
    hospital = case.hospital or ""
    body = reminder(step.step_id, hospital, parts)
    verdict = await submit(parts, caller, case_id=case_id, hospital=hospital, body=body, key=idempotency_key)
    with showing(verdict):
        return await _view(await _in_scope(case_id, caller, parts), caller, parts)


def _plain(text: str) -> str:
    """As texts are compared: case, ё and what stands between digits left out."""
    return BETWEEN_DIGITS.sub("", text.casefold().replace("ё", "е"))


def _words_of(view: EnquiryView) -> str:
    told = [view.sentence or "", *(view.asker or {}).values(), *(view.about or {}).values()]
    told += [(view.letter or {}).get("text") or ""]
    return " ".join(text for text in told if isinstance(text, str))


async def _in_scope(case_id: str, caller: Caller, parts: ApiParts) -> CaseState:
    case = await parts.queries.case(case_id)
    if case is None or case.via != "enquiry" or not caller.sees(case.hospital or ""):
        raise Problem("enquiry_not_found")
    return case


def _to_answer(case: CaseState, step_id: str | None = None) -> Step | None:
    """The step that is meant, whether it waits or not; else the one that waits."""
    steps = case.live_steps if step_id is None else [step for step in case.steps.values() if step.step_id == step_id]
    return next((step for step in steps if f"{step.track}.{step.name}" in SPOKEN), None)


async def _view(case: CaseState, caller: Caller, parts: ApiParts) -> EnquiryView:
    (view,) = await _views([case], caller, parts)
    return view


async def _views(cases: Sequence[CaseState], caller: Caller, parts: ApiParts) -> list[EnquiryView]:
    """What people wrote in all of them is asked for at once."""
    if caller.role not in HEARERS:
        return [_shown(case, {}, parts) for case in cases]
    refs = [case.admission_ref for case in cases]
    refs += [step.outcome_ref for case in cases for step in _spoken(case)]
    sealed = await parts.queries.private([ref for ref in refs if ref is not None])
    private = await parts.vault.opened({name: told.content for name, told in sealed.items()})
    return [_shown(case, private, parts) for case in cases]


def _spoken(case: CaseState) -> list[Step]:
    return [step for step in case.steps.values() if f"{step.track}.{step.name}" in SPOKEN]


def _shown(case: CaseState, private: Mapping[str, Mapping[str, Any]], parts: ApiParts) -> EnquiryView:
    asked = private.get(case.admission_ref or "", {})
    next_step = next(iter(case.live_steps), None)
    return EnquiryView(
        case_id=case.case_id,
        centre=case.hospital or "",
        topic=case.topic,
        channel=asked.get("channel"),
        state="closed" if case.closed else "open",
        asked_at=case.admitted_at or parts.now(),
        sentence=asked.get("sentence"),
        letter=asked.get("letter"),
        asker=asked.get("referred_by"),
        about=asked.get("patient"),
        step=None if next_step is None else next_step.name,
        step_id=None if next_step is None else next_step.step_id,
        clock=None if next_step is None else clock_view(row_of(case, next_step), parts.now()),
        answers=[
            {**(step.outcome or {}), **private.get(step.outcome_ref or "", {}).get("outcome", {})}
            for step in _spoken(case)
            if step.outcome is not None
        ],
    )
