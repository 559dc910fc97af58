from typing import ClassVar

import pytest

from marshrut.domain.case import Case
from marshrut.domain.outcomes import Outcome
from marshrut.domain.words import Flag, ItemKind, Report, Stage
from tests.fixtures.cases import CATALOGUE, DAY, HOUR
from tests.workflows.tracks.stories import Adds, Moves, Story, tell
from workflows.assessment import FunctionScale, NeedsAgree
from workflows.contact import HomeSafety
from workflows.services import (
    AidsSupply,
    CareStart,
    IppsuReceive,
    NeedApplication,
    NeedDecision,
    ServiceContract,
    Services,
    UrgentServices,
    urgent,
)

HOME_CARE = (NeedsAgree(result="agreed", needs=("home_care",)),)
BOTH = (NeedsAgree(result="agreed", needs=("home_care", "urgent_help")),)
FILED = NeedApplication(result="filed")
RECOGNISED = NeedDecision(result="recognised")
IPPSU = IppsuReceive(result="issued")
SIGNED = ServiceContract(result="signed")
APPLICATION, DOCUMENT, REFERRAL = ItemKind.APPLICATION, ItemKind.DOCUMENT, ItemKind.REFERRAL


class Urgent:
    """Urgent help beside everything else, which goes on."""

    name: ClassVar[str] = "urgent"
    stage: ClassVar[Stage] = Stage.TRACKS
    steps: ClassVar[tuple[type[Outcome], ...]] = (UrgentServices,)

    async def run(self, case: Case) -> str:
        await case.all(urgent(case), case.reported(Report.READMITTED))
        return "never"


STORIES = (
    Story(
        "care_and_urgent_help",
        Services,
        (
            ("urgent_services need_application", FILED),
            ("urgent_services need_decision", RECOGNISED),
            (
                "urgent_services ippsu_receive",
                UrgentServices(result="act_signed", given=("hot_food", "clothing", "legal_help")),
            ),
            ("ippsu_receive", IPPSU),
            ("service_contract", SIGNED),
            ("care_start", CareStart(result="waiting")),
        ),
        "care_agreed",
        given=BOTH,
        items={APPLICATION: {"need": "granted"}, DOCUMENT: {"ippsu": "issued"}, REFERRAL: {"home_care": "handed_over"}},
    ),
    Story(
        "care_by_a_level_is_long_term_care",
        Services,
        (
            ("need_application", FILED),
            ("need_decision", NeedDecision(result="recognised", level="level_2")),
            ("ippsu_receive", IPPSU),
            ("service_contract", SIGNED),
            ("care_start", CareStart(result="started")),
        ),
        "care_agreed",
        given=HOME_CARE,
        items={REFERRAL: {"long_term_care": "handed_over", "home_care": None}},
    ),
    Story(
        "offices_note_it_themselves",
        Services,
        (
            ("need_application", Adds(APPLICATION, "need", "filed", key="main")),
            ("need_decision", Moves(APPLICATION, "need", "registered")),
            ("need_decision", Moves(APPLICATION, "need", "granted")),
            ("ippsu_receive", Moves(DOCUMENT, "ippsu", "issued")),
            ("service_contract", Adds(REFERRAL, "home_care", facts={"partner": "home_care_provider_other"})),
            ("service_contract", Moves(REFERRAL, "home_care", "accepted")),
            ("care_start", CareStart(result="started")),
        ),
        "care_agreed",
        given=HOME_CARE,
        items={REFERRAL: {"home_care": "handed_over"}},
    ),
    Story(
        "no_programme_is_issued",
        Services,
        (
            ("need_application", FILED),
            ("need_decision", RECOGNISED),
            ("ippsu_receive", IppsuReceive(result="denied", then="given_up")),
        ),
        "no_care",
        given=HOME_CARE,
        items={APPLICATION: {"need": "granted"}, DOCUMENT: {"ippsu": "rejected"}},
    ),
    Story(
        "not_recognised",
        Services,
        (("need_application", FILED), ("need_decision", NeedDecision(result="denied", then="given_up"))),
        "no_care",
        given=HOME_CARE,
        items={APPLICATION: {"need": "denied"}, DOCUMENT: {"ippsu": None}},
    ),
    Story(
        "helped_at_once_and_not_asked_twice",
        Services,
        (
            ("need_application urgent_services", UrgentServices(result="act_signed", given=("clothing",))),
            ("need_application", NeedApplication(result="refused", then="given_up")),
        ),
        "no_care",
        given=BOTH,
        beside=(Urgent,),
    ),
    Story(
        "urgent_help_waits_until_somebody_calls",
        Urgent,
        (
            ("", DAY),
            ("", Adds(ItemKind.NEED, "urgent_help", "proposed")),
            ("urgent_services", UrgentServices(result="act_signed", given=("temporary_housing",))),
            ("", DAY),
        ),
        None,
    ),
    Story(
        "nowhere_to_live",
        Urgent,
        (("urgent_services", HOUR),),
        None,
        flags=(Flag.NO_FIXED_ABODE,),
        left_open="urgent_services",
    ),
    Story("it_becomes_known", Urgent, (("", Flag.NO_FIXED_ABODE),), None, left_open="urgent_services"),
    Story(
        "somebody_at_home",
        Urgent,
        (("urgent_services", Report.DISCHARGED),),
        None,
        given=(HomeSafety(result="dependant"),),
    ),
    Story("everything_is_well_at_home", Urgent, (("", DAY),), None, given=(HomeSafety(result="pet"),)),
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
    Story("left_out", Services, (("need_application", NeedApplication),), "no_care", given=HOME_CARE),
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


async def test_the_level_says_how_many_hours_a_week() -> None:
    """The hours of care by a level are the catalogue's, and go to the provider with the referral."""
    (story,) = (each for each in STORIES if each.name == "care_by_a_level_is_long_term_care")
    twins = await tell(story)
    (care,) = twins.state.items_of(REFERRAL)
    assert care.facts["hours"] == CATALOGUE.programmes["long_term_care"].weekly_hours["level_2"] == 21
    assert (care.facts["partner"], care.facts["goes_on"]) == ("long_term_care_centre", True)


async def test_urgent_help_has_four_hours_at_any_time() -> None:
    """The clock of urgent help starts with the call for it, not with the plan."""
    story = Story("called", Urgent, (), None, flags=(Flag.NO_FIXED_ABODE,), left_open="urgent_services")
    (step,) = (await tell(story)).state.live_steps
    assert step.due_at is not None
    assert step.due_at - step.opened_at == 4 * HOUR
