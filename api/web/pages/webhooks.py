"""Systems outside that are told what happens: the subscriptions, how each does, and the form of another one."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.problems import KINDS, Problem
from api.routes import webhooks as route
from api.web.desk import OfAdministrator
from api.web.faults import FaultPage, as_problem, told
from api.web.forms import sent
from api.web.hooks.form import HookForm, again, blank, read, wrong_in
from api.web.hooks.standing import Line, line_of
from api.web.pages.webhook import shown
from marshrut.ports import KeyReused

router = APIRouter(prefix="/webhooks")

ATTENTION = frozenset({"late", "amber"})


@dataclass(frozen=True, slots=True)
class Page:
    """The list. `done`: what has just been done."""

    lines: tuple[Line, ...]
    summary: str
    done: str


@dataclass(frozen=True, slots=True)
class New:
    """The form of another one; `fault`: why it was refused, where no field is at fault."""

    form: HookForm
    fault: FaultPage | None = None


@router.get("")
async def webhooks(desk: OfAdministrator, request: Request, done: str = "") -> Response:
    """All subscriptions to events of the reader's hospitals, those that need somebody first."""
    views = (await route.webhooks(request, desk.caller, desk.parts)).items
    lines = sorted((line_of(desk, view) for view in views), key=lambda line: line.standing.kind not in ATTENTION)
    need = sum(line.standing.kind in ATTENTION for line in lines)
    counted = desk.t("webhooks.count", n=len(lines))
    summary = f"{counted} · {desk.t('webhooks.need', n=need)}" if need else counted
    gone = desk.t("webhooks.did_removed") if done == "removed" else ""
    return await desk.page("webhooks.html", Page(tuple(lines), summary, gone), section="webhooks")


@router.get("/new")
async def new(desk: OfAdministrator) -> Response:
    """The form of another one."""
    return await desk.page("webhook_new.html", New(blank(desk)), section="webhooks")


@router.post("")
async def add(desk: OfAdministrator, request: Request) -> Response:
    """Have one more; its secret is shown this once."""
    form = await sent(request)
    try:
        given = read(desk, form, paused=False)
        made = await route.add(given, request, desk.caller, desk.parts, form.text("key"))
    except (Problem, KeyReused) as refused:
        problem = as_problem(refused)
        wrong = wrong_in(desk, problem)
        page = New(again(desk, form, wrong), None if wrong else told(problem, desk))
        return await desk.page("webhook_new.html", page, status=KINDS[problem.code].status, section="webhooks")
    return await shown(desk, made.id, done="added", secret=made.secret)
