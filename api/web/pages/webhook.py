"""One subscription: how it does, what was sent, and all that can be done about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator

from api.problems import KINDS, Problem
from api.routes import webhooks as route
from api.views.webhook import Rotating, Subscribing, TestView, WebhookView
from api.web.desk import Desk, OfAdministrator
from api.web.faults import FaultPage, told
from api.web.forms import made, sent
from api.web.hooks.form import HookForm, again, filled, read, wrong_in
from api.web.hooks.log import Row, Sent, row_of, sent_of
from api.web.hooks.standing import Line, fault_of, line_of, type_of, way_of
from marshrut.domain.base import Code
from marshrut.ports import DeliveryState

router = APIRouter(prefix="/webhooks/{webhook_id}")

PAGE = 25
OVERLAPS = (24, 72, 168, 0)
Chosen = Annotated[Code | None, BeforeValidator(lambda said: said or None), Query()]


@dataclass(frozen=True, slots=True)
class Tab:
    """A part of the log."""

    title: str
    path: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try."""

    good: bool
    text: str
    way: str


@dataclass(frozen=True, slots=True)
class Page:
    """The subscription. `secret`: shown this once; `changing`: whether its form stands open, because it was refused."""

    line: Line
    types: tuple[str, ...]
    made: str
    parked: int
    secrets: tuple[str, ...]
    overlaps: tuple[tuple[int, str], ...]
    form: HookForm
    tabs: tuple[Tab, ...]
    case: str | None
    rows: tuple[Row, ...]
    more: str | None
    earlier: bool
    done: str = ""
    secret: str | None = None
    tried: Tried | None = None
    fault: FaultPage | None = None
    changing: bool = False


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """One delivery of it."""

    line: Line
    sent: Sent
    done: str


@router.get("")
async def webhook(  # noqa: PLR0913 - what a log is asked for
    webhook_id: Code,
    desk: OfAdministrator,
    *,
    state: Chosen = None,
    case: Chosen = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
    done: Chosen = None,
) -> Response:
    """The subscription with its log, whole or of a state or a case."""
    chosen = next((each for each in DeliveryState if each == state), None)
    return await shown(desk, webhook_id, state=chosen, case=case, cursor=cursor, done=done or "")


async def shown(  # noqa: PLR0913 - as above, and what was done
    desk: Desk,
    webhook_id: str,
    *,
    state: DeliveryState | None = None,
    case: str | None = None,
    cursor: str | None = None,
    done: str = "",
    status: int = 200,
    **more: Any,
) -> Response:
    """The page."""
    request, caller, parts = desk.request, desk.caller, desk.parts
    view = await route.webhook(webhook_id, request, caller, parts)
    line = line_of(desk, view)
    listed = await route.deliveries(webhook_id, request, caller, parts, state, case, limit=PAGE, cursor=cursor)
    asked = {name: value for name, value in (("state", state), ("case", case)) if value}
    page = Page(
        line=line,
        types=tuple(type_of(desk, each) for each in view.types or ()),
        made=desk.t("webhooks.made", who=desk.name_of(view.created_by), when=desk.f.when(view.created_at)),
        parked=view.standing.parked,
        secrets=tuple(_secret(desk, until) for until in view.secrets),
        overlaps=tuple((hours, desk.t(f"webhooks.overlap_{hours}")) for hours in OVERLAPS),
        form=more.pop("form", None) or filled(desk, view),
        tabs=_tabs(desk, webhook_id, state, case),
        case=case,
        rows=tuple(row_of(desk, line, each) for each in listed.items),
        more=None if listed.next is None else _path(webhook_id, {**asked, "cursor": listed.next}),
        earlier=cursor is not None,
        done=desk.done("webhooks", done),
        **more,
    )
    return await desk.page("webhook.html", page, status=status, section="webhooks")


def _path(webhook_id: str, asked: dict[str, str]) -> str:
    here = f"/desk/webhooks/{webhook_id}"
    return f"{here}?{urlencode(asked)}" if asked else here


def _secret(desk: Desk, until: Any) -> str:
    return desk.t("webhooks.secret_now") if until is None else desk.t("webhooks.secret_until", when=desk.f.when(until))


def _tabs(desk: Desk, webhook_id: str, state: DeliveryState | None, case: str | None) -> tuple[Tab, ...]:
    of_case = {} if case is None else {"case": case}
    every = Tab(desk.t("webhooks.every_state"), _path(webhook_id, of_case), state is None)
    return every, *(
        Tab(
            desk.t(f"webhooks.state_{each.value}"),
            _path(webhook_id, {**of_case, "state": each.value}),
            each is state,
        )
        for each in DeliveryState
    )


@router.post("")
async def change(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Have it otherwise; a form that was refused is shown again with all that was typed."""
    form = await sent(request)
    view = await route.webhook(webhook_id, request, desk.caller, desk.parts)
    try:
        given = read(desk, form, paused=view.paused is not None)
        await route.change(webhook_id, given, request, desk.caller, desk.parts)
    except Problem as problem:
        wrong = wrong_in(desk, problem)
        fault = None if wrong else told(problem, desk)
        status = KINDS[problem.code].status
        typed = again(desk, form, wrong)
        return await shown(desk, webhook_id, status=status, form=typed, fault=fault, changing=True)
    return desk.goes_to(f"/desk/webhooks/{webhook_id}?done=changed")


@router.post("/pause")
async def pause(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Keep what happens, and send nothing."""
    return await _done(desk, request, webhook_id, "paused", lambda: _paused(desk, webhook_id, paused=True))


@router.post("/resume")
async def resume(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Send again, beginning with what was kept."""
    return await _done(desk, request, webhook_id, "resumed", lambda: _paused(desk, webhook_id, paused=False))


async def _paused(desk: Desk, webhook_id: str, *, paused: bool) -> WebhookView:
    view = await route.webhook(webhook_id, desk.request, desk.caller, desk.parts)
    told = {name: getattr(view, name) for name in ("name", "url", "types", "hospitals")}
    return await route.change(
        webhook_id, made(Subscribing, **told, paused=paused), desk.request, desk.caller, desk.parts
    )


@router.post("/test")
async def test(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Send it a trial event now, and say what the receiver answered."""
    await sent(request)
    return await shown(
        desk, webhook_id, tried=_tried(desk, await route.test(webhook_id, request, desk.caller, desk.parts))
    )


def _tried(desk: Desk, view: TestView) -> Tried:
    took = desk.f.number(view.took_ms)
    if view.fault is None:
        return Tried(good=True, text=desk.t("webhooks.tried_good", status=view.status, ms=took), way="")
    said = fault_of(desk, view.fault)
    if view.status is not None:
        said = desk.t("webhooks.answered", status=view.status, said=said)
    return Tried(good=False, text=desk.t("webhooks.tried_bad", said=said, ms=took), way=way_of(desk, view.fault))


@router.post("/secret")
async def rotate(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Have another secret, shown this once."""
    form = await sent(request)
    try:
        given = made(Rotating, overlap_hours=next((each for each in OVERLAPS if str(each) == form.text("overlap")), -1))
        view = await route.rotate(webhook_id, request, desk.caller, desk.parts, given)
    except Problem as problem:
        return await shown(desk, webhook_id, status=KINDS[problem.code].status, fault=told(problem, desk))
    return await shown(desk, webhook_id, done="rotated", secret=view.secret)


@router.post("/replay")
async def replay(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Send all that is parked again, and try now what waits."""
    return await _done(desk, request, webhook_id, "replayed", lambda: route.replay(webhook_id, desk.caller, desk.parts))


@router.post("/remove")
async def remove(webhook_id: Code, desk: OfAdministrator, request: Request) -> Response:
    """Tell it nothing any more."""
    form = await sent(request)
    if form.text("sure") is None:
        return await shown(desk, webhook_id, done="not_sure", status=422)
    await route.remove(webhook_id, desk.caller, desk.parts)
    return desk.goes_to("/desk/webhooks?done=removed")


@router.get("/deliveries/{delivery_id}")
async def delivery(webhook_id: Code, delivery_id: Code, desk: OfAdministrator, done: Chosen = None) -> Response:
    """One delivery: the event as it is sent, and each sending."""
    request, caller, parts = desk.request, desk.caller, desk.parts
    line = line_of(desk, await route.webhook(webhook_id, request, caller, parts))
    card = await route.delivery(webhook_id, delivery_id, request, caller, parts)
    page = DeliveryPage(line, sent_of(desk, line, card), desk.done("webhooks", done))
    return await desk.page("webhook_delivery.html", page, section="webhooks")


@router.post("/deliveries/{delivery_id}/{action}")
async def see_to(webhook_id: Code, delivery_id: Code, action: str, desk: OfAdministrator, request: Request) -> Response:
    """Send a parked one again, or let it go."""
    if action not in ACTS:
        raise Problem("not_found")
    await sent(request)
    await ACTS[action](webhook_id, delivery_id, request, desk.caller, desk.parts)
    done = {"replay": "resent", "discard": "let_go"}[action]
    return desk.goes_to(f"/desk/webhooks/{webhook_id}/deliveries/{delivery_id}?done={done}")


ACTS: dict[str, Callable[..., Awaitable[object]]] = {"replay": route.replay_one, "discard": route.discard}


async def _done(
    desk: Desk, request: Request, webhook_id: str, what: str, do: Callable[[], Awaitable[object]]
) -> Response:
    """Do it and show the page anew, or why it was refused."""
    await sent(request)
    try:
        await do()
    except Problem as problem:
        return await shown(desk, webhook_id, status=KINDS[problem.code].status, fault=told(problem, desk))
    return desk.goes_to(f"/desk/webhooks/{webhook_id}?done={what}")
