"""The roster: who works where, who is away and who stands in for them, and whom to give a step."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from api.access import PLANNERS, CareWorker, Colleague, Planner, sees_all
from api.filters import check_known
from api.http.paging import Cursor, Limit, paged
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.routes.steps import step_in_scope
from api.views.case import Listing
from api.views.staff import AbsenceView, ColleagueView, SuggestionsView, absence_view, colleague_view, suggestion_views
from api.writing import IdempotencyKey
from marshrut.domain.base import Code, Instant
from marshrut.domain.staffing import LAST_RESORT, STAFF, Absence, Away, Load, Merit, Wanted, suggest
from marshrut.domain.staffing import Colleague as Known
from marshrut.domain.words import Role
from marshrut.ports import Caller, KeyReused, new_id

router = APIRouter(prefix="/api/v1", tags=["staff"])


class Placing(BaseModel):
    """Somebody's role and hospitals; null: all of them."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    hospitals: Annotated[tuple[Code, ...], Field(min_length=1)] | None


class Leaving(BaseModel):
    """From when, until when (null: nobody knows yet), why, and who stands in."""

    model_config = ConfigDict(extra="forbid")

    starts: Instant = Field(alias="from")
    until: Instant | None = None
    kind: Literal[Away.VACATION, Away.SICK, Away.OFF_SHIFT]
    deputy: Code | None = None


def sees(caller: Caller, known: Known) -> bool:
    """Whether they work in a hospital of the caller's."""
    return caller.hospitals is None or known.hospitals is None or not caller.hospitals.isdisjoint(known.hospitals)


async def _in_scope(user: str, caller: Caller, parts: ApiParts) -> Known:
    """Somebody of the roster, if the caller may know of them."""
    known = (await parts.staff.people(parts.now(), users=[user])).get(user)
    if known is None or not sees(caller, known):
        raise Problem("user_not_found")
    return known


def _check_leads(caller: Caller, known: Known) -> None:
    """Whoever leads one of their hospitals says when somebody is away, and everybody of themselves."""
    if caller.user == known.user:
        return
    if caller.role not in PLANNERS:
        raise Problem("role_not_allowed", {"role": caller.role})
    if known.hospitals is None and caller.hospitals is not None:
        raise Problem("hospital_not_allowed")


async def _views(known: list[Known], caller: Caller, parts: ApiParts) -> list[ColleagueView]:
    now = parts.now()
    loads = await parts.staff.loads([each.user for each in known], now)
    return [
        colleague_view(
            each, loads.get(each.user, Load()), now, open_to=caller.role in PLANNERS or caller.user == each.user
        )
        for each in known
    ]


async def _view(user: str, caller: Caller, parts: ApiParts) -> ColleagueView:
    (view,) = await _views([await _in_scope(user, caller, parts)], caller, parts)
    return view


@router.get("/staff")
async def staff(
    caller: Colleague, parts: Parts, hospital: str | None = None, limit: Limit = 500, cursor: Cursor = None
) -> Listing[ColleagueView]:
    """Who works in the caller's hospitals, by user: who is there now, and what each has to do."""
    check_known(parts, hospital=hospital)
    people = await parts.staff.people(parts.now(), hospital=hospital)
    shown = [] if hospital is not None and not caller.sees(hospital) else list(people.values())
    page = paged([each for each in shown if sees(caller, each)], lambda each: each.user, limit=limit, cursor=cursor)
    return Listing(items=await _views(list(page.items), caller, parts), next=page.next)


@router.put("/staff/{user_id}")
async def put(user_id: str, given: Placing, caller: Planner, parts: Parts) -> ColleagueView:
    """Have somebody on the roster; who had left may be taken by any hospital. The same again changes nothing."""
    known = (await parts.staff.people(parts.now(), users=[user_id])).get(user_id)
    if known is not None and not known.active:
        known = None
    if known is not None and not sees(caller, known):
        raise Problem("user_not_found")
    if given.role not in STAFF:
        raise Problem("wrong_role", {"field": "role"})
    for hospital in given.hospitals or ():
        if hospital not in parts.catalogue.hospitals:
            raise Problem("unknown_facility", {"field": "hospitals"})
    hospitals = None if given.hospitals is None else frozenset(given.hospitals)
    if not sees_all(caller, hospitals) or (known is not None and not sees_all(caller, known.hospitals)):
        raise Problem("hospital_not_allowed")
    await parts.staff.put(Known(user_id, given.role, hospitals), parts.now())
    return await _view(user_id, caller, parts)


@router.delete("/staff/{user_id}")
async def remove(user_id: str, caller: Planner, parts: Parts) -> ColleagueView:
    """Have somebody off the roster: what they have changes hands as if they were away."""
    known, now = await _in_scope(user_id, caller, parts), parts.now()
    if not sees_all(caller, known.hospitals):
        raise Problem("hospital_not_allowed")
    await parts.staff.leave(Absence(new_id(), user_id, now, None, Away.LEFT, None, caller.user, now))
    return await _view(user_id, caller, parts)


@router.post("/staff/{user_id}/absences", status_code=201)
async def record(
    user_id: str,
    given: Leaving,
    caller: Colleague,
    parts: Parts,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> AbsenceView:
    """Say that somebody is away; once that begins, what they have goes to the deputy, else to the pool."""
    known, now = await _in_scope(user_id, caller, parts), parts.now()
    _check_leads(caller, known)
    if given.until is not None and given.until <= given.starts:
        raise Problem("ends_before_it_starts", {"field": "until"})
    if given.deputy is not None:
        deputies = await parts.staff.people(now, users=[given.deputy])
        if given.deputy == user_id or given.deputy not in deputies or not deputies[given.deputy].active:
            raise Problem("wrong_deputy", {"field": "deputy"})
    said = f"absence/{caller.user}/{user_id}/{idempotency_key}".encode()
    name = new_id() if idempotency_key is None else parts.fingerprint(said)[:32]
    meant = Absence(name, user_id, given.starts, given.until, given.kind, given.deputy, caller.user, now)
    kept = await parts.staff.record(meant)
    if (kept.starts_at, kept.kind, kept.deputy) != (meant.starts_at, meant.kind, meant.deputy):
        raise KeyReused(idempotency_key)
    response.headers["Location"] = f"/api/v1/absences/{kept.id}"
    return absence_view(kept, open_to=True)


@router.post("/absences/{absence_id}/end")
async def end(absence_id: str, caller: Colleague, parts: Parts) -> AbsenceView:
    """Say that somebody is back, or will not be away. Nothing that changed hands is taken back by that."""
    absence = await parts.staff.absence(absence_id)
    if absence is None:
        raise Problem("absence_not_found")
    known = (await parts.staff.people(parts.now(), users=[absence.user])).get(absence.user)
    if known is None or not sees(caller, known):
        raise Problem("absence_not_found")
    _check_leads(caller, known)
    if absence.kind is Away.LEFT or not await parts.staff.end(absence_id, parts.now(), by=caller.user):
        raise Problem("absence_over")
    ended = await parts.staff.absence(absence_id)
    return absence_view(ended or absence, open_to=True)


@router.get("/steps/{step_id}/suggestions")
async def suggestions(step_id: str, caller: CareWorker, parts: Parts) -> SuggestionsView:
    """Whom to give the step: those who are there and may do it, the best first, with what speaks for each."""
    row, now = await step_in_scope(step_id, caller, parts), parts.now()
    case = await parts.queries.case(row.case_id)
    people = await parts.staff.people(now, hospital=row.hospital)
    loads = await parts.staff.loads(list(people), now)
    rules = (await parts.catalogues.at(parts.catalogue.version, row.hospital)).suggestions
    wanted = Wanted(
        role=row.step.role,
        hospital=row.hospital,
        owner=None if case is None else case.owner,
        known_to=frozenset(step.done_by for step in case.steps.values() if step.done_by) if case else frozenset(),
        assignee=row.step.assignee,
    )
    weights = {Merit(code): entry.value for code, entry in rules.items()}
    found = suggest(wanted, people.values(), loads, weights, now) if row.step.live and not row.closed else ()
    shown = await suggestion_views(found, row.hospital, parts)
    return SuggestionsView(items=shown, last_resort=None if shown else LAST_RESORT)
