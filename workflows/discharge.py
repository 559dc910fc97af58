"""Readiness for discharge: the doctor lets the patient go, and nothing stands in the way any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import ClassVar, Literal

from marshrut.domain import crisis
from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.readiness import CHECKLIST, missing
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Report, Role, Stage
from workflows.answers import NOTHING, last
from workflows.crisis import PsychiatristCall
from workflows.placement import bed, find_place
from workflows.route import in_route, running
from workflows.stay import while_here

# What the last steps before leaving arrange: the home, and who brings the patient there, by what (transition.py).
LATER = frozenset({"keys", "transport", "escort"})
CRISIS = "crisis"  # what stands in the way of whoever is in one


class ReadyDate(Outcome, track="discharge", step="ready_date"):
    """Whether, and since when, the patient is medically ready to leave."""

    result: Literal["date", "not_ready"]
    ready_at: Instant | None = None
    note: Private[str] | None = None


class BarrierReview(Outcome, track="discharge", step="barrier_review"):
    """Whether anything stands in the way, and where the way leads; left out it leads where the route does.

    `rest`: whatever of the checklist nobody has arranged by now is not needed.
    """

    result: Literal["clear", "blocked"]
    way: Literal["home", "institution"] | None = None
    rest: Literal["not_needed"] | None = None
    note: Private[str] | None = None


class Discharge:
    """Ends with `home`, `institution` or, when the patient left before, `left`: where the way leads."""

    name: ClassVar[str] = "discharge"
    stage: ClassVar[Stage] = Stage.DISCHARGE_READINESS
    steps: ClassVar[tuple[type[Outcome], ...]] = (ReadyDate, BarrierReview, PsychiatristCall)

    async def run(self, case: Case) -> str:
        """Wait until the patient may leave, and clear the way."""
        if not await while_here(case, self._make_ready):
            return "left"
        return await case.decide("way", way)

    async def _make_ready(self, case: Case) -> None:
        if await case.decide("kept", _kept) == "no_bed":
            await case.list_of(CHECKLIST, ItemKind.ARRANGEMENT)
        await case.first("medically_ready", stated=self._doctor_states, reported=_hears(Report.MEDICALLY_READY))
        day = await clear_the_way(case, MAIN)
        await case.decide("placed", lambda state: None if awaits_place(state) else "now")
        if await case.decide("place", place) == "needed":
            await find_place(case, f"review.{day}")

    async def _doctor_states(self, case: Case) -> None:
        day = MAIN
        while True:
            ready = await case.step(ReadyDate, key=day)
            if ready is None or ready.result == "date":
                return
            day = stamp(await case.until(f"next_round.{day}", "discharge.next_round"))


async def clear_the_way(case: Case, review: str) -> str:
    """Have the barriers reviewed until there are none; which review found none.

    One that finds the way clear while something is still needed, or failed, is followed by another: the coordinators
    are told, and the card names what is missing. Nobody leaves in a crisis before a psychiatrist says so.
    """
    while True:
        said = await reviewed(case, review)
        if said is not None and said.result == "blocked":
            review = stamp(await case.until(f"review_again.{review}", "discharge.reviewed_again"))
            continue
        stands = await case.decide(f"unsettled.{review}", unsettled)
        if stands == CRISIS:
            await _released(case, review)
        elif said is None or stands == NOTHING:
            return review
        else:
            await case.inform(f"still_needed.{review}", Role.COORDINATOR)
        review = f"{review}.again"


async def _released(case: Case, review: str) -> None:
    """Until the crisis is over, or a psychiatrist lets the patient go."""
    await case.inform(f"crisis_open.{review}", Role.DOCTOR, urgent=True)
    await case.first(f"released.{review}", let_go=_let_go, asked=partial(_ask_psychiatrist, review))


async def _let_go(case: Case) -> None:
    await case.decide("let_go", lambda state: None if crisis.holds(state) else "now")


async def _ask_psychiatrist(review: str, case: Case) -> None:
    """As long as people are at it they ask; a crisis that was left without an end is the psychiatrist's to judge."""
    await case.decide("left_open", lambda state: None if crisis.running(state) else "now")
    await case.step(PsychiatristCall, key=f"leaves.{review}")


async def reviewed(case: Case, review: str) -> BarrierReview | None:
    """Have the barriers reviewed once; what the review says of the rest of the checklist is done."""
    said = await case.step(BarrierReview, key=review)
    if said is not None and said.rest == "not_needed":
        for item in await case.list_of(CHECKLIST, ItemKind.ARRANGEMENT):
            if item.rsplit(".", 2)[-2] not in LATER:
                await case.move(item, "not_needed", on=review)
    return said


def _kept(state: CaseState) -> str:
    """Whether a bed is kept; for a `child` neither bed nor home is made ready so, it goes to whoever takes it."""
    return "child" if state.child else bed(state)


def unsettled(state: CaseState) -> str:
    """Whether a `crisis` stands in the way, or `something` of the checklist that no later step arranges."""
    if crisis.holds(state):
        return CRISIS
    if state.child:
        return NOTHING
    left = [item for item in missing(state) if item.name not in LATER or item.status == "failed"]
    goes_home = way(state) == "home" and place(state) == "not_needed" and not awaits_place(state)
    return "something" if left and goes_home else NOTHING


def awaits_place(state: CaseState) -> bool:
    """Whether a place is still looked for by the route, and no senior has said that the way leads home."""
    review = last(state, BarrierReview)
    home = state.child or (review is not None and review.way == "home")
    return in_route(state, "placement") and running(state, "placement") and not home


def way(state: CaseState) -> str:
    """`institution` for whom a bed is kept, unless a senior says `home`."""
    review = last(state, BarrierReview)
    home = review is not None and review.way == "home"
    return "institution" if bed(state) == "bed" and not home and not state.child else "home"


def place(state: CaseState) -> str:
    """Whether a senior wants an institution for somebody for whom none keeps a bed; for a child the body looks."""
    review = last(state, BarrierReview)
    wanted = not state.child and review is not None and review.way == "institution"
    return "needed" if wanted and bed(state) == "no_bed" else "not_needed"


def _hears(report: Report) -> Callable[[Case], Awaitable[object]]:
    """A branch that ends when the report is heard."""
    return lambda case: case.reported(report)
