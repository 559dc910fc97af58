"""A step as a row of a list: when, what, about whom, what stands in its way, and the one thing to do next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from api.views.case import StepView
from api.web.chips import Chip
from api.web.desk import Desk
from api.web.people import Who
from marshrut.catalogue.content import Content
from marshrut.catalogue.entries import TrackEntry
from marshrut.domain.clock import Clock
from marshrut.domain.delay import delay
from marshrut.domain.moves import Action
from marshrut.domain.overdue import ClockState
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import Why, known_of_step, ready_since
from marshrut.domain.words import Flag

# More flags than this are told on the case's page only; what everybody in a list has is no news.
FLAGS_SHOWN = 2
UNSAID = frozenset({Flag.CHILD})


@dataclass(frozen=True, slots=True)
class Tag:
    """`kind` and `sign` as parts/ui.html has them."""

    text: str
    kind: str = ""
    sign: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A step in a list. `takes`: the next thing to do is to take it; else `action` leads to its form in the case.

    `waits`: the move is on another side. `late`, `due_at`, `case_id` are for whoever groups rows.
    """

    step_id: str
    case_id: str
    chip: Chip
    clock_path: str
    path: str
    title: str
    sub: str
    who: Who
    tags: tuple[Tag, ...]
    action: str
    takes: bool
    key: str
    waits: bool
    late: bool
    mine: bool
    due_at: datetime | None
    hospital: str


async def rows(desk: Desk, views: Sequence[StepView]) -> list[Row]:
    """The rows of these steps, in their order; a step whose case is gone meanwhile is left out."""
    names = {view.case_id for view in views}
    cases = {case.case_id: case for case in await desk.parts.search.finder.cases(names)} if names else {}
    people = await desk.who(list(cases.values()))
    return [
        await _row(desk, view, cases[view.case_id], people[view.case_id]) for view in views if view.case_id in cases
    ]


def step_path(step_id: str) -> str:
    """The step, in its case."""
    return f"/desk/steps/{quote(step_id, safe=':@+')}"


async def _row(desk: Desk, view: StepView, case: CaseState, who: Who) -> Row:
    tables = await desk.parts.catalogues.at(case.catalogue, view.hospital, case.variants)
    step = case.steps.get(view.step_id)
    office = None if step is None or step.clock is None else tables.parties.get(step.clock.timetable)
    clock = view.clock.state
    takes = Action.CLAIM in view.can
    waits = bool(view.blocks) or clock is ClockState.PAUSED or office is not None
    answers = [
        desk.said(tables.parties[each.responsible].title) for each in view.blocks if each.responsible in tables.parties
    ]
    sub = " · ".join(
        part
        for part in (
            _track(desk, tables, view),
            desk.t("rows.waits_for", whom=desk.said(office.title)) if office is not None and not answers else None,
            None if step is None else norm(desk, step.clock),
            _held(desk, view),
        )
        if part
    )
    return Row(
        step_id=view.step_id,
        case_id=view.case_id,
        chip=desk.chip(view.clock, view.hospital),
        clock_path=f"{step_path(view.step_id)}/clock",
        path=step_path(view.step_id),
        title=desk.said(view.title),
        sub=sub,
        who=who,
        tags=tuple(_tags(desk, view, case, tables)),
        action=_action(desk, view, waits=waits, takes=takes),
        takes=takes,
        key=desk.key(),
        waits=waits,
        late=clock is ClockState.RED,
        mine=view.assignee == desk.caller.user,
        due_at=view.clock.due_at,
        hospital=view.hospital,
    )


def _action(desk: Desk, view: StepView, *, waits: bool, takes: bool) -> str:
    if takes:
        return desk.t("rows.take")
    if view.assignee == desk.caller.user and not waits and Action.COMPLETE in view.can:
        return desk.t("rows.write")
    return desk.t("rows.open")


def _track(desk: Desk, tables: Content, view: StepView) -> str | None:
    """The direction that it belongs to, unless that says the same again."""
    entry = tables.tracks.get(view.track)
    if entry is None:
        return desk.t("rows.adhoc")
    return None if desk.said(entry.title) == desk.said(view.title) else _plain(desk, entry)


def _plain(desk: Desk, entry: TrackEntry) -> str:
    text = desk.said(entry.title)
    return text[:1].lower() + text[1:]


def _held(desk: Desk, view: StepView) -> str | None:
    if view.assignee is None:
        return None
    if view.assignee == desk.caller.user:
        return desk.t("rows.taken_by_you")
    return desk.t("rows.held_by", name=desk.name_of(view.assignee))


def norm(desk: Desk, clock: Clock | None) -> str | None:
    """How much time the step has: "норма 24 ч"."""
    if clock is None or clock.term is None:
        return None
    return desk.t("rows.norm", time=desk.t(f"rows.unit_{clock.term.unit.value}", n=clock.term.amount))


def _tags(desk: Desk, view: StepView, case: CaseState, tables: Content) -> list[Tag]:
    found: list[Tag] = []
    step = case.steps.get(view.step_id)
    causes = () if step is None else known_of_step(case, step)
    told = min((cause.since for cause in causes if cause.why is Why.ESCALATED), default=None)
    if told is not None and told <= desk.now:
        f = desk.at(view.hospital)
        since = f.clock(told) if f.local(told).date() == f.today else f.day(told)
        found.append(Tag(desk.t("rows.escalated", time=since), "late", "bell"))
    for block in view.blocks:
        reason = tables.reasons.get(block.reason)
        party = tables.parties.get(block.responsible)
        text = desk.t(
            "rows.blocked",
            reason=block.reason if reason is None else desk.said(reason.title).lower(),
            whom=block.responsible if party is None else desk.said(party.title).lower(),
        )
        found.append(Tag(text, "block", "block"))
    if case.paused_since is not None:
        found.append(Tag(desk.t("rows.case_paused")))
    if (days := delayed_days(desk, case)) > 0:
        found.append(Tag(desk.t("rows.delay", n=days), "line", "medical"))
    return found + flag_tags(desk, case.flags)


def flag_tags(desk: Desk, flags: Iterable[Flag]) -> list[Tag]:
    """What a row says of a patient's circumstances: first of all that they are protected."""
    said = sorted((flag for flag in flags if flag not in UNSAID), key=lambda flag: flag is not Flag.PROTECTED)
    return [Tag(desk.t(f"terms.flag_{each}"), "line" if each is Flag.PROTECTED else "") for each in said[:FLAGS_SHOWN]]


def delayed_days(desk: Desk, case: CaseState) -> int:
    """Days for which a patient who is ready has been lying in the ward."""
    hospital = case.hospital or ""
    if ready_since(case) is None or hospital not in desk.parts.zones:
        return 0
    counts = desk.parts.catalogue.at(hospital).stay.paused_days.value
    known = delay(case, desk.parts.zones[hospital], desk.now, paused_days=counts)
    return 0 if known is None else len(known.days)
