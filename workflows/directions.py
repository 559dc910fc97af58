"""The directions of work side by side, and the weekly look at whether the route still fits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case, Track
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report
from workflows.answers import steps
from workflows.documents import Documents
from workflows.placement import Placement
from workflows.psychology import Psychology
from workflows.relatives import Relatives
from workflows.route import Direction, RouteApprove, planned
from workflows.services import Services

DIRECTIONS: Mapping[str, type[Track]] = {
    "documents": Documents,
    "relatives": Relatives,
    "psychology": Psychology,
    "services": Services,
    "placement": Placement,
}


class RouteReview(Outcome, track="route", step="route_review"):
    """Whether the route still fits; `adds` are directions that the patient needs as well by now."""

    result: Literal["kept", "changed"]
    adds: tuple[Direction, ...] = ()
    note: Private[str] | None = None


async def follow(case: Case) -> None:
    """Work in every direction of the route, and in those that a weekly review adds, until the last one is done."""
    await case.first("route", done=_done, work=_work)


async def _done(case: Case) -> None:
    await case.decide("done", _all_done)


async def _work(case: Case) -> None:
    await case.all(*(_direction(direction, case) for direction in DIRECTIONS), _review(case))


async def _direction(direction: str, case: Case) -> None:
    """As soon as the route asks for it, if it ever does."""
    await case.decide(f"begins.{direction}", partial(_begins, direction))
    await case.track(DIRECTIONS[direction]())


async def _review(case: Case) -> None:
    """Week by week. One who is to leave home for good is looked at by a senior first, as in the route itself."""
    week = MAIN
    while True:
        week = stamp(await case.until(f"week.{week}", "route.review"))
        await case.step(RouteReview, key=week)
        if await case.decide(f"approval.{week}", _approval) == "needed":
            await case.step(RouteApprove, key=week)


def _wanted(state: CaseState) -> tuple[set[str], bool]:
    """The directions of the route with what reviews added, and whether a senior has yet to look at a placement."""
    wanted: set[str] = set(planned(state))
    asked = False
    for step in steps(state, RouteReview, RouteApprove):
        said = step.outcome or {}
        if said.get("result") == "changed":
            added = set(RouteReview.from_codes(said).adds) - wanted
            asked = "placement" in added
            wanted |= added - {"placement"}
        elif step.name == RouteApprove.step and asked and not step.live:
            asked = False
            wanted |= set() if said.get("result") == "returned" else {"placement"}
    return wanted, asked


def _begins(direction: str, state: CaseState) -> str | None:
    return "now" if direction in _wanted(state)[0] else None


def _approval(state: CaseState) -> str:
    return "needed" if _wanted(state)[1] else "not_needed"


def _all_done(state: CaseState) -> str | None:
    """Once nothing is left to do; for whom has left by then nobody looks at a placement any more."""
    wanted, asked = _wanted(state)
    ended = {name for name, track in state.tracks.items() if track.result is not None}
    return None if wanted - ended or (asked and Report.DISCHARGED not in state.reports) else "done"
