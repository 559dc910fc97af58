"""What does not move: why, since when, who holds it, who has been told and who will be."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from api.access import Reader
from api.audit.noted import noted
from api.confidential import opened
from api.filters import Assignee, Ward, check_known, user_of
from api.http.paging import Cursor, Limit
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing, refs, row_of, title_of
from api.views.clock import ClockView, clock_view
from api.views.titles import Title
from api.views.watch import FOUND
from marshrut.dispatch.wording import occasion
from marshrut.domain.delay import delay
from marshrut.domain.ladder import OWNER, Rung
from marshrut.domain.moves import Action, can
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Step
from marshrut.domain.stuck import Cause, Why, ready_since, standing, statutory
from marshrut.domain.words import Role
from marshrut.ports import Caller, StuckFilter, StuckPage, StuckRow

router = APIRouter(prefix="/api/v1/stuck", tags=["stuck"])


class CauseView(BaseModel):
    """One cause and what it counts since; of a block also the reason, who has to move, and the expected end.

    Of a fault of the process (`technical`) `reason` is the watchdog's code, and `explained` what it means.
    """

    code: Why
    title: Title
    since: datetime
    reason: str | None = None
    responsible: str | None = None
    until: datetime | None = None
    explained: Title | None = None


class HolderView(BaseModel):
    """Who has the step: a user, or (null) whoever in the role takes it."""

    user: str | None
    role: Role


class NextRungView(BaseModel):
    """The next rung of the step's ladder: when these are told if nothing happens."""

    name: str
    at: datetime
    to: list[Role]


class EscalationView(BaseModel):
    """An escalation that nobody has acknowledged yet: the notice by its `id`, whom it tells and from when."""

    id: str
    occasion: str
    title: Title
    role: Role
    user: str | None
    tell_at: datetime


class StuckView(BaseModel):
    """A step that does not move or, with `step_id` null, a case; `since` then, for the reasons in `why`.

    `opened_at`: since when the step is open. `clock`: as on its card. `statutory`: its term is by law. `can`: what the
    caller may do to it now. `escalations`: those that stand, the oldest first. `escalated_to`: who was told at the last
    rung that was climbed. `late_s`: seconds past `due_at`, 0 when it is not late. `delayed_days`: midnights in the ward
    since the day on which the patient was medically ready.
    """

    case_id: str
    hospital: str
    step_id: str | None
    track: str | None
    name: str | None
    title: Title | None
    ward: str | None
    bed: str | None
    opened_at: datetime | None
    clock: ClockView | None
    statutory: bool
    can: list[Action]
    escalations: list[EscalationView]
    why: list[CauseView]
    since: datetime
    holder: HolderView | None
    escalated_to: list[Role]
    climbed: int
    next_rung: NextRungView | None
    due_at: datetime | None
    late_s: int
    delayed_days: int
    rank: int


class StuckListing(Listing[StuckView]):
    """The list as it was at `as_of`, through all its pages: `total` items."""

    as_of: datetime
    total: int


@router.get("")
async def stuck(
    caller: Reader,
    parts: Parts,
    hospital: str | None = None,
    track: str | None = None,
    ward: Ward = None,
    why: Annotated[list[Why] | None, Query(description="A cause that holds; of several, all of them")] = None,
    role: Role | None = None,
    assignee: Assignee = None,
    min_rank: Annotated[int, Query(ge=0, le=1_000_000, description="Only items of at least this rank")] = 0,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> StuckListing:
    """What does not move in the caller's scope, what wants attention most first."""
    check_known(parts, hospital=hospital, track=track)
    which = StuckFilter(
        hospitals=caller.hospitals,
        who=caller.onlooker,
        hospital=hospital,
        track=track,
        why=why or (),
        ward=ward,
        role=role,
        assignee=user_of(assignee, caller),
        min_rank=min_rank,
    )
    try:
        page = await parts.stuck.stuck(which, parts.now(), limit=limit, cursor=cursor)
    except ValueError:
        raise Problem("bad_cursor", {"field": "cursor"}) from None
    noted().found = len(page.items)
    return StuckListing(
        items=await _views(page, caller, parts),
        next=page.next,
        as_of=page.as_of,
        total=page.total,
    )


async def _views(page: StuckPage, caller: Caller, parts: ApiParts) -> list[StuckView]:
    rows = [row_of(row.case, row.item.step) for row in page.items if row.item.step is not None]
    private = await opened(parts, caller, refs(rows))
    titles = {row.step.step_id: await title_of(row, parts, private) for row in rows}
    return [await _view(row, titles.get(row.item.name), page.as_of, caller, parts) for row in page.items]


async def _view(row: StuckRow, title: Title | None, as_of: datetime, caller: Caller, parts: ApiParts) -> StuckView:
    case, step = row.case, row.item.step
    hospital = case.hospital or ""
    late = any(cause.why is Why.OVERDUE for cause in row.item.causes)
    rules = await parts.catalogues.slice_of(case.catalogue, hospital, case.variants)
    due_at = None if step is None else step.due_at
    return StuckView(
        case_id=case.case_id,
        hospital=hospital,
        step_id=None if step is None else step.step_id,
        track=None if step is None else step.track,
        name=None if step is None else step.name,
        title=title,
        ward=case.ward,
        bed=case.bed,
        opened_at=None if step is None else step.opened_at,
        clock=None if step is None else clock_view(row_of(case, step), as_of, rules),
        statutory=step is not None and statutory(step),
        can=[] if step is None else list(can(step, caller.actor, closed=case.closed)),
        escalations=[] if step is None else escalations(case, step),
        why=[_cause(cause, parts) for cause in row.item.causes],
        since=row.item.since,
        holder=None if step is None else HolderView(user=step.assignee, role=step.role),
        escalated_to=[] if step is None else _told(step, rules),
        climbed=0 if step is None or step.clock is None else step.clock.climbed,
        next_rung=None if step is None else next_rung(case, step, rules),
        due_at=due_at,
        late_s=int((as_of - due_at).total_seconds()) if late and due_at is not None else 0,
        delayed_days=_delayed(case, as_of, parts),
        rank=row.item.rank,
    )


def _cause(cause: Cause, parts: ApiParts) -> CauseView:
    block, ill = cause.block, cause.ill
    return CauseView(
        code=cause.why,
        title=Title(**parts.catalogue.causes[cause.why].model_dump()),
        since=cause.since,
        reason=ill if block is None else block.reason,
        responsible=None if block is None else block.responsible,
        until=None if block is None else block.until,
        explained=None if ill is None else FOUND[ill],
    )


def escalations(case: CaseState, step: Step) -> list[EscalationView]:
    """The escalations of a step that stand, the oldest first."""
    found = sorted(standing(case, step).items(), key=lambda each: (each[1].tell_at, each[0]))
    return [
        EscalationView(
            id=f"{case.case_id}/{key}",
            occasion=notice.occasion,
            title=_said(notice.occasion),
            role=notice.role,
            user=notice.user,
            tell_at=notice.tell_at,
        )
        for key, notice in found
    ]


def _said(about: str) -> Title:
    words = occasion(about)
    return Title(ru=words.ru, en=words.en)


def _delayed(case: CaseState, as_of: datetime, parts: ApiParts) -> int:
    """Of a patient who is still in the ward; `GET /cases/{case_id}/delay` tells them day by day."""
    hospital = case.hospital or ""
    if ready_since(case) is None or hospital not in parts.zones:
        return 0
    known = delay(case, parts.zones[hospital], as_of, paused_days=parts.catalogue.at(hospital).stay.paused_days.value)
    return 0 if known is None else len(known.days)


def _ladder(step: Step, rules: Slice | None) -> tuple[Rung, ...]:
    """The rungs of a step's clock; none when the case's own catalogue is not there and another lacks the ladder."""
    return () if step.clock is None or rules is None else rules.ladders.get(step.clock.ladder, ())


def _roles(rung: Rung, step: Step) -> list[Role]:
    return [step.role if whom == OWNER else whom for whom in rung.to]


def _told(step: Step, rules: Slice | None) -> list[Role]:
    climbed = 0 if step.clock is None else step.clock.climbed
    rungs = _ladder(step, rules)[:climbed]
    return _roles(rungs[-1], step) if rungs else []


def next_rung(case: CaseState, step: Step, rules: Slice | None) -> NextRungView | None:
    """Who is told next, and when, if nothing happens; nobody while the clock stands still."""
    clock = step.clock
    if clock is None or rules is None or step.stands_still or case.paused_since is not None:
        return None
    if not _ladder(step, rules) or clock.timetable not in rules.timetables:
        return None
    climb = next((climb for climb in rules.climbs(case, step) if climb.number > clock.climbed), None)
    return None if climb is None else NextRungView(name=climb.rung.name, at=climb.tell_at, to=_roles(climb.rung, step))
