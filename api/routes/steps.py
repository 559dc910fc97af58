"""Steps: what is to do, and everything that a person may do to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import ValidationError

from api.access import CareWorker, Reader
from api.bodies.step import (
    Approving,
    Assigning,
    Blocking,
    Body,
    Cancelling,
    Commenting,
    Completing,
    Extending,
    Releasing,
    Unblocking,
)
from api.confidential import opened
from api.filters import Assignee, Ward, Whose, check_known, of_whom, user_of
from api.giving import check_giving
from api.http.conditional import UNCHANGED, Held, IfMatch, seen
from api.http.paging import Cursor, Limit, page_of
from api.needing import sees
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing, StepView, refs, step_view
from api.writing import ACCEPTED, IdempotencyKey, showing, submit
from marshrut.domain import commands as c
from marshrut.domain.base import Code, Instant
from marshrut.domain.moves import Action, can
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Role
from marshrut.ports import Caller, StepFilter, StepRow
from workflows.registry import OUTCOMES

router = APIRouter(prefix="/api/v1/steps", tags=["steps"])


async def step_in_scope(step_id: str, caller: Caller, parts: ApiParts) -> StepRow:
    """The step, if the caller may know of it."""
    row = await parts.queries.step(step_id)
    if row is None or not await sees(row.case_id, row.hospital, caller, parts):
        raise Problem("step_not_found")
    return row


async def step_now(step_id: str, caller: Caller, parts: ApiParts) -> StepView:
    """The step as it is now, for this caller."""
    return await _shown(await step_in_scope(step_id, caller, parts), caller, parts)


async def _shown(row: StepRow, caller: Caller, parts: ApiParts) -> StepView:
    return await step_view(row, caller, parts, await opened(parts, caller, refs([row])))


@router.get("")
async def steps(
    caller: Reader,
    parts: Parts,
    case: Code | None = None,
    state: Literal["open", "claimed", "done", "cancelled", "live", "blocked"] | None = None,
    assignee: Assignee = None,
    role: Role | None = None,
    hospital: str | None = None,
    track: str | None = None,
    overdue: Annotated[bool | None, Query(description="`true`: those that are late now")] = None,
    blocked: bool | None = None,
    escalated: Annotated[bool | None, Query(description="`true`: somebody above was told and has not answered")] = None,
    soon: Annotated[bool | None, Query(description="`true`: most of their time is gone, and they are not late")] = None,
    due_before: Instant | None = None,
    whose: Annotated[
        Whose | None,
        Query(description="`mine`: mine, or nobody's in my cases; `group`: my role's, a senior's all; `unclaimed`"),
    ] = None,
    opened_from: Annotated[Instant | None, Query(description="Opened then or later")] = None,
    opened_before: Annotated[Instant | None, Query(description="Opened earlier than that")] = None,
    ward: Ward = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[StepView]:
    """Steps in the caller's scope, the first due first."""
    check_known(parts, hospital=hospital, track=track)
    now = parts.now()
    which = StepFilter(
        hospitals=caller.hospitals,
        who=caller.onlooker,
        case_id=case,
        hospital=hospital,
        state=state,
        assignee=user_of(assignee, caller),
        role=role,
        track=track,
        overdue_at=now if overdue else None,
        due_before=due_before,
        blocked=blocked,
        escalated_at=now if escalated else None,
        soon_at=now if soon else None,
        opened_from=opened_from,
        opened_before=opened_before,
        ward=ward,
    )
    page = await page_of(parts.queries.steps(of_whom(which, whose, caller), limit=limit, cursor=cursor))
    private = await opened(parts, caller, refs(list(page.items)))
    return Listing(items=[await step_view(row, caller, parts, private) for row in page.items], next=page.next)


@router.get("/{step_id}", responses=UNCHANGED)
async def step(step_id: str, caller: Reader, parts: Parts, held: Held) -> StepView:
    """One step."""
    shown = await step_now(step_id, caller, parts)
    return held.checked(shown, shown.version)


async def act(
    row: StepRow,
    body: c.StepCommand,
    given: Body,
    caller: Caller,
    parts: ApiParts,
    key: str | None,
    private: dict[str, Any] | None = None,
    *,
    if_match: str | None = None,
) -> StepView:
    """Have an action happen to a step in the caller's scope; the step as it is now.

    Whoever gave it away may see it no more from now on, and is answered all the same.
    """
    verdict = await submit(
        parts,
        caller,
        case_id=row.case_id,
        hospital=row.hospital,
        body=body,
        key=key,
        occurred_at=given.occurred_at,
        private=private,
        expects=seen(if_match),
    )
    with showing(verdict):
        now = await parts.queries.step(body.step_id)
        if now is None:
            raise Problem("step_not_found")
        return await _shown(now, caller, parts)


def said(note: str | None) -> dict[str, Any] | None:
    """A note as the private part of a command."""
    return {"note": note} if note else None


@router.post("/{step_id}/claim", responses=ACCEPTED)
async def claim(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Body | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Take the step."""
    row = await step_in_scope(step_id, caller, parts)
    return await act(row, c.Claim(step_id=step_id), given or Body(), caller, parts, idempotency_key, if_match=if_match)


@router.post("/{step_id}/release", responses=ACCEPTED)
async def release(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Releasing | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Give the step back."""
    row, given = await step_in_scope(step_id, caller, parts), given or Releasing()
    return await act(
        row, c.Release(step_id=step_id), given, caller, parts, idempotency_key, said(given.note), if_match=if_match
    )


@router.post("/{step_id}/assign", responses=ACCEPTED)
async def assign(
    step_id: str,
    given: Assigning,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Give the step to somebody who is there and may do it."""
    row = await step_in_scope(step_id, caller, parts)
    if Action.ASSIGN in can(row.step, caller.actor, closed=row.closed):  # else the journey says why not
        await check_giving(parts, given.assignee, row.hospital, row.step.role, field="assignee")
    body = c.Assign(step_id=step_id, assignee=given.assignee)
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)


@router.post("/{step_id}/complete", responses=ACCEPTED)
async def complete(
    step_id: str,
    given: Completing,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Say that the step is done, with its outcome."""
    row = await step_in_scope(step_id, caller, parts)
    outcome = _outcome(row, given.outcome)
    body = c.Complete(step_id=step_id, outcome=outcome.codes())
    private = outcome.private()
    return await act(
        row, body, given, caller, parts, idempotency_key, {"outcome": private} if private else None, if_match=if_match
    )


def _outcome(row: StepRow, given: dict[str, Any] | str) -> Outcome:
    expected = OUTCOMES.get(f"{row.step.track}.{row.step.name}")
    if expected is None:
        raise Problem("unknown_step")
    try:
        return expected.model_validate({"result": given} if isinstance(given, str) else given)
    except ValidationError as fault:
        errors = tuple(
            {"field": ".".join(("outcome", *map(str, each["loc"]))), "message": each["msg"]}
            for each in fault.errors(include_input=False, include_url=False)
        )
        raise Problem("wrong_outcome", errors=errors) from None


@router.post("/{step_id}/block", responses=ACCEPTED)
async def block(
    step_id: str,
    given: Blocking,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Add a reason why the step cannot proceed; several may stand at once."""
    row = await step_in_scope(step_id, caller, parts)
    reason = (await parts.catalogues.at(row.catalogue, row.hospital, row.variants)).reasons.get(given.reason)
    if reason is None:
        raise Problem("unknown_reason", {"field": "reason"})
    body = c.AddBlock(
        step_id=step_id,
        reason=given.reason,
        responsible=given.responsible or reason.responsible,
        since=given.since,
        until=given.until,
    )
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)


@router.post("/{step_id}/unblock", responses=ACCEPTED)
async def unblock(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Unblocking | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Say that a reason, or all of them, ended."""
    row = await step_in_scope(step_id, caller, parts)
    given = given or Unblocking()
    body = c.Unblock(step_id=step_id, block_id=given.block_id, reason=given.reason)
    return await act(row, body, given, caller, parts, idempotency_key, if_match=if_match)


@router.post("/{step_id}/extend", responses=ACCEPTED)
async def extend(
    step_id: str,
    given: Extending,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Move the due time to a later one, or by so much."""
    row = await step_in_scope(step_id, caller, parts)
    by = None if given.by is None else given.by.term
    body = c.Extend(step_id=step_id, due_at=given.due_at, by=by, reason=given.reason)
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)


@router.post("/{step_id}/cancel", responses=ACCEPTED)
async def cancel(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Cancelling | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Cancel the step; a mandatory one waits for another person's approval."""
    row = await step_in_scope(step_id, caller, parts)
    given = given or Cancelling()
    body = c.Cancel(step_id=step_id, reason=given.reason)
    return await act(row, body, given, caller, parts, idempotency_key, said(given.note), if_match=if_match)


@router.post("/{step_id}/approve", responses=ACCEPTED)
async def approve(
    step_id: str,
    caller: CareWorker,
    parts: Parts,
    given: Approving | None = None,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Answer the request to cancel; never one's own."""
    row = await step_in_scope(step_id, caller, parts)
    given = given or Approving()
    return await act(
        row,
        c.Approve(step_id=step_id, approved=given.approved),
        given,
        caller,
        parts,
        idempotency_key,
        if_match=if_match,
    )


@router.post("/{step_id}/comment", responses=ACCEPTED)
async def comment(
    step_id: str,
    given: Commenting,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Write a comment; it stands in the case's history."""
    row = await step_in_scope(step_id, caller, parts)
    body = c.Comment(step_id=step_id)
    return await act(row, body, given, caller, parts, idempotency_key, {"text": given.text}, if_match=if_match)
