import pytest

from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Story, tell
from workflows.enquiry import Enquiry, EnquiryAnswer, EnquiryReply, HomeVisit, ReachResident

HELP = EnquiryAnswer(result="help")
# NOON is a Monday's; the centre is asked again a working day later.
STORIES = (
    Story("answered_at_once", Enquiry, (("answer", EnquiryAnswer(result="answered")),), "answered"),
    Story("left_out", Enquiry, (("answer", EnquiryAnswer),), "answered"),
    Story(
        "passed_on_until_there_is_a_reply",
        Enquiry,
        (
            ("answer", EnquiryAnswer(result="passed_on", to="institution")),
            ("reply", EnquiryReply(result="no_reply")),
            ("", 2 * DAY),
            ("reply", EnquiryReply(result="answered")),
        ),
        "answered",
        informed=("no_reply",),
    ),
    Story("wants_a_place", Enquiry, (("answer", HELP), ("home_visit", HomeVisit(result="wants_place"))), "place"),
    Story("stays_at_home", Enquiry, (("answer", HELP), ("home_visit", HomeVisit(result="declines"))), "answered"),
    Story(
        "a_resident_is_asked_first",
        Enquiry,
        (
            ("reach_resident", ReachResident(result="no_answer")),
            ("", 2 * DAY),
            ("reach_resident", ReachResident(result="declines")),
            ("answer", EnquiryAnswer(result="answered")),
        ),
        "answered",
        topic="reach_resident",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_enquiry(story: Story) -> None:
    """Nobody who asks goes without an answer, and nobody is reached who does not want to be."""
    await tell(story)
