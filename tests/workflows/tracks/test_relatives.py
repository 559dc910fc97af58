import pytest

from marshrut.domain.words import Report
from tests.fixtures.cases import DAY
from tests.workflows.tracks.stories import Story, tell
from workflows.assessment import LifeSurvey
from workflows.relatives import (
    CarerAssess,
    CarerSchool,
    RegistryRequest,
    Relatives,
    RelativesSearch,
    RelativeTalk,
    VolunteersRequest,
)

FOUND = RelativesSearch(result="found")
GO_ON = RelativesSearch(result="continue")
CARES = RelativeTalk(result="cares")

STORIES = (
    Story(
        "found_and_able",
        Relatives,
        (("relatives_search", FOUND), ("relative_talk", CARES), ("carer_assess", CarerAssess(result="able"))),
        "cares",
    ),
    Story(
        "searched_for_by_every_way",
        Relatives,
        (
            ("relatives_search", GO_ON),
            ("registry_request volunteers_request", RegistryRequest(result="answered")),
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
            ("relatives_search", GO_ON),
            ("registry_request volunteers_request", DAY),
            ("registry_request volunteers_request relatives_search", RelativesSearch(result="none")),
        ),
        "not_found",
    ),
    Story(
        "whom_the_patient_lives_with_nobody_searches_for",
        Relatives,
        (
            ("relative_talk", CARES),
            ("carer_assess", CarerAssess(result="train")),
            ("carer_school", CarerSchool(result="declined")),
        ),
        "partly",
        given=(LifeSurvey(result="complete", lives_with="relatives"),),
    ),
    Story(
        "one_refuses_another_cannot",
        Relatives,
        (
            ("relatives_search", FOUND),
            ("relative_talk", RelativeTalk(result="refuses", others="yes")),
            ("relative_talk", CARES),
            ("carer_assess", CarerAssess(result="unable")),
        ),
        "partly",
        informed=("relatives_refuse", "carer_unable"),
    ),
    Story(
        "all_refuse",
        Relatives,
        (("relatives_search", FOUND), ("relative_talk", RelativeTalk(result="refuses", others="no"))),
        "refuses",
    ),
    Story(
        "left_while_searched_for",
        Relatives,
        (("relatives_search", GO_ON), ("registry_request volunteers_request", Report.DISCHARGED), ("", 3 * DAY)),
        "not_found",
    ),
)


@pytest.mark.parametrize("story", STORIES, ids=str)
async def test_relatives(story: Story) -> None:
    """Relatives are searched for day by day, talked to one after another, and helped to be able to care."""
    await tell(story)
