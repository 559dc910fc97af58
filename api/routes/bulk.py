"""The same action on many steps, each on its own."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import CareWorker
from api.audit.noted import noted
from api.bulk.bodies import MOST, Bulking, OfSteps, OfStuck
from api.bulk.doing import Bulk
from api.bulk.views import BulkAnswer, answer
from api.filters import check_known, user_of
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.writing import IdempotencyKey
from marshrut.ports import Caller, StepFilter, StuckFilter

router = APIRouter(prefix="/api/v1", tags=["steps"])


@router.post("/bulk")
async def bulk(given: Bulking, caller: CareWorker, parts: Parts, idempotency_key: IdempotencyKey = None) -> BulkAnswer:
    """Assign, extend, remind of or escalate many steps: a dry run first, then those that it showed, by their ids.

    Each is done or refused by itself. A step that cannot be is no reason for the others not to be.
    """
    if given.filter is not None and not given.dry_run:
        # Who runs a filter later runs it over what has come since, which nobody has looked at.
        raise Problem("dry_run_first", {"field": "filter"})
    as_of = parts.now()
    steps, more = list(given.steps or ()), False
    if given.filter is not None:
        steps, more = await found(given.filter, caller, parts)
    noted().about(*steps)
    action = Bulk(given, caller, parts, idempotency_key)
    items = await action.shown(steps) if given.dry_run else await action.done(steps)
    return answer(given.action, items, as_of, dry_run=given.dry_run, more=more)


async def found(which: OfSteps | OfStuck, caller: Caller, parts: ApiParts) -> tuple[list[str], bool]:
    """The steps that a filter finds in the caller's scope, and whether there are more than can be taken at once."""
    check_known(parts, hospital=which.hospital, track=which.track)
    now = parts.now()
    assignee = user_of(which.assignee, caller)
    if isinstance(which, OfStuck):
        stuck = StuckFilter(
            hospitals=caller.hospitals,
            who=caller.onlooker,
            hospital=which.hospital,
            track=which.track,
            why=which.why,
            role=which.role,
            assignee=assignee,
            min_rank=which.min_rank,
            ward=which.ward,
        )
        listed = await parts.stuck.stuck(stuck, now, limit=MOST, cursor=None)
        names = [row.item.step.step_id for row in listed.items if row.item.step is not None]
        return names, listed.next is not None
    wanted = StepFilter(
        hospitals=caller.hospitals,
        who=caller.onlooker,
        case_id=which.case,
        hospital=which.hospital,
        state=which.state,
        assignee=assignee,
        role=which.role,
        track=which.track,
        overdue_at=now if which.overdue else None,
        due_before=which.due_before,
        blocked=which.blocked,
        escalated_at=now if which.escalated else None,
        soon_at=now if which.soon else None,
        opened_from=which.opened_from,
        opened_before=which.opened_before,
        ward=which.ward,
    )
    page = await parts.queries.steps(wanted, limit=MOST, cursor=None)
    return [row.step.step_id for row in page.items], page.next is not None
