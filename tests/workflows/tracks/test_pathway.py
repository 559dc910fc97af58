import pytest

from marshrut.domain.commands import Carried
from marshrut.domain.words import Ending, Flag, ItemKind, Report
from tests.fixtures.cases import DAY, HOUR, started
from tests.workflows.tracks.stories import Adds, Gathers, Row, journey
from tests.workflows.tracks.test_discharge import CLEAR, DATE, DELIVERED, FAMILY, READY, TAXI
from tests.workflows.tracks.test_followup import CLOSED, MONTH, STABLE
from tests.workflows.tracks.test_identification import noticed
from tests.workflows.tracks.test_placement import ACCEPTED, BED, COMPLETE, GENERAL, ISSUED
from tests.workflows.tracks.test_services import FILED, IPPSU, RECOGNISED
from workflows.admission import CaseOpen
from workflows.assessment import DocumentsCheck, FunctionScale, LifeSurvey, Need, NeedsAgree
from workflows.closing import CaseClose, CloseConfirm
from workflows.contact import ConsentRecord, FirstContact, HomeSafety
from workflows.crisis import CrisisProtocol
from workflows.directions import RouteReview
from workflows.followup import AdaptationCheck
from workflows.identification import BureauNotice
from workflows.kin_search import RelativesSearch
from workflows.papers import HandOver, SnilsRestore
from workflows.placement import InstitutionChoose, MedicalPackage, ProfileChoose, TransferArrival
from workflows.relatives import CarerAssess, RelativeTalk
from workflows.route import RouteApprove, RouteDraft, RouteOffer
from workflows.services import AidsSupply, CareStart, ServiceContract
from workflows.settling import FeedbackAsk
from workflows.talks import PsyTalk, Session, TalksEnd
from workflows.transition import ArrivalConfirm, CareHandover
from workflows.wishes import FoundConsent

MET: tuple[Row, ...] = (
    ("first_contact", FirstContact(result="contacted")),
    ("consent_record home_safety", ConsentRecord(result="given")),
    ("home_safety", HomeSafety(result="safe")),
)
SEEN: tuple[Row, ...] = (
    ("life_survey function_scale documents_check", LifeSurvey(result="complete")),
    ("function_scale documents_check", FunctionScale(result="scored", score=40, moves="lies")),
    ("documents_check", DocumentsCheck(result="missing", missing=("snils",))),
)
HOME: tuple[Row, ...] = (
    ("home_prepare", READY),
    ("transport_book", FAMILY),
)


def needs(*named: Need) -> Row:
    return "needs_agree", NeedsAgree(result="agreed", needs=named)


def arrives(received_by: str) -> Row:
    return "arrival_confirm", ArrivalConfirm.model_validate({"result": "confirmed", "received_by": received_by})


ROUTE: tuple[Row, ...] = (
    ("route_draft", RouteDraft(result="drafted")),
    ("route_offer", RouteOffer(result="accepted")),
)
CONFIRMED: Row = ("close_confirm", CloseConfirm(result="agreed"))
CLOSES: tuple[Row, ...] = (*MONTH, ("check_30d", STABLE), ("case_close", CLOSED))
CARE = "need_application aids_supply"
GIVEN = HandOver(result="handed_over", to="patient")
SEARCH = "police_notice bureau_notice description_card"

HOME_WITH_EVERYTHING: tuple[Row, ...] = (
    ("case_open", CaseOpen(result="opened")),
    *MET,
    *SEEN,
    needs("documents", "relatives", "psychology", "home_care"),
    *ROUTE,
    (f"snils_restore found_consent psy_talk {CARE}", FoundConsent(result="yes")),
    (f"snils_restore relatives_search psy_talk {CARE}", RelativesSearch(result="found")),
    (f"snils_restore psy_talk {CARE} relative_talk", RelativeTalk(result="partly")),
    (f"snils_restore psy_talk {CARE} carer_assess", CarerAssess(result="able")),
    (f"snils_restore psy_talk {CARE}", SnilsRestore(result="issued")),
    (f"hand_over psy_talk {CARE}", GIVEN),
    (f"psy_talk {CARE}", PsyTalk(result="continue")),
    (CARE, 3 * DAY),
    (f"{CARE} session", Session(result="attended", then="end")),
    (f"{CARE} talks_end", TalksEnd(result="helped")),
    (CARE, FILED),
    ("aids_supply need_decision", AidsSupply(result="rented")),
    ("need_decision", RECOGNISED),
    ("ippsu_receive", 4 * DAY),
    ("ippsu_receive route_review", RouteReview(result="kept")),
    ("ippsu_receive", IPPSU),
    ("service_contract", ServiceContract(result="signed")),
    ("care_start", CareStart(result="waiting")),
    ("ready_date", DATE),
    ("barrier_review", CLEAR),
    ("hand_over home_prepare", GIVEN),
    ("home_prepare", READY),
    ("care_handover", CareHandover(result="accepted")),
    ("transport_book", TAXI),
    ("escort_home", DELIVERED),
    arrives("social_worker"),
    *CLOSES,
)

TO_AN_INSTITUTION: tuple[Row, ...] = (
    *MET,
    *SEEN,
    needs("placement"),
    ("route_draft", RouteDraft(result="drafted")),
    ("route_approve", RouteApprove(result="approved")),
    ("route_offer", RouteOffer(result="accepted")),
    ("profile_choose", GENERAL),
    ("medical_package need_application", FILED),
    ("medical_package need_decision", RECOGNISED),
    ("ippsu_receive medical_package", IPPSU),
    ("medical_package", Gathers()),
    ("medical_package", COMPLETE),
    ("institution_choose", InstitutionChoose(result="chosen", institutions=("general_home",))),
    ("package_submit", ACCEPTED),
    ("voucher_decision", ISSUED),
    ("bed_confirm", BED),
    ("ready_date", DATE),
    ("barrier_review", CLEAR),
    ("hand_over transfer_arrival", GIVEN),
    ("transfer_arrival", TransferArrival(result="arrived")),
    ("", 7 * DAY),
    ("adaptation_check", AdaptationCheck(result="settled")),
    ("", 7 * DAY),
    ("feedback", FeedbackAsk(result="given", rating=4)),
    ("", 16 * DAY),
    ("adaptation_check", AdaptationCheck(result="settled")),
    ("case_close", CLOSED),
)


async def test_home_with_everything() -> None:
    """Somebody sent to us is helped in four directions at once, comes home to care, and is asked after for a month."""
    twins, ended = await journey(HOME_WITH_EVERYTHING, via="referral")
    assert ended is Ending.HOME_WITH_SERVICES
    assert {name: track.result for name, track in twins.state.tracks.items()} == {
        "admission": "opened",
        "expectation": "left",
        "contact": "contacted",
        "assessment": "needs",
        "route": "agreed",
        "documents": "complete",
        "relatives": "partly",
        "psychology": "helped",
        "support.route.main": "helped",
        "services": "care_agreed",
        "discharge": "home",
        "transition": "home_with_services",
        "followup": "home_with_services",
    }


async def test_to_an_institution() -> None:
    """Whom no home can hold gets a place that a senior agreed with, and is asked after there."""
    _, ended = await journey(TO_AN_INSTITUTION)
    assert ended is Ending.INSTITUTION_PERMANENT


@pytest.mark.parametrize(
    ("received_by", "ending"),
    [
        ("relatives", Ending.HOME_WITH_RELATIVES),
        ("nobody", Ending.HOME_ALONE),
        ("relatives_elsewhere", Ending.RELATIVES_ELSEWHERE),
        ("rehabilitation", Ending.REHABILITATION),
        ("shelter", Ending.SHELTER),
    ],
)
async def test_a_short_way_home(received_by: str, ending: Ending) -> None:
    """Who needs nothing has no route and no directions, and the ending says who received them."""
    told = (
        *MET,
        *SEEN,
        ("needs_agree", NeedsAgree(result="none")),
        ("ready_date", Report.MEDICALLY_READY),
        ("barrier_review", CLEAR),
        *HOME,
        arrives(received_by),
        *CLOSES,
    )
    twins, ended = await journey(told)
    assert ended is ending
    assert "route" not in twins.state.tracks


@pytest.mark.parametrize(("result", "ending"), [("attached", Ending.MERGED), ("screened", Ending.SCREENED_OUT)])
async def test_not_everybody_who_is_sent_is_ours(result: str, ending: Ending) -> None:
    """Of somebody who has a case already, or is not for this service, the case ends before anybody comes."""
    twins, ended = await journey((("case_open", CaseOpen.model_validate({"result": result})),), via="referral")
    assert (ended, list(twins.state.tracks)) == (ending, ["admission"])


async def test_an_admission_opens_by_itself() -> None:
    """Whom the hospital admits nobody has to look at before somebody comes to the bed."""
    twins, _ = await journey((("first_contact", HOUR),))
    assert twins.state.tracks["admission"].result == "opened"


TRIED = {"channel": "phone", "result": "no_answer"}
UNTIL_LEAVING: tuple[Row, ...] = (
    *MET,
    *SEEN,
    needs("relatives", "placement"),
    ("route_draft", RouteDraft(result="drafted")),
    ("route_approve", RouteApprove(result="approved")),
    ("route_offer", RouteOffer(result="accepted")),
    ("found_consent profile_choose", FoundConsent(result="yes")),
    ("relatives_search profile_choose", Adds(ItemKind.ATTEMPT, "call", None, TRIED)),
    ("relatives_search profile_choose", RelativesSearch(result="none")),
    ("profile_choose", GENERAL),
    ("medical_package need_application", MedicalPackage(result="contraindicated", then="home")),
    ("ready_date", DATE),
    ("barrier_review", CLEAR),
    ("home_prepare", READY),
    ("transport_book", FAMILY),
)


NEEDS_AGREED = next(place for place, (_, act) in enumerate(UNTIL_LEAVING) if isinstance(act, NeedsAgree))


def _searched_meanwhile(row: Row) -> tuple[Row, ...]:
    """Relatives who were looked for when somebody left still are a week later, until there proves to be nobody."""
    if row[0] != "check_7d":
        return (row,)
    both = "check_7d relatives_search"
    return (both, Adds(ItemKind.ATTEMPT, "call", None, TRIED)), (both, RelativesSearch(result="none")), row


@pytest.mark.parametrize("before", range(len(UNTIL_LEAVING)))
async def test_who_leaves_early_is_asked_after(before: int) -> None:
    """Wherever the case stands when the patient leaves, nothing is left to do at the bed, and the arrival is asked."""
    leaves = (UNTIL_LEAVING[before][0], Report.DISCHARGED)
    # What was agreed and not given is looked at by a second senior.
    closes = (*CLOSES, CONFIRMED) if before > NEEDS_AGREED else CLOSES
    if "relatives_search" in leaves[0]:
        closes = tuple(row for each in closes for row in _searched_meanwhile(each))
    twins, ended = await journey((*UNTIL_LEAVING[:before], leaves, arrives("nobody"), *closes))
    assert ended is Ending.HOME_ALONE
    assert all(track.result is not None for track in twins.state.tracks.values())


async def test_no_track_begins_that_could_do_nothing() -> None:
    """For whom leaves before anybody has come there is only the way out and what follows."""
    twins, _ = await journey((("first_contact", Report.DISCHARGED), arrives("nobody"), *CLOSES))
    assert list(twins.state.tracks) == ["admission", "contact", "expectation", "transition", "followup"]


async def test_a_refused_route_ends_when_a_senior_agrees() -> None:
    """A patient who wants nothing of what is offered is let go by a senior, and nothing is left open."""
    told = (
        *MET,
        *SEEN,
        needs("home_care"),
        ("route_draft", RouteDraft(result="drafted")),
        ("route_offer", RouteOffer(result="refused")),
        ("case_close", CaseClose(result="closed")),
        CONFIRMED,
    )
    _, ended = await journey(told)
    assert ended is Ending.REFUSED_HELP


async def test_the_search_for_a_name_goes_on_beside_everything() -> None:
    """Who is brought in nameless is searched for from the first minute, while help goes on."""
    notices = noticed(BureauNotice(result="matched"))
    told = (
        ("first_contact police_notice bureau_notice description_card", FirstContact(result="contacted")),
        *((f"{rest} consent_record home_safety", act) for rest, act in notices[:1]),
        (
            "bureau_notice description_card consent_record home_safety police_notice",
            ConsentRecord(result="given"),
        ),
        ("bureau_notice description_card home_safety police_notice", HomeSafety(result="safe")),
        (
            "bureau_notice description_card police_notice life_survey function_scale documents_check",
            Report.DISCHARGED,
        ),
        arrives("nobody"),
    )
    twins, _ = await journey(told, flags=(Flag.UNIDENTIFIED,))
    assert twins.state.tracks["identification"].result == "open"


async def test_a_name_may_be_missed_at_the_first_contact() -> None:
    """When it turns out at the bed that nobody knows who this is, the search begins there and then."""
    told = (
        ("first_contact", FirstContact(result="contacted", identity="unknown")),
        (f"{SEARCH} consent_record home_safety", ConsentRecord(result="given")),
        (f"{SEARCH} home_safety", HomeSafety(result="safe")),
        (f"{SEARCH} life_survey function_scale documents_check", HOUR),
    )
    twins, _ = await journey(told)
    assert list(twins.state.tracks) == ["admission", "contact", "expectation", "identification", "assessment"]


async def test_nobody_has_to_wake_up_to_be_searched_for() -> None:
    """For whom nobody knows and nobody can speak to the police are told at once, while the bed is visited again."""
    unconscious = FirstContact(result="unconscious", identity="unknown")
    told = (
        ("first_contact", unconscious),
        (SEARCH, 12 * HOUR),
        (f"{SEARCH} first_contact", unconscious),
        (SEARCH, 12 * HOUR),
        (f"{SEARCH} first_contact", FirstContact(result="contacted")),
        (f"{SEARCH} consent_record home_safety", HOUR),
    )
    twins, _ = await journey(told)
    assert (twins.state.stage, twins.state.tracks["identification"].result) == ("identification", None)


async def test_whom_another_hospital_has_that_hospital_searches_for() -> None:
    """Of somebody who lies elsewhere by now nobody here tells the police."""
    gone = FirstContact(result="moved", moved_to="other_hospital", identity="unknown")
    twins, ended = await journey((("first_contact", gone),))
    assert (ended, list(twins.state.tracks)) == (Ending.OTHER_HOSPITAL, ["admission", "contact", "expectation"])


async def test_a_case_that_is_let_go_stops_the_search() -> None:
    """When a senior lets somebody go who would not be helped, the search for their name is over as well."""
    told = (
        ("first_contact police_notice bureau_notice description_card", FirstContact(result="refused")),
        ("police_notice bureau_notice description_card case_close", CaseClose(result="closed")),
    )
    twins, ended = await journey(told, flags=(Flag.UNIDENTIFIED,))
    assert (ended, twins.state.live_steps) == (Ending.REFUSED_HELP, ())


async def test_a_crisis_waits_for_nothing_and_is_not_dropped() -> None:
    """The crisis protocol opens with the case, and a refusal does not end it."""
    told = (
        ("first_contact crisis_protocol", FirstContact(result="refused")),
        ("crisis_protocol case_close", CaseClose(result="closed")),
        ("crisis_protocol", CrisisProtocol(result="safe")),
    )
    _, ended = await journey(told, flags=(Flag.CRISIS,))
    assert ended is Ending.REFUSED_HELP


ON_THE_WAY: tuple[Row, ...] = (*MET, *SEEN, needs("documents"), *ROUTE)
ADDS = RouteReview(result="changed", adds=("psychology", "placement"))


async def test_what_a_review_adds_begins_at_once() -> None:
    """A changed route gains directions while the others run; the last one done leads on."""
    told = (
        *ON_THE_WAY,
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", RouteReview(result="changed", adds=("psychology", "documents"))),
        ("snils_restore psy_talk", SnilsRestore(result="issued")),
        ("hand_over psy_talk", GIVEN),
        ("psy_talk", 7 * DAY),
        ("psy_talk route_review", RouteReview(result="kept")),
        ("psy_talk", PsyTalk(result="helped")),
        ("ready_date", HOUR),
    )
    await journey(told)


async def test_what_a_review_adds_may_be_done_first() -> None:
    """Directions that a review added and that are done wait for those of the first route."""
    told = (
        *ON_THE_WAY,
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", RouteReview(result="changed", adds=("psychology",))),
        ("snils_restore psy_talk", PsyTalk(result="helped")),
        ("snils_restore", SnilsRestore(result="issued")),
        ("hand_over", GIVEN),
        ("ready_date", HOUR),
    )
    await journey(told)


async def test_a_senior_looks_at_a_placement_that_a_review_adds() -> None:
    """A place wanted on the way needs a senior as it does in the first route; sent back, the rest goes on."""
    asked = (
        *ON_THE_WAY,
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", ADDS),
    )
    approved = (
        ("snils_restore psy_talk route_approve", RouteApprove(result="approved")),
        ("snils_restore psy_talk profile_choose", HOUR),
    )
    await journey((*asked, *approved))
    returned = (
        ("snils_restore psy_talk route_approve", SnilsRestore(result="issued")),
        ("hand_over psy_talk route_approve", GIVEN),
        ("psy_talk route_approve", RouteApprove(result="returned")),
        ("psy_talk", PsyTalk(result="helped")),
        ("ready_date", HOUR),
    )
    await journey((*asked, *returned))


async def test_a_place_alone_that_is_sent_back_holds_nobody() -> None:
    """When all that a review adds is sent back after the rest is done, the patient may leave."""
    told = (
        *ON_THE_WAY,
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", RouteReview(result="changed", adds=("placement",))),
        ("snils_restore route_approve", SnilsRestore(result="issued")),
        ("hand_over route_approve", GIVEN),
        ("route_approve", RouteApprove(result="returned")),
        ("ready_date", HOUR),
    )
    await journey(told)


async def test_a_place_may_be_asked_for_again() -> None:
    """A place that a senior sent back may be wanted all the same a week later; left out, the look counts as a yes."""
    wanted = RouteReview(result="changed", adds=("placement",))
    told = (
        *ON_THE_WAY,
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", wanted),
        ("snils_restore route_approve", RouteApprove(result="returned")),
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", wanted),
        ("snils_restore route_approve", RouteApprove),
        ("snils_restore profile_choose", 7 * DAY),
        ("snils_restore profile_choose route_review", wanted),
        ("snils_restore profile_choose", HOUR),
    )
    await journey(told)


async def test_nobody_looks_at_a_place_for_whom_has_left() -> None:
    """A patient who leaves while a senior has yet to agree is not held by that, and the question is withdrawn."""
    told = (
        *ON_THE_WAY,
        ("snils_restore", 7 * DAY),
        ("snils_restore route_review", ADDS),
        ("snils_restore psy_talk route_approve", Report.DISCHARGED),
        arrives("nobody"),
    )
    twins, _ = await journey(told)
    assert "placement" not in twins.state.tracks


async def test_a_profile_that_is_temporary_ends_so() -> None:
    """A temporary place is told apart from one for good."""
    told = tuple(
        (opened, ProfileChoose(result="temporary") if act is GENERAL else act) for opened, act in TO_AN_INSTITUTION
    )
    _, ended = await journey(told)
    assert ended is Ending.TEMPORARY_PLACEMENT


async def test_the_longest_journey_still_fits() -> None:
    """A case in which four directions take months, reviewed week by week, stays far below what a run may hand on."""
    weeks: tuple[Row, ...] = tuple(
        row for _ in range(26) for row in ((CARE, 7 * DAY), (f"{CARE} route_review", RouteReview(result="kept")))
    )
    place = HOME_WITH_EVERYTHING.index((CARE, FILED))
    # The three days between two talks are part of the first week.
    told = (*HOME_WITH_EVERYTHING[:place], (CARE, 4 * DAY), *weeks[1:], *HOME_WITH_EVERYTHING[place : place + 2])
    twins, ended = await journey(told, via="referral")
    size = len(started(carried=Carried(state=twins.state)).model_dump_json())
    assert size < 128 * 1024, size
    assert ended is None
