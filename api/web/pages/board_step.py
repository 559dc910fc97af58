"""One step of the board: everything that can be done about it, beside its words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from pydantic import ValidationError

from api.bodies.step import Assigning, Body, Escalating, Extending, More, Reminding, Returning
from api.problems import KINDS, Problem
from api.routes import notifications, pressing, staff, steps
from api.routes.stuck import EscalationView, escalations
from api.views.case import StepView
from api.web.board.filters import BOARD
from api.web.board.panel import Choice
from api.web.board.words import whom
from api.web.chips import Chip
from api.web.desk import Desk, OfCare
from api.web.faults import FaultPage, told
from api.web.forms import Form, invalid, sent
from api.web.moves import moves_of, ways_back
from api.web.pages.board_bulk import CHANGED
from marshrut.domain.moves import Action
from marshrut.domain.refusal import Refused

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Standing:
    """An escalation that stands: its notice, and whom it tells since when."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class StepPanel:
    """A step, whom it is about, what may be done; `said`: what was typed before, `done`: what has just been done."""

    step_id: str
    case_id: str
    who: str
    title: str
    holder: str
    chip: Chip
    can: Sequence[str]
    ways_back: Sequence[str]
    standing: Sequence[Standing]
    choices: Sequence[Choice]
    key: str
    said: Mapping[str, str]
    fault: FaultPage | None = None
    failed: str | None = None
    done: str | None = None


@router.get("/board/steps/{step_id}")
async def actions(step_id: str, desk: OfCare) -> Response:
    """What can be done about a step."""
    return _shown(desk, await _panel(desk, step_id))


@router.post("/board/steps/{step_id}/{action}")
async def act(step_id: str, action: str, request: Request, desk: OfCare) -> Response:
    """Do it; a refused form is shown again with everything that was typed."""
    form = await sent(request)
    if action not in DOING:
        raise Problem("not_found")
    try:
        await DOING[action](desk, step_id, form, form.text("key"))
    except (Problem, Refused, ValidationError) as fault:
        problem = _problem(fault)
        said = {name: value for name in ("assignee", "amount", "unit", "note", "to") if (value := form.text(name))}
        panel = await _panel(desk, step_id, said=said, fault=told(problem, desk), failed=action)
        return _shown(desk, panel, KINDS[problem.code].status)
    if not desk.partial:
        return desk.goes_to(BOARD)
    panel = await _panel(desk, step_id, done=desk.t(f"board.did_{action.replace('-', '_')}"))
    return desk.part("parts/board_step.html", panel, headers=CHANGED)


def _problem(fault: Problem | Refused | ValidationError) -> Problem:
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, Refused):
        return Problem(fault.code, fault.details)
    return invalid(fault)


async def _assign(desk: Desk, step_id: str, form: Form, key: str | None) -> None:
    given = Assigning.model_validate({"assignee": form.text("assignee"), "note": form.text("note")})
    await steps.assign(step_id, given, desk.caller, desk.parts, key)


async def _extend(desk: Desk, step_id: str, form: Form, key: str | None) -> None:
    more = More.model_validate({"amount": form.text("amount"), "unit": form.text("unit") or "wd"})
    await steps.extend(step_id, Extending(by=more, note=form.text("note")), desk.caller, desk.parts, key)


async def _remind(desk: Desk, step_id: str, form: Form, key: str | None) -> None:
    await pressing.remind(step_id, desk.caller, desk.parts, Reminding(note=form.text("note")), key)


async def _escalate(desk: Desk, step_id: str, form: Form, key: str | None) -> None:
    await pressing.escalate(step_id, desk.caller, desk.parts, Escalating(note=form.text("note")), key)


async def _take_over(desk: Desk, step_id: str, _form: Form, key: str | None) -> None:
    await pressing.take_over(step_id, desk.caller, desk.parts, Body(), key)


async def _return(desk: Desk, step_id: str, form: Form, key: str | None) -> None:
    given = Returning.model_validate({"to": form.text("to") or "former", "note": form.text("note")})
    await pressing.give_back(step_id, desk.caller, desk.parts, given, key)


async def _claim(desk: Desk, step_id: str, _form: Form, key: str | None) -> None:
    await steps.claim(step_id, desk.caller, desk.parts, Body(), key)


async def _acknowledge(desk: Desk, step_id: str, form: Form, key: str | None) -> None:
    notice = form.text("notice") or ""
    if not notice.startswith(f"{step_id.split('.', maxsplit=1)[0]}/"):
        raise Problem("notice_not_found")
    await notifications.acknowledge(notice, desk.caller, desk.parts, key)


DOING: Mapping[str, Callable[[Desk, str, Form, str | None], Awaitable[None]]] = {
    "assign": _assign,
    "extend": _extend,
    "remind": _remind,
    "escalate": _escalate,
    "acknowledge": _acknowledge,
    "take-over": _take_over,
    "return": _return,
    "claim": _claim,
}


async def _panel(  # noqa: PLR0913 - what has just become of it, beside the step
    desk: Desk,
    step_id: str,
    *,
    said: Mapping[str, str] | None = None,
    fault: FaultPage | None = None,
    failed: str | None = None,
    done: str | None = None,
) -> StepPanel:
    step = await steps.step_now(step_id, desk.caller, desk.parts)
    case = await desk.parts.queries.case(step.case_id)
    if case is None:
        raise Problem("case_not_found")
    known = (await desk.who([case]))[case.case_id]
    stands = escalations(case, case.steps[step_id])
    return StepPanel(
        step_id=step_id,
        case_id=step.case_id,
        who=known.name,
        title=desk.said(step.title),
        holder=desk.t("board.nobody_has", role=desk.role(step.role))
        if step.assignee is None
        else desk.name_of(step.assignee),
        chip=desk.chip(step.clock, step.hospital),
        can=moves_of(step, desk.caller.user),
        ways_back=ways_back(step),
        standing=[_standing(desk, each, step.hospital) for each in stands if _answers(desk, each)],
        choices=await _choices(desk, step),
        key=desk.key(),
        said={"amount": "2", "unit": "wd", **(said or {})},
        fault=fault,
        failed=failed,
        done=done,
    )


def _answers(desk: Desk, told_: EscalationView) -> bool:
    addressed = told_.user == desk.caller.user or (told_.user is None and told_.role is desk.caller.role)
    return addressed or desk.senior


def _standing(desk: Desk, told_: EscalationView, hospital: str) -> Standing:
    who = whom(desk, told_.role, told_.user)
    when = desk.at(hospital).when(told_.tell_at)
    return Standing(told_.id, desk.t("board.told_of", what=desk.said(told_.title), who=who, when=when))


async def _choices(desk: Desk, step: StepView) -> list[Choice]:
    if Action.ASSIGN not in step.can:
        return []
    found = await staff.suggestions(step.step_id, desk.caller, desk.parts)
    return [
        Choice(
            each.user,
            desk.t(
                "board.suggested",
                name=desk.name_of(each.user),
                steps=desk.t("board.steps", n=each.load.steps),
                why=", ".join(desk.said(merit.title).lower() for merit in each.reasons) or desk.role(each.role),
            ),
        )
        for each in found.items
    ]


def _shown(desk: Desk, panel: StepPanel, status: int = 200) -> Response:
    if desk.partial:
        return desk.part("parts/board_step.html", panel, status=status)
    return desk.part("board_step.html", panel, status=status)
