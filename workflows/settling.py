"""Life after the move: what the person says of the place they live in, and support for who leaves an institution."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from marshrut.domain.base import Private, stamp
from marshrut.domain.case import Case
from marshrut.domain.ids import MAIN
from marshrut.domain.outcomes import Outcome
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState
from marshrut.domain.words import ItemKind, Role, Stage
from workflows.answers import NOTHING, steps
from workflows.placement import TransferArrival

Rating = Annotated[int, Field(ge=1, le=5, strict=True)]


class FeedbackAsk(Outcome, track="placement", step="feedback"):
    """What the person says of the place they live in now, from 1 (bad) to 5."""

    result: Literal["given", "declined"]
    rating: Rating | None = None
    text: Private[str] | None = None


class QualityReview(Outcome, track="placement", step="quality_review"):
    """What came of looking into a poor feedback."""

    result: Literal["mended", "unfounded", "moves"]
    note: Private[str] | None = None


class PostBoardingOffer(Outcome, track="followup", step="post_boarding_offer"):
    """Whether somebody who leaves an institution wants to be supported."""

    result: Literal["accepted", "declined"]
    note: Private[str] | None = None


class PostBoardingCheck(Outcome, track="followup", step="post_boarding"):
    """How the person manages on their own, month by month."""

    result: Literal["well", "problem", "declined"]
    note: Private[str] | None = None


class Settling:
    """Feedback on the institution. Ends with `content`, `poor`, `declined`, or `moves`: better elsewhere."""

    name: ClassVar[str] = "settling"
    stage: ClassVar[Stage] = Stage.FOLLOWUP
    steps: ClassVar[tuple[type[Outcome], ...]] = (FeedbackAsk, QualityReview)

    async def run(self, case: Case) -> str:
        """Ask some time after the arrival. What is poor is looked into, and asked about once more."""
        occasion = MAIN
        since = await case.decide("since", _arrived_at)
        await case.until("feedback", "placement.feedback", since=datetime.fromisoformat(since))
        while True:
            said = await _ask(case, occasion)
            if said != "poor":
                return said
            await case.inform(f"poor_feedback.{occasion}", Role.PLACEMENT)
            review = await case.step(QualityReview, key=occasion)
            if review is None or review.result != "mended":
                return "moves" if review is not None and review.result == "moves" else "poor"
            occasion = stamp(await case.until(f"feedback.{occasion}.again", "placement.feedback_again"))


class PostBoarding:
    """Support for months. Ends with `declined` or, once the time that the law gives is over, `over`."""

    name: ClassVar[str] = "post_boarding"
    stage: ClassVar[Stage] = Stage.FOLLOWUP
    steps: ClassVar[tuple[type[Outcome], ...]] = (PostBoardingOffer, PostBoardingCheck)

    async def run(self, case: Case) -> str:
        """Offered, then month by month until the person wants no more or the time is over."""
        offer = await case.step(PostBoardingOffer)
        if offer is None or offer.result == "declined":
            return "declined"
        return await case.first("supported", over=_over, declined=_month_by_month)


async def _over(case: Case) -> None:
    await case.until("over", "followup.post_boarding_end")


async def _month_by_month(case: Case) -> None:
    """A problem is told to a senior and asked about again sooner."""
    month = stamp(await case.until("month", "followup.post_boarding_month"))
    while True:
        check = await case.step(PostBoardingCheck, key=month)
        if check is not None and check.result == "declined":
            return
        wait = "followup.post_boarding_month"
        if check is not None and check.result == "problem":
            await case.inform(f"problem.{month}", Role.SUPERVISOR)
            wait = "followup.asked_again"
        month = stamp(await case.until(f"month.{month}", wait))


async def _ask(case: Case, occasion: str) -> str:
    """`content`, `poor` or `declined`; each asking is a feedback of its own."""
    about = await case.decide(f"about.{occasion}", _lives)
    feedback = await case.item(
        ItemKind.FEEDBACK, "institution", key=occasion, about=None if about == NOTHING else about
    )
    answer = await case.step(FeedbackAsk, key=occasion)
    if answer is None or answer.result == "declined":
        await case.move(feedback, "declined", on=occasion)
        return "declined"
    await case.move(feedback, "given", on=occasion, rating=answer.rating)
    return await case.look_up(f"judged.{occasion}", partial(_judged, answer.rating))


def _arrived_at(state: CaseState) -> str:
    """When the last transfer was confirmed; of one that nobody confirmed, when that was decided."""
    (arrival,) = steps(state, TransferArrival)[-1:]
    return (arrival.occurred_at or arrival.opened_at).isoformat()


def _judged(rating: int | None, catalogue: Slice, _state: CaseState) -> str:
    return "poor" if rating is not None and rating <= catalogue.poor_rating else "content"


def _lives(state: CaseState) -> str:
    """The code of the institution in which the person lives."""
    lives = [item.name for item in state.items_of(ItemKind.INSTITUTION) if item.status == "arrived"]
    return lives[-1] if lives else NOTHING
