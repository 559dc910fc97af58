"""A running case goes on by another version of the catalogue: in virtual time, and on a real server."""

from datetime import timedelta

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import Term, Unit
from marshrut.domain.evolve import fold
from marshrut.domain.migrate import migrated, moved
from marshrut.domain.moves import Actor
from marshrut.domain.slice import Slice
from marshrut.domain.words import Role
from tests.fixtures.cases import ANNA, CATALOGUE, DAY, HIS, HOUR, NOON, OLGA, admission, command, live
from tests.fixtures.engine import Ward
from tests.workflows.properties.twins import Twins

ADMIN = Actor(user="cases_migrate", role=Role.ADMIN)
FIRST = "contact.first_contact"


def otherwise(hours: int, version: str = "other", **changes: object) -> Slice:
    """The catalogue with another term of the first contact."""
    rule = CATALOGUE.steps[FIRST]
    assert rule.clock is not None
    pace = rule.clock.pace.model_copy(update={"term": Term(amount=hours, unit=Unit.HOURS)})
    steps = {**CATALOGUE.steps, FIRST: rule.model_copy(update={"clock": rule.clock.model_copy(update={"pace": pace})})}
    return CATALOGUE.model_copy(update={"version": version, "steps": steps, **changes})


def rungs(twins: Twins) -> list[str]:
    """Of the first contact the rungs that were climbed, in order."""
    step = live(twins.state)[FIRST]
    bodies = [event.body for event in twins.journal]
    return [body.rung for body in bodies if isinstance(body, e.StepEscalated) and body.step_id == step]


async def test_a_rung_that_lies_behind_is_not_told_again() -> None:
    """Who was told that a step is due soon and late is not told so anew by a shorter term; what is ahead is told."""
    async with Twins() as twins:
        await twins.tell(command(admission(), HIS))
        await twins.wait(25 * HOUR)
        before = rungs(twins)
        assert before == ["amber", "breach"]
        assert await twins.tell(command(c.Migrate(catalogue=otherwise(18)), ADMIN)) == [None]
        assert rungs(twins) == before
        await twins.wait(20 * DAY)
        after = rungs(twins)
        assert after[:2] == before
        assert len(set(after)) == len(after) > 2


async def test_a_longer_term_takes_a_step_out_of_its_lateness() -> None:
    """A step that was late is due later by the other version; its ladder begins anew, and warns again in time."""
    async with Twins() as twins:
        await twins.tell(command(admission(), HIS))
        await twins.wait(25 * HOUR)
        before = len(rungs(twins))
        await twins.tell(command(c.Migrate(catalogue=otherwise(480)), ADMIN))
        (step,) = [step for step in twins.state.live_steps if f"{step.track}.{step.name}" == FIRST]
        assert step.due_at == step.opened_at + 480 * HOUR
        await twins.wait(14 * DAY)
        assert len(rungs(twins)) == before
        await twins.wait(10 * DAY)
        assert len(rungs(twins)) > before


async def test_a_promise_outlives_a_ladder_that_is_gone() -> None:
    """An extended step whose ladder or hours the version does not have goes on by its new rule; the promise stands."""
    async with Twins() as twins:
        await twins.tell(command(admission(), HIS))
        step_id = live(twins.state)[FIRST]
        promised = NOON + 100 * HOUR
        await twins.tell(command(c.Extend(step_id=step_id, due_at=promised, reason="asleep"), OLGA))
        state = twins.state
        step = state.steps[step_id]
        assert step.clock is not None
        strange = step.but(clock=step.clock.model_copy(update={"ladder": "gone", "timetable": "gone"}))
        event = migrated(state.but(steps={step_id: strange}), otherwise(18), twins.long.now)
        clock = event.clocks[step_id]
        assert clock is not None
        assert (clock.ladder, clock.timetable) == ("emergency" if step.clock.emergency else step.clock.ladder, "team")
        assert clock.times.due_at == promised
        assert moved(state, event.clocks) == ()


async def test_the_next_run_goes_by_the_new_version(ward: Ward) -> None:
    """After continue-as-new a moved case still opens and times its steps by the version that it was moved to."""
    patient = ward.patient(commands=1, quiet_s=0)
    await patient.admit()
    slower = otherwise(48)
    rule = CATALOGUE.steps["contact.home_safety"]
    steps = {**slower.steps, "contact.home_safety": rule.model_copy(update={"clock": None})}
    target = slower.model_copy(update={"steps": steps})
    await patient.tell(c.Migrate(catalogue=target), ADMIN)
    step_id = await patient.step(FIRST)
    await patient.tell(c.Comment(step_id=step_id), ANNA)
    await patient.sleep(timedelta(minutes=1))
    assert len(await patient.histories()) > 1
    await patient.say(FIRST, result="contacted")
    state = fold(patient.case_id, patient.journal)
    assert state.catalogue == target.version
    opened = {f"{step.track}.{step.name}": step for step in state.live_steps}
    assert opened["contact.home_safety"].clock is None
    assert opened["contact.consent_record"].clock is not None
    assert await patient.handle.query(c.STATE) is not None
