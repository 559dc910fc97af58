"""Cases: list, card, history, what is reported about them, and steps added by hand."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import SEE_PERSONS, CareWorker, Reader, Reporter, Senior
from api.confidential import opened
from api.filters import Assignee, Owner, Ward, check_known, user_of
from api.giving import check_giving
from api.http.conditional import UNCHANGED, Held, IfMatch, seen
from api.http.paging import Cursor, Limit, page_of
from api.needing import sees_case
from api.parts import ApiParts, Parts
from api.people.found import found
from api.problems import Problem
from api.routes.steps import step_now
from api.views.case import (
    CaseCard,
    CaseSummary,
    EventView,
    Listing,
    StepView,
    case_card,
    case_summary,
    event_view,
)
from api.writing import ACCEPTED, IdempotencyKey, said_before, showing, submit
from marshrut.domain.base import Code, Instant
from marshrut.domain.commands import AddStep, ReportFact, Transfer
from marshrut.domain.ids import step_id as make_step_id
from marshrut.domain.state import ADHOC, CaseState
from marshrut.domain.words import Ending, Flag, Report, Role, Variant
from marshrut.ports import Caller, CaseFilter

router = APIRouter(prefix="/api/v1/cases", tags=["cases"])

NewestFirst = Annotated[bool | None, Query(description="`true`: the newest first")]


class Reporting(BaseModel):
    """Something about the patient. `ward` and `bed` with `moved`, `expected_at` with `expected_discharge`."""

    model_config = ConfigDict(extra="forbid")

    type: Report
    occurred_at: Instant | None = None
    ward: Code | None = None
    bed: Code | None = None
    expected_at: Instant | None = None
    note: str | None = Field(default=None, max_length=4000)


class Transferring(BaseModel):
    """To another hospital; the note is what its team has to know."""

    model_config = ConfigDict(extra="forbid")

    hospital: Code
    ward: Code | None = None
    note: str = Field(min_length=1, max_length=4000)
    occurred_at: Instant | None = None


class Merging(BaseModel):
    """The case that proved to be the same person's (or, to be parted, was not), and how that is known."""

    model_config = ConfigDict(extra="forbid")

    other: Code
    note: str | None = Field(default=None, max_length=4000)


class NewStep(BaseModel):
    """A step of one's own: what, whose, until when."""

    model_config = ConfigDict(extra="forbid")

    title: str = Field(min_length=1, max_length=250)
    role: Role = Role.COORDINATOR
    mandatory: bool = False
    due_at: Instant | None = None
    assignee: Code | None = None


async def case_in_scope(case_id: str, caller: Caller, parts: ApiParts) -> CaseState:
    """The case, if the caller may know of it."""
    case = await parts.queries.case(case_id)
    if case is None or not await sees_case(case, caller, parts):
        raise Problem("case_not_found")
    return case


async def case_now(case_id: str, parts: ApiParts) -> CaseSummary:
    """The case after what somebody did to it: they are answered, though they may see it no more from now on."""
    found = await parts.queries.case(case_id)
    if found is None:
        raise Problem("case_not_found")
    return await case_summary(found, parts)


@router.get("")
async def cases(
    caller: Reader,
    parts: Parts,
    hospital: str | None = None,
    stage: str | None = None,
    state: Annotated[
        Literal["open", "paused", "closed", "live"] | None, Query(description="`live`: not closed")
    ] = None,
    ward: Ward = None,
    assignee: Assignee = None,
    owner: Owner = None,
    flag: Flag | None = None,
    variant: Variant | None = None,
    ending: Ending | None = None,
    medically_ready: Annotated[
        bool | None, Query(description="`true`: could leave the ward and is still in it")
    ] = None,
    q: Annotated[
        str | None, Query(max_length=100, description="Visit or record number; names belong into `POST .../search`")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Listing[CaseSummary]:
    """Cases in the caller's scope, newest first; of `assignee` those in which they hold a step."""
    check_known(parts, hospital=hospital, stage=stage)
    which = CaseFilter(
        hospitals=caller.hospitals,
        who=caller.onlooker,
        hospital=hospital,
        stage=stage,
        state=state,
        assignee=user_of(assignee, caller),
        owner=user_of(owner, caller),
        flag=flag,
        variant=variant,
        ending=ending,
        medically_ready=medically_ready,
        ward=ward,
    )
    if q is not None:
        if caller.role not in SEE_PERSONS:
            raise Problem("role_not_allowed", {"role": caller.role})
        return await found(parts, q, which, limit=limit, cursor=cursor)
    page = await page_of(parts.queries.cases(which, limit=limit, cursor=cursor))
    return Listing(items=[await case_summary(case, parts) for case in page.items], next=page.next)


async def card(case_id: str, caller: Caller, parts: ApiParts) -> CaseCard:
    """The case with its steps, oldest first."""
    return await case_card(await case_in_scope(case_id, caller, parts), caller, parts)


@router.get("/{case_id}", responses=UNCHANGED)
async def case(case_id: str, caller: Reader, parts: Parts, held: Held) -> CaseCard:
    """The case with its steps, oldest first."""
    shown = await card(case_id, caller, parts)
    return held.checked(shown, str(shown.seq))


@router.get("/{case_id}/events")
async def history(
    case_id: str, caller: Reader, parts: Parts, limit: Limit = 200, cursor: Cursor = None, newest: NewestFirst = None
) -> Listing[EventView]:
    """What happened, from the start or from the end, with both times and who said so."""
    await case_in_scope(case_id, caller, parts)
    page = await page_of(parts.queries.events(case_id, limit=limit, cursor=cursor, newest=bool(newest)))
    private = await opened(parts, caller, [event.command_id for event in page.items if event.command_id is not None])
    return Listing(items=[event_view(event, private) for event in page.items], next=page.next)


@router.post("/{case_id}/events", responses=ACCEPTED)
async def report(
    case_id: str,
    reporting: Reporting,
    caller: Reporter,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CaseSummary:
    """Report something about the patient; the case as it is now. A machine that reports sees the case from then on."""
    case = await parts.queries.case(case_id)
    if case is None or not (caller.sees_case(case) or caller.tells_of(case)):
        raise Problem("case_not_found")
    body = ReportFact(report=reporting.type, ward=reporting.ward, bed=reporting.bed, expected_at=reporting.expected_at)
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=body,
        key=idempotency_key,
        occurred_at=reporting.occurred_at,
        private={"note": reporting.note} if reporting.note else None,
        expects=seen(if_match),
    )
    with showing(verdict):
        return await case_now(case_id, parts)


@router.post("/{case_id}/transfer", responses=ACCEPTED)
async def transfer(
    case_id: str,
    given: Transferring,
    caller: CareWorker,
    parts: Parts,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> CaseSummary:
    """Hand the case over to another hospital: its team goes on with it as it stands, and says that it read the note."""
    told: Any = {
        "case_id": case_id,
        "said": f"transfer{given.hospital}/{given.ward}",
        "key": idempotency_key,
        "occurred_at": given.occurred_at,
        "private": {"note": given.note},
    }
    # Who has handed a case over may see it no more, and is answered all the same when they say so again.
    verdict = await said_before(parts, caller, **told)
    if verdict is None:
        case = await case_in_scope(case_id, caller, parts)
        if given.hospital not in parts.catalogue.hospitals or given.hospital in parts.catalogue.centres():
            raise Problem("unknown_hospital", {"field": "hospital"})
        moving = parts.catalogues.moving(case, given.hospital)
        body = Transfer(hospital=given.hospital, ward=given.ward, catalogue=moving)
        hospital, expects = case.hospital or "", seen(if_match)
        verdict = await submit(parts, caller, hospital=hospital, body=body, expects=expects, **told)
    with showing(verdict):
        return await case_now(case_id, parts)


@router.post("/{case_id}/merge", responses=ACCEPTED)
async def merge(
    case_id: str, given: Merging, caller: Senior, parts: Parts, idempotency_key: IdempotencyKey = None
) -> CaseSummary:
    """Both cases are one person's: the other ends, and what it had goes on in this one. Both histories are kept.

    The answer is the case that ended; this one hears of it a moment later.
    """
    case, other = await case_in_scope(case_id, caller, parts), await case_in_scope(given.other, caller, parts)
    refusal = "cannot_merge" if case.closed or other.case_id == case.case_id else None
    body = ReportFact(report=Report.MERGED, other=case_id)
    return await _tell_of_merge(other, body, given, caller, parts, idempotency_key, refusal)


@router.post("/{case_id}/unmerge", responses=ACCEPTED)
async def unmerge(
    case_id: str, given: Merging, caller: Senior, parts: Parts, idempotency_key: IdempotencyKey = None
) -> CaseSummary:
    """They were two people after all: the other case, which is the answer, goes on from where it stood."""
    case, other = await case_in_scope(case_id, caller, parts), await case_in_scope(given.other, caller, parts)
    refusal = None if other.merged_into == case.case_id else "nothing_to_take_back"
    body = ReportFact(report=Report.UNMERGED, other=case_id)
    return await _tell_of_merge(other, body, given, caller, parts, idempotency_key, refusal)


async def _tell_of_merge(
    other: CaseState,
    body: ReportFact,
    given: Merging,
    caller: Caller,
    parts: ApiParts,
    key: str | None,
    refusal: str | None,
) -> CaseSummary:
    """`refusal`: why it cannot be so as things stand, unless it is so because of this very call."""
    told: Any = {
        "case_id": other.case_id,
        "said": body.model_dump_json(),
        "key": key,
        "private": {"note": given.note} if given.note else None,
    }
    verdict = await said_before(parts, caller, **told)
    if verdict is None:
        if refusal is not None:
            raise Problem(refusal, {"field": "other"})
        verdict = await submit(parts, caller, hospital=other.hospital or "", body=body, **told)
    with showing(verdict):
        return await case_now(other.case_id, parts)


@router.post("/{case_id}/steps", status_code=201, responses=ACCEPTED)
async def add_step(
    case_id: str,
    new: NewStep,
    caller: CareWorker,
    parts: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
    if_match: IfMatch = None,
) -> StepView:
    """Add a step by hand; the step as it is now."""
    case = await case_in_scope(case_id, caller, parts)
    if new.assignee is not None and (caller.actor.senior or new.assignee == caller.user):
        await check_giving(parts, new.assignee, case.hospital or "", new.role, field="assignee")
    body = AddStep(role=new.role, mandatory=new.mandatory, due_at=new.due_at, assignee=new.assignee)
    verdict = await submit(
        parts,
        caller,
        case_id=case_id,
        hospital=case.hospital or "",
        body=body,
        key=idempotency_key,
        private={"title": new.title},
        expects=seen(if_match),
    )
    added = make_step_id(case_id, ADHOC, ADHOC, verdict.command_id)
    response.headers["Location"] = f"/api/v1/steps/{added}"
    with showing(verdict):
        return await step_now(added, caller, parts)
