import pytest

from marshrut.domain.words import Flag, Report
from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Story, tell
from workflows.assessment import FunctionScale, NeedsAgree
from workflows.services import (
    AidsSupply,
    CareStart,
    IppsuReceive,
    NeedApplication,
    NeedDecision,
    ServiceContract,
    Services,
    UrgentServices,
)

HOME_CARE = (NeedsAgree(result="agreed", needs=("home_care",)),)
BOTH = (NeedsAgree(result="agreed", needs=("home_care", "urgent_help")),)
FILED = NeedApplication(result="filed")
RECOGNISED = NeedDecision(result="recognised")
IPPSU = IppsuReceive(result="issued")

STORIES = (
    Story(
        "care_and_urgent_help",
        Services,
        (
            ("urgent_services need_application", FILED),
            ("urgent_services need_decision", RECOGNISED),
            ("urgent_services ippsu_receive", UrgentServices(result="act_signed")),
            ("ippsu_receive", IPPSU),
            ("service_contract", ServiceContract(result="signed")),
            ("care_start", CareStart(result="waiting")),
        ),
        "care_agreed",
        given=BOTH,
    ),
    Story(
        "urgent_help_alone",
        Services,
        (("urgent_services", UrgentServices(result="refused")),),
        "no_care",
        given=(NeedsAgree(result="agreed", needs=("urgent_help",)),),
    ),
    Story(
        "denied_and_asked_again",
        Services,
        (
            ("need_application", FILED),
            ("need_decision", NeedDecision(result="denied", then="again")),
            ("", DAY),
            ("need_decision", RECOGNISED),
            ("ippsu_receive", IPPSU),
            ("service_contract", ServiceContract(result="declined")),
            ("", DAY),
            ("service_contract", ServiceContract(result="declined", then="given_up")),
        ),
        "no_care",
        given=HOME_CARE,
        informed=("need_decision", "service_contract"),
    ),
    Story(
        "a_no_that_is_accepted_opens_no_door",
        Services,
        (("need_application", NeedApplication(result="refused", then="given_up")),),
        "no_care",
        given=HOME_CARE,
    ),
    Story(
        "aids_for_whom_moving_is_hard",
        Services,
        (
            ("need_application aids_supply", AidsSupply(result="none")),
            ("need_application", DAY),
            ("need_application aids_supply", AidsSupply(result="rented")),
            ("need_application", NeedApplication(result="refused", then="given_up")),
        ),
        "no_care",
        given=(FunctionScale(result="unable", moves="lies"), *HOME_CARE),
    ),
    Story(
        "so_the_admission_says",
        Services,
        (("need_application aids_supply", AidsSupply(result="delivered")),),
        None,
        given=HOME_CARE,
        flags=(Flag.LOW_MOBILITY,),
        left_open="need_application",
    ),
    Story(
        "left_before_care",
        Services,
        (("need_application", FILED), ("need_decision", Report.DISCHARGED)),
        "left",
        given=HOME_CARE,
        informed=("left_before_care",),
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_services(story: Story) -> None:
    """Each office's yes opens the next door; a no is told to a senior and asked again until somebody gives up."""
    await tell(story)
