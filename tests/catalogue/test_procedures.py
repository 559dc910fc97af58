"""The shipped steps against the table of procedures.md, section 11, typed here once more, with ours beside them."""

import pytest

from marshrut.catalogue import Catalogue
from marshrut.domain.slice import TEAM
from marshrut.domain.words import Flag, Role
from tests.workflows.tracks.test_manual import OURS

# step, role (C coordinator, P psychologist, S supervisor, D doctor, L placement), term, mark, must.
# Follow-up calls and the adaptation check open when their day has come: their days stand in WAITS.
TABLE = """
[contact]
case_open C 2h A Y
first_contact C 24h A Y
consent_record C 24h A Y
home_safety C 4h A Y
migration_notice C 1wd S if
[identification]
police_notice D 1h A if
bureau_notice C 3h A if
description_card C 6h A if
public_search C 24h A N
prints_request C 1wd A if
identity_confirm S 24h A Y
[assessment]
life_survey C 24h A Y
function_scale C 24h A Y
documents_check C 24h A Y
needs_agree C 48h A Y
[route]
route_draft C 24h A Y
route_approve S 1wd A if
route_offer C 24h A Y
route_review C 7d A Y
[documents]
loss_statement C 1wd A if
passport_visit C 3wd A N
temporary_id C 1wd A N
passport_receive C 5wd S if
snils_restore C 5d S if
oms_restore C 1wd A if
birth_certificate C 5wd A if
disability_duplicate C 30d M N
proxy_certify D 2wd A N
consular_request C 2wd A if
[relatives]
relatives_search C 24h A Y
registry_request C 3wd A N
volunteers_request C 1wd A N
relative_talk C 24h A Y
carer_assess C 2wd A if
carer_school C 5wd A N
[guardians]
guardianship_notice C 2h A Y
parents_search C 2h A Y
guardianship_survey C 3wd S Y
temporary_guardian C 3wd A if
abandonment_act D 1wd A if
found_birth C 7d S if
parent_stay C 4h A N
child_handover C 1d A Y
[psychology]
psy_talk P 24h A if
crisis_protocol P 15m A if
psychiatrist_call D 1h A if
family_support P 2wd A N
kin_talk P 24h A Y
session P 1wd A Y
kin_session P 1wd A Y
session_call P 1wd A Y
talks_end P 2wd A Y
kin_crisis D 15m A Y
crisis_handoff D 15m A Y
family_offer P 2wd A Y
carer_support C 3wd A Y
line_card C 1wd A Y
[services]
urgent_services C 4h A if
need_application C 1wd A if
need_decision C 5wd S if
ippsu_receive C 10wd S if
service_contract C 1d M if
care_start C 2wd A if
aids_supply C 3wd A N
referral_send C 1wd A Y
referral_answer C 2wd A N
consultant_name C 1wd A Y
referral_start C 3wd A Y
referral_result C 2wd A Y
consultant_call C 1wd A Y
course_end C 2wd A N
[disability]
mse_commission D 5wd A if
mse_send D 3wd A if
mse_result C 30wd S if
mse_appeal C 30d M N
ipra_actions C 10wd A if
[placement]
profile_choose L 2wd A Y
medical_package D 10wd A Y
psychiatric_commission D 5wd A if
package_submit L 1wd A Y
voucher_decision L 10wd A Y
bed_confirm L 2wd A Y
transfer_arrival L 1d A Y
adaptation_check L 1wd A Y
[discharge]
expected_date D 1d@10:00 A Y
care_handover C 1wd A Y
ready_date D 1wd A Y
barrier_review S 24h A Y
home_prepare C 1wd A Y
transport_book C 1d A Y
escort_home C 1d A if
arrival_confirm C 4h A Y
[followup]
call_72h C 1wd A Y
check_7d C 1wd A Y
check_30d C 1wd A Y
problem_solve C 1wd A Y
unreachable_decide S 1wd A Y
welfare_visit C 24h A Y
case_close S 1wd A Y
"""

ROLES = {"C": Role.COORDINATOR, "P": Role.PSYCHOLOGIST, "S": Role.SUPERVISOR, "D": Role.DOCTOR, "L": Role.PLACEMENT}
FLAGGED = {
    ("contact.first_contact", Flag.CHILD_WITHOUT_CARER, "2h", "A", True),
    ("contact.first_contact", Flag.UNIDENTIFIED, "2h", "A", True),
    ("psychology.psy_talk", Flag.CRISIS, "2h", "A", True),
    ("disability.mse_commission", Flag.AMPUTATION, "2wd", "A", False),
    ("disability.mse_send", Flag.AMPUTATION, "3wd", "S", False),
    ("disability.mse_result", Flag.PALLIATIVE, "3wd", "S", False),
    ("disability.mse_result", Flag.AMPUTATION, "3wd", "S", False),
    ("disability.mse_result", Flag.COMBAT_VETERAN, "10wd", "S", False),
    ("disability.mse_examination", Flag.PALLIATIVE, "2wd", "A", False),
    ("disability.mse_examination", Flag.AMPUTATION, "2wd", "A", False),
}
STARTS = {
    "contact.case_open": ("admission", TEAM),
    "contact.first_contact": ("admission", TEAM),
    "contact.migration_notice": ("admission", "migration_police"),
    "guardians.guardianship_survey": ("guardians.guardianship_notice", "guardianship"),
    "guardians.found_birth": ("admission", "registry_office"),
    "guardians.found_police": ("admission", TEAM),
    "guardians.found_report": ("admission", TEAM),
    **dict.fromkeys(
        ("planned.family_call", "planned.papers_ready", "planned.travel_plan", "planned.siblings_care"),
        ("planned_day", TEAM),
    ),
    "services.need_decision": ("services.need_application", "social_protection"),
    "services.ippsu_receive": ("services.need_application", "social_protection"),
    "services.service_contract": ("services.ippsu_receive", TEAM),
    "disability.mse_result": ("disability.mse_send", "mse_bureau"),
    "disability.appeal_result": ("disability.mse_appeal", "mse_bureau"),
    "placement.voucher_decision": ("placement.package_submit", "social_protection"),
}
EMERGENCIES = {
    "identification.police_notice",
    "identification.bureau_notice",
    "guardians.guardianship_notice",
    "guardians.parents_search",
    "guardians.found_police",
    "psychology.crisis_protocol",
    "psychology.crisis_handoff",
    "psychology.kin_crisis",
    "psychology.psychiatrist_call",
}
FIGURES = {
    ("identification.police_notice", "paper", "1wd", "S"),
    ("documents.oms_restore", "petition", "5wd", "M"),
}


PAPERS = {
    **dict.fromkeys(("hiv", "syphilis", "hepatitis"), "90d"),
    **dict.fromkeys(("blood", "urine"), "30d"),
    **dict.fromkeys(("stool", "diphtheria"), "14d"),
    "contacts": "3d",
}
WAITS = {
    "followup.call": "72h",
    "followup.week": "7d",
    "followup.month": "30d",
    "placement.adapted_week": "7d",
    "placement.adapted_month": "30d",
    "identification.asked_again": "24h",
    "route.review": "7d",
}


def rows() -> dict[str, tuple[Role, str, str, bool]]:
    """The table: role, term, mark and duty by step name."""
    found, track = {}, ""
    for line in TABLE.split("\n"):
        if line.startswith("["):
            track = line.strip("[]")
        elif line:
            step, role, term, mark, must = line.split()
            found[f"{track}.{step}"] = ROLES[role], term, mark, must != "N"
    return found


def test_the_steps_are_those_of_the_procedures(base: Catalogue) -> None:
    """Every step of the procedures is there, beside some of ours and one, without clock or duty, that people add."""
    ours = {f"{track}.{step.split()[0]}" for track, steps in OURS.items() for step in steps.split(",")}
    assert base.steps.keys() == rows().keys() | ours | {"adhoc.adhoc"}
    assert {name.split(".")[0] for name in base.steps} == set(base.tracks)
    adhoc = base.steps["adhoc.adhoc"]
    assert (adhoc.clock, adhoc.mandatory) == (None, False)


@pytest.mark.parametrize("name", rows())
def test_a_step_is_as_the_procedures_have_it(base: Catalogue, name: str) -> None:
    """Each step has the role, the term, its mark and the duty of the procedures; "if applicable" is a duty."""
    step = base.steps[name]
    assert step.clock is not None
    assert (step.role, step.clock.term, step.clock.mark, step.mandatory) == rows()[name]


def test_terms_in_brackets_belong_to_flags(base: Catalogue) -> None:
    """A flagged case has the shorter terms, and only these."""
    clocks = {name: step.clock for name, step in base.steps.items() if step.clock}
    found = {
        (name, flag, pace.term, pace.mark, pace.emergency)
        for name, clock in clocks.items()
        for flag, pace in clock.pace_if.items()
    }
    assert found == FLAGGED


def test_an_office_answers_in_its_own_hours_from_its_own_start(base: Catalogue) -> None:
    """A clock counts from the event that its source names; every other one from the step's opening."""
    clocks = {name: step.clock for name, step in base.steps.items() if step.clock}
    found = {name: (clock.counts_from, clock.timetable) for name, clock in clocks.items()}
    assert {name: start for name, start in found.items() if start[0] != "opening"} == STARTS


def test_statutory_terms_climb_the_statutory_ladder(base: Catalogue) -> None:
    """What a source states, the Coordination Centre hears of at once; what we assumed, it does not."""
    clocks = {name: step.clock for name, step in base.steps.items() if step.clock}
    statutory = {name for name, clock in clocks.items() if clock.ladder == "statutory"}
    assert statutory == {name for name, clock in clocks.items() if clock.mark == "S"}


def test_people_are_woken_only_for_emergencies(base: Catalogue) -> None:
    """Whoever is told at any hour is told of an emergency, by its own ladder."""
    clocks = {name: step.clock for name, step in base.steps.items() if step.clock}
    assert {name for name, clock in clocks.items() if clock.emergency} == EMERGENCIES
    assert {name for name, clock in clocks.items() if clock.ladder == "emergency"} == EMERGENCIES


def test_terms_that_are_no_deadline_are_kept_beside(base: Catalogue) -> None:
    """The paper after a call, a special case: each with its mark."""
    found = {
        (name, key, figure.term, figure.mark)
        for name, step in base.steps.items()
        for key, figure in step.figures.items()
    }
    assert found == FIGURES


def test_waits_last_as_long_as_the_procedures_say(base: Catalogue) -> None:
    """The days after the arrival, the daily question for a name, the weekly review: few are seen in a source yet."""
    assert {name: base.waits[name].term for name in WAITS} == WAITS
    assert {name for name, wait in base.waits.items() if wait.mark != "A"} == {"followup.post_boarding_end"}


def test_papers_are_good_for_as_long_as_the_procedures_say(base: Catalogue) -> None:
    """Each conclusion and test of a package, the same in every list; and how long a voucher holds."""
    for name in ("package_general", "package_temporary"):
        entries = base.lists[name].entries
        found = {paper: each.validity.term for paper, each in entries.items() if each.validity}
        assert found == {paper: PAPERS.get(paper, "180d") for paper in entries}
    assert PAPERS.keys() <= base.lists["package_general"].entries.keys()
    validity = base.lists["vouchers"].entries["voucher"].validity
    assert validity is not None
    assert (validity.term, validity.mark) == ("30d", "A")
