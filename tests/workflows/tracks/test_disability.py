from dataclasses import replace

import pytest

from marshrut.domain.words import ItemKind, Report
from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Moves, Row, Story, tell
from workflows.assessment import DocumentsCheck
from workflows.disability import Disability, DisabilityLater
from workflows.documents import Documents
from workflows.mse import (
    AppealResult,
    IpraActions,
    MseAppeal,
    MseCommission,
    MseExamination,
    MseResult,
    MseSend,
)
from workflows.papers import DisabilityDuplicate, HandOver, SignatureCheck, SnilsRestore

APP, DOC = ItemKind.APPLICATION, ItemKind.DOCUMENT
REFER: Row = ("mse_commission", MseCommission(result="refer"))
SENT: Row = ("mse_send", MseSend(result="registered"))
NONE: Row = ("mse_result", MseResult(result="none"))
GROUP: Row = ("mse_result", MseResult(result="group", group="II", form="electronic", signature="valid"))
DONE: Row = ("ipra_actions", IpraActions(result="done"))
GIVEN: Row = ("hand_over", HandOver(result="handed_over", to="patient"))
HOME = Report.DISCHARGED

STORIES = (
    Story(
        "a_group",
        Disability,
        (REFER, SENT, GROUP, DONE, GIVEN),
        "group",
        items={APP: {"mse": "granted"}, DOC: {"disability_certificate": "handed_over", "ipra": "handed_over"}},
    ),
    Story(
        "tests_before_the_referral",
        Disability,
        (
            ("mse_commission", MseCommission(result="more_tests")),
            ("", 4 * DAY),
            ("", DAY),
            REFER,
            SENT,
            GROUP,
            DONE,
            GIVEN,
        ),
        "group",
    ),
    Story(
        "the_papers_come_back",
        Disability,
        (
            REFER,
            ("mse_send", MseSend(result="returned")),
            ("", DAY),
            ("mse_send", MseSend(result="returned", then="given_up")),
        ),
        "not_sent",
        informed=("mse_send",),
        items={APP: {"mse": "withdrawn"}},
    ),
    Story("the_commission_is_left_out", Disability, (("mse_commission", MseCommission),), "not_sent"),
    Story("the_referral_is_left_out", Disability, (REFER, ("mse_send", MseSend)), "not_sent"),
    Story(
        "the_decision_is_left_out",
        Disability,
        (REFER, SENT, ("mse_result", MseResult)),
        "not_sent",
        items={APP: {"mse": "withdrawn"}},
    ),
    Story(
        "the_commission_refuses_and_so_it_stays",
        Disability,
        (("mse_commission", MseCommission(result="refuse")), ("mse_appeal", MseAppeal(result="waived"))),
        "refused",
        informed=("mse_refused",),
        items={APP: {"mse": "withdrawn"}},
    ),
    Story(
        "whom_the_commission_refuses_may_apply_alone",
        Disability,
        (
            ("mse_commission", MseCommission(result="refuse")),
            ("mse_appeal", MseAppeal(result="filed")),
            GROUP,
            DONE,
            GIVEN,
        ),
        "group",
        informed=("mse_refused",),
    ),
    Story(
        "a_referral_waits_for_the_papers",
        Disability,
        (
            ("snils_restore mse_commission", MseCommission(result="refer")),
            ("snils_restore", SnilsRestore(result="issued")),
            ("hand_over mse_send", HandOver(result="kept")),
            SENT,
            GROUP,
            DONE,
            ("hand_over", HandOver(result="kept")),
        ),
        "group",
        given=(DocumentsCheck(result="missing", missing=("snils",)),),
        beside=(Documents,),
    ),
    Story(
        "papers_that_are_given_up_hold_nothing_up",
        Disability,
        (
            ("snils_restore mse_commission", SnilsRestore(result="not_found", then="given_up")),
            REFER,
            ("mse_send", MseSend),
        ),
        "not_sent",
        given=(DocumentsCheck(result="missing", missing=("snils",)),),
        beside=(Documents,),
    ),
    Story(
        "nobody_looks_for_the_papers",
        Disability,
        (REFER, ("mse_send", MseSend)),
        "not_sent",
        given=(DocumentsCheck(result="missing", missing=("snils",)),),
    ),
    Story(
        "seen_in_person",
        Disability,
        (
            REFER,
            ("mse_send", MseSend(result="registered", held="in_person")),
            ("mse_result mse_examination", MseExamination(result="missed")),
            ("mse_result", DAY),
            ("mse_result mse_examination", MseExamination(result="held")),
            GROUP,
            DONE,
            GIVEN,
        ),
        "group",
        informed=("mse_examination",),
    ),
    Story(
        "who_cannot_travel_is_seen_at_the_bed",
        Disability,
        (
            ("mse_commission", MseCommission(result="refer", moves="not_transportable")),
            ("mse_send", MseSend(result="registered", held="in_person")),
            ("mse_result mse_examination", MseResult(result="none")),
            ("mse_appeal", MseAppeal(result="waived")),
        ),
        "none",
        informed=("mse_at_the_bed",),
    ),
    Story(
        "the_bureau_wants_tests",
        Disability,
        (
            REFER,
            ("mse_send", MseSend(result="registered", held="absent")),
            ("mse_result", MseResult(result="more_tests")),
            ("", 5 * DAY),
            SENT,
            GROUP,
            DONE,
            GIVEN,
        ),
        "group",
    ),
    Story(
        "the_tests_are_not_sent",
        Disability,
        (REFER, SENT, ("mse_result", MseResult(result="more_tests")), ("", 5 * DAY), ("mse_send", MseSend)),
        "not_sent",
    ),
    Story(
        "no_group_and_no_appeal",
        Disability,
        (REFER, SENT, NONE, ("mse_appeal", MseAppeal(result="waived"))),
        "none",
        items={APP: {"mse": "denied"}},
    ),
    Story(
        "the_main_bureau_says_otherwise",
        Disability,
        (
            REFER,
            SENT,
            NONE,
            ("mse_appeal", MseAppeal(result="filed")),
            ("appeal_result", AppealResult(result="group", group="III")),
            DONE,
            GIVEN,
        ),
        "group",
        items={APP: {"mse": "granted"}},
    ),
    Story(
        "every_bureau_says_no",
        Disability,
        (
            REFER,
            SENT,
            NONE,
            ("mse_appeal", MseAppeal(result="filed")),
            ("appeal_result", AppealResult(result="none")),
            ("mse_appeal", MseAppeal(result="filed")),
            ("appeal_result", AppealResult(result="none")),
        ),
        "none",
        items={APP: {"mse": "denied"}},
    ),
    Story(
        "the_programme_takes_its_time",
        Disability,
        (
            REFER,
            SENT,
            GROUP,
            ("ipra_actions", IpraActions(result="partial")),
            ("", 7 * DAY),
            ("ipra_actions", IpraActions(result="partial", then="given_up")),
            GIVEN,
        ),
        "group",
        informed=("ipra_actions",),
    ),
    Story(
        "a_certificate_with_a_bad_signature_is_asked_for_again",
        Disability,
        (
            REFER,
            SENT,
            ("mse_result", MseResult(result="group", form="electronic")),
            ("signature_check", SignatureCheck(result="invalid")),
            ("disability_duplicate ipra_actions", IpraActions(result="done")),
            ("disability_duplicate", DisabilityDuplicate(result="issued", form="paper")),
            GIVEN,
        ),
        "group",
        informed=("signature_invalid",),
        items={DOC: {"disability_certificate": "handed_over"}},
    ),
    Story(
        "somebody_enters_the_decision_by_hand",
        Disability,
        (
            REFER,
            SENT,
            ("mse_result", Moves(APP, "mse", "granted")),
            ("disability_duplicate ipra_actions", Moves(DOC, "disability_certificate", "issued")),
            ("ipra_actions", IpraActions(result="done")),
            GIVEN,
        ),
        "group",
    ),
    Story("left_before_it_was_sent", Disability, (REFER, ("mse_send", HOME)), "left", informed=("mse_left",)),
    Story(
        "left_before_the_decision",
        Disability,
        (REFER, SENT, ("mse_result", HOME)),
        "awaited",
        informed=("mse_awaited",),
        items={APP: {"mse": "registered"}},
    ),
)


def went_home(name: str, told: tuple[Row, ...], later: tuple[Row, ...], result: str, *informed: str) -> Story:
    """Somebody goes home, and what the bureau owes is seen to from there on."""
    return Story(name, DisabilityLater, (*told, *later), result, after=(Disability,), informed=informed)


LATER = (
    went_home(
        "the_decision_comes_when_they_are_at_home",
        (REFER, SENT, ("mse_result", HOME)),
        (GROUP, DONE, GIVEN),
        "group",
    ),
    went_home(
        "the_bureau_has_to_come_home",
        (
            REFER,
            ("mse_send", MseSend(result="registered", held="at_the_bed")),
            ("mse_result mse_examination", HOME),
        ),
        (
            ("mse_result mse_examination", MseExamination(result="missed", then="given_up")),
            NONE,
            ("mse_appeal", MseAppeal(result="filed")),
            ("appeal_result", AppealResult(result="none")),
            ("mse_appeal", MseAppeal(result="waived")),
        ),
        "none",
        "mse_bed_left",
    ),
    went_home(
        "an_appeal_is_decided_when_they_are_at_home",
        (REFER, SENT, NONE, ("mse_appeal", MseAppeal(result="filed")), ("appeal_result", HOME)),
        (("appeal_result", AppealResult(result="group")), DONE, GIVEN),
        "group",
    ),
    went_home(
        "the_programme_is_done_at_home",
        (REFER, SENT, GROUP, ("ipra_actions", HOME)),
        (DONE, GIVEN),
        "group",
    ),
    went_home("nothing_was_sent", (REFER, ("mse_send", HOME)), (), "nothing"),
    went_home("nothing_is_left_to_do", (REFER, SENT, GROUP, DONE, GIVEN), (), "group"),
    went_home(
        "a_waived_appeal_is_not_asked_about_again",
        (REFER, SENT, NONE, ("mse_appeal", MseAppeal(result="waived"))),
        (),
        "none",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_disability(story: Story) -> None:
    """The commission refers, the bureau decides, a no goes up to two higher bureaus, and the programme is done."""
    await tell(story)


@pytest.mark.parametrize("story", LATER, ids=str)
async def test_whoever_goes_home_is_not_forgotten_by_the_bureau(story: Story) -> None:
    """What is left of the application when the patient leaves goes on from where it stands."""
    await tell(story)


async def test_the_application_says_what_it_waits_for() -> None:
    """While the number is looked for the application is needed and names it; then nothing stands before it."""
    story = next(story for story in STORIES if story.name == "a_referral_waits_for_the_papers")
    waits = replace(story, told=story.told[:1], result=None, left_open=story.told[1][0])
    on = replace(story, told=story.told[:2], result=None, left_open=story.told[2][0])
    for each, waited_for in ((waits, ("snils",)), (on, ())):
        (application,) = (await tell(replace(each, items={}))).state.items_of(APP)
        assert application.facts["waits_on"] == waited_for
