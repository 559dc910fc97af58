"""Two patients' whole journeys, from the admission to the last call, on the real server with skipped time."""

from datetime import UTC, datetime

from marshrut.domain.disposition import DISPOSITIONS, Disposition
from marshrut.domain.words import Ending, Flag, Report
from tests.fixtures.cases import DAY, HIS, HOUR, admission, command
from tests.fixtures.engine import Patient, Ward
from tests.workflows.stories.telling import all_is_well_in_the_end, informed, live_through
from tests.workflows.tracks.stories import Row
from workflows.assessment import DocumentsCheck, FunctionScale, LifeSurvey, NeedsAgree
from workflows.closing import CaseClose
from workflows.contact import ConsentRecord, FirstContact, HomeSafety
from workflows.directions import RouteReview
from workflows.discharge import BarrierReview, ReadyDate
from workflows.documents import LossStatement, PassportReceive, PassportVisit, SnilsRestore, TemporaryId
from workflows.followup import AdaptationCheck, Call72h, Check7d, Check30d
from workflows.identification import BureauNotice, DescriptionCard, IdentityConfirm, PoliceNotice, PrintsRequest
from workflows.placement import (
    BedConfirm,
    MedicalPackage,
    PackageSubmit,
    ProfileChoose,
    PsychiatricCommission,
    TransferArrival,
    VoucherDecision,
)
from workflows.psychology import FamilySupport, PsyTalk
from workflows.relatives import CarerAssess, CarerSchool, RelativesSearch, RelativeTalk
from workflows.route import RouteApprove, RouteDraft, RouteOffer
from workflows.services import (
    AidsSupply,
    CareStart,
    IppsuReceive,
    NeedApplication,
    NeedDecision,
    ServiceContract,
    UrgentServices,
)
from workflows.transition import ArrivalConfirm, EscortHome, HomePrepare, TransportBook

# ---- home -----------------------------------------------------------------------------------------------------------

# She is brought in unconscious, comes to by the evening, lies in another ward by then, and wants no help at first.
SHE_IS_MET: tuple[Row, ...] = (
    ("first_contact", FirstContact(result="unconscious")),
    ("", 12 * HOUR),
    ("first_contact", FirstContact(result="moved", moved_to="ward")),
    ("first_contact", FirstContact(result="contacted", identity="known", citizenship="ru")),
    ("consent_record home_safety", HomeSafety(result="dependant")),
    ("consent_record", ConsentRecord(result="refused")),
    ("case_close", CaseClose(result="reopened")),
    ("consent_record", ConsentRecord(result="given")),
)
# She lives alone and walks with a stick; her passport was stolen.
HER_NEEDS: tuple[Row, ...] = (
    ("life_survey function_scale documents_check", LifeSurvey(result="complete", lives_with="alone")),
    ("function_scale documents_check", FunctionScale(result="scored", score=60, moves="with_aids")),
    ("documents_check", DocumentsCheck(result="missing", missing=("passport", "snils"), passport="stolen")),
    ("needs_agree", NeedsAgree(result="disputed")),
    (
        "needs_agree",
        NeedsAgree(result="agreed", needs=("urgent_help", "home_care", "documents", "relatives", "psychology")),
    ),
)
HER_ROUTE: tuple[Row, ...] = (
    ("route_draft", RouteDraft(result="drafted")),
    ("route_offer", RouteOffer(result="changed")),
    ("route_draft", RouteDraft(result="drafted")),
    ("route_offer", RouteOffer(result="accepted")),
)
# Papers, relatives, talks and offices, side by side. On the first day the police, the store of aids and the relatives
# who were searched for are no help; on the second the authority refuses her.
THE_FIRST_DAY: tuple[Row, ...] = (
    (
        "loss_statement relatives_search psy_talk urgent_services need_application aids_supply",
        UrgentServices(result="act_signed"),
    ),
    (
        "loss_statement relatives_search psy_talk need_application aids_supply",
        LossStatement(result="refused"),
    ),
    ("relatives_search psy_talk need_application aids_supply", RelativesSearch(result="continue")),
    (
        "registry_request volunteers_request psy_talk need_application aids_supply",
        PsyTalk(result="continue", found="family_in_need"),
    ),
    ("registry_request volunteers_request need_application aids_supply", AidsSupply(result="none")),
    ("registry_request volunteers_request need_application", NeedApplication(result="filed")),
    ("registry_request volunteers_request need_decision", DAY),
)
ASKED = "registry_request volunteers_request"
THE_SECOND_DAY: tuple[Row, ...] = (
    (f"{ASKED} need_decision loss_statement relatives_search aids_supply", AidsSupply(result="rented")),
    (f"{ASKED} need_decision loss_statement relatives_search", RelativesSearch(result="found")),
    ("need_decision loss_statement relative_talk", RelativeTalk(result="refuses", others="yes")),
    ("need_decision loss_statement relative_talk", RelativeTalk(result="cares")),
    ("need_decision loss_statement carer_assess", CarerAssess(result="train")),
    ("need_decision loss_statement carer_school", CarerSchool(result="declined")),
    ("need_decision loss_statement", LossStatement(result="stub")),
    ("need_decision passport_visit temporary_id", TemporaryId(result="issued")),
    ("need_decision passport_visit", PassportVisit(result="denied", then="given_up")),
    ("need_decision passport_receive", NeedDecision(result="denied")),
    ("passport_receive", DAY),
)
THE_DAYS_AFTER: tuple[Row, ...] = (
    ("passport_receive need_decision", NeedDecision(result="recognised")),
    ("passport_receive ippsu_receive", IppsuReceive(result="issued")),
    ("passport_receive service_contract", ServiceContract(result="signed")),
    ("passport_receive care_start", CareStart(result="waiting")),
    ("passport_receive", DAY),
    ("passport_receive psy_talk", PsyTalk(result="helped")),
    ("passport_receive family_support", FamilySupport(result="done")),
    ("passport_receive", 4 * DAY),
    ("passport_receive route_review", RouteReview(result="kept")),
    ("passport_receive", PassportReceive(result="issued")),
    ("snils_restore", SnilsRestore(result="issued")),
)
# Nothing goes as it was planned on the way out either.
SHE_GOES_HOME: tuple[Row, ...] = (
    ("ready_date", ReadyDate(result="not_ready")),
    ("", DAY),
    ("ready_date", ReadyDate(result="date")),
    ("barrier_review", BarrierReview(result="blocked")),
    ("", DAY),
    ("barrier_review", BarrierReview(result="clear")),
    ("home_prepare", HomePrepare(result="unfit")),
    ("barrier_review", BarrierReview(result="clear")),
    ("", DAY),
    ("home_prepare", HomePrepare(result="ready")),
    ("transport_book", TransportBook(result="taxi")),
    ("escort_home", EscortHome(result="failed")),
    ("transport_book", TransportBook(result="medical")),
    ("escort_home", Report.DISCHARGED),
    ("escort_home", EscortHome(result="delivered")),
    ("arrival_confirm", ArrivalConfirm(result="unknown")),
    ("arrival_confirm", ArrivalConfirm(result="confirmed", received_by="nobody")),
)
SHE_IS_ASKED_AFTER: tuple[Row, ...] = (
    ("", 3 * DAY),
    ("call_72h", Call72h(result="unreachable")),
    ("", DAY),
    ("call_72h", Call72h(result="well")),
    ("", 3 * DAY),
    ("check_7d", Check7d(result="well")),
    ("", 23 * DAY),
    ("check_30d", Check30d(result="problem")),
    ("", DAY),
    ("check_30d", Check30d(result="stable")),
    ("case_close", CaseClose(result="reopened")),
    ("", 7 * DAY),
    ("check_30d", Check30d(result="stable")),
    ("case_close", CaseClose(result="closed")),
)
HOME: tuple[Row, ...] = (
    *SHE_IS_MET,
    *HER_NEEDS,
    *HER_ROUTE,
    *THE_FIRST_DAY,
    *THE_SECOND_DAY,
    *THE_DAYS_AFTER,
    *SHE_GOES_HOME,
    *SHE_IS_ASKED_AFTER,
)

# ---- to an institution ----------------------------------------------------------------------------------------------

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
    (f"needs_agree {SEARCHED}", NeedsAgree(result="agreed", needs=("documents", "placement"))),
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
    (f"medical_package {SEARCHED}", MedicalPackage(result="expired")),
    (f"medical_package {SEARCHED}", MedicalPackage(result="complete")),
    (f"package_submit {SEARCHED}", PackageSubmit(result="returned")),
    (f"medical_package {SEARCHED}", MedicalPackage(result="complete")),
    (f"package_submit {SEARCHED}", PackageSubmit(result="accepted")),
    (f"voucher_decision {SEARCHED}", VoucherDecision(result="queued")),
    (SEARCHED, IdentityConfirm(result="wrong")),
    (SEARCHED, PrintsRequest(result="matched")),
    ("public_search identity_confirm", IdentityConfirm(result="confirmed", proofs=("prints",))),
    ("passport_visit temporary_id", TemporaryId(result="issued")),
    ("passport_visit", PassportVisit(result="held")),
    ("passport_receive", PassportReceive(result="issued")),
    ("snils_restore", SnilsRestore(result="not_found", then="given_up")),
)
# The queue ends in a refusal: another kind of institution is chosen, and the first that keeps a bed takes it back.
ANOTHER_INSTITUTION: tuple[Row, ...] = (
    ("", 7 * DAY),
    ("route_review voucher_decision", RouteReview(result="kept")),
    ("voucher_decision", VoucherDecision(result="refused", reason="no_need")),
    ("profile_choose", ProfileChoose(result="psychoneurological")),
    ("psychiatric_commission", PsychiatricCommission(result="indicated")),
    ("package_submit", PackageSubmit(result="accepted")),
    ("voucher_decision", VoucherDecision(result="issued")),
    ("bed_confirm", BedConfirm(result="withdrawn", then="next_institution")),
    ("", DAY),
    ("bed_confirm", BedConfirm(result="confirmed")),
)
HE_ARRIVES: tuple[Row, ...] = (
    ("ready_date", Report.MEDICALLY_READY),
    ("barrier_review", BarrierReview(result="clear")),
    ("transfer_arrival", TransferArrival(result="not_arrived", then="again")),
    ("", DAY),
    ("transfer_arrival", Report.DISCHARGED),
    ("transfer_arrival", TransferArrival(result="arrived")),
)
HE_SETTLES: tuple[Row, ...] = (
    ("", 7 * DAY),
    ("adaptation_check", AdaptationCheck(result="settled")),
    ("", 23 * DAY),
    ("adaptation_check", AdaptationCheck(result="settled")),
    ("case_close", CaseClose(result="closed")),
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


async def comes_in(ward: Ward, *flags: Flag) -> Patient:
    """Somebody whom the ambulance brings; a run hands over as soon as the server asks for it."""
    patient = ward.patient(quiet_s=0)
    await patient.admit(command(admission(admitted_at=datetime.now(UTC), flags=flags), HIS))
    return patient


async def test_home(ward: Ward) -> None:
    """A woman who could not be spoken to at first comes home to care: past refusals, a failed escort and a bad call."""
    patient = await comes_in(ward, Flag.LIVES_ALONE)
    state = await live_through(patient, HOME)
    assert state.ending is Ending.HOME_WITH_SERVICES
    assert DISPOSITIONS[state.ending] == Disposition("home", "06")
    assert {name: track.result for name, track in state.tracks.items()} == {
        "admission": "opened",
        "contact": "contacted",
        "assessment": "needs",
        "route": "agreed",
        "documents": "complete",
        "relatives": "partly",
        "psychology": "helped",
        "services": "care_agreed",
        "discharge": "home",
        "transition": "home_with_services",
        "followup": "home_with_services",
    }
    assert informed(patient) == {
        "somebody_alone_at_home": 1,
        "disputed": 1,
        "loss_statement": 1,
        "aids_supply": 1,
        "relatives_refuse": 1,
        "passport_visit": 1,
        "need_decision": 1,
        "home_unfit": 1,
        "arrival_unknown": 1,
        "problem": 2,
    }
    await all_is_well_in_the_end(patient, runs=3)


async def test_to_an_institution(ward: Ward) -> None:
    """A man without a name gets his name back and, when one voucher is refused, a bed in another institution."""
    patient = await comes_in(ward, Flag.UNIDENTIFIED)
    state = await live_through(patient, TO_AN_INSTITUTION)
    assert state.ending is Ending.INSTITUTION_PERMANENT
    assert DISPOSITIONS[state.ending] == Disposition("long", "04")
    assert {name: track.result for name, track in state.tracks.items()} == {
        "admission": "opened",
        "contact": "contacted",
        "identification": "confirmed",
        "assessment": "needs",
        "route": "agreed",
        "documents": "partial",
        "placement": "bed",
        "discharge": "institution",
        "transition": "institution_permanent",
        "followup": "institution_permanent",
    }
    assert informed(patient) == {
        "wrong_identity": 1,
        "snils_restore": 1,
        "voucher_refused": 1,
        "bed_withdrawn": 1,
        "not_arrived": 1,
    }
    await all_is_well_in_the_end(patient, runs=3)
