"""The personal route: a plan drafted from the agreed needs, approved where it must be, and accepted by the patient."""

from __future__ import annotations

from typing import ClassVar, Literal

from marshrut.domain.base import Private
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, ItemKind, Stage
from workflows.answers import last
from workflows.assessment import Need, needs
from workflows.closing import let_go, was_let_go
from workflows.stay import while_here

Direction = Literal["documents", "relatives", "psychology", "services", "disability", "placement"]

LEADS_TO: dict[Need, Direction] = {
    "urgent_help": "services",
    "home_care": "services",
    "documents": "documents",
    "relatives": "relatives",
    "psychology": "psychology",
    "placement": "placement",
}
# Whoever came with one of these has a route that a senior looks at first [A]: a rule, and no number.
LOOKED_AT = frozenset({Flag.UNIDENTIFIED, Flag.NO_FIXED_ABODE, Flag.PALLIATIVE})


class RouteDraft(Outcome, track="route", step="route_draft"):
    """The directions of work; left out they follow from the needs that were agreed."""

    result: Literal["drafted"]
    directions: tuple[Direction, ...] | None = None
    note: Private[str] | None = None


class RouteApprove(Outcome, track="route", step="route_approve"):
    """Whether a senior agrees with the plan."""

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
        return await case.decide("agreed", lambda state: "refused" if was_let_go(state) else "agreed")

    async def _agree(self, case: Case) -> None:
        version = MAIN
        while True:
            await case.step(RouteDraft, key=version)
            if not await self._approved(case, version):
                version = f"{version}.returned"
            elif await self._settled(case, version):
                return
            else:
                version = f"{version}.changed"

    async def _approved(self, case: Case, version: str) -> bool:
        if await case.decide(f"approval.{version}", _approval) == "not_needed":
            return True
        approval = await case.step(RouteApprove, key=version)
        return approval is None or approval.result == "approved"

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


def in_route(state: CaseState, name: str) -> bool:
    """Whether a direction, a programme or a step (`track.step`) is a planned part of the route by now."""
    return any(item.name == name and item.status == "planned" for item in state.items_of(ItemKind.ENTRY))


def planned(state: CaseState) -> tuple[Direction, ...]:
    """The directions of the last draft, in the order of the manual."""
    draft = last(state, RouteDraft)
    if draft is None or draft.directions is None:
        chosen = {LEADS_TO[need] for need in needs(state)}
    else:
        chosen = set(draft.directions)
    return tuple(direction for direction in dict.fromkeys(LEADS_TO.values()) if direction in chosen)


def _approval(state: CaseState) -> str:
    return "needed" if "placement" in planned(state) or LOOKED_AT & set(state.flags) else "not_needed"
