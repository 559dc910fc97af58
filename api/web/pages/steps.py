"""What a person does to a step: each form calls the endpoint, and a refused one comes back with what was typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.bodies import step as bodies
from api.parts import ApiParts
from api.problems import Problem
from api.routes import pressing, steps
from api.views.case import StepView
from api.web.case.gathering import Gathered, gathered
from api.web.case.page import Looking
from api.web.case.steps import Refused, fields_for, slug_of
from api.web.desk import Desk, OfCare
from api.web.faults import told
from api.web.forms import Form, made
from api.web.outcomes.reading import Read, Typed, read
from api.web.outcomes.shown import PREFIX, label_of
from api.web.pages.case import act, given, onward, shown
from marshrut.domain.outcomes import Outcome
from marshrut.ports import Caller, StepRow
from workflows.registry import OUTCOMES

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Compared:
    """A field, what is recorded of it, and what was typed."""

    name: str
    written: str
    yours: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A step that changed while somebody wrote. `text`: what they typed, as a comment would say it."""

    step_id: str
    case_id: str
    title: str
    said: str
    rows: tuple[Compared, ...]
    text: str
    seen: str
    back: str


@router.post("/steps/{step_id}/complete")
async def complete(step_id: str, request: Request, desk: OfCare) -> Response:
    """The step is done, with what was filled in."""
    form, typed, key = await given(request)
    row = await steps.step_in_scope(step_id, desk.caller, desk.parts)
    zone = desk.at(row.hospital).zone
    outcome = _outcome(row)
    mine = {name.removeprefix(PREFIX): values for name, values in typed.items() if name != "key"}
    filled = read(outcome, mine, zone)
    if filled.value is None:
        refused = Refused(step_id, "complete", mine, filled.wrong)
        return await shown(row.case_id, desk, Looking(), refused, 422)
    try:
        body = bodies.Completing(outcome=filled.given, occurred_at=form.instant("occurred_at", zone))
        await steps.complete(step_id, body, desk.caller, desk.parts, key)
    except Problem as problem:
        return await _refused(row, desk, problem, filled)
    return await onward(row.case_id, desk, f"/desk/cases/{row.case_id}#steps")


def _outcome(row: StepRow) -> type[Outcome]:
    found = OUTCOMES.get(f"{row.step.track}.{row.step.name}")
    if found is None:
        raise Problem("unknown_step")
    return found


async def _refused(row: StepRow, desk: Desk, problem: Problem, filled: Read[Outcome]) -> Response:
    """The form again with what the case says; of a step that is over, what is recorded beside what was typed."""
    fault = told(problem, desk)
    if fault.status not in {403, 409, 422}:
        raise problem
    now = await steps.step_in_scope(row.step.step_id, desk.caller, desk.parts)
    if fault.status == 409 and not now.step.live:  # noqa: PLR2004 - a conflict
        known = await gathered(row.case_id, desk)
        return await desk.page("conflict.html", _conflict(known, now, filled), status=409, section="cases")
    refused = Refused(row.step.step_id, "complete", filled.typed, filled.wrong, fault.line)
    return await shown(row.case_id, desk, Looking(), refused, fault.status)


def _conflict(of: Gathered, row: StepRow, filled: Read[Outcome]) -> Conflict:
    step, t, f = row.step, of.desk.t, of.voice.formats
    view = next(each for each in of.card.steps if each.step_id == step.step_id)
    written = {} if view.outcome is None else {name: _as_typed(value) for name, value in view.outcome.items()}
    rows = [
        Compared(label_of(f"{view.track}.{view.name}", name, of.voice), theirs, mine)
        for name, theirs, mine in _both(of, view, written, filled.typed)
    ]
    time = "" if step.ended_at is None else f.when(step.ended_at)
    key = "conflict_done" if step.state == "done" else "conflict_cancelled"
    return Conflict(
        step_id=step.step_id,
        case_id=row.case_id,
        title=of.desk.said(view.title),
        said=t(f"case.{key}", time=time, **({"who": of.desk.name_of(step.done_by)} if key == "conflict_done" else {})),
        rows=tuple(rows),
        text="\n".join(f"{each.name}: {each.yours}" for each in rows if each.yours),
        seen=t("outcomes.seen_by_psychologists" if of.psychologist else "outcomes.seen_by_team"),
        back=f"/desk/cases/{row.case_id}#{slug_of(step.step_id)}",
    )


def _both(of: Gathered, view: StepView, written: Typed, typed: Typed) -> list[tuple[str, str, str]]:
    """Of each field that either has, both in words."""
    theirs, mine = (
        {each.name.removeprefix(PREFIX): _said(each.options, each.value) for each in fields_for(of, view, refused)}
        for refused in (Refused(view.step_id, "complete", written), Refused(view.step_id, "complete", typed))
    )
    return [(name, theirs[name], mine[name]) for name in mine if theirs[name] or mine[name]]


def _said(options: object, value: str) -> str:
    chosen = [each.label for each in options if each.checked] if isinstance(options, tuple) else []
    return ", ".join(chosen) if chosen else value


def _as_typed(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)]


Call = Callable[[StepRow, Form, Desk, str | None], Awaitable[object]]


async def _act(step_id: str, action: str, request: Request, desk: Desk, call: Call) -> Response:
    form, typed, key = await given(request)
    row = await steps.step_in_scope(step_id, desk.caller, desk.parts)
    back = f"/desk/cases/{row.case_id}?step={step_id}#{slug_of(step_id)}"
    return await act(row.case_id, desk, action, typed, lambda: call(row, form, desk, key), step_id=step_id, back=back)


def _bare(endpoint: Callable[[str, Caller, ApiParts, None, str | None], Awaitable[object]]) -> Call:
    """An action to which a form adds nothing."""

    async def call(row: StepRow, _form: Form, desk: Desk, key: str | None) -> object:
        return await endpoint(row.step.step_id, desk.caller, desk.parts, None, key)

    return call


@router.post("/steps/{step_id}/claim")
async def claim(step_id: str, request: Request, desk: OfCare) -> Response:
    """Take the step."""
    return await _act(step_id, "claim", request, desk, _bare(steps.claim))


@router.post("/steps/{step_id}/release")
async def release(step_id: str, request: Request, desk: OfCare) -> Response:
    """Give it back."""
    return await _act(step_id, "release", request, desk, _bare(steps.release))


@router.post("/steps/{step_id}/take-over")
async def take_over(step_id: str, request: Request, desk: OfCare) -> Response:
    """Have the step and answer for its case."""
    return await _act(step_id, "take-over", request, desk, _bare(pressing.take_over))


@router.post("/steps/{step_id}/return")
async def give_back(step_id: str, request: Request, desk: OfCare) -> Response:
    """Give it back to who had it before, or to the team."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Returning, to=form.text("to"), note=form.text("note"))
        return await pressing.give_back(step_id, desk.caller, desk.parts, body, key)

    return await _act(step_id, "return", request, desk, call)


@router.post("/steps/{step_id}/assign")
async def assign(step_id: str, request: Request, desk: OfCare) -> Response:
    """Give it to somebody."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Assigning, assignee=form.text("assignee"))
        return await steps.assign(step_id, body, desk.caller, desk.parts, key)

    return await _act(step_id, "assign", request, desk, call)


@router.post("/steps/{step_id}/block")
async def block(step_id: str, request: Request, desk: OfCare) -> Response:
    """Something stands in its way."""

    async def call(row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        zone = desk.at(row.hospital).zone
        body = made(
            bodies.Blocking,
            reason=form.text("reason"),
            responsible=form.text("responsible"),
            since=form.instant("since", zone),
            until=form.instant("until", zone),
            note=form.text("note"),
        )
        return await steps.block(step_id, body, desk.caller, desk.parts, key)

    return await _act(step_id, "block", request, desk, call)


@router.post("/steps/{step_id}/unblock")
async def unblock(step_id: str, request: Request, desk: OfCare) -> Response:
    """A reason ended."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Unblocking, block_id=form.text("block_id"))
        return await steps.unblock(step_id, desk.caller, desk.parts, body, key)

    return await _act(step_id, "unblock", request, desk, call)


@router.post("/steps/{step_id}/extend")
async def extend(step_id: str, request: Request, desk: OfCare) -> Response:
    """More time."""

    async def call(row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        due_at = form.instant("due_at", desk.at(row.hospital).zone)
        body = made(bodies.Extending, due_at=due_at, reason=form.text("reason"), note=form.text("note"))
        return await steps.extend(step_id, body, desk.caller, desk.parts, key)

    return await _act(step_id, "extend", request, desk, call)


@router.post("/steps/{step_id}/cancel")
async def cancel(step_id: str, request: Request, desk: OfCare) -> Response:
    """It need not be done."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Cancelling, reason=form.text("reason"), note=form.text("note"))
        return await steps.cancel(step_id, desk.caller, desk.parts, body, key)

    return await _act(step_id, "cancel", request, desk, call)


@router.post("/steps/{step_id}/approve")
async def approve(step_id: str, request: Request, desk: OfCare) -> Response:
    """Yes or no to a cancelling that somebody asked for."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Approving, approved=form.text("approved") == "yes")
        return await steps.approve(step_id, desk.caller, desk.parts, body, key)

    return await _act(step_id, "approve", request, desk, call)


@router.post("/steps/{step_id}/comment")
async def comment(step_id: str, request: Request, desk: OfCare) -> Response:
    """Words that stand in the history, also of a step that is over."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Commenting, text=form.text("text") or "")
        return await steps.comment(step_id, body, desk.caller, desk.parts, key)

    return await _act(step_id, "comment", request, desk, call)


@router.post("/steps/{step_id}/remind")
async def remind(step_id: str, request: Request, desk: OfCare) -> Response:
    """Whoever has it is told that it waits for them."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Reminding, note=form.text("note"))
        return await pressing.remind(step_id, desk.caller, desk.parts, body, key)

    return await _act(step_id, "remind", request, desk, call)


@router.post("/steps/{step_id}/escalate")
async def escalate(step_id: str, request: Request, desk: OfCare) -> Response:
    """Those above are told now."""

    async def call(_row: StepRow, form: Form, desk: Desk, key: str | None) -> object:
        body = made(bodies.Escalating, note=form.text("note"))
        return await pressing.escalate(step_id, desk.caller, desk.parts, body, key)

    return await _act(step_id, "escalate", request, desk, call)
