import pytest

from marshrut.domain.words import ItemKind, Report
from tests.fixtures.cases import CATALOGUE, DAY
from tests.workflows.tracks.stories import Gathers, Moves, Row, Story, tell
from workflows.crisis import Crisis, CrisisProtocol, PsychiatristCall
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
from workflows.services import CareStart, IppsuReceive, NeedApplication, NeedDecision, ServiceContract, Services
from workflows.transition import ArrivalConfirm, CareHandover, EscortHome, HomePrepare, Transition, TransportBook

# Whatever nobody has arranged is not needed; alone it is followed by another review while something is.
CLEAR = BarrierReview(result="clear", rest="not_needed")
NOT_ALL = BarrierReview(result="clear")
DATE = ReadyDate(result="date")
READY = HomePrepare(result="ready")
UNFIT = HomePrepare(result="unfit")
TAXI = TransportBook(result="taxi")
FAMILY = TransportBook(result="family")
DELIVERED = EscortHome(result="delivered")
ARRIVED = ArrivalConfirm(result="confirmed", received_by="relatives")
KEPT = (ProfileChoose(result="general"), BedConfirm(result="confirmed"))
IPPSU = (IppsuReceive(result="issued"),)
# What somebody has to see to before the day of discharge, but for two things.
ARRANGED = [
    entry.name
    for entry in CATALOGUE.lists["home_checklist"]
    if entry.name not in {"keys", "transport", "escort", "pets", "medicines"}
]
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
    Story(
        "nobody_leaves_before_a_crisis_is_over",
        Discharge,
        (
            ("crisis_protocol ready_date", DATE),
            ("crisis_protocol barrier_review", CLEAR),
            ("crisis_protocol", CrisisProtocol(result="safe")),
            ("barrier_review", CLEAR),
        ),
        "home",
        beside=(Crisis,),
        informed=("crisis_open",),
    ),
    Story(
        "a_review_left_out_is_no_psychiatrist",
        Discharge,
        (
            ("crisis_protocol ready_date", DATE),
            ("crisis_protocol barrier_review", BarrierReview),
            ("crisis_protocol", CrisisProtocol(result="transferred")),
            ("barrier_review", BarrierReview),
        ),
        "home",
        beside=(Crisis,),
    ),
    Story(
        "a_psychiatrist_lets_the_patient_go",
        Discharge,
        (
            ("crisis_protocol ready_date", DATE),
            ("crisis_protocol barrier_review", CLEAR),
            ("crisis_protocol", CrisisProtocol(result="psychiatrist")),
            ("psychiatrist_call", PsychiatristCall(result="seen", leave="not_allowed")),
            ("crisis_protocol", CrisisProtocol(result="psychiatrist")),
            ("psychiatrist_call", PsychiatristCall(result="seen", leave="allowed")),
            ("crisis_protocol barrier_review", CLEAR),
        ),
        "home",
        beside=(Crisis,),
        left_open="crisis_protocol",
    ),
    Story(
        "a_crisis_that_was_left_without_an_end_is_the_psychiatrists",
        Discharge,
        (
            ("crisis_protocol ready_date", CrisisProtocol),
            ("ready_date", DATE),
            ("barrier_review", CLEAR),
            ("psychiatrist_call", PsychiatristCall(result="seen", leave="not_allowed")),
            ("barrier_review", CLEAR),
            ("psychiatrist_call", PsychiatristCall),
            ("barrier_review", CLEAR),
            ("psychiatrist_call", PsychiatristCall(result="seen", leave="allowed")),
            ("barrier_review", CLEAR),
        ),
        "home",
        beside=(Crisis,),
    ),
    Story("left_out", Discharge, (("ready_date", ReadyDate), ("barrier_review", BarrierReview)), "home"),
    Story(
        "a_way_home_left_out",
        Transition,
        (
            ("home_prepare", HomePrepare),
            ("barrier_review", CLEAR),
            ("transport_book", TransportBook),
            ("arrival_confirm", ArrivalConfirm),
        ),
        "home_alone",
    ),
    Story(
        "an_escort_left_out",
        Transition,
        (
            ("home_prepare", READY),
            ("barrier_review", CLEAR),
            ("transport_book", TAXI),
            ("escort_home", EscortHome),
        ),
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
            ("barrier_review", CLEAR),
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
            ("barrier_review", CLEAR),
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
            ("barrier_review", CLEAR),
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
            ("barrier_review", CLEAR),
            ("transport_book", TAXI),
            ("escort_home", Report.DISCHARGED),
            ("escort_home", DELIVERED),
            ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="social_worker")),
        ),
        "home_with_services",
    ),
    Story(
        "what_is_missing_is_asked_for_until_it_is_there",
        Discharge,
        (
            ("ready_date", DATE),
            *(("barrier_review", Moves(ItemKind.ARRANGEMENT, name, "arranged")) for name in ARRANGED),
            ("barrier_review", Moves(ItemKind.ARRANGEMENT, "medicines", "arranged")),
            ("barrier_review", NOT_ALL),
            ("barrier_review", Moves(ItemKind.ARRANGEMENT, "pets", "not_needed")),
            ("barrier_review", Moves(ItemKind.ARRANGEMENT, "medicines", "failed")),
            ("barrier_review", NOT_ALL),
            ("barrier_review", Moves(ItemKind.ARRANGEMENT, "medicines", "arranged")),
            ("barrier_review", NOT_ALL),
        ),
        "home",
        informed=("still_needed",),
        items={ItemKind.ARRANGEMENT: {"pets": "not_needed", "medicines": "arranged", "keys": "needed"}},
    ),
    Story(
        "for_whom_a_bed_is_kept_no_home_is_asked_for",
        Discharge,
        (("ready_date", DATE), ("barrier_review", NOT_ALL)),
        "institution",
        KEPT,
    ),
    Story(
        "the_steps_on_the_way_move_what_they_arrange",
        Transition,
        (
            ("home_prepare", UNFIT),
            ("barrier_review", CLEAR),
            ("", DAY),
            ("home_prepare", READY),
            ("transport_book", TAXI),
            ("escort_home", EscortHome(result="failed")),
            ("transport_book", FAMILY),
        ),
        None,
        left_open="arrival_confirm",
        items={
            ItemKind.ARRANGEMENT: {
                "keys": "arranged",
                "transport": "arranged",
                "escort": "not_needed",
                "clothes": "not_needed",
            }
        },
    ),
    Story(
        "what_fails_on_the_last_day_is_reviewed",
        Transition,
        (
            ("home_prepare", READY),
            ("barrier_review", BarrierReview(result="blocked")),
            ("", DAY),
            ("barrier_review", BarrierReview(result="clear", rest="not_needed", way="institution")),
            *FINDS_A_BED,
        ),
        None,
        given=IPPSU,
        left_open="transfer_arrival",
        informed=("still_needed",),
    ),
    Story(
        "in_hospital_again_before_anybody_confirmed",
        Transition,
        (
            ("home_prepare", Report.DISCHARGED),
            ("arrival_confirm", Report.READMITTED),
        ),
        "home_alone",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_discharge_and_transition(story: Story) -> None:
    """The way is cleared and gone, home or to a place; where one way fails there is the other, up to an arrival."""
    await tell(story)


CARE = (
    NeedApplication(result="filed"),
    NeedDecision(result="recognised"),
    IppsuReceive(result="issued"),
    ServiceContract(result="signed"),
    CareStart(result="waiting"),
)


BEFORE_HANDOVER: tuple[Row, ...] = (
    *((f"{outcome.step} home_prepare", outcome) for outcome in CARE),
    ("home_prepare", READY),
    ("barrier_review", CLEAR),
)
HANDED_OVER = Story(
    "care_is_handed_over_before_the_patient_leaves",
    Transition,
    (
        *BEFORE_HANDOVER,
        ("care_handover", CareHandover(result="refused")),
        ("", DAY),
        ("care_handover", CareHandover(result="accepted")),
        ("transport_book", FAMILY),
        ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="nobody")),
    ),
    "home_with_services",
    beside=(Services,),
    informed=("care_handover",),
    items={ItemKind.ARRANGEMENT: {"care_start": "arranged"}},
)
GIVEN_UP = Story(
    "a_handover_is_given_up",
    Transition,
    (
        *BEFORE_HANDOVER,
        ("care_handover", CareHandover(result="refused", then="given_up")),
        ("transport_book", FAMILY),
    ),
    None,
    beside=(Services,),
    left_open="arrival_confirm",
    items={ItemKind.ARRANGEMENT: {"care_start": "failed"}},
)


@pytest.mark.parametrize("story", [HANDED_OVER, GIVEN_UP], ids=str)
async def test_care_at_home_is_handed_over_before_the_patient_leaves(story: Story) -> None:
    """Whom care was agreed for is not driven home before a provider takes them over; a no is told and asked again."""
    await tell(story)
