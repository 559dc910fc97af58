import pytest

from marshrut.domain.words import Report
from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Gathers, Row, Story, tell
from workflows.discharge import BarrierReview, Discharge, ReadyDate
from workflows.placement import (
    BedConfirm,
    InstitutionChoose,
    MedicalPackage,
    PackageSubmit,
    ProfileChoose,
    TransferArrival,
    VoucherDecision,
)
from workflows.services import IppsuReceive
from workflows.transition import ArrivalConfirm, EscortHome, HomePrepare, Transition, TransportBook

CLEAR = BarrierReview(result="clear")
DATE = ReadyDate(result="date")
READY = HomePrepare(result="ready")
UNFIT = HomePrepare(result="unfit")
TAXI = TransportBook(result="taxi")
FAMILY = TransportBook(result="family")
DELIVERED = EscortHome(result="delivered")
ARRIVED = ArrivalConfirm(result="confirmed", received_by="relatives")
KEPT = (ProfileChoose(result="general"), BedConfirm(result="confirmed"))
IPPSU = (IppsuReceive(result="issued"),)
FINDS_A_BED: tuple[Row, ...] = (
    ("profile_choose", ProfileChoose(result="temporary")),
    ("medical_package", Gathers()),
    ("medical_package", MedicalPackage(result="complete")),
    ("institution_choose", InstitutionChoose(result="chosen", institutions=("general_home",))),
    ("package_submit", PackageSubmit(result="accepted")),
    ("voucher_decision", VoucherDecision(result="issued")),
    ("bed_confirm", BedConfirm(result="confirmed")),
)

STORIES = (
    Story(
        "asked_on_every_round",
        Discharge,
        (
            ("ready_date", ReadyDate(result="not_ready")),
            ("", DAY),
            ("ready_date", DATE),
            ("barrier_review", BarrierReview(result="blocked")),
            ("", DAY),
            ("barrier_review", CLEAR),
        ),
        "home",
    ),
    Story(
        "the_hospital_says_ready",
        Discharge,
        (("ready_date", Report.MEDICALLY_READY), ("barrier_review", CLEAR)),
        "home",
    ),
    Story("a_kept_bed_leads_there", Discharge, (("ready_date", DATE), ("barrier_review", CLEAR)), "institution", KEPT),
    Story(
        "a_senior_says_home",
        Discharge,
        (("ready_date", DATE), ("barrier_review", BarrierReview(result="clear", way="home"))),
        "home",
        given=KEPT,
    ),
    Story(
        "a_senior_wants_a_place",
        Discharge,
        (
            ("ready_date", DATE),
            ("barrier_review", BarrierReview(result="clear", way="institution")),
            *FINDS_A_BED,
        ),
        "institution",
        given=IPPSU,
    ),
    Story("left_out", Discharge, (("ready_date", ReadyDate), ("barrier_review", BarrierReview)), "home"),
    Story(
        "a_way_home_left_out",
        Transition,
        (
            ("home_prepare", HomePrepare),
            ("transport_book", TransportBook),
            ("arrival_confirm", ArrivalConfirm),
        ),
        "home_alone",
    ),
    Story(
        "an_escort_left_out",
        Transition,
        (("home_prepare", READY), ("transport_book", TAXI), ("escort_home", EscortHome)),
        None,
        left_open="arrival_confirm",
    ),
    Story(
        "a_transfer_left_out",
        Transition,
        (("transfer_arrival", TransferArrival),),
        "institution_permanent",
        given=KEPT,
    ),
    Story("left_before_ready", Discharge, (("ready_date", Report.DISCHARGED), ("", DAY)), "left"),
    Story(
        "home",
        Transition,
        (
            ("home_prepare", READY),
            ("transport_book", TAXI),
            ("escort_home", EscortHome(result="failed")),
            ("transport_book", TransportBook(result="medical")),
            ("escort_home", DELIVERED),
            ("arrival_confirm", ArrivalConfirm(result="unknown")),
            ("arrival_confirm", ARRIVED),
        ),
        "home_with_relatives",
        informed=("arrival_unknown",),
    ),
    Story(
        "with_the_family_to_their_home",
        Transition,
        (
            ("home_prepare", UNFIT),
            ("barrier_review", CLEAR),
            ("", DAY),
            ("home_prepare", READY),
            ("transport_book", FAMILY),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="relatives_elsewhere")),
        ),
        "relatives_elsewhere",
        informed=("home_unfit",),
    ),
    Story(
        "an_unfit_home_turns_to_a_place",
        Transition,
        (
            ("home_prepare", UNFIT),
            ("barrier_review", BarrierReview(result="blocked", way="institution")),
            *FINDS_A_BED,
            ("transfer_arrival", TransferArrival(result="arrived")),
        ),
        "temporary_placement",
        given=IPPSU,
    ),
    Story(
        "to_the_institution_at_the_second_try",
        Transition,
        (
            ("transfer_arrival", TransferArrival(result="not_arrived")),
            ("", DAY),
            ("transfer_arrival", TransferArrival(result="arrived")),
        ),
        "institution_permanent",
        given=KEPT,
        informed=("not_arrived",),
    ),
    Story(
        "a_placement_that_fails_falls_back_to_home",
        Transition,
        (
            ("transfer_arrival", TransferArrival(result="not_arrived", then="home")),
            ("home_prepare", READY),
            ("transport_book", FAMILY),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="nobody")),
        ),
        "home_alone",
        given=KEPT,
    ),
    Story(
        "who_has_left_is_only_asked_for",
        Transition,
        (
            ("home_prepare", Report.DISCHARGED),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="shelter")),
        ),
        "shelter",
    ),
    Story(
        "left_before_the_taxi",
        Transition,
        (
            ("home_prepare", READY),
            ("transport_book", Report.DISCHARGED),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="rehabilitation")),
        ),
        "rehabilitation",
    ),
    Story(
        "who_leaves_with_the_escort_is_brought_home",
        Transition,
        (
            ("home_prepare", READY),
            ("transport_book", TAXI),
            ("escort_home", Report.DISCHARGED),
            ("escort_home", DELIVERED),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="social_worker")),
        ),
        "home_with_services",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_discharge_and_transition(story: Story) -> None:
    """The way is cleared and gone, home or to a place; where one way fails there is the other, up to an arrival."""
    await tell(story)
