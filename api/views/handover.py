"""Handovers of shifts as the API shows them: what is in one, how each thing stands, and its note for whose it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.confidential import opened, told_at_handover
from api.parts import ApiParts
from api.views.case import refs, row_of, title_of
from api.views.clock import ClockView, clock_view
from api.views.titles import Title
from marshrut.domain.handover import (
    Handover,
    HandoverState,
    Item,
    ItemState,
    Thing,
    may_decline,
    may_read,
    may_take,
    may_withdraw,
)
from marshrut.domain.state import Block, CaseState
from marshrut.domain.words import Role
from marshrut.ports import Caller, StepRow

HIDDEN = Title(ru="Видно тому, кто примет", en="Seen by whoever takes it")
GONE = Title(ru="Теперь в другой больнице", en="In another hospital now")
# So long whoever is named in a handover reads all of it; afterwards sight goes with the work.
UNDER_WAY = frozenset({HandoverState.OFFERED, HandoverState.ACKNOWLEDGED})


class LeftReasonView(BaseModel):
    """Why something was not taken."""

    code: str
    title: Title


class ThingView(BaseModel):
    """A step or a case of a handover. A case shows the stage it is in, and of its steps the clock that ends first.

    `state`: `held` while the giver has it and nothing is known yet, then what became of it: `taken`, `not_taken` (with
    its `reason`), `kept` by the giver, `elsewhere` (it had changed hands meanwhile), `over`. `holder`: who had it then;
    null: nobody, it is in the pool or with the senior coordinator. `note`: null also for whom it is not meant for.
    `hidden`: of a guarded case those see alone that it is in there who need not know of it (whoever takes it does), and
    so does everybody of one that has gone to a hospital which they do not see.
    """

    item: str
    kind: Thing
    case_id: str
    step_id: str | None
    title: Title
    ward: str | None
    bed: str | None
    clock: ClockView | None
    blocks: list[Block]
    note: str | None
    state: ItemState
    holder: str | None
    reason: LeftReasonView | None
    settled_at: datetime | None
    hidden: bool = False


class PreviewView(BaseModel):
    """What a handover would hold now. `open`: the one that waits already."""

    giver: str
    hospital: str
    items: list[ThingView]
    open: str | None


class AnswerView(BaseModel):
    """Who acknowledged, declined or withdrew it, when, and when that was written down."""

    by: str
    role: Role
    at: datetime
    recorded_at: datetime
    reason: LeftReasonView | None
    note: str | None


class HandoverSummary(BaseModel):
    """A handover in a list. `to` null: the team, those in the giver's role.

    `told_at`: when whom it is for was told; `senior_told_at`, `head_told_at`: when they were told that it waits, which
    they are by `senior_at` and `head_at`. `done` only once it is known of each thing where it is (`finished_at`).
    """

    id: str
    hospital: str
    giver: str
    role: Role
    to: str | None
    state: HandoverState
    offered_by: str
    offered_at: datetime
    recorded_at: datetime
    told_at: datetime | None
    senior_at: datetime
    senior_told_at: datetime | None
    head_at: datetime
    head_told_at: datetime | None
    answer: AnswerView | None
    finished_at: datetime | None
    can: list[Literal["acknowledge", "decline", "withdraw"]]


class HandoverView(HandoverSummary):
    """A handover with all that is in it."""

    note: str | None
    items: list[ThingView]


async def summary(handover: Handover, caller: Caller, parts: ApiParts) -> HandoverSummary:
    """A handover in a list."""
    return HandoverSummary(**await _summary(handover, caller, parts))


async def handover_view(handover: Handover, caller: Caller, parts: ApiParts) -> HandoverView:
    """A handover with all that is in it; while it waits, with what the giver has got since."""
    items = {item.item_id: item for item in await parts.shifts.items(handover.id)}
    if handover.open:
        now_held = await parts.shifts.preview(handover.giver, handover.hospital)
        items = {item.item_id: item for item in now_held} | items
    return HandoverView(
        **await _summary(handover, caller, parts),
        note=_note(handover, handover.note, "note", caller, parts),
        items=await things(list(items.values()), handover.hospital, caller, parts, handover),
    )


async def _summary(handover: Handover, caller: Caller, parts: ApiParts) -> dict[str, Any]:
    return {
        "id": handover.id,
        "hospital": handover.hospital,
        "giver": handover.giver,
        "role": handover.role,
        "to": handover.receiver,
        "state": handover.state,
        "offered_by": handover.offered_by,
        "offered_at": handover.offered_at,
        "recorded_at": handover.recorded_at,
        "told_at": handover.told_at,
        "senior_at": handover.senior_at,
        "senior_told_at": handover.senior_told_at,
        "head_at": handover.head_at,
        "head_told_at": handover.head_told_at,
        "answer": _answer(handover, caller, parts),
        "finished_at": handover.finished_at,
        "can": await _can(handover, caller, parts),
    }


async def receiver_there(handover: Handover, parts: ApiParts) -> bool:
    """Whether whom it is meant for is on shift; whom the roster does not know is taken to be."""
    if handover.receiver is None:
        return False
    now = parts.now()
    known = (await parts.staff.people(now, users=[handover.receiver])).get(handover.receiver)
    return known is None or known.present(now)


async def _can(handover: Handover, caller: Caller, parts: ApiParts) -> list[str]:
    if not handover.open:
        return []
    there = await receiver_there(handover, parts)
    user, role = caller.user, caller.role
    allowed = {
        "acknowledge": may_take(handover, user, role, receiver_there=there),
        "decline": may_decline(handover, user, role),
        "withdraw": may_withdraw(handover, user, role),
    }
    return [action for action, may in allowed.items() if may]


def _answer(handover: Handover, caller: Caller, parts: ApiParts) -> AnswerView | None:
    by, role, at, recorded_at = (
        handover.answered_by,
        handover.answered_role,
        handover.answered_at,
        handover.answer_recorded_at,
    )
    if by is None or role is None or at is None or recorded_at is None:
        return None
    return AnswerView(
        by=by,
        role=role,
        at=at,
        recorded_at=recorded_at,
        reason=_reason(handover.reason, handover.hospital, parts),
        note=_note(handover, handover.answer_note, "answer", caller, parts),
    )


def _note(handover: Handover, sealed: bytes | None, what: str, caller: Caller, parts: ApiParts) -> str | None:
    """A note, for whose it is."""
    may = may_read(handover, caller.user, caller.role) and told_at_handover(handover, what, caller)
    if sealed is None or not may:
        return None
    note: str = parts.vault.open(sealed, about=about(handover.id, what))["note"]
    return note


def about(handover_id: str, what: str) -> str:
    """To what the sealed bytes of a note belong: the handover's own, its answer's, or a thing's."""
    return f"handover/{handover_id}/{what}"


def _reason(code: str | None, hospital: str, parts: ApiParts) -> LeftReasonView | None:
    if code is None:
        return None
    title = parts.catalogue.handover_reasons(hospital).get(code)  # another catalogue may have had other ones
    return LeftReasonView(code=code, title=Title(ru=title.ru, en=title.en) if title else Title(ru=code, en=code))


async def things(
    items: list[Item], hospital: str, caller: Caller, parts: ApiParts, handover: Handover | None = None
) -> list[ThingView]:
    """Steps and cases as they stand now, those first that are due first."""
    named: Collection[str | None] = ()
    if handover is not None and handover.state in UNDER_WAY:
        named = {handover.giver, handover.receiver, handover.answered_by}
    names = {item.case_id for item in items}
    known = {name: await parts.queries.case(name) for name in names}
    hidden = dict.fromkeys(() if caller.user in named else await parts.queries.hidden(names, caller.onlooker), HIDDEN)
    # A case that was handed over once may be anywhere by now.
    hidden |= {name: GONE for name, case in known.items() if case is not None and not caller.sees(case.hospital or "")}
    cases = {name: None if name in hidden else case for name, case in known.items()}
    rows = {item.item_id: row for item in items if (row := _row(item, cases[item.case_id])) is not None}
    private = await opened(parts, caller, refs(list(rows.values())))
    views = [
        _hidden(item, hidden[item.case_id])
        if item.case_id in hidden
        else await _thing(item, cases[item.case_id], rows.get(item.item_id), private, hospital, caller, parts, handover)
        for item in items
    ]
    return sorted(views, key=_urgency)


def _row(item: Item, case: CaseState | None) -> StepRow | None:
    """The step, or of a case the live step that is due first."""
    if case is None:
        return None
    if item.thing is Thing.STEP:
        step = case.steps.get(item.item_id)
        return None if step is None else row_of(case, step)
    due = [(step.due_at, step.step_id, step) for step in case.live_steps if step.due_at is not None]
    return row_of(case, min(due)[2]) if due else None


async def _thing(  # noqa: PLR0913, PLR0917 - all that is shown of a thing
    item: Item,
    case: CaseState | None,
    row: StepRow | None,
    private: Mapping[str, Mapping[str, Any]],
    hospital: str,
    caller: Caller,
    parts: ApiParts,
    handover: Handover | None,
) -> ThingView:
    if item.thing is Thing.STEP:
        title = Title(ru=item.item_id, en=item.item_id) if row is None else await title_of(row, parts, private)
        blocks = [] if row is None else list(row.step.blocks)
    else:
        title = _stage(case, parts)
        blocks = [] if case is None else [block for step in case.live_steps for block in step.blocks]
    return ThingView(
        item=item.item_id,
        kind=item.thing,
        case_id=item.case_id,
        step_id=item.item_id if item.thing is Thing.STEP else None,
        title=title,
        ward=None if case is None else case.ward,
        bed=None if case is None else case.bed,
        clock=None if row is None else clock_view(row, parts.now()),
        blocks=blocks,
        note=None if handover is None else _note(handover, item.note, item.item_id, caller, parts),
        state=item.state,
        holder=item.holder,
        reason=_reason(item.reason, hospital, parts),
        settled_at=item.settled_at,
    )


def _hidden(item: Item, why: Title) -> ThingView:
    return ThingView(
        item=item.item_id,
        kind=item.thing,
        case_id=item.case_id,
        step_id=item.item_id if item.thing is Thing.STEP else None,
        title=why,
        ward=None,
        bed=None,
        clock=None,
        blocks=[],
        note=None,
        state=item.state,
        holder=item.holder,
        reason=None,
        settled_at=item.settled_at,
        hidden=True,
    )


def _stage(case: CaseState | None, parts: ApiParts) -> Title:
    if case is None:
        return Title(ru="", en="")
    title = parts.catalogue.stages[case.stage]
    return Title(ru=title.ru, en=title.en)


def _urgency(view: ThingView) -> tuple[bool, bool, float, str]:
    left = None if view.clock is None else view.clock.left_s
    return view.kind is Thing.CASE, left is None, float(left or 0), view.item
