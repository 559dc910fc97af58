"""Machines that call: which there are, what each may do, when its key ends; take one on, revoke one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.problems import KINDS, Problem
from api.routes import clients as route
from api.views.client import MachineView
from api.web.desk import Desk, OfAdministrator
from api.web.faults import FaultPage, as_problem, told
from api.web.forms import sent
from api.web.machines.form import MachineForm, again, blank, read, wrong_in
from marshrut.domain.base import Code
from marshrut.ports import KeyReused

router = APIRouter(prefix="/machines")

PAGE = 50
# A key that ends so soon is said aloud, so that somebody makes another in time.
SOON = timedelta(days=14)
STATES = {"active": ("done", "done"), "expired": ("late", "late"), "revoked": ("line", "no")}


@dataclass(frozen=True, slots=True)
class Line:
    """A machine. `note`: what to look at; `stands`: its key is good, so that it can be revoked."""

    id: str
    name: str
    prefix: str
    user: str
    role: str
    scopes: tuple[str, ...]
    where: str
    state: str
    kind: str
    sign: str
    used: str
    expires: str
    note: str
    made: str
    stands: bool


@dataclass(frozen=True, slots=True)
class Page:
    """The list. `made`: the machine that was just taken on, and its key, shown this once."""

    lines: tuple[Line, ...]
    summary: str
    more: str | None
    earlier: bool
    done: str = ""
    made: Line | None = None
    key: str = ""
    fault: FaultPage | None = None


@dataclass(frozen=True, slots=True)
class New:
    """The form of another one; `fault`: why it was refused, where no field is at fault."""

    form: MachineForm
    fault: FaultPage | None = None


@router.get("")
async def machines(
    desk: OfAdministrator, done: str = "", cursor: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """All of the reader's hospitals, the newest first."""
    return await _shown(desk, done=done, cursor=cursor)


@router.get("/new")
async def new(desk: OfAdministrator) -> Response:
    """The form of another one."""
    return await desk.page("machine_new.html", New(blank(desk)), section="machines")


@router.post("")
async def take_on(desk: OfAdministrator) -> Response:
    """Take one on; its key is shown this once."""
    form = await sent(desk.request)
    try:
        made = await route.take_on(read(desk, form), desk.caller, desk.parts, form.text("key"))
    except (Problem, KeyReused) as refused:
        problem = as_problem(refused)
        wrong = wrong_in(desk, problem)
        page = New(again(desk, form, wrong), None if wrong else told(problem, desk))
        return await desk.page("machine_new.html", page, status=KINDS[problem.code].status, section="machines")
    response = await _shown(desk, made=_line(desk, made.client), key=made.key)
    response.headers["Cache-Control"] = "no-store"
    return response


@router.post("/{client_id}/revoke")
async def revoke(client_id: Code, desk: OfAdministrator) -> Response:
    """Its key is good no more; only who says that they mean it."""
    form = await sent(desk.request)
    if form.text("sure") is None:
        await route.client(client_id, desk.caller, desk.parts)
        return await _shown(desk, done="not_sure", status=422)
    await route.revoke(client_id, desk.caller, desk.parts)
    return desk.goes_to("/desk/machines?done=revoked")


async def _shown(  # noqa: PLR0913 - what the page is shown with
    desk: Desk,
    *,
    done: str = "",
    cursor: str | None = None,
    status: int = 200,
    made: Line | None = None,
    key: str = "",
) -> Response:
    listed = await route.clients(desk.caller, desk.parts, PAGE, cursor)
    lines = tuple(_line(desk, each) for each in listed.items)
    soon = sum(bool(line.note) for line in lines)
    counted = desk.t("machines.count", n=sum(line.stands for line in lines))
    page = Page(
        lines=lines,
        summary=f"{counted} · {desk.t('machines.soon_n', n=soon)}" if soon else counted,
        more=None if listed.next is None else f"/desk/machines?cursor={listed.next}",
        earlier=cursor is not None,
        done=desk.done("machines", done),
        made=made,
        key=key,
    )
    return await desk.page("machines.html", page, status=status, section="machines")


def _line(desk: Desk, view: MachineView) -> Line:
    t, f = desk.t, desk.f
    kind, sign = STATES[view.state]
    ends = view.revoked_at or view.expires_at
    soon = view.state == "active" and view.expires_at - desk.now < SOON
    return Line(
        id=view.id,
        name=view.name,
        prefix=view.prefix,
        user=view.user,
        role=desk.role(view.role),
        scopes=tuple(t(f"machines.scope_{each}") for each in view.scopes),
        where=desk.hospitals(view.hospitals),
        state=t(f"machines.state_{view.state}"),
        kind="amber" if soon else kind,
        sign="glass" if soon else sign,
        used=t("machines.never") if view.used_at is None else f.when(view.used_at),
        expires=t(f"machines.{'ends' if view.state == 'active' else 'ended'}", day=f.full_day(ends)),
        note=t("machines.soon") if soon else "",
        made=t("machines.made", who=desk.name_of(view.created_by), day=f.full_day(view.created_at)),
        stands=view.state == "active",
    )
