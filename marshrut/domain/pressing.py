"""A step that should move: it is given more time, its holder is reminded, somebody above is told now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import Clock, Extension, Term, budget, counts_since, reach
from marshrut.domain.ladder import OWNER, Climb
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.slice import Slice
from marshrut.domain.state import CaseState, Notice, Step
from marshrut.domain.words import Role

# What people are told for when a colleague reminds them, or asks them to step in.
REMINDER, RAISED = "reminder", "raised"


def extend(state: CaseState, step: Step, body: c.Extend, now: datetime, catalogue: Slice) -> e.StepExtended:
    """A later due time: the one that is said, or so much later than the present one.

    Raises:
        Refused: `no_deadline`, `clock_paused`, `emergency_clock`, `not_later` or `due_in_the_past`.
    """
    clock = step.clock
    if clock is None:
        raise Refused("no_deadline")
    if body.ordinary and (step.stands_still or state.paused_since is not None):
        raise Refused("clock_paused")
    if body.ordinary and clock.emergency:
        raise Refused("emergency_clock")
    due_at = body.due_at if body.by is None else later(state, clock, body.by, catalogue)
    if due_at is None or due_at <= clock.times.due_at:
        raise Refused("not_later", field="due_at")
    if due_at <= now:
        raise Refused("due_in_the_past", field="due_at")
    extended = clock.model_copy(update={"extension": Extension(at=now, due_at=due_at)})
    times = catalogue.times(state, step, extended)
    shown = step.but(clock=extended.model_copy(update={"times": times}))
    behind = sum(climb.reached_at <= now for climb in catalogue.climbs(state, shown))
    return e.StepExtended(step_id=step.step_id, times=times, reason=body.reason, climbed=behind)


def later(state: CaseState, clock: Clock, by: Term, catalogue: Slice) -> datetime:
    """So much after the present due time, in the hours and days of whoever the clock is for.

    Two working days after a Friday end when the office closes on Tuesday, as a term of two working days would.
    """
    schedule = catalogue.basis(state, clock.timetable).schedule(by)
    due_at = clock.times.due_at
    return reach(schedule, (), counts_since(by, due_at, schedule), budget(by, due_at, schedule))


def remind(  # noqa: PLR0913, PLR0917 - all that a reminder depends on
    state: CaseState, step: Step, body: c.Remind, command: c.Command, now: datetime, catalogue: Slice
) -> e.PeopleTold:
    """Whoever has the step, or may take it, is told that it waits for them; no sooner again than `again_after_s`.

    Raises:
        Refused: `reminded_lately`, with when it may be done again.
    """
    last = max((notice.created_at for notice in _reminders(state, step)), default=None)
    if last is not None and now < (again_at := last + timedelta(seconds=body.again_after_s)):
        raise Refused("reminded_lately", again_at=again_at.isoformat())
    emergency = step.clock is not None and step.clock.emergency
    return e.PeopleTold(
        key=f"{REMINDER}/{step.step_id}/{command.id}",
        occasion=REMINDER,
        role=step.role,
        user=step.assignee,
        about=step.step_id,
        tell_at=now if emergency else catalogue.told_at(state, now),
        urgent=emergency,
    )


def _reminders(state: CaseState, step: Step) -> Iterable[Notice]:
    """Those that whoever has the step now was sent: it may have changed hands since."""
    return (
        notice
        for notice in state.notices.values()
        if (notice.about, notice.occasion, notice.user) == (step.step_id, REMINDER, step.assignee)
    )


def escalate(  # noqa: PLR0913, PLR0917 - as above
    state: CaseState, step: Step, body: c.Escalate, command: c.Command, now: datetime, catalogue: Slice
) -> tuple[e.Body, ...]:
    """The next rung is climbed now, because a person says so: those above are told before the clock has them told.

    In the team's hours, as by the clock; in an emergency at once.

    Raises:
        Refused: `no_deadline` or `nobody_above`.
    """
    if step.clock is None:
        raise Refused("no_deadline")
    climb = above(state, step, command.actor, catalogue)
    if climb is None:
        raise Refused("nobody_above")
    emergency = step.clock.emergency
    tell_at = now if emergency else catalogue.told_at(state, now)
    told = tuple(
        e.PeopleTold(
            key=f"{RAISED}/{step.step_id}/{command.id}/{whom}",
            occasion=RAISED,
            role=whom,
            about=step.step_id,
            tell_at=tell_at,
            urgent=emergency,
        )
        for whom in others(climb, command.actor)
    )
    raised = e.StepEscalated(step_id=step.step_id, rung=climb.rung.name, climbed=climb.number, reason=body.reason)
    return (raised, *told)


def above(state: CaseState, step: Step, actor: Actor, catalogue: Slice) -> Climb | None:
    """The next rung on which somebody stands who neither does the step nor says this."""
    climbed = 0 if step.clock is None else step.clock.climbed
    return next(
        (climb for climb in catalogue.climbs(state, step) if climb.number > climbed and others(climb, actor)), None
    )


def others(climb: Climb, actor: Actor) -> tuple[Role, ...]:
    """Whom a rung has told, but for whoever does the step and those in the role of whoever says so."""
    return tuple(Role(whom) for whom in climb.rung.to if whom not in {OWNER, actor.role})
