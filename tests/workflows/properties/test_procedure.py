from hypothesis import example, given, settings

from tests.workflows.properties.scripts import Move, play, scripts
from tests.workflows.properties.trees import Node, procedure, trees
from tests.workflows.properties.twins import Twins

USUALLY = 200
SETTINGS = settings(deadline=None, max_examples=max(USUALLY, settings().max_examples))
STEP, READY, LEFT = Node("step"), Node("reported", 0), Node("reported", 1)
WHEN = Node("when", 1)
WALK, SAY_LEFT = Move("walk", 0, 0, 0), Move("discharge", 0, 0, 1)
NOT_READY = Move("walk", 0, 0, 1)


# A catalogue takes a late step's clock away, the next one gives it back: its rungs have been told already.
AWAY_AND_BACK = [Move("wait", 0, 0, 3), Move("migrate", 0, 1, 1), Move("migrate", 0, 1, 0), Move("wait", 0, 0, 0)]


@given(scripts)
@example(AWAY_AND_BACK)
@SETTINGS
async def test_whatever_happens_to_a_case(script: list[Move]) -> None:
    """Whatever people, hospitals and time do to a case, its journal is its state and nothing is said twice or lost."""
    async with Twins() as twins:
        await play(twins, script)


@given(trees, scripts)
# Each was found by chance once: two listen for the same; what is woken at once goes on in the procedure's order; a
# branch that waits for an instant loses; a branch is woken by what came after it had lost. And on purpose: several ask
# what has no answer yet, and what the first of them does changes it.
@example(Node("all", 0, (LEFT, LEFT)), [SAY_LEFT])
@example(
    Node("first", 0, (Node("then", 0, (STEP, STEP)), Node("then", 0, (STEP, READY)), READY)),
    [WALK, WALK, Move("report", 0, 0, 0)],
)
@example(Node("first", 0, (Node("until", 1), LEFT)), [SAY_LEFT, Move("wait", 0, 0, 6)])
@example(
    Node("first", 0, (LEFT, Node("all", 0, (STEP, Node("if", 0, (STEP, STEP)))))),
    [Move("together", 1, 1, 5), NOT_READY],
)
@example(Node("all", 0, (WHEN, Node("first", 0, (STEP, WHEN)), Node("then", 0, (WHEN, STEP)))), [SAY_LEFT])
@SETTINGS
async def test_whatever_a_procedure_asks(tree: Node, script: list[Move]) -> None:
    """Any procedure built of what a case offers keeps the same promises, however its parts are put together."""
    async with Twins(procedure(tree)) as twins:
        await play(twins, script)
