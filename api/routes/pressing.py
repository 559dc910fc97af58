"""What a step needs that does not move: its holder reminded, those above told, somebody who takes it over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import APIRouter

from api.access import CareWorker
from api.bodies.step import Body, Escalating, Reminding, Returning
from api.giving import check_giving
from api.http.conditional import IfMatch
from api.parts import ApiParts, Parts
from api.pressing import former_holder, reminder
from api.problems import Problem
from api.routes.steps import act, said, step_in_scope, step_now
from api.views.case import StepView
from api.writing import ACCEPTED, IdempotencyKey, submit
from marshrut.domain import commands as c
from marshrut.domain.moves import Action, can, check
from marshrut.domain.stuck import standing
from marshrut.ports import Caller, StepRow

router = APIRouter(prefix="/api/v1/steps", tags=["steps"])

# Why a step and its case change hands, as the journal says it.
TAKEN_OVER, RETURNED = "taken_over", "returned"
# Somebody else was faster, or it was so already: whoever takes over has what they want.
SO_ALREADY = frozenset({"nothing_changes", "already_acknowledged"})


@router.post("/{step_id}/remind", responses=ACCEPTED)
async def remind(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Reminding | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Tell whoever has the step, or may take it, that it waits for them: in their hours, and not time and again."""
    row, given = await step_in_scope(step_id, caller, parts), given or Reminding()
    body = reminder(step_id, row.hospital, parts)
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)


@router.post("/{step_id}/escalate", responses=ACCEPTED)
async def escalate(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Escalating | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Have those above told now, whom the step's clock would tell later."""
    row, given = await step_in_scope(step_id, caller, parts), given or Escalating()
    body = c.Escalate(step_id=step_id, reason=given.reason)
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)


@router.post("/{step_id}/take-over", responses=ACCEPTED)
async def take_over(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Body | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Have the step, answer for its case, and see to what was escalated of it: for seniors."""
    row, given = await step_in_scope(step_id, caller, parts), given or Body()
    if row.step.assignee != caller.user:
        body = c.Assign(step_id=step_id, assignee=caller.user, reason=TAKEN_OVER)
        await act(row, body, given, caller, parts, _part(idempotency_key, "step"), if_match=if_match)
    else:
        check(row.step, Action.ASSIGN, caller.actor)
    await _answer_for(row, caller, parts, idempotency_key)
    return await step_now(step_id, caller, parts)


async def _answer_for(row: StepRow, caller: Caller, parts: ApiParts, key: str | None) -> None:
    """The case is the caller's, and what stands of the step's escalations is acknowledged by them."""
    case = await parts.queries.case(row.case_id)
    if case is None:
        raise Problem("case_not_found")
    bodies: list[tuple[str, c.AboutCase]] = [
        (name, c.Acknowledge(key=name)) for name in standing(case, case.steps[row.step.step_id])
    ]
    if case.owner != caller.user:
        bodies.append(("owner", c.SetOwner(owner=caller.user, reason=TAKEN_OVER)))
    for name, body in bodies:
        with _unless_so_already():
            own = _part(key, name)
            await submit(parts, caller, case_id=row.case_id, hospital=row.hospital, body=body, key=own)


def _part(key: str | None, name: str) -> str | None:
    """The idempotency key of one of the commands that a call consists of."""
    return None if key is None else f"{key}/{name}"


@contextmanager
def _unless_so_already() -> Iterator[None]:
    try:
        yield
    except Problem as refused:
        if refused.code not in SO_ALREADY:
            raise


@router.post("/{step_id}/return", responses=ACCEPTED)
async def give_back(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Returning | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Give a step of one's own back to whoever had it before, or to the team."""
    row, given = await step_in_scope(step_id, caller, parts), given or Returning()
    former = None
    if given.to == "former":
        former = await former_holder(parts.queries, row.case_id, step_id, caller.user)
    if former is None:
        body: c.StepCommand = c.Release(step_id=step_id, reason=RETURNED, held_by=caller.user)
    else:
        if Action.ASSIGN in can(row.step, caller.actor, closed=row.closed):  # else the journey says why not
            await check_giving(parts, former, row.hospital, row.step.role, field="to")
        body = c.Assign(step_id=step_id, assignee=former, reason=RETURNED, held_by=caller.user)
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)
