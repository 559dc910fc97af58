from collections.abc import Iterator
from itertools import product

import pytest

from marshrut.domain.moves import CARE, MOVES, SENIOR, Action, Actor, can, check
from marshrut.domain.refusal import Refused
from marshrut.domain.state import Block, Step, StepState
from marshrut.domain.words import Role
from tests.fixtures.cases import NOON, clock

ME = "me"
SOMEBODY = "somebody"

# The table as the procedures tell it, and not as moves.py does: what somebody may do to a step that stands so.
# `peer`: of the step's role or recording for it, but not the owner; `stranger`: cares for patients in another role.
EXPECTED = {
    ("open", "peer"): "claim complete block remind escalate cancel comment",
    ("open", "senior"): "claim assign complete block extend remind escalate cancel comment",
    ("open", "stranger"): "block remind comment",
    ("open", "outsider"): "",
    ("open", "system"): "assign",
    ("claimed", "owner"): "release complete block escalate cancel comment",
    ("claimed", "peer"): "block remind escalate cancel comment",
    ("claimed", "senior"): "release assign complete block extend remind escalate cancel comment",
    ("claimed", "stranger"): "block remind comment",
    ("claimed", "owning stranger"): "release block comment",
    ("claimed", "outsider"): "",
    ("claimed", "owning outsider"): "release",
    ("claimed", "system"): "release assign",
}
ENDED = {
    "senior": "comment",
    "peer": "comment",
    "owner": "comment",
    "stranger": "comment",
    "outsider": "",
    "system": "",
}


def steps() -> Iterator[Step]:
    """A step in every standing that matters to the table."""
    block = Block(block_id="b", reason="passport", responsible="police", since=NOON)
    assignees = {StepState.OPEN: (None,)}
    for state, role, blocks, requested, due_at in product(
        StepState, (Role.COORDINATOR, Role.DOCTOR, Role.SUPERVISOR), ((), (block,)), (None, ME, SOMEBODY), (None, NOON)
    ):
        for assignee in assignees.get(state, (ME, SOMEBODY)):
            yield Step(
                step_id="case.t.s.main",
                track="t",
                name="s",
                role=role,
                mandatory=True,
                state=state,
                assignee=assignee,
                opened_at=NOON,
                clock=None if due_at is None else clock(due_at),
                blocks=blocks,
                cancel_requested_by=requested,
            )


def relation(step: Step, actor: Actor) -> str:
    """What the actor is to the step."""
    if actor.role in (Role.SUPERVISOR, Role.HEAD):
        return "senior"
    if actor.role is Role.SYSTEM:
        return "system"
    records = actor.role in (Role.COORDINATOR, Role.PLACEMENT) and step.role is Role.DOCTOR
    owns = step.assignee == actor.user
    if actor.role is step.role or records:
        return "owner" if owns else "peer"
    cares = actor.role in (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.PLACEMENT, Role.DOCTOR)
    who = "stranger" if cares else "outsider"
    return f"owning {who}" if owns else who


def expected(step: Step, actor: Actor) -> set[str]:
    """What the actor may do, by the table above."""
    who = relation(step, actor)
    if step.state in (StepState.DONE, StepState.CANCELLED):
        return set(ENDED[who.removeprefix("owning ")].split())
    allowed = set(EXPECTED[step.state, who].split())
    if step.blocks:
        allowed |= {"unblock"} if "block" in allowed else set()
        allowed -= {"complete"}
    if step.cancel_requested_by is not None:
        allowed -= {"cancel"}
        allowed |= {"approve"} if who == "senior" and step.cancel_requested_by != actor.user else set()
    allowed |= {"remind"} if actor.role is Role.HOTLINE else set()  # which the API shows enquiries alone
    allowed -= {"remind"} if step.assignee == actor.user else set()
    return allowed - ({"extend", "escalate"} if step.due_at is None else set())


@pytest.mark.parametrize("role", Role)
def test_everybody_may_do_what_the_table_says(role: Role) -> None:
    """In every standing of a step, each role may do exactly what the procedures let it do."""
    actor = Actor(user=ME, role=role)
    for step in steps():
        assert set(can(step, actor)) == expected(step, actor), step


@pytest.mark.parametrize("role", Role)
def test_can_lists_what_check_lets_pass(role: Role) -> None:
    """A screen offers a move exactly when the journey takes it, in the order of the table."""
    actor = Actor(user=ME, role=role)
    for step in steps():
        passing = []
        for action in MOVES:
            try:
                check(step, action, actor)
            except Refused:
                continue
            passing.append(action)
        assert can(step, actor) == tuple(passing)


def test_a_closed_case_leaves_comments() -> None:
    """In a closed case nothing but commenting is offered, to those who may comment."""
    for step in steps():
        assert can(step, Actor(user=ME, role=Role.HEAD), closed=True) == (Action.COMMENT,)
        assert can(step, Actor(user=ME, role=Role.AUDITOR), closed=True) == ()


def test_every_action_is_in_the_table() -> None:
    """No action is without a row."""
    assert list(MOVES) == list(Action)


def test_nobody_approves_their_own_request() -> None:
    """Whoever asked that a step be cancelled cannot be the one who approves, however senior."""
    for step in steps():
        assert Action.APPROVE not in can(step.but(cancel_requested_by=ME), Actor(user=ME, role=Role.HEAD))


def test_seniors_care() -> None:
    """Whoever leads a team belongs to those who care for patients."""
    assert SENIOR < CARE
