from hypothesis import given, settings

from tests.workflows.properties.scripts import Move, play, scripts
from tests.workflows.properties.twins import Twins


@given(scripts)
@settings(deadline=None)
async def test_whatever_happens_to_a_case(script: list[Move]) -> None:
    """Whatever people, hospitals and time do to a case: its journal is its state, nothing is said twice or forgotten."""
    async with Twins() as twins:
        await play(twins, script)
