"""The directions of work side by side: each begins when the route asks for it and ends when it no longer does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Literal

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case, Track
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Report
from workflows.disability import Disability
from workflows.documents import Documents
from workflows.needs import settle_needs
from workflows.placement import Placement
from workflows.psychology import Psychology
from workflows.relatives import Relatives
from workflows.route import Direction, RouteApprove, in_route, running, wanted
from workflows.services import Services
from workflows.stay import while_here

DIRECTIONS: Mapping[str, type[Track]] = {
    "documents": Documents,
    "relatives": Relatives,
    "psychology": Psychology,
    "services": Services,
    "disability": Disability,
    "placement": Placement,
}


class RouteReview(Outcome, track="route", step="route_review"):
    """Whether the route still fits; `adds` and `drops` are directions that the patient needs as well, or no more."""

    result: Literal["kept", "changed"]
    adds: tuple[Direction, ...] = ()
    drops: tuple[Direction, ...] = ()
    note: Private[str] | None = None


async def follow(case: Case) -> None:
    """Work in every direction of the route whenever it is planned; look once a week whether it still fits."""
    await case.all(
        *(_direction(direction, case) for direction in DIRECTIONS),
        while_here(case, _review, "review"),
        while_here(case, _approvals, "approvals"),
    )


def all_done(state: CaseState) -> bool:
    """Whether nothing is left to do in any direction; for whom has left nobody looks at a plan any more."""
    open_directions = {name for name in DIRECTIONS if in_route(state, name) and running(state, name)}
    return not open_directions and (not wanted(state) or Report.DISCHARGED in state.reports)


async def _direction(direction: str, case: Case) -> None:
    """As soon as the route asks for it, if it ever does; as often as it does."""
    again = ""
    while True:
        occasion = again or MAIN
        await case.decide(f"begins.{direction}.{occasion}", partial(_begins, direction))
        track = DIRECTIONS[direction]()
        dropped = partial(_dropped, direction, occasion)
        if await case.first(f"goes.{direction}.{occasion}", done=_followed(track, again), dropped=dropped) == "dropped":
            await case.abandon(track, again=again)
        else:
            await settle_needs(case, f"{direction}.{occasion}")
            await dropped(case)
        again = f"{again}.again" if again else "again"


def _followed(track: Track, again: str) -> Callable[[Case], Awaitable[object]]:
    return lambda case: case.track(track, again=again)


async def _dropped(direction: str, occasion: str, case: Case) -> None:
    """Until the direction is taken out of the route."""
    await case.decide(f"dropped.{direction}.{occasion}", partial(_withdrawn, direction))


async def _review(case: Case) -> None:
    """Week by week, with what the tables propose by then."""
    await case.decide("agreed", _agreed)
    week = MAIN
    while True:
        week = stamp(await case.until(f"week.{week}", "route.review"))
        await case.propose(ItemKind.ENTRY, on=week)
        review = await case.step(RouteReview, key=week)
        if review is not None:
            for direction in review.adds:
                await case.item(ItemKind.ENTRY, direction, status="wanted", sort="direction")
            await case.move_all(f"changed.{week}", partial(_changed, review))


async def _approvals(case: Case) -> None:
    """What was added to a route that is followed already, and that a senior has to look at first."""
    occasion = "added"
    while True:
        await case.decide(f"asks.{occasion}", _asks)
        approval = await case.step(RouteApprove, key=occasion)
        to = "planned" if approval is None or approval.result == "approved" else "left_out"
        await case.move_all(f"looked_at.{occasion}", partial(_settled, to))
        occasion = f"{occasion}.again"


def _in_progress(state: CaseState) -> bool:
    """Whether the route is still being agreed with the patient."""
    route = state.tracks.get("route")
    return route is not None and route.result is None


def _agreed(state: CaseState) -> str | None:
    return None if _in_progress(state) or "route" not in state.tracks else "now"


def _begins(direction: str, state: CaseState) -> str | None:
    return "now" if in_route(state, direction) and not _in_progress(state) else None


def _withdrawn(direction: str, state: CaseState) -> str | None:
    return None if in_route(state, direction) else "now"


def _asks(state: CaseState) -> str | None:
    return "now" if wanted(state) and not _in_progress(state) else None


def _changed(review: RouteReview, catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    moves: dict[str, str] = {}
    for item in state.items_of(ItemKind.ENTRY):
        if item.name in review.drops:
            moves[item.item_id] = "withdrawn" if item.status == "planned" else "left_out"
        elif item.name in review.adds and item.status != "planned":
            moves[item.item_id] = "wanted" if catalogue.needs_approval(state, item) else "planned"
    return moves


def _settled(to: str, _catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    return {item.item_id: to for item in wanted(state)}
