"""Readiness for discharge: the doctor lets the patient go, and nothing stands in the way any more."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import ClassVar, Literal

from marshrut.domain.base import Instant, Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Stage
from workflows.answers import last
from workflows.placement import bed, find_place
from workflows.stay import while_here


class ReadyDate(Outcome, track="discharge", step="ready_date"):
    """Whether, and since when, the patient is medically ready to leave."""

    result: Literal["date", "not_ready"]
    ready_at: Instant | None = None
    note: Private[str] | None = None


class BarrierReview(Outcome, track="discharge", step="barrier_review"):
    """Whether anything stands in the way, and where the way leads; left out it leads where the route does."""

    result: Literal["clear", "blocked"]
    way: Literal["home", "institution"] | None = None
    note: Private[str] | None = None


class Discharge:
    """Ends with `home`, `institution` or, when the patient left before, `left`: where the way leads."""

    name: ClassVar[str] = "discharge"
    stage: ClassVar[Stage] = Stage.DISCHARGE_READINESS
    steps: ClassVar[tuple[type[Outcome], ...]] = (ReadyDate, BarrierReview)

    async def run(self, case: Case) -> str:
        """Wait until the patient may leave, and clear the way."""
        if not await while_here(case, self._make_ready):
            return "left"
        return await case.decide("way", way)

    async def _make_ready(self, case: Case) -> None:
        await case.first("medically_ready", stated=self._doctor_states, reported=_hears(Report.MEDICALLY_READY))
        await self._clear_the_way(case)

    async def _doctor_states(self, case: Case) -> None:
        day = MAIN
        while True:
            ready = await case.step(ReadyDate, key=day)
            if ready is None or ready.result == "date":
                return
            day = stamp(await case.until(f"next_round.{day}", "discharge.next_round"))

    async def _clear_the_way(self, case: Case) -> None:
        day = MAIN
        while True:
            review = await case.step(BarrierReview, key=day)
            if review is None or review.result == "clear":
                break
            day = stamp(await case.until(f"review_again.{day}", "discharge.reviewed_again"))
        if await case.decide("place", place) == "needed":
            await find_place(case, f"review.{day}")


def way(state: CaseState) -> str:
    """`institution` for whom a bed is kept, unless a senior says `home`."""
    review = last(state, BarrierReview)
    home = review is not None and review.way == "home"
    return "institution" if bed(state) == "bed" and not home else "home"


def place(state: CaseState) -> str:
    """Whether a senior wants an institution for somebody for whom none keeps a bed."""
    review = last(state, BarrierReview)
    wanted = review is not None and review.way == "institution"
    return "needed" if wanted and bed(state) == "no_bed" else "not_needed"


def _hears(report: Report) -> Callable[[Case], Awaitable[object]]:
    """A branch that ends when the report is heard."""
    return lambda case: case.reported(report)
