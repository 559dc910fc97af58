"""A man's whole journey to an institution, from the admission to the last visit, with skipped time."""

from marshrut.domain.disposition import DISPOSITIONS, Disposition
from marshrut.domain.words import Ending, Flag, Report
from tests.fixtures.cases import DAY
from tests.fixtures.engine import Ward
from tests.workflows.stories.telling import all_is_well_in_the_end, comes_in, informed, live_through
from tests.workflows.tracks.stories import Gathers, Row
from workflows.assessment import DocumentsCheck, FunctionScale, LifeSurvey, NeedsAgree
from workflows.closing import CaseClose, CloseConfirm
from workflows.contact import ConsentRecord, FirstContact, HomeSafety
from workflows.directions import RouteReview
from workflows.discharge import BarrierReview
from workflows.followup import AdaptationCheck
from workflows.identification import BureauNotice, DescriptionCard, IdentityConfirm, PoliceNotice, PrintsRequest
from workflows.papers import HandOver, PassportReceive, PassportVisit, SnilsRestore, TemporaryId
from workflows.placement import (
    BedConfirm,
    InstitutionChoose,
    MedicalPackage,
    PackageSubmit,
    ProfileChoose,
    PsychiatricCommission,
    TransferArrival,
    VoucherDecision,
)
from workflows.route import RouteApprove, RouteDraft, RouteOffer
from workflows.services import IppsuReceive, NeedApplication, NeedDecision, UrgentServices
from workflows.settling import FeedbackAsk

SEARCHED = "prints_request public_search identity_confirm"
# Nobody knows who he is; police and bureau are told at once, and the search goes on beside everything.
HE_IS_MET: tuple[Row, ...] = (
    (
        "first_contact police_notice bureau_notice description_card",
        FirstContact(result="contacted", identity="unknown"),
    ),
    (
        "consent_record home_safety police_notice bureau_notice description_card",
        PoliceNotice(result="phoned", prints="asked_for"),
    ),
    ("consent_record home_safety police_notice bureau_notice description_card", PoliceNotice(result="written")),
    ("consent_record home_safety bureau_notice description_card", BureauNotice(result="accepted")),
    ("consent_record home_safety description_card", DescriptionCard(result="partial")),
    (f"consent_record home_safety {SEARCHED}", ConsentRecord(result="partial")),
    (f"home_safety {SEARCHED}", HomeSafety(result="unknown")),
)
HIS_NEEDS: tuple[Row, ...] = (
    (f"life_survey function_scale documents_check {SEARCHED}", LifeSurvey(result="partial", lives_with="nowhere")),
    (f"function_scale documents_check {SEARCHED}", FunctionScale(result="scored", score=20, moves="lies")),
    (
        f"documents_check {SEARCHED}",
        DocumentsCheck(result="missing", missing=("passport", "snils"), passport="never_had"),
    ),
    (f"needs_agree urgent_services {SEARCHED}", UrgentServices(result="act_signed")),
    (f"needs_agree {SEARCHED}", NeedsAgree(result="agreed", needs=("documents", "placement"))),
)
HIS_CHOICE = InstitutionChoose(
    result="chosen", institutions=("psychoneurological_home", "psychoneurological_home_second")
)
# Whom nobody knows, and who is to live in an institution, has a route that the supervisor looks at: she sends it back.
HIS_ROUTE: tuple[Row, ...] = (
    (f"route_draft {SEARCHED}", RouteDraft(result="drafted")),
    (f"route_approve {SEARCHED}", RouteApprove(result="returned")),
    (f"route_draft {SEARCHED}", RouteDraft(result="drafted")),
    (f"route_approve {SEARCHED}", RouteApprove(result="approved")),
    (f"route_offer {SEARCHED}", RouteOffer(result="accepted")),
)
# The package goes back and forth, and he is put in a queue. Meanwhile his fingerprints give him a name, and papers.
HE_WAITS_FOR_A_VOUCHER: tuple[Row, ...] = (
    (f"profile_choose {SEARCHED}", ProfileChoose(result="general")),
    (f"medical_package need_application {SEARCHED}", MedicalPackage(result="expired")),
    (f"medical_package need_application {SEARCHED}", NeedApplication(result="filed")),
    (f"medical_package need_decision {SEARCHED}", NeedDecision(result="recognised")),
    (f"medical_package ippsu_receive {SEARCHED}", IppsuReceive(result="issued")),
    (f"medical_package {SEARCHED}", Gathers(not_needed=("contacts", "stool", "diphtheria"))),
    (f"medical_package {SEARCHED}", MedicalPackage(result="complete")),
    (f"institution_choose {SEARCHED}", InstitutionChoose(result="chosen", institutions=("general_home",))),
    (f"package_submit {SEARCHED}", PackageSubmit(result="returned")),
    (f"medical_package {SEARCHED}", MedicalPackage(result="complete")),
    (f"package_submit {SEARCHED}", PackageSubmit(result="accepted")),
    (f"voucher_decision {SEARCHED}", VoucherDecision(result="queued")),
    (SEARCHED, IdentityConfirm(result="wrong")),
    (SEARCHED, PrintsRequest(result="matched")),
    ("public_search identity_confirm", IdentityConfirm(result="confirmed", proofs=("prints",))),
    ("passport_visit temporary_id", TemporaryId(result="issued")),
    ("passport_visit snils_restore", SnilsRestore(result="not_found", then="given_up")),
    ("passport_visit", PassportVisit(result="held")),
    ("passport_receive", PassportReceive(result="issued")),
    ("hand_over", HandOver(result="kept")),
)
# The queue ends in a refusal: another kind of institution is chosen, and the first that keeps a bed takes it back.
ANOTHER_INSTITUTION: tuple[Row, ...] = (
    ("", 7 * DAY),
    ("route_review voucher_decision", RouteReview(result="kept")),
    ("voucher_decision", VoucherDecision(result="refused", reason="no_need")),
    ("profile_choose", ProfileChoose(result="psychoneurological")),
    ("medical_package", Gathers()),
    ("medical_package", MedicalPackage(result="complete")),
    ("psychiatric_commission", PsychiatricCommission(result="indicated")),
    ("institution_choose", HIS_CHOICE),
    ("package_submit", PackageSubmit(result="accepted")),
    ("voucher_decision", VoucherDecision(result="issued")),
    ("bed_confirm", BedConfirm(result="withdrawn", then="next_institution")),
    ("", DAY),
    ("bed_confirm", BedConfirm(result="confirmed")),
)
HE_ARRIVES: tuple[Row, ...] = (
    ("ready_date", Report.MEDICALLY_READY),
    ("barrier_review", BarrierReview(result="clear")),
    ("hand_over transfer_arrival", HandOver(result="handed_over", to="institution")),
    ("transfer_arrival", TransferArrival(result="not_arrived", then="again")),
    ("", DAY),
    ("transfer_arrival", Report.DISCHARGED),
    ("transfer_arrival", TransferArrival(result="arrived")),
)
HE_SETTLES: tuple[Row, ...] = (
    ("", 7 * DAY),
    ("adaptation_check", AdaptationCheck(result="settled")),
    ("", 7 * DAY),
    ("feedback", FeedbackAsk(result="given", rating=4)),
    ("", 16 * DAY),
    ("adaptation_check", AdaptationCheck(result="settled")),
    ("case_close", CaseClose(result="closed")),
    ("close_confirm", CloseConfirm(result="agreed")),
)
TO_AN_INSTITUTION: tuple[Row, ...] = (
    *HE_IS_MET,
    *HIS_NEEDS,
    *HIS_ROUTE,
    *HE_WAITS_FOR_A_VOUCHER,
    *ANOTHER_INSTITUTION,
    *HE_ARRIVES,
    *HE_SETTLES,
)


async def test_to_an_institution(calm_ward: Ward) -> None:
    """A man without a name gets his name back and, when one voucher is refused, a bed in another institution."""
    patient = await comes_in(calm_ward, Flag.UNIDENTIFIED)
    state = await live_through(patient, TO_AN_INSTITUTION)
    assert state.ending is Ending.INSTITUTION_PERMANENT
    assert DISPOSITIONS[state.ending] == Disposition("long", "04")
    assert {name: track.result for name, track in state.tracks.items()} == {
        "admission": "opened",
        "expectation": "left",
        "contact": "contacted",
        "identification": "confirmed",
        "assessment": "needs",
        "route": "agreed",
        "documents": "partial",
        "placement": "bed",
        "discharge": "institution",
        "transition": "institution_permanent",
        "followup": "institution_permanent",
        "settling": "content",
    }
    assert informed(patient) == {
        "papers_missing": 1,
        "wrong_identity": 1,
        "snils_restore": 1,
        "voucher_refused": 1,
        "bed_withdrawn": 1,
        "not_arrived": 1,
    }
    await all_is_well_in_the_end(patient, runs=3)
