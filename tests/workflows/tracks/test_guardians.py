from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.case import Case
from marshrut.domain.child import plan
from marshrut.domain.decide import ADULT
from marshrut.domain.words import Ending, Flag, ItemKind, Report, Variant
from tests.fixtures.cases import DAY, OLGA, admission, command, every
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Adds, Moves, Row, Story, act, opened, tell
from workflows.child_handover import ChildHandover
from workflows.guardians import (
    FamilyDecision,
    Guardians,
    GuardianshipNotice,
    GuardianshipSurvey,
    ReturnAgree,
    TemporaryGuardian,
)
from workflows.left_behind import AbandonmentAct, FoundBirth, FoundPolice, FoundReport
from workflows.parents import ParentCheck, ParentsSearch
from workflows.wishes import SafeContact

CHILD = {Variant.CHILD: ("under_18",)}
ALONE = (Flag.CHILD_WITHOUT_CARER,)
NOTICE = GuardianshipNotice(result="registered")
NO_CARE = GuardianshipSurvey(result="no_care")
FOUND = ParentsSearch(result="found")
NONE = ParentsSearch(result="none")
FIT = ParentCheck(result="fit", proof="document")
UNFIT = ParentCheck(result="unfit")
AGREED = ReturnAgree(result="agreed")
ACT = TemporaryGuardian(result="act", who="relative")
NOBODY = TemporaryGuardian(result="none")
RELATIVE, CANDIDATE, ATTEMPT, DOCUMENT = ItemKind.RELATIVE, ItemKind.CANDIDATE, ItemKind.ATTEMPT, ItemKind.DOCUMENT
CALLED = Adds(ATTEMPT, "call", None, {"channel": "phone", "result": "no_answer"})
BODY = "guardianship_notice parents_search"
TOLD: Row = (BODY, NOTICE)
SURVEY = "guardianship_survey"
DAYS = timedelta(days=3)
# Nobody is found: the body knows, and the search goes on.
GIVEN_UP: tuple[Row, ...] = (
    TOLD,
    (f"{SURVEY} parents_search", CALLED),
    (f"{SURVEY} parents_search", NONE),
    (f"{SURVEY} temporary_guardian", NO_CARE),
)
PARENT, GUARDIAN, FOSTER, INSTITUTION = (
    ChildHandover.model_validate({"result": who}) for who in ("parent", "guardian", "foster", "institution")
)


class Taken(Story):
    """The track, with somebody who comes for the child at any time."""

    def procedure(self) -> Mapping[int, Callable[[Case], Awaitable[Ending]]]:
        async def tell(case: Case) -> Ending:
            async def taken(case: Case) -> None:
                await case.reported(Report.MEDICALLY_READY)
                for attempt in ("first", "second"):
                    if await case.step(ChildHandover, key=attempt) is not None:
                        return

            await case.all(case.track(Guardians()), taken(case))
            return Ending.CHILD_TO_PARENT

        return {ADULT: tell}


def lone(name: str, told: tuple[Row, ...], result: str | None = None, **more: Any) -> Story:
    """A story of a child whom nobody came with."""
    facts: dict[str, Any] = {"variants": CHILD, "flags": ALONE, **more}
    return Taken(name, Guardians, told, result, **facts)


STORIES = (
    lone(
        "a_parent_who_is_found_is_checked_and_agreed_to",
        (
            TOLD,
            (f"{SURVEY} parents_search", FOUND),
            (f"{SURVEY} parent_check", FIT),
            (f"{SURVEY} return_agree", AGREED),
            (SURVEY, NO_CARE),
            ("", Report.MEDICALLY_READY),
            ("child_handover", PARENT),
        ),
        "parent",
        items={RELATIVE: {"mother": "willing", "father": "sought", "guardian": "sought"}},
    ),
    lone(
        "the_answer_names_whom_it_found",
        (
            (BODY, ParentsSearch(result="found", relative="case.relative.guardian.main")),
            ("guardianship_notice parent_check", FIT),
        ),
        left_open="guardianship_notice return_agree",
        items={RELATIVE: {"guardian": "willing", "mother": "sought"}},
    ),
    lone(
        "nobody_is_found_and_a_guardian_takes_the_child",
        (*GIVEN_UP, ("temporary_guardian", ACT), ("", Report.MEDICALLY_READY), ("child_handover", GUARDIAN)),
        "guardian",
        informed=("parents_not_found", "survey"),
        items={RELATIVE: {"mother": "not_found", "father": "not_found", "guardian": "not_found"}},
    ),
    lone(
        "where_there_is_no_guardian_a_family_is_asked_for_until_there_is_one",
        (
            *GIVEN_UP,
            ("temporary_guardian", NOBODY),
            ("family_decision", DAYS),
            ("family_decision parents_search", NONE),
            ("family_decision", FamilyDecision(result="institution")),
            ("", 7 * DAY),
            ("family_decision parents_search", FamilyDecision(result="foster")),
            ("parents_search", Report.MEDICALLY_READY),
            ("child_handover parents_search", FOSTER),
        ),
        "foster",
        informed=("no_guardian",),
    ),
    lone(
        "an_institution_is_left_only_for_a_time",
        (
            *GIVEN_UP,
            ("temporary_guardian", TemporaryGuardian),
            ("family_decision", FamilyDecision),
            ("", 7 * DAY),
            ("family_decision parents_search", FamilyDecision(result="institution")),
            ("parents_search", Report.MEDICALLY_READY),
            ("child_handover parents_search", INSTITUTION),
        ),
        "institution",
    ),
    lone(
        "an_unfit_parent_is_told_nothing_and_the_other_is_sought",
        (
            TOLD,
            (f"{SURVEY} parents_search", ParentsSearch(result="unfit")),
            (f"{SURVEY} temporary_guardian", DAYS),
            (f"{SURVEY} temporary_guardian parents_search", FOUND),
            (f"{SURVEY} parent_check", FIT),
        ),
        left_open=f"{SURVEY} return_agree",
        informed=("parent_unfit",),
        items={RELATIVE: {"mother": "unfit", "father": "willing", "guardian": "sought"}},
    ),
    lone(
        "a_parent_who_proves_unfit_or_wants_no_child",
        (
            TOLD,
            (f"{SURVEY} parents_search", FOUND),
            (f"{SURVEY} parent_check", UNFIT),
            (f"{SURVEY} temporary_guardian", DAYS),
            (f"{SURVEY} temporary_guardian parents_search", FOUND),
            (f"{SURVEY} parent_check", ParentCheck(result="refuses")),
        ),
        left_open=f"{SURVEY} temporary_guardian",
        informed=("parent_unfit", "parent_refuses"),
        items={RELATIVE: {"mother": "unfit", "father": "refuses"}},
    ),
    lone(
        "the_body_says_no_and_is_asked_again_or_never",
        (
            TOLD,
            (f"{SURVEY} parents_search", FOUND),
            (f"{SURVEY} parent_check", ParentCheck),
            (f"{SURVEY} return_agree", ReturnAgree(result="refused")),
            (SURVEY, DAY),
            (f"{SURVEY} return_agree", ReturnAgree(result="refused", then="given_up")),
        ),
        left_open=f"{SURVEY} temporary_guardian",
        informed=("return_refused",),
        items={RELATIVE: {"mother": "unfit"}},
    ),
    lone(
        "the_body_finds_whoever_cares",
        (
            TOLD,
            (f"{SURVEY} parents_search", GuardianshipSurvey(result="care_found", by="father")),
            ("parent_check", FIT),
            ("return_agree", ReturnAgree),
            ("", Report.MEDICALLY_READY),
            ("child_handover", PARENT),
        ),
        "parent",
        items={RELATIVE: {"father": "willing"}},
    ),
    lone(
        "a_grandmother_who_cares_becomes_the_guardian",
        (
            TOLD,
            (f"{SURVEY} parents_search", GuardianshipSurvey(result="care_found", by="other")),
            ("parents_search temporary_guardian", ACT),
        ),
        left_open="parents_search",
    ),
    lone(
        "whoever_a_person_confirms_is_found_and_no_score_does_that",
        (
            (BODY, Adds(CANDIDATE, "ivan", None, {"score": 100})),
            (BODY, DAY),
            (BODY, Moves(CANDIDATE, "ivan", "confirmed")),
            ("guardianship_notice parent_check", FIT),
        ),
        left_open="guardianship_notice return_agree",
        items={RELATIVE: {"mother": "willing"}},
    ),
    lone(
        "a_parent_who_turns_up_late_comes_before_the_guardian",
        (
            *GIVEN_UP,
            ("temporary_guardian", ACT),
            ("", Moves(RELATIVE, "father", "found")),
            ("parent_check", UNFIT),
            # The guardian whom the body appointed is still there.
            ("", Moves(RELATIVE, "mother", "found")),
            ("parent_check", FIT),
            ("return_agree", AGREED),
            ("", Report.MEDICALLY_READY),
            ("child_handover", PARENT),
        ),
        "parent",
    ),
    lone(
        "what_falls_through_is_agreed_anew",
        (
            *GIVEN_UP,
            ("temporary_guardian", ACT),
            ("", Report.MEDICALLY_READY),
            ("child_handover", ChildHandover),
            ("child_handover temporary_guardian", NOBODY),
            ("child_handover family_decision", FamilyDecision(result="foster")),
            ("child_handover", FOSTER),
        ),
        "foster",
    ),
    lone(
        "a_parent_who_does_not_come_is_looked_at_again",
        (
            TOLD,
            (f"{SURVEY} parents_search", FOUND),
            (f"{SURVEY} parent_check", FIT),
            (f"{SURVEY} return_agree", AGREED),
            (SURVEY, Report.MEDICALLY_READY),
            (f"{SURVEY} child_handover", ChildHandover),
        ),
        left_open=f"{SURVEY} child_handover parent_check",
    ),
    lone(
        "seniors_who_know_better_tell_no_body",
        ((BODY, GuardianshipNotice), ("parents_search", FOUND), ("parent_check", FIT)),
        left_open="return_agree",
    ),
    lone(
        "a_survey_that_is_left_out",
        (TOLD, (f"{SURVEY} parents_search", GuardianshipSurvey)),
        left_open="parents_search",
    ),
    lone(
        "in_danger_a_senior_says_whether_parents_are_spoken_to",
        (
            ("guardianship_notice safe_contact", NOTICE),
            (f"{SURVEY} safe_contact", SafeContact(result="forbidden")),
            (f"{SURVEY} temporary_guardian", 7 * DAY),
        ),
        left_open=f"{SURVEY} temporary_guardian",
        flags=(Flag.VIOLENCE,),
        informed=("relatives_dangerous",),
    ),
    lone(
        "a_danger_that_comes_up_ends_the_search_until_a_senior_allows_it",
        (
            (BODY, Flag.VIOLENCE),
            ("guardianship_notice safe_contact", SafeContact(result="allowed")),
            ("guardianship_notice", DAYS),
        ),
        left_open=BODY,
    ),
    lone(
        "a_newborn_whose_mother_left_it",
        (
            (f"{BODY} abandonment_act", AbandonmentAct(result="signed")),
            (f"{BODY} temporary_guardian", ACT),
        ),
        left_open=BODY,
        flags=(Flag.NEWBORN, Flag.ABANDONED),
        informed=("left_behind",),
        items={RELATIVE: {"mother": "not_needed", "father": "sought"}},
    ),
    lone(
        "a_mother_who_takes_her_child_after_all",
        (
            (f"{BODY} abandonment_act", AbandonmentAct(result="withdrawn")),
            ("guardianship_notice parent_check", FIT),
        ),
        left_open="guardianship_notice return_agree",
        flags=(Flag.NEWBORN, Flag.ABANDONED),
        items={RELATIVE: {"mother": "willing", "father": "sought"}},
    ),
    lone(
        "a_child_whom_somebody_found",
        (
            (f"{BODY} found_police found_report found_birth", FoundPolice(result="told")),
            (f"{BODY} found_report found_birth", FoundReport(result="finder_unknown")),
            (f"{BODY} found_birth", FoundBirth(result="registered")),
        ),
        left_open=BODY,
        flags=(Flag.FOUNDLING,),
        informed=("finder_unknown",),
        items={DOCUMENT: {"birth_certificate": "issued"}},
    ),
    lone(
        "the_finder_is_known_and_the_birth_is_registered_elsewhere",
        (
            (f"{BODY} found_police found_report found_birth", FoundReport(result="recorded")),
            (f"{BODY} found_police found_birth", FoundBirth),
        ),
        left_open=f"{BODY} found_police",
        flags=(Flag.FOUNDLING,),
        items={DOCUMENT: {"birth_certificate": None}},
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_guardians(story: Story) -> None:
    """Every answer about a child without care leads where it should."""
    await tell(story)


async def test_nobody_is_given_up_before_anybody_tried() -> None:
    """That no parent is there is believed only after an attempt, and the child goes to whom the body named."""
    story = STORIES[0]
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission(flags=ALONE, variants=CHILD)))
        await act(twins, NOTICE)
        search = every(twins.state)[ParentsSearch.name()]
        assert await twins.tell(command(c.Complete(step_id=search, outcome=NONE.codes()), OLGA)) == ["attempt_needed"]
        await act(twins, FOUND)
        await act(twins, Report.MEDICALLY_READY)
        handover = every(twins.state)[ChildHandover.name()]
        for result in ("parent", "guardian", "institution", "foster"):
            refused = await twins.tell(command(c.Complete(step_id=handover, outcome={"result": result}), OLGA))
            assert refused == ["handover_not_agreed"]
        await act(twins, FIT)
        await act(twins, AGREED)
        assert plan(twins.state) == "parent"
        wrong = await twins.tell(command(c.Complete(step_id=handover, outcome={"result": "foster"}), OLGA))
        assert wrong == ["handover_not_agreed"]
        await act(twins, PARENT)
        assert (twins.state.ending, opened(twins)) == (Ending.CHILD_TO_PARENT, [])


async def test_who_took_the_child_already_is_written_down() -> None:
    """Of a child who has left nobody is asked what the body says: it is recorded where the child is."""
    async with Twins(STORIES[0].procedure()) as twins:
        await twins.tell(command(admission(flags=ALONE, variants=CHILD)))
        await act(twins, NOTICE)
        await act(twins, Report.MEDICALLY_READY)
        await act(twins, Report.DISCHARGED)
        await act(twins, PARENT)
        assert twins.state.ending is Ending.CHILD_TO_PARENT


async def test_whoever_is_unfit_is_spoken_to_by_nobody() -> None:
    """An attempt to reach a parent to whom the child may not be given is refused; a registry may still be asked."""
    async with Twins(STORIES[0].procedure()) as twins:
        await twins.tell(command(admission(flags=ALONE, variants=CHILD)))
        await act(twins, ParentsSearch(result="unfit"))
        mother = next(item for item in twins.state.items_of(RELATIVE) if item.status == "unfit")
        facts: dict[str, e.OutcomeValue] = {"channel": "phone", "result": "answered", "relative": mother.item_id}
        tried = c.AddItem(kind=ATTEMPT, name="call", facts=facts)
        assert await twins.tell(command(tried, OLGA)) == ["relative_unfit"]
        await act(twins, Adds(ATTEMPT, "ask", None, {**facts, "channel": "registry"}))
