import pytest

from tests.fixtures.cases import HOUR
from tests.workflows.tracks.stories import Story, tell
from workflows.takeover import TakeOver, Takeover

STORIES = (
    Story("taken_over", Takeover, (("take_over", TakeOver(result="taken")),), "taken"),
    Story(
        "looked_for_until_there",
        Takeover,
        (
            ("take_over", TakeOver(result="not_here")),
            ("", HOUR),
            ("", HOUR),
            ("take_over", TakeOver(result="taken")),
        ),
        "taken",
        informed=("not_transferred",),
    ),
    Story("left_out", Takeover, (("take_over", TakeOver),), "taken"),
)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_takeover(story: Story) -> None:
    """Whoever comes from another hospital is taken over by somebody, or looked for until they are there."""
    await tell(story)
