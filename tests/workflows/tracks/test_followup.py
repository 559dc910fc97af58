from datetime import timedelta

import pytest

from marshrut.domain import commands as c
from marshrut.domain.words import Report
from tests.fixtures.cases import DAY, HIS, HOUR, NOON, OLGA, admission, command, live
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Row, Story, opened, tell
from workflows.closing import CaseClose
from workflows.followup import AdaptationCheck, Call72h, Check7d, Check30d, FollowUp
from workflows.placement import TransferArrival
from workflows.settling import FeedbackAsk, PostBoardingOffer
from workflows.transition import ArrivalConfirm
from workflows.trouble import ProblemSolve, UnreachableDecide, WelfareVisit

HOME = (ArrivalConfirm(result="confirmed", received_by="relatives"),)
PLACE = (TransferArrival(result="arrived"),)
WELL = Call72h(result="well")
STABLE = Check30d(result="stable")
CLOSED = CaseClose(result="closed")
MONTH: tuple[Row, ...] = (
    ("", 3 * DAY),
    ("call_72h", WELL),
    ("", 4 * DAY),
    ("check_7d", Check7d(result="well")),
    ("", 23 * DAY),
)
# Who does not answer is called every day until the window of the call is over.
UNANSWERED: tuple[Row, ...] = (
    ("call_72h", Call72h(result="unreachable")),
    ("", DAY),
    ("call_72h", Call72h(result="unreachable")),
    ("", DAY),
    ("call_72h", Call72h(result="unreachable")),
    ("", DAY),
)
GONE_QUIET = Check7d(result="problem", about="unreachable")
# A problem that stays is asked about until the window of the month is over, and then others see to it.
MONTHLY: tuple[Row, ...] = (
    ("check_30d", Check30d(result="problem")),
    ("problem_solve", ProblemSolve(result="passed_on")),
    ("", DAY),
) * 7

STORIES = (
    Story(
        "a_month_at_home",
        FollowUp,
        (
            ("", 72 * HOUR - timedelta(seconds=1)),
            ("", timedelta(seconds=1)),
            ("call_72h", WELL),
            ("", 4 * DAY),
            ("check_7d", Check7d(result="well")),
            ("", 23 * DAY - timedelta(seconds=1)),
            ("", timedelta(seconds=1)),
            ("check_30d", STABLE),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
    ),
    Story(
        "a_problem_is_solved_and_asked_about_again",
        FollowUp,
        (
            ("", 3 * DAY),
            ("call_72h", Call72h(result="unreachable")),
            ("", DAY),
            ("call_72h", Call72h(result="problem", about="money")),
            ("problem_solve", ProblemSolve(result="unsolved")),
            ("", DAY),
            ("call_72h", 2 * DAY),
            ("call_72h check_7d", Check7d(result="problem", about="care")),
            ("call_72h problem_solve", ProblemSolve(result="passed_on")),
            ("call_72h", DAY),
            ("call_72h check_7d", WELL),
            ("check_7d", Check7d(result="well")),
            ("", 22 * DAY),
            ("check_30d", Check30d(result="problem")),
            ("problem_solve", ProblemSolve(result="solved")),
            ("", DAY),
            ("check_30d", STABLE),
        ),
        None,
        given=HOME,
        informed=("problem", "unsolved"),
        left_open="case_close",
    ),
    Story(
        "nobody_answers_for_days_and_somebody_goes_there",
        FollowUp,
        (
            ("", 3 * DAY),
            *UNANSWERED,
            ("unreachable_decide", UnreachableDecide(result="visit")),
            ("welfare_visit", WelfareVisit(result="not_found")),
            ("unreachable_decide", UnreachableDecide(result="police")),
            ("welfare_visit", WelfareVisit(result="found_problem")),
            ("problem_solve", ProblemSolve(result="solved")),
            ("", DAY),
            ("check_7d", Check7d(result="well")),
            ("", 23 * DAY),
            ("check_30d", STABLE),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
        informed=("unreachable", "problem"),
    ),
    Story(
        "a_senior_has_nobody_sought_any_more",
        FollowUp,
        (
            ("", 3 * DAY),
            *UNANSWERED,
            ("unreachable_decide", UnreachableDecide(result="close")),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
        informed=("unreachable",),
    ),
    Story(
        "a_week_and_a_month_end_too",
        FollowUp,
        (
            ("", 3 * DAY),
            ("call_72h", WELL),
            ("", 4 * DAY),
            *((("check_7d", GONE_QUIET), ("", DAY)) * 5),
            ("unreachable_decide", UnreachableDecide(result="visit")),
            ("welfare_visit", WelfareVisit(result="found_well")),
            ("", 18 * DAY),
            *MONTHLY,
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
        informed=("unreachable", "problem"),
    ),
    Story(
        "the_hospital_has_the_person_again",
        FollowUp,
        (("", 3 * DAY), ("call_72h", Report.READMITTED)),
        "home_with_relatives",
        given=HOME,
        informed=("readmitted",),
    ),
    Story(
        "back_from_the_institution_into_the_ward",
        FollowUp,
        (("", 7 * DAY), ("adaptation_check", Report.READMITTED)),
        "institution_permanent",
        given=PLACE,
        informed=("readmitted",),
    ),
    Story(
        "back_while_a_senior_looks_at_the_case",
        FollowUp,
        (*MONTH, ("check_30d", STABLE), ("case_close", Report.READMITTED)),
        "home_with_relatives",
        given=HOME,
        informed=("readmitted",),
    ),
    Story(
        "in_hospital_again",
        FollowUp,
        (
            ("", 7 * DAY),
            ("call_72h check_7d", Check7d(result="readmitted")),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
        informed=("readmitted",),
    ),
    Story(
        "not_closed_yet",
        FollowUp,
        (
            *MONTH,
            ("check_30d", STABLE),
            ("case_close", CaseClose(result="reopened")),
            ("", 7 * DAY),
            ("check_30d", Check30d(result="problem")),
            ("problem_solve", ProblemSolve(result="solved")),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
    ),
    Story(
        "left_out",
        FollowUp,
        (
            ("", 3 * DAY),
            ("call_72h", Call72h),
            ("", 4 * DAY),
            ("check_7d", Check7d),
            ("", 23 * DAY),
            ("check_30d", Check30d),
            ("case_close", CaseClose),
        ),
        "home_with_relatives",
        given=HOME,
    ),
    Story(
        "adaptation_left_out",
        FollowUp,
        (
            ("", 7 * DAY),
            ("adaptation_check", AdaptationCheck),
            ("", 7 * DAY),
            ("feedback", FeedbackAsk(result="declined")),
            ("", 16 * DAY),
            ("adaptation_check", AdaptationCheck),
            ("case_close", CLOSED),
        ),
        "institution_permanent",
        given=PLACE,
    ),
    Story(
        "settled_in_the_institution",
        FollowUp,
        (
            ("", 7 * DAY),
            ("adaptation_check", AdaptationCheck(result="moves")),
            ("", 7 * DAY),
            ("adaptation_check feedback", FeedbackAsk(result="given", rating=5)),
            ("adaptation_check", AdaptationCheck(result="settled")),
            ("", 16 * DAY),
            ("adaptation_check", AdaptationCheck(result="settled")),
            ("case_close", CLOSED),
        ),
        "institution_permanent",
        given=PLACE,
        informed=("moves",),
    ),
    Story(
        "returned_home",
        FollowUp,
        (
            ("", 7 * DAY),
            ("adaptation_check", AdaptationCheck(result="returns")),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="nobody")),
            ("post_boarding_offer", PostBoardingOffer(result="declined")),
            *MONTH,
            ("check_30d", STABLE),
            ("case_close", CLOSED),
        ),
        "home_alone",
        given=PLACE,
        informed=("returns",),
    ),
    Story(
        "who_is_in_another_hospital_is_theirs",
        FollowUp,
        (),
        "other_hospital",
        given=(ArrivalConfirm(result="confirmed", received_by="other_hospital"),),
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_followup(story: Story) -> None:
    """Each call and check comes when its time has come, counted from the arrival, until a senior closes the case."""
    await tell(story)


@pytest.mark.parametrize(("told_after", "opened_then"), [(2 * DAY, ""), (8 * DAY, "call_72h check_7d")])
async def test_days_count_from_the_arrival(told_after: timedelta, opened_then: str) -> None:
    """An arrival that is told days later leaves each call on its day; what should have been by then opens at once."""
    story = Story("told_late", FollowUp, (), None, given=HOME)
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        await twins.wait(told_after)
        step = live(twins.state)["discharge.arrival_confirm"]
        told = command(c.Complete(step_id=step, outcome=HOME[0].codes()), OLGA, occurred_at=NOON)
        assert await twins.tell(told) == [None]
        await twins.wait(timedelta(0))
        assert opened(twins) == opened_then.split()
        await twins.wait(NOON + 30 * DAY - twins.long.now - timedelta(seconds=1))
        assert opened(twins) == ["call_72h", "check_7d"]
        await twins.wait(timedelta(seconds=1))
        assert opened(twins) == ["call_72h", "check_30d", "check_7d"]
