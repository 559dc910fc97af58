import pytest

from marshrut.domain.words import Flag, Report
from tests.workflows.tracks.stories import Story, tell
from workflows.assessment import Assessment, DocumentsCheck, FunctionScale, LifeSurvey, NeedsAgree
from workflows.closing import CaseClose, CloseConfirm
from workflows.route import Route, RouteApprove, RouteDraft, RouteOffer

LOOKED_AT = (
    ("life_survey function_scale documents_check", LifeSurvey(result="partial")),
    ("function_scale documents_check", FunctionScale(result="unable")),
    ("documents_check", DocumentsCheck(result="complete")),
)
HOME_CARE = (NeedsAgree(result="agreed", needs=("home_care",)),)
PLACE = (NeedsAgree(result="agreed", needs=("placement", "documents")),)
DRAFTED = RouteDraft(result="drafted")
ACCEPTED = RouteOffer(result="accepted")

STORIES = (
    Story(
        "needs_agreed_after_a_dispute",
        Assessment,
        (
            *LOOKED_AT,
            ("needs_agree", NeedsAgree(result="disputed")),
            ("needs_agree", NeedsAgree(result="agreed", needs=("relatives",))),
        ),
        "needs",
        informed=("disputed",),
    ),
    Story("no_needs", Assessment, (*LOOKED_AT, ("needs_agree", NeedsAgree(result="none"))), "no_needs"),
    Story("left_out", Assessment, (*LOOKED_AT, ("needs_agree", NeedsAgree)), "no_needs"),
    Story(
        "a_route_left_out",
        Route,
        (("route_draft", RouteDraft), ("route_approve", RouteApprove), ("route_offer", RouteOffer)),
        "agreed",
        given=PLACE,
    ),
    Story("left_before_agreeing", Assessment, (*LOOKED_AT, ("needs_agree", Report.DISCHARGED)), "left"),
    Story("an_easy_route", Route, (("route_draft", DRAFTED), ("route_offer", ACCEPTED)), "agreed", given=HOME_CARE),
    Story(
        "a_place_needs_a_senior",
        Route,
        (
            ("route_draft", DRAFTED),
            ("route_approve", RouteApprove(result="returned")),
            ("route_draft", DRAFTED),
            ("route_approve", RouteApprove(result="approved")),
            ("route_offer", RouteOffer(result="changed")),
            ("route_draft", RouteDraft(result="drafted", directions=("documents",))),
            ("route_offer", ACCEPTED),
        ),
        "agreed",
        given=PLACE,
    ),
    Story(
        "so_does_who_has_no_home",
        Route,
        (("route_draft", DRAFTED),),
        None,
        given=HOME_CARE,
        flags=(Flag.NO_FIXED_ABODE,),
        left_open="route_approve",
    ),
    Story(
        "refused_and_asked_again_and_let_go",
        Route,
        (
            ("route_draft", DRAFTED),
            ("route_offer", RouteOffer(result="refused")),
            ("case_close", CaseClose(result="reopened")),
            ("route_offer", RouteOffer(result="refused")),
            ("case_close", CaseClose(result="closed")),
            ("close_confirm", CloseConfirm(result="reopened")),
            ("route_offer", RouteOffer(result="refused")),
            ("case_close", CaseClose(result="closed")),
            ("close_confirm", CloseConfirm(result="agreed")),
        ),
        "refused",
        given=HOME_CARE,
    ),
    Story("left_before_the_offer", Route, (("route_draft", Report.DISCHARGED),), "left", given=HOME_CARE),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_assessment_and_route(story: Story) -> None:
    """Needs are agreed, a route follows from them, a senior looks at it where it must be, and the patient accepts."""
    await tell(story)
