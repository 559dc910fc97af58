"""Recognition of need and the individual programme (ИППСУ), without which no institution takes anybody in."""

from __future__ import annotations

from functools import partial

from marshrut.domain.case import Case
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import ItemKind, Role
from workflows.answers import answers, steps
from workflows.offices import obtain
from workflows.services import IppsuReceive, NeedApplication, NeedDecision

IPPSU = "ippsu"
# The documents item stands so once the paper is in somebody's hands.
THERE = frozenset({"issued", "handed_over"})


async def recognised(case: Case, occasion: str) -> None:
    """Until there is an ИППСУ, or none to be had: by the services track if that sees to it, else by an own application.

    Whatever somebody enters by hand meanwhile counts.
    """
    if await case.decide(f"ippsu.{occasion}", _known) == "there":
        return
    ippsu = await case.item(ItemKind.DOCUMENT, IPPSU)
    await case.first(f"recognised.{occasion}", there=_entered, applied=partial(_apply, ippsu, occasion))


def has_ippsu(state: CaseState) -> str:
    """Whether there is an ИППСУ by now."""
    answered = any(said.result == "issued" for said in answers(state, IppsuReceive))
    return "yes" if answered or _is_there(state) else "no"


async def _entered(case: Case) -> None:
    await case.decide("entered", lambda state: "there" if _is_there(state) else None)


def _is_there(state: CaseState) -> bool:
    return any(item.name == IPPSU and item.status in THERE for item in state.items_of(ItemKind.DOCUMENT))


async def _apply(ippsu: str, occasion: str, case: Case) -> None:
    """Each office's yes opens the next door; a no that stands is told to a senior."""
    occasion = f"placement.{occasion}"  # the services track has applications of its own
    if not await obtain(case, NeedApplication, "filed", occasion=occasion):
        await case.inform(f"need_not_recognised.{occasion}", Role.SUPERVISOR)
        return
    await case.move(ippsu, "requested", on=occasion)
    if not (
        await obtain(case, NeedDecision, "recognised", occasion=occasion)
        and await obtain(case, IppsuReceive, "issued", occasion=occasion)
    ):
        await case.inform(f"need_not_recognised.{occasion}", Role.SUPERVISOR)
        await case.move(ippsu, "given_up", on=occasion)
        return
    await case.move(ippsu, "issued", on=occasion)


def _known(state: CaseState) -> str | None:
    """`there`, or `missing`; None as long as the services track is at it."""
    if has_ippsu(state) == "yes":
        return "there"
    services = state.tracks.get("services")
    asked = steps(state, NeedApplication, NeedDecision, IppsuReceive)
    underway = services is not None and services.result is None and asked and not _given_up(asked[-1])
    return None if underway else "missing"


def _given_up(step: Step) -> bool:
    return not step.live and (step.outcome or {"then": "given_up"}).get("then") == "given_up"
