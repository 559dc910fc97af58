from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import Term, Unit
from marshrut.domain.decide import decide
from marshrut.domain.evolve import evolve
from marshrut.domain.moves import Actor
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import Why, known_of_step, standing
from marshrut.domain.words import Role
from tests.domain.test_decide import ADMITTED, STEP, opened_step, told
from tests.fixtures.cases import ANNA, BORIS, CATALOGUE, DAY, HOUR, NOON, OLGA, PAVEL, clock, command, event
from workflows.registry import OUTCOMES

REMIND = c.Remind(step_id=STEP, again_after_s=4 * 3600)
RAISE = c.Escalate(step_id=STEP, reason="awaiting")
MOSCOW = timedelta(hours=3)


def moscow(day: str, hour: int = 18) -> datetime:
    return datetime.fromisoformat(f"{day}T{hour:02}:00:00+03:00").astimezone(UTC)


def said(state: CaseState, body: c.CommandBody, actor: Actor = OLGA, now: datetime = NOON) -> tuple[e.Body, ...]:
    return decide(state, command(body, actor), now, CATALOGUE, OUTCOMES)


def after(state: CaseState, *bodies: e.Body, at: datetime = NOON) -> CaseState:
    for body in bodies:
        state = evolve(state, event(state.seq + 1, body, at))
    return state


def due(at: datetime, **changes: Any) -> CaseState:
    """A case with one step that is due then."""
    return told(ADMITTED, opened_step(clock=clock(at, opened_at=NOON - 10 * DAY, **changes)))


@pytest.mark.parametrize(
    ("was", "by", "then"),
    [
        # A Saturday that is worked, then a day off to which one was moved, and a holiday (2025).
        ("2025-11-01", Term(amount=2, unit=Unit.WORKING_DAYS), "2025-11-06"),
        ("2025-11-06", Term(amount=2, unit=Unit.WORKING_DAYS), "2025-11-10"),
        ("2025-11-06", Term(amount=2, unit=Unit.DAYS), "2025-11-08"),
    ],
)
def test_working_days_more_are_those_of_the_hospitals_calendar(was: str, by: Term, then: str) -> None:
    """Two working days more than a due time end with the team's hours of that day, weekends and holidays left out."""
    now = moscow("2025-10-31", 9)
    admitted = ADMITTED.model_copy(update={"admitted_at": now - 20 * DAY})
    state = told(admitted, opened_step(clock=clock(moscow(was), opened_at=now - 9 * DAY)))
    (body,) = said(state, c.Extend(step_id=STEP, by=by, reason="agreed"), now=now)
    assert isinstance(body, e.StepExtended)
    local = body.times.due_at + MOSCOW
    assert f"{local:%Y-%m-%d}" == then
    closes = CATALOGUE.team(state).closing(moscow(was), 2)
    assert body.times.due_at == (closes if by.unit is Unit.WORKING_DAYS else moscow(then))


def test_working_hours_more_count_on_where_the_team_opens() -> None:
    """Three working hours more than an hour before closing end two hours after the next opening."""
    closes = CATALOGUE.team(told(ADMITTED)).closing(NOON, 1)
    state = due(closes - HOUR)
    by = Term(amount=3, unit=Unit.WORKING_HOURS)
    (body,) = said(state, c.Extend(step_id=STEP, by=by, reason="agreed"))
    assert isinstance(body, e.StepExtended)
    assert body.times.due_at == CATALOGUE.team(state).next_open(closes + timedelta(seconds=1)) + 2 * HOUR


def test_an_extension_says_until_when_or_by_how_much() -> None:
    """Never neither, never both."""
    with pytest.raises(ValidationError):
        c.Extend(step_id=STEP, reason="agreed")
    with pytest.raises(ValidationError):
        c.Extend(step_id=STEP, reason="agreed", due_at=NOON, by=Term(amount=1, unit=Unit.DAYS))


def test_a_senior_alone_may_extend_what_is_not_ordinary() -> None:
    """An emergency's clock is extended by whoever means that one step, and never among others."""
    state = due(NOON + HOUR, emergency=True)
    (body,) = said(state, c.Extend(step_id=STEP, due_at=NOON + DAY, reason="agreed"))
    assert isinstance(body, e.StepExtended)


def test_a_reminder_goes_to_whoever_has_the_step() -> None:
    """To its holder, or to everybody who may take it; in the team's hours, of an emergency at once."""
    night = NOON.replace(hour=23)
    for state, user in ((due(NOON), None), (after(due(NOON), e.StepClaimed(step_id=STEP, assignee="anna")), "anna")):
        (told_,) = said(state, REMIND, BORIS)
        assert isinstance(told_, e.PeopleTold)
        assert (told_.occasion, told_.role, told_.user, told_.about) == ("reminder", Role.COORDINATOR, user, STEP)
        assert (told_.tell_at, told_.urgent) == (NOON, False)
        (late,) = said(state, REMIND, BORIS, night)
        assert isinstance(late, e.PeopleTold)
        assert late.tell_at > night + 6 * HOUR
    (urgent,) = said(due(NOON, emergency=True), REMIND, OLGA, night)
    assert isinstance(urgent, e.PeopleTold)
    assert (urgent.tell_at, urgent.urgent) == (night, True)


def test_nobody_is_reminded_all_the_time_but_a_new_holder_may_be() -> None:
    """A second reminder has to wait; whoever has got the step since was not reminded yet."""
    state = after(due(NOON), e.StepClaimed(step_id=STEP, assignee="anna"))
    state = after(state, *said(state, REMIND))
    assert said(state, REMIND, now=NOON + 4 * HOUR)
    passed_on = after(state, e.StepAssigned(step_id=STEP, assignee="boris"))
    assert said(passed_on, REMIND)


def test_a_reminder_is_no_escalation() -> None:
    """Whoever is reminded need not answer: nothing is stuck for that, also when seniors were told before."""
    state = after(due(NOON + DAY), e.StepEscalated(step_id=STEP, rung="breach", climbed=2))
    state = after(state, *said(state, REMIND))
    assert not standing(state, state.steps[STEP])


def test_whoever_escalates_tells_somebody_else() -> None:
    """A coordinator tells the seniors, a senior the head, the head the centre; rungs below are passed with it."""
    for actor, rung, climbed, role in (
        (ANNA, "breach", 2, Role.SUPERVISOR),
        (OLGA, "grave", 3, Role.HEAD),
        (PAVEL, "breach", 2, Role.SUPERVISOR),
    ):
        raised, told_ = said(due(NOON + DAY), RAISE, actor)
        assert raised == e.StepEscalated(step_id=STEP, rung=rung, climbed=climbed, reason="awaiting")
        assert isinstance(told_, e.PeopleTold)
        assert (told_.occasion, told_.role, told_.about) == ("raised", role, STEP)
    state = after(due(NOON + DAY), e.StepEscalated(step_id=STEP, rung="breach", climbed=2))
    assert said(state, RAISE, ANNA)[0] == e.StepEscalated(step_id=STEP, rung="grave", climbed=3, reason="awaiting")


def test_what_was_escalated_stands_until_somebody_answers() -> None:
    """Once those above are told it is a cause of its own, which ends with their word; the clock tells nobody again."""
    state = due(NOON + DAY)
    state = after(state, *said(state, RAISE))
    step = state.steps[STEP]
    assert Why.ESCALATED in {cause.why for cause in known_of_step(state, step)}
    assert step.clock is not None
    assert step.clock.climbed == 3
    (key,) = standing(state, step)
    seen = after(state, *said(state, c.Acknowledge(key=key), PAVEL))
    assert not standing(seen, seen.steps[STEP])
