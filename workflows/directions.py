"""The directions of work side by side: each begins when the route asks for it and ends when it no longer does."""

from __future__ import annotations

from collections.abc import Mapping
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
from workflows.fitting import whenever
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
# Relatives are sought, and a place is found, in another way for a child.
OF_ADULTS = frozenset({"relatives", "placement"})


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
    open_directions = {name for name in DIRECTIONS if fits(name, state) and running(state, name)}
    return not open_directions and (not wanted(state) or Report.DISCHARGED in state.reports)


async def _direction(direction: str, case: Case) -> None:
    """As soon as the route asks for it, if it ever does; as often as it does."""
    begins, keeps = partial(_begins, direction), partial(fits, direction)
    await whenever(case, DIRECTIONS[direction], begins, keeps, settle_needs)


def fits(direction: str, state: CaseState) -> bool:
    """Whether the route asks for it, and for this patient: a child's guardians are the body's matter (guardians.py)."""
    return in_route(state, direction) and not (state.child and direction in OF_ADULTS)


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


def _begins(direction: str, state: CaseState) -> bool:
    return fits(direction, state) and not _in_progress(state)


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
