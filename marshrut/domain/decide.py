"""`decide(state, command, now)`: the events that a command means, or the refusal that says why it means none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.ids import step_id as make_step_id
from marshrut.domain.moves import CARE, Action, Actor, check
from marshrut.domain.outcomes import Outcome
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Step
from marshrut.domain.words import ENDINGS, Ending, Report, Role

ADHOC = "adhoc"
PROCEDURE = 1
# Clocks of hospital systems run ahead by this much at most [A]; beyond it "occurred in the future" is a mistake.
SKEW = timedelta(minutes=5)
REPORTERS = CARE | {Role.INTEGRATOR}

Outcomes = Mapping[str, type[Outcome]]


def decide(
    state: CaseState, command: c.Command, now: datetime, catalogue: Slice, outcomes: Outcomes
) -> tuple[e.Body, ...]:
    """The events that the command means for the case as it stands.

    Raises:
        Refused: when it may not happen; the case stays as it is.
    """
    body = command.body
    if command.not_after is not None and now > command.not_after:
        raise Refused("expired")
    if isinstance(body, c.Admit):
        return _admit(state, body, catalogue)
    if not state.opened:
        raise Refused("case_not_found")
    if state.closed and not isinstance(body, c.Comment):
        raise Refused("case_closed", ending=state.ending or "")
    _check_time(state, command.occurred_at, now)
    match body:
        case c.ReportFact():
            return _report(state, body, command.actor)
        case c.AddStep():
            return _add_step(state, body, command, now)
        case _:
            return _step_command(state, command, body, now, catalogue, outcomes)


def _check_time(state: CaseState, occurred_at: datetime | None, now: datetime) -> None:
    if occurred_at is None:
        return
    if occurred_at > now + SKEW:
        raise Refused("in_the_future", field="occurred_at")
    if state.admitted_at is not None and occurred_at < state.admitted_at:
        raise Refused("before_admission", field="occurred_at")


def _admit(state: CaseState, body: c.Admit, catalogue: Slice) -> tuple[e.Body, ...]:
    if state.opened:
        return (e.AdmissionRepeated(),)
    facts = body.model_dump(exclude={"type"})
    return (e.CaseOpened(**facts, procedure=PROCEDURE, catalogue=catalogue.version),)


def _report(state: CaseState, body: c.ReportFact, actor: Actor) -> tuple[e.Body, ...]:
    if actor.role not in REPORTERS:
        raise Refused("role_not_allowed", role=actor.role)
    match body.report:
        case Report.PAUSED if state.paused_since is not None:
            raise Refused("already_paused")
        case Report.RESUMED if state.paused_since is None:
            raise Refused("not_paused")
        case Report.DISCHARGE_CANCELLED if Report.DISCHARGED not in state.reports:
            raise Refused("not_discharged")
        case Report.EXPECTED_DISCHARGE if body.expected_at is None:
            raise Refused("missing_field", field="expected_at")
        case Report.MOVED if body.ward is None:
            raise Refused("missing_field", field="ward")
        case _:
            pass
    reported = e.Reported(**body.model_dump(exclude={"type"}))
    ending = ENDINGS.get(body.report)
    return (reported,) if ending is None else (reported, *close(state, ending))


def close(state: CaseState, ending: Ending) -> tuple[e.Body, ...]:
    """The end of a case: nothing that was to do stays open or overdue."""
    left = (e.StepCancelled(step_id=step.step_id, reason="case_closed") for step in state.live_steps)
    return (*left, e.CaseClosed(ending=ending))


def _add_step(state: CaseState, body: c.AddStep, command: c.Command, now: datetime) -> tuple[e.Body, ...]:
    if command.actor.role not in CARE:
        raise Refused("role_not_allowed", role=command.actor.role)
    if body.role not in CARE:
        raise Refused("wrong_role", field="role")
    if body.due_at is not None and body.due_at <= now:
        raise Refused("due_in_the_past", field="due_at")
    if body.assignee not in (None, command.actor.user) and not command.actor.senior:
        raise Refused("role_not_allowed", role=command.actor.role)
    opened = e.StepOpened(
        step_id=make_step_id(state.case_id, ADHOC, ADHOC, command.id),
        track=ADHOC,
        name=ADHOC,
        role=body.role,
        mandatory=body.mandatory,
        due_at=body.due_at,
        assignee=body.assignee,
    )
    return (opened,)


def _step_command(  # noqa: PLR0913, PLR0917 - all that a step's command depends on
    state: CaseState, command: c.Command, body: c.StepCommand, now: datetime, catalogue: Slice, outcomes: Outcomes
) -> tuple[e.Body, ...]:
    step = state.steps.get(body.step_id)
    if step is None:
        raise Refused("step_not_found")
    check(step, Action(body.type), command.actor)
    match body:
        case c.Claim():
            return (e.StepClaimed(step_id=step.step_id, assignee=command.actor.user),)
        case c.Release():
            return (e.StepReleased(step_id=step.step_id),)
        case c.Assign(assignee=assignee):
            return (e.StepAssigned(step_id=step.step_id, assignee=assignee),)
        case c.Complete():
            return (e.StepCompleted(step_id=step.step_id, outcome=_valid_outcome(step, body, outcomes)),)
        case c.AddBlock():
            return (_block(step, body, command, now, catalogue),)
        case c.Unblock():
            return _unblock(step, body)
        case c.Extend():
            return (_extend(step, body, now),)
        case c.Cancel(reason=reason) if step.mandatory:
            return (e.CancelRequested(step_id=step.step_id, reason=reason),)
        case c.Cancel(reason=reason):
            return (e.StepCancelled(step_id=step.step_id, reason=reason),)
        case c.Approve(approved=True):
            return (e.StepCancelled(step_id=step.step_id, reason=step.cancel_reason or "approved"),)
        case c.Approve():
            return (e.CancelDenied(step_id=step.step_id),)
        case c.Comment():
            return (e.StepCommented(step_id=step.step_id),)


def _valid_outcome(step: Step, body: c.Complete, outcomes: Outcomes) -> e.OutcomeCodes:
    expected = outcomes.get(f"{step.track}.{step.name}")
    try:
        if expected is None:
            raise Refused("unknown_step")
        return expected.from_codes(body.outcome).codes()
    except ValidationError as fault:
        where = ".".join(str(part) for part in fault.errors()[0]["loc"])
        raise Refused("wrong_outcome", field=f"outcome.{where}") from None


def _block(step: Step, body: c.AddBlock, command: c.Command, now: datetime, catalogue: Slice) -> e.StepBlocked:
    if body.reason not in catalogue.reasons:
        raise Refused("unknown_reason", field="reason")
    if any(block.reason == body.reason and block.responsible == body.responsible for block in step.blocks):
        raise Refused("already_blocked", reason=body.reason)
    since = body.since or command.occurred_at or now
    if body.until is not None and body.until < since:
        raise Refused("ends_before_it_starts", field="until")
    return e.StepBlocked(
        step_id=step.step_id,
        block_id=command.id,
        reason=body.reason,
        responsible=body.responsible,
        since=since,
        until=body.until,
    )


def _unblock(step: Step, body: c.Unblock) -> tuple[e.Body, ...]:
    ended = [
        block
        for block in step.blocks
        if body.block_id in (None, block.block_id) and body.reason in (None, block.reason)
    ]
    if not ended:
        raise Refused("not_blocked")
    return tuple(e.StepUnblocked(step_id=step.step_id, block_id=block.block_id) for block in ended)


def _extend(step: Step, body: c.Extend, now: datetime) -> e.StepExtended:
    if step.due_at is not None and body.due_at <= step.due_at:
        raise Refused("not_later", field="due_at")
    if body.due_at <= now:
        raise Refused("due_in_the_past", field="due_at")
    return e.StepExtended(step_id=step.step_id, due_at=body.due_at, reason=body.reason)
