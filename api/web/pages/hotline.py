"""The hotline: what stands behind a code, who has asked before, a new call, what is to be answered and until when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.inquiry.telling import StatusView, told
from api.problems import KINDS, Problem
from api.routes import enquiries as route
from api.routes.admissions import admitted
from api.routes.enquiries import Answering, EnquiryView, Looking
from api.web.desk import Desk, OfEnquirer
from api.web.faults import FaultPage, as_problem
from api.web.faults import told as in_words
from api.web.forms import made, sent
from api.web.hotline.answers import PARTIES, said_of, wrong_in
from api.web.hotline.calls import TOPICS, Call
from api.web.hotline.lines import Line, about_of, hears, line_of, nobody
from marshrut.domain.ids import inquiry_of
from marshrut.domain.refusal import Refused
from marshrut.ports import Arrived, Format, KeyReused, Unfit

router = APIRouter(prefix="/hotline")

MANY = 200


@dataclass(frozen=True, slots=True)
class Hotline:
    """The page. `found` None: nobody looked; `status`: what may be told of the code that was typed."""

    rows: tuple[Line, ...]
    q: str
    found: tuple[Line, ...] | None
    status: StatusView | None
    call: Call
    wrong: Mapping[str, str]
    fault: FaultPage | None
    topics: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Talk:
    """One enquiry. `answers`: what was said, oldest first; `typed`: what stands in the form."""

    view: EnquiryView
    line: Line
    asked: str
    asker: tuple[tuple[str, str], ...]
    about: str
    letter: str
    attachments: tuple[str, ...]
    cut: bool
    answers: tuple[str, ...]
    answerable: bool
    results: tuple[str, ...]
    parties: tuple[str, ...]
    typed: Mapping[str, str]
    wrong: Mapping[str, str]
    fault: FaultPage | None
    mails: bool
    key: str
    reminded: bool


@router.get("")
async def hotline(desk: OfEnquirer) -> Response:
    """Open enquiries, the search, and the form of a new call."""
    return await _shown(desk)


@router.post("/find")
async def find(request: Request, desk: OfEnquirer) -> Response:
    """By code: what may be told; by words: who has asked before. Nothing of it stands in an address."""
    q = (await sent(request)).text("q") or ""
    if not q:
        return await _shown(desk)
    code = inquiry_of(q)
    if code is not None:
        return await _shown(desk, q=q, status=await _status(desk, code), call=Call(code=q))
    found = await route.search(Looking(q=q[:200]), desk.caller, desk.parts)
    return await _shown(desk, q=q, found=tuple(line_of(desk, each) for each in found.items))


@router.post("")
async def take(request: Request, desk: OfEnquirer) -> Response:
    """Write a call down; it has a clock from now on. Nothing that was typed is lost."""
    form = await sent(request)
    call, key = Call.of(form), form.text("key") or desk.key()
    centre = _centre(desk)
    if wrong := call.wrong(desk.t):
        return await _shown(desk, call=call, wrong=wrong, key=key, code=422)
    raw = json.dumps(call.content(centre)).encode()
    try:
        taken = await desk.parts.documents.receive(Arrived(raw, Format.ENQUIRY, desk.caller, f"desk/{key}"))
        case_id = admitted(taken, Response()).case_id
    except Unfit as unfit:
        fault = Problem(unfit.code)
        return await _shown(desk, call=call, fault=fault, code=KINDS[fault.code].status)
    return desk.goes_to(f"/desk/hotline/{case_id}")


@router.get("/{case_id}")
async def talk(case_id: str, desk: OfEnquirer) -> Response:
    """One enquiry with its clock, and the form of its answer."""
    reminded = desk.request.query_params.get("reminded") == "1"
    return await _talk(desk, await route.enquiry(case_id, desk.caller, desk.parts), reminded=reminded)


@router.post("/{case_id}/answer")
async def answer(case_id: str, request: Request, desk: OfEnquirer) -> Response:
    """Say what the person was told."""
    form = await sent(request)
    view = await route.enquiry(case_id, desk.caller, desk.parts)
    typed = {name: form.text(name) or "" for name in ("result", "to", "answer", "by_mail", "step")}
    if wrong := wrong_in(typed, desk):
        return await _talk(desk, view, typed=typed, wrong=wrong, key=form.text("key"), code=422)
    try:
        given = made(
            Answering,
            result=typed["result"],
            to=(typed["to"] or None) if typed["result"] == "passed_on" else None,
            answer=typed["answer"] or None,
            by_mail=bool(typed["by_mail"]),
            step_id=typed["step"] or None,
        )
        await route.answer(case_id, given, desk.caller, desk.parts, form.text("key"))
    except (Problem, Refused, KeyReused) as fault:
        problem = as_problem(fault)
        return await _talk(desk, view, typed=typed, fault=problem, code=KINDS[problem.code].status)
    return desk.goes_to(f"/desk/hotline/{case_id}")


@router.post("/{case_id}/remind")
async def remind(case_id: str, request: Request, desk: OfEnquirer) -> Response:
    """Remind whoever has it."""
    form = await sent(request)
    try:
        await route.remind(case_id, desk.caller, desk.parts, form.text("key"))
    except (Problem, Refused, KeyReused) as fault:
        problem = as_problem(fault)
        view = await route.enquiry(case_id, desk.caller, desk.parts)
        return await _talk(desk, view, fault=problem, code=KINDS[problem.code].status)
    return desk.goes_to(f"/desk/hotline/{case_id}?reminded=1")


# ---- how it is shown ------------------------------------------------------------------------------------------------


async def _shown(  # noqa: PLR0913 - what the page may be shown with
    desk: Desk,
    *,
    q: str = "",
    found: tuple[Line, ...] | None = None,
    status: StatusView | None = None,
    call: Call | None = None,
    wrong: Mapping[str, str] | None = None,
    fault: Problem | None = None,
    key: str | None = None,
    code: int = 200,
) -> Response:
    listed = await route.enquiries(desk.caller, desk.parts, state="open", limit=MANY, cursor=None)
    lines = [(each.clock.due_at if each.clock is not None else None, line_of(desk, each)) for each in listed.items]
    lines.sort(key=lambda each: (each[0] is None, each[0] or desk.now))
    page = Hotline(
        rows=tuple(line for _, line in lines),
        q=q,
        found=found,
        status=status,
        call=call or Call(),
        wrong=wrong or {},
        fault=None if fault is None else in_words(fault, desk),
        topics=TOPICS,
        key=key or desk.key(),
    )
    return await desk.page("hotline.html", page, status=code, section="hotline")


async def _status(desk: Desk, code: str) -> StatusView | None:
    """What may be told by a code: as the applicant's own page says it, and nothing more."""
    case = await desk.parts.queries.case_by_inquiry(code)
    if case is None or case.hospital is None:
        return None
    zone, here = desk.parts.zones[case.hospital], desk.parts.catalogue.at(case.hospital)
    return told(case, here, zone, desk.now, russian=desk.language == "ru")


def _centre(desk: Desk) -> str:
    """The centre for which somebody answers here."""
    centres = sorted(desk.parts.catalogue.centres())
    return next((code for code in centres if desk.caller.sees(code)), centres[0])


async def _talk(  # noqa: PLR0913 - what the page may be shown with
    desk: Desk,
    view: EnquiryView,
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    fault: Problem | None = None,
    key: str | None = None,
    code: int = 200,
    reminded: bool = False,
) -> Response:
    asker, letter = view.asker or {}, view.letter or {}
    known = [
        (desk.t(f"hotline.{name}"), str(asker[name]))
        for name in ("name", "phone", "email", "relation")
        if asker.get(name)
    ]
    line, reply = line_of(desk, view), view.step == "reply"
    email = bool(asker.get("email"))
    by_mail = "1" if email and view.channel == "mail" else ""
    page = Talk(
        view=view,
        line=line,
        asked=view.sentence or ("" if hears(desk) else line.what),
        asker=tuple(known) or ((desk.t("hotline.name"), nobody(desk)),),
        about=about_of(view),
        letter=str(letter.get("text") or ""),
        attachments=tuple(letter.get("attachments") or ()),
        cut=bool(letter.get("cut")),
        answers=tuple(said_of(desk, each) for each in view.answers),
        answerable=view.step in {"answer", "reply"},
        results=("answered", "no_reply") if reply else ("answered", "passed_on", "help"),
        parties=PARTIES,
        typed={"result": "answered", "to": "", "answer": "", "by_mail": by_mail, **(typed or {})},
        wrong=wrong or {},
        fault=None if fault is None else in_words(fault, desk),
        mails=email,
        key=key or desk.key(),
        reminded=reminded,
    )
    return await desk.page("enquiry.html", page, status=code, section="hotline")
