"""The supervisor's board in numbers: what is stuck by cause, how old open work is, and who has how much of it."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import Senior
from api.filters import Ward, check_known
from api.parts import Parts
from api.routes.staff import sees
from api.views.overview import OverviewView, WorkloadView, overview_view, work_view
from marshrut.domain.overview import Work
from marshrut.ports import Area, Caller

router = APIRouter(prefix="/api/v1", tags=["stuck"])


@router.get("/stuck/overview")
async def overview(caller: Senior, parts: Parts, hospital: str | None = None, ward: Ward = None) -> OverviewView:
    """What is stuck in the caller's hospitals by cause, and open steps by track and age."""
    check_known(parts, hospital=hospital)
    return overview_view(await parts.overview.picture(_area(caller, hospital, ward), parts.now()), parts)


@router.get("/workload")
async def workload(caller: Senior, parts: Parts, hospital: str | None = None, ward: Ward = None) -> WorkloadView:
    """What each of the caller's people has, of the cases in these hospitals or this ward; and what nobody has."""
    check_known(parts, hospital=hospital)
    now = parts.now()
    has = await parts.overview.workload(_area(caller, hospital, ward), now)
    roster = await parts.staff.people(now, hospital=hospital)
    here = hospital is None or caller.sees(hospital)
    team = {user: each for user, each in roster.items() if each.active and sees(caller, each)} if here else {}
    elsewhere = [user for user in has if user is not None and user not in team]
    known = await parts.staff.people(now, users=elsewhere) if elsewhere else {}
    people = {**known, **team}
    users = (*sorted({*team, *elsewhere}), None)
    items = [work_view(user, people.get(user or ""), has.get(user, Work()), now) for user in users]
    return WorkloadView(as_of=now, items=items)


def _area(caller: Caller, hospital: str | None, ward: str | None) -> Area:
    return Area(caller.hospitals, caller.onlooker, hospital=hospital, ward=ward)
