"""The personal route: proposed by the catalogue's tables, edited, approved where it must be, and accepted."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind, Stage
from workflows.closing import let_go, was_let_go
from workflows.stay import while_here

Direction = Literal["documents", "relatives", "psychology", "services", "disability", "placement"]


class RouteDraft(Outcome, track="route", step="route_draft"):
    """The plan. `directions` are all directions of work that it has; left out they stay as they were proposed.

    Programmes and single steps are edited one by one, as parts of the route.
    """

    result: Literal["drafted"]
    directions: tuple[Direction, ...] | None = None
    note: Private[str] | None = None


class RouteApprove(Outcome, track="route", step="route_approve"):
    """Whether a senior agrees with the plan; never the one who drafted it."""

    result: Literal["approved", "returned"]
    note: Private[str] | None = None


class RouteOffer(Outcome, track="route", step="route_offer"):
    """What the patient says to the plan."""

    result: Literal["accepted", "changed", "refused"]
    note: Private[str] | None = None


class Route:
    """Ends with `agreed`, `refused` or, when the patient left before, `left`."""

    name: ClassVar[str] = "route"
    stage: ClassVar[Stage] = Stage.PERSONAL_ROUTE
    steps: ClassVar[tuple[type[Outcome], ...]] = (RouteDraft, RouteApprove, RouteOffer)

    async def run(self, case: Case) -> str:
        """Draft, have it approved, offer it: until the patient accepts a plan or is let go."""
        if not await while_here(case, self._agree):
            return "left"
        return await case.decide("agreed", lambda state: "refused" if was_let_go(state, RouteOffer) else "agreed")

    async def _agree(self, case: Case) -> None:
        version = MAIN
        while True:
            await case.propose(ItemKind.ENTRY, on=version)
            draft = await case.step(RouteDraft, key=version)
            await plan(case, version, None if draft is None else draft.directions)
            if not await approved(case, version):
                version = f"{version}.returned"
            elif await self._settled(case, version):
                return
            else:
                version = f"{version}.changed"

    async def _settled(self, case: Case, version: str) -> bool:
        """Whether the patient takes the plan, or is let go; a plan to be changed is not settled."""
        talk = version
        while True:
            offer = await case.step(RouteOffer, key=talk)
            if offer is None or offer.result != "refused":
                return offer is None or offer.result == "accepted"
            if await let_go(case, f"route.{talk}"):
                return True
            talk = f"{talk}.asked_again"


async def plan(case: Case, version: str, directions: tuple[Direction, ...] | None) -> None:
    """Make a plan of what was proposed: with these directions, if they were named, and no others."""
    for direction in directions or ():
        await case.item(ItemKind.ENTRY, direction, status="wanted", sort="direction")
    await case.move_all(f"planned.{version}", partial(_planned, directions))


async def approved(case: Case, version: str) -> bool:
    """Whether the plan may be offered: nobody has to look at it, or a senior has."""
    if await case.decide(f"approval.{version}", _approval) == "not_needed":
        return True
    approval = await case.step(RouteApprove, key=version)
    if approval is not None and approval.result == "returned":
        return False
    await case.move_all(f"approved.{version}", _all_wanted)
    return True


def in_route(state: CaseState, name: str) -> bool:
    """Whether a direction, a programme or a step (`track.step`) is a planned part of the route by now."""
    return any(item.name == name and item.status == "planned" for item in state.items_of(ItemKind.ENTRY))


def running(state: CaseState, direction: str) -> bool:
    """Whether the direction's last run is not over."""
    runs = [track for name, track in state.tracks.items() if name.split(".")[0] == direction]
    return not runs or runs[-1].result is None


def wanted(state: CaseState) -> tuple[Item, ...]:
    """The parts of the route that a senior has yet to look at."""
    return tuple(item for item in state.items_of(ItemKind.ENTRY) if item.status == "wanted")


def _approval(state: CaseState) -> str:
    return "needed" if wanted(state) else "not_needed"


def _planned(directions: tuple[Direction, ...] | None, catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    """What becomes of each part: a draft that names its directions leaves out the others."""
    moves: dict[str, str] = {}
    for item in state.items_of(ItemKind.ENTRY):
        excluded = directions is not None and item.facts.get("sort") == "direction" and item.name not in directions
        asks = "wanted" if catalogue.needs_approval(state, item) else "planned"
        if item.status in ("proposed", "wanted"):
            moves[item.item_id] = "left_out" if excluded else asks
        elif excluded and item.status == "planned":
            moves[item.item_id] = "withdrawn"
        elif directions is not None and item.name in directions and item.status in ("left_out", "withdrawn"):
            moves[item.item_id] = asks
    return moves


def _all_wanted(_catalogue: Slice, state: CaseState) -> Mapping[str, str]:
    return {item.item_id: "planned" for item in wanted(state)}
