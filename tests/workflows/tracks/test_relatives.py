from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.case import Case
from marshrut.domain.decide import ADULT
from marshrut.domain.words import Ending, Flag, ItemKind, Report
from tests.fixtures.cases import DAY, OLGA, admission, command, live
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Adds, Moves, Story, act, follow, opened, tell
from workflows.assessment import LifeSurvey
from workflows.contact import ConsentRecord
from workflows.kin_search import RegistryRequest, RelativesSearch, VolunteersRequest
from workflows.late_search import LateSearch, SearchReview, search_on
from workflows.relatives import CarerAssess, CarerSchool, Relatives, RelativeTalk
from workflows.wishes import FoundConsent, SafeContact

FOUND = RelativesSearch(result="found")
NONE = RelativesSearch(result="none")
GO_ON = RelativesSearch(result="continue")
CARES = RelativeTalk(result="cares")
REFUSES = RelativeTalk(result="refuses", others="no")
ABLE = CarerAssess(result="able")
YES = ("found_consent", FoundConsent(result="yes"))
NO = ("found_consent", FoundConsent(result="no"))
WIDER = "registry_request volunteers_request"
WITH_RELATIVES = LifeSurvey(result="complete", lives_with="relatives")
RELATIVE, CANDIDATE, ATTEMPT, CONSENT = ItemKind.RELATIVE, ItemKind.CANDIDATE, ItemKind.ATTEMPT, ItemKind.CONSENT
CALLED = Adds(ATTEMPT, "call", None, {"channel": "phone", "result": "no_answer"})
PROPOSED = Adds(CANDIDATE, "ivan", None, {"score": 100})
CONFIRMED = Moves(CANDIDATE, "ivan", "confirmed")
REJECTED = Moves(CANDIDATE, "ivan", "rejected")
FORTNIGHT = timedelta(days=14)


class Late(Story):
    """The search of the route, and what goes on beside it until the case ends."""

    def procedure(self) -> Mapping[int, Callable[[Case], Awaitable[Ending]]]:
        async def tell(case: Case) -> Ending:
            for outcome in self.given:
                await case.step(type(outcome))
            # The rest of the journey: the case waits for something, whatever becomes of the search.
            await case.all(case.track(Relatives()), search_on(case), case.reported(Report.READMITTED))
            return Ending.HOME_ALONE

        return {ADULT: tell}


WHILE_THERE = (
    Story(
        "found_and_able",
        Relatives,
        (YES, ("relatives_search", FOUND), ("relative_talk", CARES), ("carer_assess", ABLE)),
        "cares",
        items={RELATIVE: {"anybody": "willing"}, CONSENT: {"to_be_found": "given"}},
    ),
    Story(
        "searched_for_by_every_way",
        Relatives,
        (
            YES,
            ("relatives_search", GO_ON),
            (WIDER, RegistryRequest(result="answered")),
            ("volunteers_request", DAY),
            ("volunteers_request relatives_search", GO_ON),
            ("volunteers_request", VolunteersRequest(result="match")),
            ("", DAY),
            ("relatives_search", FOUND),
            ("relative_talk", RelativeTalk(result="partly")),
            ("carer_assess", CarerAssess(result="train")),
            ("carer_school", CarerSchool(result="enrolled")),
        ),
        "partly",
    ),
    Story(
        "there_are_none",
        Relatives,
        (
            YES,
            ("relatives_search", GO_ON),
            (WIDER, CALLED),
            (WIDER, DAY),
            (f"{WIDER} relatives_search", NONE),
        ),
        "not_found",
        items={RELATIVE: {"anybody": "not_found"}},
    ),
    Story(
        "whom_the_patient_lives_with_nobody_searches_for",
        Relatives,
        (
            YES,
            ("relative_talk", CARES),
            ("carer_assess", CarerAssess(result="train")),
            ("carer_school", CarerSchool(result="declined")),
        ),
        "partly",
        given=(WITH_RELATIVES,),
        items={RELATIVE: {"household": "willing"}},
    ),
    Story(
        "one_refuses_another_cannot",
        Relatives,
        (
            YES,
            ("relatives_search", FOUND),
            ("relative_talk", RelativeTalk(result="refuses", others="yes")),
            ("relative_talk", CARES),
            ("carer_assess", CarerAssess(result="unable")),
        ),
        "partly",
        informed=("relatives_refuse", "carer_unable"),
        items={RELATIVE: {"anybody": "refuses", "another": "unable"}},
    ),
    Story("all_refuse", Relatives, (YES, ("relatives_search", FOUND), ("relative_talk", REFUSES)), "refuses"),
    Story("left_out", Relatives, (YES, ("relatives_search", RelativesSearch)), "not_found"),
    Story("not_talked_to", Relatives, (YES, ("relatives_search", FOUND), ("relative_talk", RelativeTalk)), "not_found"),
    Story(
        "left_out_on_the_second_day",
        Relatives,
        (YES, ("relatives_search", GO_ON), (WIDER, DAY), (f"{WIDER} relatives_search", RelativesSearch)),
        "not_found",
    ),
    Story(
        "not_assessed",
        Relatives,
        (YES, ("relatives_search", FOUND), ("relative_talk", CARES), ("carer_assess", CarerAssess)),
        "cares",
    ),
    Story(
        "left_while_searched_for",
        Relatives,
        (YES, ("relatives_search", GO_ON), (WIDER, Report.DISCHARGED), ("", 3 * DAY)),
        "searching",
        items={RELATIVE: {"anybody": "sought"}},
    ),
    Story(
        "the_route_waits_no_longer_than_so",
        Relatives,
        (YES, ("relatives_search", FORTNIGHT)),
        "searching",
        informed=("search_handed_over",),
    ),
    Story(
        "the_school_that_the_route_asks_for",
        Relatives,
        (
            YES,
            ("relatives_search", FOUND),
            ("relative_talk", CARES),
            ("carer_assess", ABLE),
            ("carer_school", CarerSchool(result="enrolled")),
        ),
        "cares",
        route=("relatives.carer_school",),
    ),
    # Candidates.
    Story(
        "a_score_of_a_hundred_confirms_nobody",
        Relatives,
        (YES, ("relatives_search", PROPOSED), ("relatives_search", 3 * DAY)),
        None,
        left_open="relatives_search",
        items={CANDIDATE: {"ivan": "proposed"}, RELATIVE: {"anybody": "sought"}},
    ),
    Story(
        "a_confirmed_candidate_is_talked_to",
        Relatives,
        (
            YES,
            ("relatives_search", PROPOSED),
            ("relatives_search", CONFIRMED),
            ("relative_talk", CARES),
            ("carer_assess", ABLE),
        ),
        "cares",
        items={RELATIVE: {"anybody": "willing"}},
    ),
    Story(
        "a_rejected_candidate_leaves_the_search_on",
        Relatives,
        (YES, ("relatives_search", PROPOSED), ("relatives_search", REJECTED)),
        None,
        left_open="relatives_search",
        items={RELATIVE: {"anybody": "sought"}},
    ),
    Story(
        "a_candidate_who_proves_wrong_is_taken_back",
        Relatives,
        (
            YES,
            ("relatives_search", PROPOSED),
            ("relatives_search", CONFIRMED),
            ("relative_talk", CARES),
            ("carer_assess", REJECTED),
            ("relatives_search", FOUND),
            ("relative_talk", REFUSES),
        ),
        "refuses",
        items={RELATIVE: {"anybody": "refuses"}},
    ),
    Story(
        "whom_somebody_moves_by_hand_is_talked_to",
        Relatives,
        (YES, ("relatives_search", Moves(RELATIVE, "anybody", "found")), ("relative_talk", REFUSES)),
        "refuses",
    ),
    Story(
        "whom_the_admission_named_nobody_searches_for",
        Relatives,
        (
            ("found_consent", Adds(RELATIVE, "son", "found", {"relation": "son"})),
            YES,
            ("relative_talk", REFUSES),
        ),
        "refuses",
        items={RELATIVE: {"son": "refuses"}},
    ),
    Story(
        "there_is_nobody_left_to_look_for",
        Relatives,
        (YES, ("relatives_search", Moves(RELATIVE, "anybody", "deceased"))),
        "not_found",
    ),
    Story(
        "who_died_before_the_talk_is_not_talked_to",
        Relatives,
        (YES, ("relatives_search", FOUND), ("relative_talk", Moves(RELATIVE, "anybody", "deceased"))),
        None,
        left_open="relatives_search",
        items={RELATIVE: {"anybody": "sought"}},
    ),
    # What the patient wants.
    Story("nobody_may_know", Relatives, (NO,), "not_wished", items={CONSENT: {"to_be_found": "refused"}}),
    Story(
        "nobody_said_anything",
        Relatives,
        (
            ("found_consent", FoundConsent),
            ("relatives_search", FOUND),
            ("relative_talk", CARES),
            ("carer_assess", ABLE),
        ),
        "cares",
    ),
    Story(
        "a_yes_that_is_taken_back_ends_the_talk",
        Relatives,
        (YES, ("relatives_search", FOUND), ("relative_talk", Moves(CONSENT, "to_be_found", "refused"))),
        "not_wished",
    ),
    Story(
        "only_those_named_are_looked_for",
        Relatives,
        (
            ("found_consent", FoundConsent(result="only_some")),
            ("relatives_search", GO_ON),
            ("registry_request", Adds(RELATIVE, "brother", "found")),
            ("registry_request", Moves(RELATIVE, "anybody", "found")),
            ("relative_talk", RelativeTalk(result="refuses", others="no")),
        ),
        "refuses",
        items={RELATIVE: {"anybody": "refuses", "brother": "found"}},
    ),
    Story(
        "who_cannot_say_is_searched_for_in_registries_and_asked_again",
        Relatives,
        (
            ("relatives_search", GO_ON),
            ("registry_request", DAY),
            ("registry_request relatives_search found_consent", FoundConsent(result="incapable")),
            ("registry_request relatives_search", DAY),
            ("registry_request relatives_search found_consent", FoundConsent(result="yes")),
            ("registry_request relatives_search volunteers_request", FOUND),
            ("relative_talk", REFUSES),
        ),
        "refuses",
        given=(ConsentRecord(result="incapable"),),
    ),
    Story(
        "who_could_not_say_says_no",
        Relatives,
        (
            ("found_consent", FoundConsent(result="incapable")),
            ("relatives_search", DAY),
            ("relatives_search found_consent", FoundConsent(result="no")),
        ),
        "not_wished",
    ),
    Story(
        "who_could_not_say_is_not_asked_what_was_written_down",
        Relatives,
        (
            ("found_consent", FoundConsent(result="incapable")),
            ("relatives_search", Moves(CONSENT, "to_be_found", "given")),
            ("relatives_search", 2 * DAY),
            ("relatives_search", FOUND),
            ("relative_talk", REFUSES),
        ),
        "refuses",
    ),
    # Danger.
    Story(
        "a_danger_is_a_seniors_to_judge",
        Relatives,
        (("safe_contact", SafeContact(result="allowed")), YES, ("relatives_search", FOUND), ("relative_talk", REFUSES)),
        "refuses",
        flags=(Flag.VIOLENCE,),
    ),
    Story(
        "in_danger_nobody_is_spoken_to",
        Relatives,
        (("safe_contact", SafeContact(result="forbidden")),),
        "dangerous",
        flags=(Flag.VIOLENCE,),
        informed=("relatives_dangerous",),
    ),
    Story(
        "a_danger_that_comes_up_stops_the_talk_until_a_senior_allows_it",
        Relatives,
        (
            YES,
            ("relatives_search", FOUND),
            ("relative_talk", Flag.VIOLENCE),
            ("safe_contact", SafeContact(result="allowed")),
            ("relative_talk", CARES),
            ("carer_assess", ABLE),
        ),
        "cares",
    ),
)

LATE = (
    Late(
        "found_after_the_patient_has_left",
        LateSearch,
        (
            YES,
            ("relatives_search", Report.DISCHARGED),
            ("", timedelta(days=7)),
            ("relatives_search", GO_ON),
            ("", timedelta(days=7)),
            ("relatives_search", FOUND),
            ("relative_talk", CARES),
            ("carer_assess", ABLE),
            ("", 3 * DAY),
        ),
        None,
        informed=("found_late",),
        items={RELATIVE: {"anybody": "willing"}},
    ),
    Late(
        "a_candidate_confirmed_after_the_search_was_given_up",
        LateSearch,
        (
            YES,
            ("relatives_search", CALLED),
            ("relatives_search", NONE),
            ("", PROPOSED),
            ("", CONFIRMED),
            ("relative_talk", CARES),
            ("carer_assess", REJECTED),
        ),
        None,
        items={RELATIVE: {"anybody": "sought"}},
    ),
    Late(
        "given_up_by_a_senior",
        LateSearch,
        (
            YES,
            ("relatives_search", Report.DISCHARGED),
            ("", timedelta(days=7)),
            ("relatives_search", timedelta(days=23)),
            ("relatives_search search_review", SearchReview(result="go_on")),
            ("relatives_search", timedelta(days=30)),
            ("relatives_search search_review", SearchReview(result="given_up")),
            ("", 60 * DAY),
        ),
        None,
        items={RELATIVE: {"anybody": "not_found"}},
    ),
    Late(
        "a_yes_after_a_no_begins_the_search",
        LateSearch,
        (
            NO,
            ("", Moves(CONSENT, "to_be_found", "given")),
            ("", timedelta(days=7)),
            ("relatives_search", FOUND),
            ("relative_talk", REFUSES),
            ("", Adds(RELATIVE, "niece", "found")),
            ("relative_talk", RelativeTalk),
            ("", 3 * DAY),
        ),
        None,
        items={RELATIVE: {"niece": "found"}},
    ),
    Late(
        "a_danger_stops_a_late_search_too",
        LateSearch,
        (
            YES,
            ("relatives_search", Report.DISCHARGED),
            ("", Flag.VIOLENCE),
            ("safe_contact", SafeContact(result="forbidden")),
            ("", 30 * DAY),
        ),
        None,
        informed=("relatives_dangerous",),
    ),
)
STORIES: tuple[Story, ...] = (*WHILE_THERE, *LATE)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_relatives(story: Story) -> None:
    """Relatives are searched for as long and as far as the patient wants, talked to, and helped to be able to care."""
    await tell(story)


async def refused(twins: Twins, body: c.CommandBody) -> str | None:
    """Why this may not be."""
    (code,) = await twins.tell(command(body, OLGA))
    return code


async def test_nobody_is_given_up_untried_or_with_a_candidate_waiting() -> None:
    """That there is nobody is refused until an attempt is logged and every candidate was confirmed or rejected."""
    story = Late("", Relatives, (), None)
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission()))
        await follow(twins, (YES,))
        none = c.Complete(step_id=live(twins.state)["relatives.relatives_search"], outcome=NONE.codes())
        assert await refused(twins, none) == "attempt_needed"
        await act(twins, CALLED)
        await act(twins, PROPOSED)
        assert await refused(twins, none) == "candidates_unanswered"
        await act(twins, REJECTED)
        assert await refused(twins, none) is None
        assert twins.state.tracks["relatives"].result == "not_found"


@pytest.mark.parametrize(
    ("answer", "channel", "code"),
    [
        ("yes", "volunteers", None),
        ("only_some", "phone", "contact_not_wished"),
        ("only_some", "registry", None),
        ("incapable", "phone", None),
        ("incapable", "social_media", "contact_not_wished"),
        ("no", "neighbours", "contact_not_wished"),
    ],
)
async def test_an_attempt_goes_only_as_far_as_the_patient_wants(answer: str, channel: str, code: str | None) -> None:
    """What the patient did not agree to is refused by name, and nothing of it is written down."""
    story = Late("", Relatives, (), None)
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission()))
        await follow(twins, (("found_consent", FoundConsent.from_codes({"result": answer})),))
        tried = c.AddItem(kind=ATTEMPT, name="try", facts={"channel": channel, "result": "answered"})
        assert await refused(twins, tried) == code
        assert len(twins.state.items_of(ATTEMPT)) == (code is None)


async def test_whom_the_patient_named_may_be_called_and_in_danger_nobody() -> None:
    """A relative whom the patient wants is called also when others may not know; a danger outweighs every wish."""
    story = Late("", Relatives, (), None)
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission()))
        await follow(twins, (("found_consent", Adds(RELATIVE, "sister", "found", {"wished": True})), NO))
        facts: e.OutcomeCodes = {
            "channel": "phone",
            "result": "answered",
            "relative": twins.state.items_of(RELATIVE)[0].item_id,
        }
        called = c.AddItem(kind=ATTEMPT, name="call", facts=facts)
        assert await refused(twins, called) is None
        await act(twins, Flag.VIOLENCE)
        assert await refused(twins, called) == "contact_dangerous"
        assert opened(twins) == []
