"""`decide(state, command, now)`: the events that a command means, or the refusal that says why it means none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from pydantic import ValidationError

from marshrut.domain import child, keeping, kin, moving, planned, pressing, reports, support, variants, versions
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import OPENING, Clock, Extension, compute
from marshrut.domain.evolve import evolve
from marshrut.domain.ids import step_id as make_step_id
from marshrut.domain.migrate import migrated
from marshrut.domain.moves import CARE, Action, Actor, check
from marshrut.domain.outcomes import Outcome
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import STANDARD, TEAM, Slice
from marshrut.domain.state import ADHOC, CaseState, Step
from marshrut.domain.words import Ending, Report, Role, Via

# Which procedure a case follows, by how it came (workflows/registry.py).
ADULT, ENQUIRY, PLANNED = 2, 3, 4
PROCEDURE_OF: Mapping[Via, int] = {"admission": ADULT, "referral": ADULT, "enquiry": ENQUIRY, "planned": PLANNED}
# Clocks of hospital systems run ahead by this much at most [A]; beyond it "occurred in the future" is a mistake.
SKEW = timedelta(minutes=5)
MENDERS = frozenset({Role.SYSTEM, Role.ADMIN})

# What may still be said of a closed case; of reports, reports.py says which.
AFTER_THE_END = (c.Comment, c.Acknowledge, c.ReportFact, c.BelongsTo, c.Absorb, c.Part)
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
        versions.check(state, command)
        admitted = _admit(state, body, command, now, catalogue)
        return (*admitted, *recomputed(state, admitted, command, now, catalogue))
    if not state.opened:
        raise Refused("case_not_found")
    versions.check(state, command)
    if state.closed and not isinstance(body, AFTER_THE_END):
        raise Refused("case_closed", ending=state.ending or "")
    if command.actor.role is not Role.INTEGRATOR:
        _check_time(state, command.occurred_at, now)
    bodies = _bodies(state, command, body, now, catalogue, outcomes)
    proposed = variants.proposed(state, bodies, command, now, catalogue)
    return (*bodies, *proposed, *recomputed(state, bodies, command, now, catalogue))


def _bodies(  # noqa: PLR0913, PLR0917 - all that a command depends on
    state: CaseState, command: c.Command, body: c.AboutCase, now: datetime, catalogue: Slice, outcomes: Outcomes
) -> tuple[e.Body, ...]:
    match body:
        case c.ReportFact():
            at = command.occurred_at or now
            return reports.report(state, body, command.actor, at, catalogue.told_at(state, now))
        case c.ChangeFlags():
            return keeping.change_flags(state, body, command.actor)
        case c.ChangeVariants():
            return variants.change_variants(state, body, command, now)
        case c.SetOwner():
            return keeping.set_owner(state, body, command.actor, now, catalogue)
        case c.RecordScore():
            return keeping.record_score(state, body, command.actor)
        case c.AddItem():
            return keeping.add_item(state, body, command, now, catalogue)
        case c.MoveItem():
            return keeping.move_item(state, body, command, now, catalogue)
        case c.Refer():
            return support.refer(state, body, command, now, catalogue)
        case c.BelongsTo():
            return moving.belongs_to(state, body, command.actor)
        case c.Transfer():
            return moving.transfer(state, body, command.actor, now)
        case c.Absorb():
            return moving.absorb(state, body, command.actor)
        case c.Part():
            return moving.part(state, body, command.actor)
        case c.Migrate(catalogue=newer):
            return _migrate(state, newer, command.actor, now)
        case c.AddStep():
            return _add_step(state, body, command, now, catalogue)
        case c.Acknowledge():
            return _acknowledge(state, body, command.actor)
        case c.Tell():
            return (keeping.tell(state, body, command.actor, now, catalogue),)
        case c.ReplaceCalendar():
            return _replace_calendar(state, body, command.actor, catalogue)
        case _:
            return _step_command(state, command, body, now, catalogue, outcomes)


# After these a clock may show other times.
_MOVES_CLOCKS = (e.Reported, e.StepUnblocked, e.CalendarReplaced, e.TakenBack)


def recomputed(
    state: CaseState, bodies: tuple[e.Body, ...], command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """What these events do to the clocks of the steps that are still to be done."""
    if not any(isinstance(body, _MOVES_CLOCKS) or _moves_day(body) for body in bodies):
        return ()
    shown = after(state, bodies, command, now)
    moved = {
        step.step_id: times
        for step in shown.live_steps
        if step.clock is not None and (times := catalogue.times(shown, step, step.clock)) != step.clock.times
    }
    return (e.ClocksRecomputed(times=moved),) if moved else ()


def _moves_day(body: e.Body) -> bool:
    """Whether a stay that lies ahead may be for another day now, from which terms are counted back."""
    return isinstance(body, e.AdmissionRepeated) and body.planned_for is not None


def after(state: CaseState, bodies: tuple[e.Body, ...], command: c.Command, now: datetime) -> CaseState:
    """The case as these events leave it."""
    for body in bodies:
        event = e.Event(
            seq=state.seq + 1,
            recorded_at=now,
            occurred_at=command.occurred_at or now,
            actor=command.actor.user,
            role=command.actor.role,
            body=body,
        )
        state = evolve(state, event)
    return state


def _check_time(state: CaseState, occurred_at: datetime | None, now: datetime) -> None:
    if occurred_at is None:
        return
    if occurred_at > now + SKEW:
        raise Refused("in_the_future", field="occurred_at")
    if state.admitted_at is not None and occurred_at < state.admitted_at:
        raise Refused("before_admission", field="occurred_at")


def _admit(state: CaseState, body: c.Admit, command: c.Command, now: datetime, catalogue: Slice) -> tuple[e.Body, ...]:
    if state.opened:
        again = reports.admitted_again(state, body, command.occurred_at or body.admitted_at)
        if _comes_in(state, body, again):
            came = body.model_dump(include={"admitted_at", "emergency", "ward", "bed", "flags"})
            again = (*again, e.CameIn(**came))
        if Report.DIED in state.reports and any(isinstance(each, e.TakenBack) for each in again):
            # The death was told before this, and is no less true for that.
            shown = after(state, again, command, now)
            died = reports.close(shown, Ending.DIED, catalogue.told_at(state, now))
            again = (*again, e.Reported(report=Report.DIED), *died)
        return again
    facts = body.model_dump(exclude={"type", "unstaffed", "variants"})
    facts["variants"] = variants.opened_as(body.variants, catalogue)
    opened = e.CaseOpened(**facts, procedure=PROCEDURE_OF[body.via], catalogue=catalogue.version)
    if not body.unstaffed:
        return (opened,)
    tell_at = catalogue.told_at(state, now)
    told = e.PeopleTold(key=keeping.NO_OWNER, occasion=keeping.NO_OWNER, role=Role.SUPERVISOR, tell_at=tell_at)
    return (opened, told)


def _comes_in(state: CaseState, body: c.Admit, again: tuple[e.Body, ...]) -> bool:
    """Whether this is whom a planned stay waits for, also if that had been given up."""
    waits = body.via == "admission" and state.via == "planned" and state.came_in_at is None
    return waits and (not state.closed or any(isinstance(each, e.TakenBack) for each in again))


def _add_step(
    state: CaseState, body: c.AddStep, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
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
        clock=None if body.due_at is None else _clock_until(body.due_at, state, command, now, catalogue),
        assignee=body.assignee,
    )
    return (opened,)


def _clock_until(due_at: datetime, state: CaseState, command: c.Command, now: datetime, catalogue: Slice) -> Clock:
    """The clock of a step whose due time a person said; it counts from when they say that the step began."""
    extension = Extension(at=now, due_at=due_at)
    return Clock(
        term=None,
        counts_from=OPENING,
        timetable=TEAM,
        ladder=STANDARD,
        emergency=False,
        mark="S",
        times=compute(None, extension, command.occurred_at or now, catalogue.basis(state, TEAM)),
        extension=extension,
    )


def _acknowledge(state: CaseState, body: c.Acknowledge, actor: Actor) -> tuple[e.Body, ...]:
    notice = state.notices.get(body.key)
    if notice is None:
        raise Refused("notice_not_found")
    if notice.acknowledged_by is not None:
        raise Refused("already_acknowledged", by=notice.acknowledged_by)
    addressed = actor.user == notice.user or (notice.user is None and actor.role is notice.role)
    if not addressed and not actor.senior:
        raise Refused("role_not_allowed", role=actor.role)
    return (e.NoticeAcknowledged(key=body.key),)


def _replace_calendar(state: CaseState, body: c.ReplaceCalendar, actor: Actor, catalogue: Slice) -> tuple[e.Body, ...]:
    if actor.role not in MENDERS:
        raise Refused("role_not_allowed", role=actor.role)
    known = state.calendars.get(body.calendar.name) or catalogue.calendars.get(body.calendar.name)
    if known is None:
        raise Refused("unknown_calendar", calendar=body.calendar.name)
    if known == body.calendar:
        raise Refused("calendar_in_force", calendar=body.calendar.name)
    return (e.CalendarReplaced(calendar=body.calendar),)


def _migrate(state: CaseState, newer: Slice, actor: Actor, now: datetime) -> tuple[e.Body, ...]:
    if actor.role not in MENDERS:
        raise Refused("role_not_allowed", role=actor.role)
    return (migrated(state, newer, now),)


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
        case c.Release(reason=reason, held_by=held_by):
            keeping.check_held(step.assignee, held_by)
            return (e.StepReleased(step_id=step.step_id, reason=reason),)
        case c.Assign(assignee=assignee, reason=reason, held_by=held_by):
            keeping.check_held(step.assignee, held_by)
            assigned = e.StepAssigned(step_id=step.step_id, assignee=assignee, reason=reason)
            told = keeping.told_of_handover(state, command.actor, assignee, step.role, reason, now, catalogue)
            return (assigned, *told)
        case c.Complete():
            _check_four_eyes(state, step, command.actor, catalogue)
            outcome = _valid_outcome(step, body, outcomes, catalogue)
            kin.check_answer(state, step, outcome)
            child.check_answer(state, step, outcome)
            planned.check_answer(step, outcome, now)
            return (e.StepCompleted(step_id=step.step_id, outcome=outcome),)
        case c.AddBlock():
            return (_block(step, body, command, now, catalogue),)
        case c.Unblock():
            return _unblock(step, body)
        case c.Extend():
            return (pressing.extend(state, step, body, now, catalogue),)
        case c.Remind():
            return (pressing.remind(state, step, body, command, now, catalogue),)
        case c.Escalate():
            return pressing.escalate(state, step, body, command, now, catalogue)
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


def _check_four_eyes(state: CaseState, step: Step, actor: Actor, catalogue: Slice) -> None:
    """Nobody approves what they did themselves."""
    rule = catalogue.steps.get(f"{step.track}.{step.name}")
    if rule is not None and state.last_doer(rule.other_than) == actor.user:
        raise Refused("own_request")


def _valid_outcome(step: Step, body: c.Complete, outcomes: Outcomes, catalogue: Slice) -> e.OutcomeCodes:
    expected = outcomes.get(f"{step.track}.{step.name}")
    try:
        if expected is None:
            raise Refused("unknown_step")
        said = expected.from_codes(body.outcome).codes()
    except ValidationError as fault:
        where = ".".join(str(part) for part in fault.errors()[0]["loc"])
        raise Refused("wrong_outcome", field=f"outcome.{where}") from None
    for name, kind in expected.catalogued.items():
        value = said.get(name)
        if {*(value if isinstance(value, tuple) else (value,))} - {None, *catalogue.known.get(kind, ())}:
            raise Refused("wrong_outcome", field=f"outcome.{name}")
    return said


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
        pauses=catalogue.reasons[body.reason].pauses,
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
