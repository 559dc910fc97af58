"""Many steps at once: shown first, then done in slices, so that whoever waits sees how far it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.bodies.step import More
from api.bulk.bodies import Bulking, OfSteps, OfStuck
from api.bulk.views import BulkAnswer
from api.problems import Problem
from api.routes.bulk import bulk
from api.web.board.filters import BOARD, Filters, of_form
from api.web.board.panel import Choice, Panel, doing, lines, title
from api.web.desk import Desk, OfCare
from api.web.faults import told
from api.web.formats import as_number
from api.web.forms import Form, invalid, sent
from api.web.pages.board import acts, board_page
from marshrut.domain.overview import BANDS

router = APIRouter()

# So many steps are run before the page hears of them.
SLICE = 20
# What a form says of an action, beside the steps.
SAID = ("assignee", "amount", "unit", "note")
DEFAULTS: Mapping[str, Mapping[str, str]] = {"extend": {"amount": "2", "unit": "wd"}}
CHANGED = {"HX-Trigger": "board-changed"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent: an action on steps, or on all that the filters find."""

    action: str
    steps: Sequence[str]
    everything: bool
    said: Mapping[str, str]
    filters: Filters
    key: str | None


def _asked(form: Form, desk: Desk) -> Asked:
    action = form.text("action") or ""
    if action not in acts(desk):
        raise Problem("role_not_allowed", {"role": desk.caller.role})
    said = {name: value for name in SAID if (value := form.text(name)) is not None}
    everything = form.text("all") is not None
    return Asked(
        action, form.texts("step"), everything, {**DEFAULTS.get(action, {}), **said}, of_form(form), form.text("key")
    )


@router.get("/board/dry")
@router.get("/board/run")
async def back(desk: OfCare) -> Response:
    """Whoever reloads a page that a form led to is shown the board: a form is not sent again by that."""
    return desk.goes_to(BOARD)


@router.post("/board/dry")
async def dry(request: Request, desk: OfCare) -> Response:
    """What would happen; nothing does."""
    asked = _asked(await sent(request), desk)
    if asked.action == "assign" and "assignee" not in asked.said:
        return await _shown(desk, await _choosing(desk, asked))
    try:
        answer = await bulk(_meant(asked, desk), desk.caller, desk.parts)
    except Problem as problem:
        panel = replace(await _choosing(desk, asked), fault=told(problem, desk))
        return await _shown(desk, panel, status=panel.fault.status if panel.fault else 422)
    return await _shown(desk, await _dry(desk, asked, answer))


@router.post("/board/run")
async def run(request: Request, desk: OfCare) -> Response:
    """The next slice of what was shown. A slice that is sent again happens once, by its key."""
    form = await sent(request)
    asked = _asked(form, desk)
    counts = {state: as_number(form.text(state)) or 0 for state in ("done", "refused", "pending")}
    now, left = asked.steps[:SLICE], asked.steps[SLICE:]
    body = _meant(replace(asked, steps=now, everything=False), desk, dry_run=False)
    answer = await bulk(body, desk.caller, desk.parts, asked.key)
    counts = {state: count + getattr(answer, state) for state, count in counts.items()}
    panel = Panel(
        action=asked.action,
        stage="running" if left else "ran",
        title=_ran(desk, asked, counts, left),
        aside=desk.t("board.read_back", time=desk.f.clock(desk.now)),
        filters=asked.filters,
        said=asked.said,
        key=asked.key or desk.key(),
        lines=await lines(desk, answer),
        left=left,
        counts=counts,
        later=form.text("later") is not None,
    )
    return await _shown(desk, panel, headers=None if left else CHANGED)


def _ran(desk: Desk, asked: Asked, counts: Mapping[str, int], left: Sequence[str]) -> str:
    what = doing(desk, asked.action, asked.said)
    if left:
        ran = sum(counts.values())
        return desk.t("board.running_title", what=what, ran=ran, all=ran + len(left))
    return desk.t("board.ran_title", what=what, **counts)


def _meant(asked: Asked, desk: Desk, *, dry_run: bool = True) -> Bulking:
    """The API's own body of it.

    Raises:
        Problem: `nothing_chosen` without a step, `invalid` with the field that does not fit.
    """
    if not asked.steps and not asked.everything:
        raise Problem("nothing_chosen")
    said: dict[str, Any] = {"note": asked.said.get("note")}
    if asked.action == "assign":
        said["assignee"] = asked.said.get("assignee")
    try:
        if asked.action == "extend":
            said["by"] = More.model_validate({"amount": asked.said["amount"], "unit": asked.said["unit"]})
        which = {"filter": _filter(asked.filters, desk)} if asked.everything else {"steps": tuple(asked.steps)}
        return Bulking.model_validate({"action": asked.action, "dry_run": dry_run, **which, **said})
    except ValidationError as fault:
        raise invalid(fault) from None


def _filter(filters: Filters, desk: Desk) -> OfSteps | OfStuck:
    common = {
        "hospital": filters.hospital, "track": filters.track, "assignee": filters.holder, "ward": filters.ward,
    }  # fmt: skip
    if filters.show == "stuck":
        return OfStuck.model_validate({"of": "stuck", "why": filters.why, **common})
    band = next((band for band in BANDS if band.code == filters.age), None)
    ages = {} if band is None else {
        "opened_from": band.opened_from(desk.now), "opened_before": band.opened_before(desk.now),
    }  # fmt: skip
    return OfSteps.model_validate({**common, **ages, "overdue": True if filters.late else None})


async def _choosing(desk: Desk, asked: Asked) -> Panel:
    """Before anything is shown: what still has to be said."""
    return Panel(
        action=asked.action,
        stage="choosing",
        title=desk.t(f"board.choose_{asked.action}", n=len(asked.steps)),
        aside=desk.t("board.nothing_changed"),
        filters=asked.filters,
        said=asked.said,
        key=desk.key(),
        steps=asked.steps,
        choices=await choices(desk, asked.filters.hospital),
        more=asked.everything,
    )


async def _dry(desk: Desk, asked: Asked, answer: BulkAnswer) -> Panel:
    return Panel(
        action=asked.action,
        stage="dry",
        title=title(desk, answer, asked.said),
        aside=desk.t("board.nothing_changed_as_of", time=f"{desk.f.local(answer.as_of):%H:%M:%S}"),
        filters=asked.filters,
        said=asked.said,
        key=desk.key(),
        lines=await lines(desk, answer),
        steps=answer.steps,
        choices=await choices(desk, asked.filters.hospital) if asked.action == "assign" else (),
        more=answer.more,
        button=desk.t(f"board.button_{answer.action}", n=answer.possible),
    )


async def choices(desk: Desk, hospital: str | None) -> list[Choice]:
    """Who is there and works in the reader's hospitals, with how much they have."""
    people = await desk.parts.staff.people(desk.now, hospital=hospital)
    here = [
        each
        for each in people.values()
        if each.active and each.present(desk.now) and _shares(desk.caller.hospitals, each.hospitals)
    ]
    loads = await desk.parts.staff.loads([each.user for each in here], desk.now)
    said = []
    for each in here:
        load = loads.get(each.user)
        steps = desk.t("board.steps", n=0 if load is None else load.steps)
        text = desk.t("board.person", name=desk.name_of(each.user), role=desk.role(each.role), steps=steps)
        said.append((0 if load is None else load.steps, Choice(each.user, text)))
    return [choice for _, choice in sorted(said, key=lambda each: (each[0], each[1].text))]


def _shares(scope: frozenset[str] | None, theirs: frozenset[str] | None) -> bool:
    return scope is None or theirs is None or not scope.isdisjoint(theirs)


async def _shown(desk: Desk, panel: Panel, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """The panel alone where a part of the page was asked for; else the board with it."""
    if desk.partial:
        template = "parts/board_ran.html" if panel.stage in {"running", "ran"} else "parts/board_panel.html"
        return desk.part(template, panel, status=status, headers=headers)
    page = await board_page(desk, panel.filters, panel=panel)
    return await desk.page("board.html", page, status=status, section="board")
