"""What is held on a person, handed to them: seen who asks, then everything in words to be printed, or as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.access import DISCLOSERS
from api.audit.noted import noted
from api.problems import KINDS, Problem
from api.routes import disclosure as route
from api.routes.cases import case_in_scope
from api.web.desk import Desk, of
from api.web.faults import told
from api.web.forms import Form, made, sent
from api.web.rights.disclosed import Told, told_of
from marshrut.domain.state import CaseState

router = APIRouter(prefix="/cases/{case_id}/disclosure")

OfDiscloser = Annotated[Desk, Depends(of(DISCLOSERS))]
CHECKED = ("passport", "other_document", "representative")
UNCACHED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Asking:
    """The form: whose data, and what was typed. `errors`: (field id, text) of a refused one."""

    case_id: str
    who: str
    checked: str = ""
    request: str = ""
    errors: tuple[tuple[str, str], ...] = ()
    ways: tuple[str, ...] = CHECKED


@dataclass(frozen=True, slots=True)
class Page:
    """Everything, in words; `checked` and `request` as they were given, for the same as a file."""

    case_id: str
    checked: str
    request: str
    told: Told


@router.get("")
async def asking(case_id: str, desk: OfDiscloser) -> Response:
    """Who asks, and how that was seen."""
    case = await case_in_scope(case_id, desk.caller, desk.parts)
    return await _form(desk, case)


@router.post("")
async def disclosure(case_id: str, desk: OfDiscloser) -> Response:
    """Everything that is held on the person, as a page or as a file; it is written down."""
    form = await sent(desk.request)
    case = await case_in_scope(case_id, desk.caller, desk.parts)
    try:
        given = made(route.Disclosing, checked=form.text("checked"), request=form.text("request"))
    except Problem as problem:
        return await _form(desk, case, form, problem)
    view = await route.disclosure(case_id, given, desk.caller, desk.parts)
    if form.text("format") == "json":
        name = f"marshrut-{case_id[:8]}-{desk.now:%Y%m%d}.json"
        headers = {**UNCACHED, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(view.model_dump_json(indent=1), media_type="application/json", headers=headers)
    page = Page(case_id, given.checked, given.request, await told_of(view, case, desk))
    response = await desk.page("disclosure.html", page, section="cases")
    response.headers.update(UNCACHED)
    return response


async def _form(desk: Desk, case: CaseState, form: Form | None = None, problem: Problem | None = None) -> Response:
    who = (await desk.who([case]))[case.case_id].name
    if form is None or problem is None:
        return await desk.page("disclosure_ask.html", Asking(case.case_id, who), section="cases")
    noted().code = problem.code
    fields = {each["field"] for each in problem.errors}
    errors = tuple((name, desk.t(f"disclosure.wrong_{name}")) for name in ("checked", "request") if name in fields)
    page = Asking(
        case.case_id,
        who,
        form.text("checked") or "",
        form.raw("request"),
        errors or (("request", told(problem, desk).title),),
    )
    return await desk.page("disclosure_ask.html", page, status=KINDS[problem.code].status, section="cases")
