from hypothesis import given, settings

from tests.workflows.properties.scripts import Move, play, scripts
from tests.workflows.properties.trees import Node, procedure, trees
from tests.workflows.properties.twins import Twins


@given(scripts)
@settings(deadline=None)
async def test_whatever_happens_to_a_case(script: list[Move]) -> None:
    """Whatever people, hospitals and time do to a case: its journal is its state, nothing is said twice or forgotten."""
    async with Twins() as twins:
        await play(twins, script)


@given(trees, scripts)
@settings(deadline=None)
async def test_whatever_a_procedure_asks(tree: Node, script: list[Move]) -> None:
    """Any procedure built of what a case offers keeps the same promises, however its parts are put together."""
    async with Twins(procedure(tree)) as twins:
        await play(twins, script)
