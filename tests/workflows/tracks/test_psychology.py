from datetime import timedelta

import pytest

from marshrut.domain.words import Report
from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Story, tell
from workflows.psychology import Crisis, CrisisProtocol, FamilySupport, PsychiatristCall, Psychology, PsyTalk

SAFE = CrisisProtocol(result="safe")
CALL = CrisisProtocol(result="psychiatrist")

STORIES = (
    Story("one_talk_helps", Psychology, (("psy_talk", PsyTalk(result="helped")),), "helped"),
    Story(
        "talks_go_on_and_the_family_is_helped",
        Psychology,
        (
            ("psy_talk", PsyTalk(result="continue", found="family_in_need")),
            ("", 3 * DAY - timedelta(seconds=1)),
            ("", timedelta(seconds=1)),
            ("psy_talk", PsyTalk(result="helped")),
            ("family_support", FamilySupport(result="done")),
        ),
        "helped",
    ),
    Story(
        "a_talk_shows_a_crisis",
        Psychology,
        (
            ("psy_talk", PsyTalk(result="continue", found="crisis")),
            ("crisis_protocol", CALL),
            ("psychiatrist_call", PsychiatristCall(result="seen")),
            ("crisis_protocol", SAFE),
            ("", 3 * DAY),
            ("psy_talk", PsyTalk(result="refused")),
        ),
        "refused",
        informed=("crisis",),
    ),
    Story(
        "taken_over",
        Psychology,
        (
            ("psy_talk", PsyTalk(result="refused", found="crisis")),
            ("crisis_protocol", CALL),
            ("psychiatrist_call", PsychiatristCall(result="hospitalised")),
        ),
        "transferred",
    ),
    Story("left_meanwhile", Psychology, (("psy_talk", PsyTalk(result="continue")), ("", Report.DISCHARGED)), "open"),
    Story("safe_at_once", Crisis, (("crisis_protocol", SAFE),), "safe"),
    Story("transferred", Crisis, (("crisis_protocol", CrisisProtocol(result="transferred")),), "transferred"),
    Story(
        "seen_and_seen_again",
        Crisis,
        (
            ("crisis_protocol", CALL),
            ("psychiatrist_call", PsychiatristCall(result="seen")),
            ("crisis_protocol", CALL),
            ("psychiatrist_call", PsychiatristCall(result="hospitalised")),
        ),
        "transferred",
    ),
    Story("left_in_crisis", Crisis, (("crisis_protocol", Report.DISCHARGED),), "open"),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_psychology(story: Story) -> None:
    """Talks go on as long as they help; nobody in crisis is left until they are safe or in a psychiatrist's hands."""
    await tell(story)
