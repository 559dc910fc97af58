from datetime import timedelta

import pytest

from marshrut.domain.words import ItemKind
from tests.fixtures.cases import CATALOGUE, DAY
from tests.workflows.tracks.stories import Row, Story, tell
from workflows.placement import TransferArrival
from workflows.settling import (
    FeedbackAsk,
    PostBoarding,
    PostBoardingCheck,
    PostBoardingOffer,
    QualityReview,
    Settling,
)

ARRIVED = (TransferArrival(result="arrived"),)
POOR = FeedbackAsk(result="given", rating=2)
ASKED: tuple[Row, ...] = (("", 14 * DAY),)
OFFERED = PostBoardingOffer(result="accepted")
WELL = PostBoardingCheck(result="well")
YEARS = timedelta(days=CATALOGUE.waits["followup.post_boarding_end"].amount)

STORIES = (
    Story(
        "content",
        Settling,
        (*ASKED, ("feedback", FeedbackAsk(result="given", rating=4))),
        "content",
        given=ARRIVED,
        items={ItemKind.FEEDBACK: {"institution": "given"}},
    ),
    Story(
        "a_rating_left_out_is_not_poor",
        Settling,
        (*ASKED, ("feedback", FeedbackAsk(result="given"))),
        "content",
        given=ARRIVED,
    ),
    Story(
        "no_answer",
        Settling,
        (*ASKED, ("feedback", FeedbackAsk(result="declined"))),
        "declined",
        given=ARRIVED,
        items={ItemKind.FEEDBACK: {"institution": "declined"}},
    ),
    Story("not_asked", Settling, (*ASKED, ("feedback", FeedbackAsk)), "declined", given=ARRIVED),
    Story(
        "poor_then_mended",
        Settling,
        (
            *ASKED,
            ("feedback", POOR),
            ("quality_review", QualityReview(result="mended")),
            ("", 14 * DAY),
            ("feedback", FeedbackAsk(result="given", rating=3)),
        ),
        "content",
        given=ARRIVED,
        informed=("poor_feedback",),
    ),
    Story(
        "poor_and_elsewhere",
        Settling,
        (*ASKED, ("feedback", POOR), ("quality_review", QualityReview(result="moves"))),
        "moves",
        given=ARRIVED,
    ),
    Story(
        "poor_and_unfounded",
        Settling,
        (*ASKED, ("feedback", POOR), ("quality_review", QualityReview(result="unfounded"))),
        "poor",
        given=ARRIVED,
    ),
    Story(
        "support_declined", PostBoarding, (("post_boarding_offer", PostBoardingOffer(result="declined")),), "declined"
    ),
    Story("support_left_out", PostBoarding, (("post_boarding_offer", PostBoardingOffer),), "declined"),
    Story(
        "support_until_the_person_wants_no_more",
        PostBoarding,
        (
            ("post_boarding_offer", OFFERED),
            ("", 30 * DAY),
            ("post_boarding", WELL),
            ("", 30 * DAY),
            ("post_boarding", PostBoardingCheck(result="problem")),
            ("", DAY),
            ("post_boarding", PostBoardingCheck),
            ("", 30 * DAY),
            ("post_boarding", PostBoardingCheck(result="declined")),
        ),
        "declined",
        informed=("problem",),
    ),
    Story(
        "support_until_its_time_is_over",
        PostBoarding,
        (("post_boarding_offer", OFFERED), ("", 30 * DAY), ("post_boarding", YEARS)),
        "over",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_settling(story: Story) -> None:
    """Whoever lives elsewhere now is asked how it is, a poor word is looked into, and who leaves is supported."""
    await tell(story)


def test_support_lasts_three_years() -> None:
    """The first three years, a leap day among them, by the catalogue and not by code."""
    assert CATALOGUE.waits["followup.post_boarding_end"].amount == 3 * 365 + 1
