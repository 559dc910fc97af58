"""The manual's steps, and which story opens each of them."""

from marshrut.domain.events import InstantSet, StepOpened
from tests.fixtures.cases import CATALOGUE
from tests.workflows.tracks import (
    test_assessment,
    test_children,
    test_contact,
    test_disability,
    test_discharge,
    test_documents,
    test_enquiry,
    test_expected,
    test_family,
    test_followup,
    test_guardians,
    test_identification,
    test_pathway,
    test_placement,
    test_planned,
    test_psychology,
    test_referrals,
    test_relatives,
    test_services,
    test_settling,
    test_takeover,
)
from tests.workflows.tracks.stories import journey, tell
from workflows.registry import OUTCOMES

# Procedures, section 11: the default steps, with the results of each.
MANUAL = {
    "contact": """
        case_open opened/attached/screened, first_contact contacted/unconscious/refused/moved,
        consent_record given/partial/refused/incapable, home_safety safe/child_alone/dependant/pet/unknown,
        migration_notice sent/not_due""",
    "identification": """
        police_notice phoned/written, bureau_notice accepted/matched, description_card complete/partial,
        public_search published/declined, prints_request matched/no_match/refused,
        identity_confirm confirmed/wrong/open""",
    "assessment": """
        life_survey complete/partial/refused, function_scale scored/unable, documents_check complete/missing,
        needs_agree agreed/disputed/none""",
    "route": """
        route_draft drafted, route_approve approved/returned, route_offer accepted/changed/refused,
        route_review kept/changed""",
    "documents": """
        loss_statement stub/refused, passport_visit held/denied, temporary_id issued/refused,
        passport_receive issued/refused, snils_restore issued/not_found, oms_restore found/issued/ineligible,
        birth_certificate issued/record_lost, disability_duplicate issued/not_found,
        proxy_certify certified/incapable, consular_request certificate/declined""",
    "relatives": """
        relatives_search found/none/continue, registry_request answered/refused, volunteers_request match/none,
        relative_talk cares/partly/refuses, carer_assess able/train/unable, carer_school enrolled/declined""",
    "guardians": """
        guardianship_notice registered, parents_search found/none/unfit, guardianship_survey no_care/care_found,
        temporary_guardian act/none, abandonment_act signed/withdrawn, found_birth registered,
        parent_stay arranged/declined, child_handover parent/guardian/institution/foster""",
    "psychology": """
        psy_talk helped/continue/refused, crisis_protocol safe/psychiatrist/transferred,
        psychiatrist_call seen/hospitalised, family_support done/refused""",
    "services": """
        urgent_services act_signed/refused, need_application filed/refused, need_decision recognised/denied,
        ippsu_receive issued/denied, service_contract signed/declined, care_start started/waiting,
        aids_supply delivered/rented/none""",
    "disability": """
        mse_commission refer/refuse/more_tests, mse_send registered/returned, mse_result group/none/more_tests,
        mse_appeal filed/waived, ipra_actions done/partial""",
    "placement": """
        profile_choose general/psychoneurological/temporary, medical_package complete/expired/contraindicated,
        psychiatric_commission indicated/not, package_submit accepted/returned,
        voucher_decision issued/queued/refused, bed_confirm confirmed/withdrawn,
        transfer_arrival arrived/not_arrived, adaptation_check settled/moves/returns""",
    "discharge": """
        ready_date date/not_ready, barrier_review clear/blocked, home_prepare ready/unfit,
        transport_book taxi/medical/family, escort_home delivered/failed, arrival_confirm confirmed/unknown""",
    "followup": """
        call_72h well/problem/unreachable, check_7d well/problem/readmitted, check_30d stable/problem,
        case_close closed/reopened""",
}
# Steps of ours, which the manual does not have: what a track needed beside them.
OURS = {
    "contact": "consent_notice told/nobody, take_over taken/not_here",
    "guardians": """
        parent_check fit/unfit/refuses, return_agree agreed/refused, family_decision foster/institution,
        found_police told, found_report recorded/finder_unknown""",
    "relatives": """
        found_consent yes/only_some/no/incapable, safe_contact allowed/forbidden, search_review go_on/given_up""",
    "planned": """
        family_call told/unreached/moved/not_coming, papers_ready complete/missing, travel_plan own/taxi/medical/nobody,
        siblings_care arranged/nobody, day_passed moved/expected/ended""",
    "enquiry": """
        answer answered/passed_on/help, reply answered/no_reply,
        reach_resident connected/declines/not_there/no_answer, home_visit wants_place/helped_at_home/declines""",
    "placement": """
        institution_choose chosen/other_profile/home, voucher_renew issued/refused,
        refusal_review other_institutions/other_profile/home, feedback given/declined,
        quality_review mended/unfounded/moves""",
    "followup": """
        close_confirm agreed/reopened, problem_solve solved/passed_on/unsolved,
        unreachable_decide visit/police/close, welfare_visit found_well/found_problem/not_found,
        post_boarding_offer accepted/declined, post_boarding well/problem/declined""",
    "services": """
        referral_send sent/given_up, referral_answer accepted/declined, consultant_name named/not_named,
        referral_start started/waiting/failed, referral_result done/goes_on/failed,
        consultant_call reached/unreached, course_end certified/not_certified""",
    "discharge": "expected_date set/not_yet, care_handover accepted/refused",
    "psychology": """
        kin_talk helped/continue/refused, session attended/missed/cancelled, kin_session attended/missed/cancelled,
        session_call new_date/refused/unreached/given_up, talks_end helped/continue/refused,
        kin_crisis reached/no_answer/ambulance, crisis_handoff reached/no_answer/ambulance,
        family_offer agreed/declined, carer_support done/refused/not_possible, line_card given/declined""",
    "documents": "signature_check valid/invalid, hand_over handed_over/kept",
    "disability": "mse_examination held/missed, appeal_result group/none",
}
# Waits after which items lapse, told in the stories of those items.
LAPSES = {"services.partner_answers"}

STORIES = (
    *test_contact.STORIES,
    *test_takeover.STORIES,
    *test_identification.STORIES,
    *test_assessment.STORIES,
    *test_documents.STORIES,
    *test_disability.STORIES,
    *test_disability.LATER,
    *test_relatives.STORIES,
    *test_psychology.STORIES,
    *test_psychology.CRISES,
    *test_psychology.KIN,
    *test_family.STORIES,
    *test_services.STORIES,
    *test_referrals.STORIES,
    *test_placement.STORIES,
    *test_discharge.STORIES,
    test_discharge.HANDED_OVER,
    *test_expected.STORIES,
    *test_followup.STORIES,
    *test_enquiry.STORIES,
    *test_settling.STORIES,
    *test_guardians.STORIES,
    *test_children.STORIES,
)


def listed(table: dict[str, str]) -> dict[str, list[str]]:
    """Each step of a table by its full name, with its results."""
    named = [(track, step.split()) for track, steps in table.items() for step in steps.split(",")]
    return {f"{track}.{step}": results.split("/") for track, (step, results) in named}


def test_the_results_are_those_of_the_manual() -> None:
    """Each step of the manual is there, with exactly its results; beside them there are ours and the ad hoc step."""
    results = {
        name: list(
            outcome.model_json_schema()["properties"]["result"].get("enum")
            or [outcome.model_json_schema()["properties"]["result"]["const"]]
        )
        for name, outcome in OUTCOMES.items()
        if name != "adhoc.adhoc"
    }
    assert results == listed(MANUAL) | listed(OURS)
    assert not listed(MANUAL).keys() & listed(OURS).keys()


async def test_every_step_and_every_wait_is_in_some_story() -> None:
    """No step and no wait of the catalogue is dead paper, and the tracks know no others."""
    told = [await tell(story) for story in STORIES]
    told += [await test_planned.told(story) for story in test_planned.STORIES]
    told.append((await journey(test_pathway.HOME_WITH_EVERYTHING, via="referral"))[0])
    told.append((await journey(test_pathway.TO_AN_INSTITUTION))[0])
    bodies = [event.body for twins in told for event in twins.journal]
    assert {f"{body.track}.{body.name}" for body in bodies if isinstance(body, StepOpened)} == set(
        listed(MANUAL) | listed(OURS)
    )
    assert {body.wait for body in bodies if isinstance(body, InstantSet)} == CATALOGUE.waits.keys() - LAPSES
