"""A woman's whole journey home, from the admission to the last call, on the real server with skipped time."""

from marshrut.domain.disposition import DISPOSITIONS, Disposition
from marshrut.domain.words import Ending, Flag, Report
from tests.fixtures.cases import DAY, HOUR
from tests.fixtures.engine import Ward
from tests.workflows.stories.telling import all_is_well_in_the_end, comes_in, informed, live_through
from tests.workflows.tracks.stories import Row
from workflows.assessment import DocumentsCheck, FunctionScale, LifeSurvey, NeedsAgree
from workflows.closing import CaseClose
from workflows.contact import ConsentRecord, FirstContact, HomeSafety
from workflows.delivery import ReferralResult, ReferralStart
from workflows.directions import RouteReview
from workflows.discharge import BarrierReview, ReadyDate
from workflows.family import FamilyOffer, FamilySupport
from workflows.followup import Call72h, Check7d, Check30d
from workflows.kin_search import RelativesSearch
from workflows.papers import HandOver, LossStatement, PassportReceive, PassportVisit, SnilsRestore, TemporaryId
from workflows.relatives import CarerAssess, CarerSchool, RelativeTalk
from workflows.route import RouteDraft, RouteOffer
from workflows.services import (
    AidsSupply,
    CareStart,
    IppsuReceive,
    NeedApplication,
    NeedDecision,
    ServiceContract,
    UrgentServices,
)
from workflows.talks import PsyTalk, Session, TalksEnd
from workflows.transition import ArrivalConfirm, CareHandover, EscortHome, HomePrepare, TransportBook
from workflows.trouble import ProblemSolve
from workflows.wishes import FoundConsent

# She is brought in unconscious, comes to by the evening, lies in another ward by then, and wants no help at first.
SHE_IS_MET: tuple[Row, ...] = (
    ("first_contact", FirstContact(result="unconscious")),
    ("", 12 * HOUR),
    ("first_contact", FirstContact(result="moved", moved_to="ward")),
    ("first_contact", FirstContact(result="contacted", identity="known", citizenship="ru")),
    ("consent_record home_safety", HomeSafety(result="dependant")),
    # Somebody at home cannot do without her: that waits for no plan.
    ("consent_record urgent_services", UrgentServices(result="act_signed")),
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
        "loss_statement found_consent psy_talk need_application aids_supply",
        FoundConsent(result="yes"),
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
    ("registry_request volunteers_request family_offer need_application aids_supply", FamilyOffer(result="agreed")),
    ("registry_request volunteers_request family_support need_application aids_supply", FamilySupport(result="done")),
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
    ("need_decision passport_visit snils_restore", SnilsRestore(result="issued")),
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
    ("passport_receive session", Session(result="attended", then="end")),
    ("passport_receive talks_end", TalksEnd(result="helped")),
    ("passport_receive", 4 * DAY),
    ("passport_receive route_review", RouteReview(result="kept")),
    ("passport_receive", PassportReceive(result="issued")),
    ("hand_over", HandOver(result="handed_over", to="patient")),
)
# Nothing goes as it was planned on the way out either.
SHE_GOES_HOME: tuple[Row, ...] = (
    ("ready_date", ReadyDate(result="not_ready")),
    ("", DAY),
    ("ready_date", ReadyDate(result="date")),
    ("barrier_review", BarrierReview(result="blocked")),
    ("", DAY),
    ("barrier_review", BarrierReview(result="clear")),
    ("barrier_review", BarrierReview(result="clear", rest="not_needed")),
    ("home_prepare", HomePrepare(result="unfit")),
    ("barrier_review", BarrierReview(result="clear")),
    ("", DAY),
    ("home_prepare", HomePrepare(result="ready")),
    ("care_handover", CareHandover(result="refused")),
    ("", DAY),
    ("care_handover", CareHandover(result="accepted")),
    ("transport_book", TransportBook(result="taxi")),
    ("escort_home", EscortHome(result="failed")),
    ("transport_book", TransportBook(result="medical")),
    ("escort_home", Report.DISCHARGED),
    ("escort_home referral_start", EscortHome(result="delivered")),
    ("arrival_confirm referral_start", ReferralStart(result="started")),
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
    ("check_30d referral_result", ReferralResult(result="goes_on")),
    ("check_30d", Check30d(result="problem")),
    ("problem_solve", ProblemSolve(result="solved")),
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


async def test_home(calm_ward: Ward) -> None:
    """A woman who could not be spoken to at first comes home to care: past refusals, a failed escort and a bad call."""
    patient = await comes_in(calm_ward, Flag.LIVES_ALONE)
    state = await live_through(patient, HOME)
    assert state.ending is Ending.HOME_WITH_SERVICES
    assert DISPOSITIONS[state.ending] == Disposition("home", "06")
    assert {name: track.result for name, track in state.tracks.items()} == {
        "admission": "opened",
        "expectation": "left",
        "contact": "contacted",
        "assessment": "needs",
        "route": "agreed",
        "documents": "complete",
        "relatives": "partly",
        "psychology": "helped",
        "support.route.main": "helped",
        "family.talk.main": "met",
        "services": "care_agreed",
        "discharge": "home",
        "transition": "home_with_services",
        "followup": "home_with_services",
        "referral.home_care": "withdrawn",  # the provider goes on without us
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
        "still_needed": 1,
        "care_handover": 1,
        "arrival_unknown": 1,
        "problem": 1,
        "referral_handed_over": 1,
    }
    await all_is_well_in_the_end(patient, runs=3)
