"""The directions of work side by side, and the weekly look at whether the route still fits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case, Track
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from workflows.answers import NOTHING, listed, named, steps
from workflows.documents import Documents
from workflows.placement import Placement
from workflows.psychology import Psychology
from workflows.relatives import Relatives
from workflows.route import Direction, RouteApprove, planned
from workflows.services import Services
from workflows.stay import for_good

# A route is looked at again after this time [A].
REVIEW_AFTER = timedelta(days=7)

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
    """Work in every direction of the route until the last one is done."""
    await _follow(await case.decide("directions", lambda state: listed(planned(state))), case)


async def _follow(directions: str, case: Case) -> None:
    """These directions, and whatever a review adds to them: who ends last ends it."""
    await case.first("work", done=partial(_work, directions), reviewed=_review)


async def _work(directions: str, case: Case) -> None:
    await case.all(*(case.track(DIRECTIONS[direction]()) for direction in named(directions)))
    if await case.decide("others", _under_way) != NOTHING:
        await for_good(case)


async def _review(case: Case) -> None:
    week = MAIN
    while True:
        week = stamp(await case.until(f"week.{week}", after=REVIEW_AFTER))
        review = await case.step(RouteReview, key=week)
        if review is None or review.result == "kept":
            continue
        added = await case.decide(f"added.{week}", _added)
        if "placement" in named(added):
            # One who is to leave home for good is looked at by a senior first, here as in the route itself.
            await case.step(RouteApprove, key=week)
            added = await case.decide(f"approved.{week}", _added)
        if added != NOTHING:
            await _follow(added, case)
            return
        if await case.decide(f"others.{week}", _under_way) == NOTHING:
            return


def _wanted(state: CaseState) -> list[str]:
    """Every direction of the route with what reviews added, but for a placement that a senior then sent back."""
    wanted: set[str] = set()
    for step in steps(state, RouteReview, RouteApprove):
        said = step.outcome or {}
        if said.get("result") == "changed":
            wanted.update(RouteReview.from_codes(said).adds)
        elif said.get("result") == "returned":
            wanted.discard("placement")
    return [direction for direction in DIRECTIONS if direction in {*planned(state), *wanted}]


def _added(state: CaseState) -> str:
    """What is wanted and has not begun."""
    return listed(direction for direction in _wanted(state) if direction not in state.tracks)


def _under_way(state: CaseState) -> str:
    """What is wanted and is not done."""
    tracks = state.tracks
    done = (name for name in _wanted(state) if name in tracks and tracks[name].result is not None)
    return listed(sorted(set(_wanted(state)) - set(done)))
