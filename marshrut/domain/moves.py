"""What may be done to a step, by whom and when: one declared table that API, screens and journey all ask."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from marshrut.domain.base import Code, Wire
from marshrut.domain.refusal import Refused
from marshrut.domain.state import LIVE, Step, StepState
from marshrut.domain.words import Role


class Action(StrEnum):
    """What a person may do to a step (contract, `POST /api/v1/steps/{step_id}/...`)."""

    CLAIM = "claim"
    RELEASE = "release"
    ASSIGN = "assign"
    COMPLETE = "complete"
    BLOCK = "block"
    UNBLOCK = "unblock"
    EXTEND = "extend"
    REMIND = "remind"
    ESCALATE = "escalate"
    CANCEL = "cancel"
    APPROVE = "approve"
    COMMENT = "comment"


class Actor(Wire):
    """Who acts: a user's code and the role they act in."""

    user: Code
    role: Role

    @property
    def senior(self) -> bool:
        """Whether the role leads a team: may act on any step of it, assign, extend and approve."""
        return self.role in SENIOR


SENIOR = frozenset({Role.SUPERVISOR, Role.HEAD})
CARE = frozenset({Role.COORDINATOR, Role.PSYCHOLOGIST, Role.DOCTOR, Role.PLACEMENT, *SENIOR})
# Whose word a coordinator may record: ward doctors say it on the round and many never sign in [A].
RECORDS_FOR = {
    Role.COORDINATOR: frozenset({Role.DOCTOR}),
    Role.PLACEMENT: frozenset({Role.DOCTOR, Role.HOTLINE}),
}


def may_record(role: Role, step_role: Role) -> bool:
    """Whether it is this role's to do such a step, or to record what another role says of it."""
    return role is step_role or step_role in RECORDS_FOR.get(role, ())


class Who(StrEnum):
    """Which people a move is open to."""

    CARE = "anyone who cares for patients"
    NEAR = "as CARE, and the hotline, which sees enquiries alone"
    ROLE = "the step's role, who may record for it, or a senior"
    OWNER = "as ROLE; once claimed only the owner or a senior"
    HOLDER = "the owner or a senior"
    SENIOR = "a senior"


@dataclass(frozen=True)
class Move:
    """From which states, and for whom. `itself`: the system too, when the holder of the step is away."""

    states: frozenset[StepState]
    who: Who
    itself: bool = False


MOVES: dict[Action, Move] = {
    Action.CLAIM: Move(frozenset({StepState.OPEN}), Who.ROLE),
    Action.RELEASE: Move(frozenset({StepState.CLAIMED}), Who.HOLDER, itself=True),
    Action.ASSIGN: Move(LIVE, Who.SENIOR, itself=True),
    Action.COMPLETE: Move(LIVE, Who.OWNER),
    Action.BLOCK: Move(LIVE, Who.CARE),
    Action.UNBLOCK: Move(LIVE, Who.CARE),
    Action.EXTEND: Move(LIVE, Who.SENIOR),
    Action.REMIND: Move(LIVE, Who.NEAR),
    Action.ESCALATE: Move(LIVE, Who.ROLE),
    Action.CANCEL: Move(LIVE, Who.ROLE),
    Action.APPROVE: Move(LIVE, Who.SENIOR),
    Action.COMMENT: Move(frozenset(StepState), Who.CARE),
}


def _permitted(who: Who, step: Step, actor: Actor) -> bool:
    in_role = actor.senior or may_record(actor.role, step.role)
    mine = step.assignee == actor.user or actor.senior
    match who:
        case Who.CARE:
            return actor.role in CARE
        case Who.NEAR:
            return actor.role in CARE or actor.role is Role.HOTLINE
        case Who.ROLE:
            return in_role
        case Who.OWNER:
            return in_role and (step.assignee is None or mine)
        case Who.HOLDER:
            return mine
        case Who.SENIOR:
            return actor.senior


def check(step: Step, action: Action, actor: Actor) -> None:
    """Let a move pass, or say why not.

    Raises:
        Refused: `role_not_allowed`, `already_claimed`, `step_is_<state>`, `claimed_by_another`, `step_blocked`,
            `not_blocked`, `no_deadline`, `own_step`, `cancel_already_requested`, `nothing_to_approve` or `own_request`.
    """
    move = MOVES[action]
    if action is Action.CLAIM and step.state is StepState.CLAIMED:
        raise Refused("already_claimed", assignee=step.assignee or "")
    if step.state not in move.states:
        raise Refused(f"step_is_{step.state}")
    if actor.role is Role.SYSTEM and move.itself:
        return
    if not _permitted(move.who, step, actor):
        if move.who in (Who.OWNER, Who.HOLDER) and step.assignee is not None and _permitted(Who.ROLE, step, actor):
            raise Refused("claimed_by_another", assignee=step.assignee)
        raise Refused("role_not_allowed", role=actor.role)
    _check_standing(step, action, actor)


def _check_standing(step: Step, action: Action, actor: Actor) -> None:
    match action:
        case Action.COMPLETE if step.blocks:
            raise Refused("step_blocked", reasons=",".join(block.reason for block in step.blocks))
        case Action.UNBLOCK if not step.blocks:
            raise Refused("not_blocked")
        case Action.EXTEND | Action.ESCALATE if step.due_at is None:
            raise Refused("no_deadline")
        case Action.REMIND if step.assignee == actor.user:
            raise Refused("own_step")
        case Action.CANCEL if step.cancel_requested_by is not None:
            raise Refused("cancel_already_requested")
        case Action.APPROVE if step.cancel_requested_by is None:
            raise Refused("nothing_to_approve")
        case Action.APPROVE if step.cancel_requested_by == actor.user:
            raise Refused("own_request")
        case _:
            pass


def can(step: Step, actor: Actor, *, closed: bool = False) -> tuple[Action, ...]:
    """The moves open to this actor now, in the table's order; a closed case leaves comments."""
    actions = tuple(MOVES) if not closed else (Action.COMMENT,)
    return tuple(action for action in actions if _allowed(step, action, actor))


def _allowed(step: Step, action: Action, actor: Actor) -> bool:
    try:
        check(step, action, actor)
    except Refused:
        return False
    return True
