"""What the person needs, and what became of it: each need is met by what came of a direction, or is not."""

from __future__ import annotations

from collections.abc import Mapping

from marshrut.domain.case import Case
from marshrut.domain.state import CaseState, Item
from marshrut.domain.words import ItemKind

OPEN = frozenset({"agreed", "unmet"})
# Which results of which direction mean that a need was met. A direction that nobody asked for meets nothing.
MET_BY: Mapping[str, tuple[str, frozenset[str]]] = {
    "documents": ("documents", frozenset({"complete"})),
    "relatives": ("relatives", frozenset({"cares", "partly"})),
    "psychology": ("psychology", frozenset({"helped"})),
    "home_care": ("services", frozenset({"care_agreed"})),
    "disability": ("disability", frozenset({"group"})),
    "placement": ("placement", frozenset({"bed"})),
}
# Of these one step's answer says whether the need was met.
STEP_OF: Mapping[str, tuple[str, str, frozenset[str]]] = {
    "urgent_help": ("services", "urgent_services", frozenset({"act_signed"})),
    "aids": ("services", "aids_supply", frozenset({"delivered", "rented"})),
}


async def settle_needs(case: Case, occasion: str) -> None:
    """Say of each agreed need whether it is met by now. What people said of it themselves stands."""
    await case.move_all(f"settled_needs.{occasion}", lambda _catalogue, state: _settled(state))


def agreed_needs(state: CaseState) -> tuple[str, ...]:
    """What was agreed, whatever became of it."""
    agreed = ("agreed", "met", "unmet")
    return tuple(item.name for item in state.items_of(ItemKind.NEED) if item.status in agreed)


def open_needs(state: CaseState) -> tuple[Item, ...]:
    """What was agreed and is not met."""
    return tuple(item for item in state.items_of(ItemKind.NEED) if item.status in OPEN)


def _settled(state: CaseState) -> Mapping[str, str]:
    moves: dict[str, str] = {}
    for need in open_needs(state):
        met = _met(state, need.name)
        if met is not None and need.status != (to := "met" if met else "unmet"):
            moves[need.item_id] = to
    return moves


def _met(state: CaseState, need: str) -> bool | None:
    """Whether the need is met; None while nobody can say."""
    if need in STEP_OF:
        track, step, good = STEP_OF[need]
        done = [each.outcome for each in state.steps.values() if (each.track, each.name) == (track, step)]
        said = [outcome["result"] for outcome in done if outcome is not None]
        return said[-1] in good if said else None
    if need not in MET_BY:
        return None
    direction, good = MET_BY[need]
    runs = [track.result for name, track in state.tracks.items() if name.split(".")[0] == direction]
    if not runs or runs[-1] is None:
        return None
    return runs[-1] in good
