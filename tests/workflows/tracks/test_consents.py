"""A withdrawn consent in the journey: what rests on it ends at once, stays ended, and the case goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from marshrut.domain import commands as c
from marshrut.domain.consents import ConsentPurpose
from marshrut.domain.state import StepState
from marshrut.domain.words import ItemKind
from tests.fixtures.cases import DAY, HIS, NOON, OLGA, admission, command
from tests.workflows.properties.twins import Twins
from tests.workflows.tracks.stories import Adds, Moves, Row, Story, act, follow, opened, standing, tell
from tests.workflows.tracks.test_followup import CLOSED, HOME, PLACE
from tests.workflows.tracks.test_psychology import CONTINUE, talked
from tests.workflows.tracks.test_referrals import CHARITY, SEND, STARTED, Beside, says
from tests.workflows.tracks.test_relatives import GO_ON, WIDER, YES
from workflows.followup import FollowUp
from workflows.relatives import Relatives
from workflows.settling import FeedbackAsk
from workflows.wishes import FoundConsent

CONSENT, REFERRAL, REQUEST = ItemKind.CONSENT, ItemKind.REFERRAL, ItemKind.SUPPORT_REQUEST
GLINKA = "glinka_centre"


def agrees(purpose: ConsentPurpose, status: str = "given") -> Adds:
    return Adds(CONSENT, purpose, status)


def says_of(purpose: ConsentPurpose, status: str = "withdrawn") -> Moves:
    return Moves(CONSENT, purpose, status)


UNDER_WAY: tuple[Row, ...] = (SEND, ("referral_answer", says(CHARITY, "accepted")), ("referral_start", STARTED))
STORIES = (
    Story(
        "no_calls_any_more",
        FollowUp,
        (
            ("", agrees(ConsentPurpose.FOLLOWUP)),
            ("", 3 * DAY),
            ("call_72h", says_of(ConsentPurpose.FOLLOWUP)),
            # Neither this call nor the later ones: the senior closes the case when their time is over.
            ("", 4 * DAY),
            ("", 23 * DAY),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
        informed=("followup",),
    ),
    Story(
        "calls_again_once_it_is_given_again",
        FollowUp,
        (
            ("", agrees(ConsentPurpose.FOLLOWUP, "refused")),
            ("", 3 * DAY),
            ("", says_of(ConsentPurpose.FOLLOWUP, "given")),
            ("", 4 * DAY),
            ("check_7d", says_of(ConsentPurpose.FOLLOWUP)),
            ("", 23 * DAY),
            ("case_close", CLOSED),
        ),
        "home_with_relatives",
        given=HOME,
    ),
    Story(
        "partners_are_recalled_and_nobody_is_asked_again",
        Beside,
        (
            ("referral_send", agrees(ConsentPurpose.REFERRALS)),
            *UNDER_WAY,
            ("", says_of(ConsentPurpose.REFERRALS)),
            ("", 30 * DAY),
        ),
        None,
        route=(GLINKA,),
        informed=("referral", "referrals"),
        items={REFERRAL: {GLINKA: "recalled"}},
    ),
    Story(
        "nobody_is_asked_who_refused_before",
        Beside,
        (("referral_send", agrees(ConsentPurpose.REFERRALS, "refused")), ("", 30 * DAY)),
        None,
        route=(GLINKA,),
        items={REFERRAL: {GLINKA: None}},
    ),
    talked(
        "no_talk_any_more",
        ("psy_talk", agrees(ConsentPurpose.PSYCHOLOGIST)),
        ("psy_talk", CONTINUE),
        ("", 3 * DAY),
        ("session", says_of(ConsentPurpose.PSYCHOLOGIST)),
        ("", 30 * DAY),
        result="open",
        items={REQUEST: {"route": "withdrawn"}, ItemKind.SESSION: {"hospital_psychology": "cancelled"}},
    ),
    Story(
        "nobody_is_looked_for_any_more",
        Relatives,
        (YES, ("relatives_search", GO_ON), (WIDER, says_of(ConsentPurpose.TO_BE_FOUND)), ("", 30 * DAY)),
        "not_wished",
        informed=("to_be_found",),
        items={CONSENT: {"to_be_found": "withdrawn"}},
    ),
    Story(
        "a_search_goes_on_without_volunteers",
        Relatives,
        (
            YES,
            ("relatives_search", agrees(ConsentPurpose.PUBLICATION)),
            ("relatives_search", GO_ON),
            (WIDER, says_of(ConsentPurpose.PUBLICATION)),
            ("registry_request", DAY),
            ("registry_request relatives_search", says_of(ConsentPurpose.TO_BE_FOUND)),
        ),
        "not_wished",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_a_withdrawal_takes_effect(story: Story) -> None:
    """Given something under way, when the consent is withdrawn, then it ends, and nothing of it begins again."""
    twins = await tell(story)
    ended = [step for step in twins.state.steps.values() if step.state is StepState.CANCELLED]
    assert ended
    assert all(step.outcome is None for step in ended)


async def test_a_term_that_runs_out_counts_as_a_withdrawal() -> None:
    """Given a consent for two days, when they are over, then the call that stood ends by itself and people hear so."""
    story = Story("runs_out", FollowUp, (), None, given=HOME)
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        until = NOON + 4 * DAY
        given = c.AddItem(kind=CONSENT, name=ConsentPurpose.FOLLOWUP, status="given", expires_at=until)
        assert await twins.tell(command(given, OLGA)) == [None]
        await act(twins, HOME[0])
        await follow(twins, (("", 3 * DAY), ("call_72h", DAY - timedelta(seconds=1))))
        assert opened(twins) == ["call_72h"]
        await twins.wait(timedelta(seconds=1))
        assert opened(twins) == []
        assert standing(twins, CONSENT) == {"followup": "expired"}
        assert any(key.startswith("consent_withdrawn/followup") for key in twins.state.notices)
        # Given anew in time it would have held.
        await act(twins, says_of(ConsentPurpose.FOLLOWUP, "given"))
        await twins.wait(3 * DAY)
        assert opened(twins) == ["check_7d"]


async def test_who_lives_in_an_institution_is_asked_no_more_but_may_be_visited() -> None:
    """The checks of whoever refused them end; what they say of the place is asked for, as the law has it."""
    story = Story(
        "settled",
        FollowUp,
        (("", agrees(ConsentPurpose.FOLLOWUP, "refused")), ("", 7 * DAY), ("", 7 * DAY)),
        None,
        given=PLACE,
    )
    async with Twins(story.procedure()) as twins:
        await twins.tell(command(admission(), HIS))
        await act(twins, PLACE[0])
        await follow(twins, story.told)
        assert "adaptation_check" not in opened(twins)
        assert {step.name for step in twins.state.steps.values() if step.state is StepState.CANCELLED} == {
            "adaptation_check"
        }
        assert FeedbackAsk.step in opened(twins)


async def test_an_answer_to_the_track_is_as_good_as_a_withdrawal() -> None:
    """Whoever says no at the step that asks is looked for by nobody; nothing went out, so nobody has to undo it."""
    story = Story("said_no", Relatives, (("found_consent", FoundConsent(result="no")),), "not_wished")
    twins = await tell(story)
    assert not any(key.startswith("consent_withdrawn") for key in twins.state.notices)
