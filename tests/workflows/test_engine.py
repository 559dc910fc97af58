"""Single histories on the plain host, where a server would only be slower."""

from datetime import datetime, timedelta

import pytest

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.clock import Term, Unit
from marshrut.domain.commands import Carried
from marshrut.domain.evolve import fold
from marshrut.domain.words import Ending, Report, Role
from tests.fixtures.cases import ANNA, CATALOGUE, DAY, HIS, HOUR, NOON, OLGA, admission, command, live, started
from tests.workflows.properties.twins import Twins
from workflows.simulation import Simulation

LARGE = 256 * 1024
SECOND = timedelta(seconds=1)


async def say(twins: Twins, name: str, **outcome: e.OutcomeValue) -> None:
    """A senior completes the live step of that name."""
    asked = command(c.Complete(step_id=live(twins.state)[name], outcome=outcome), OLGA)
    assert await twins.tell(asked) == [None]


async def hear(twins: Twins, *reports: Report) -> None:
    """The hospital reports these, all at once."""
    told = [command(c.ReportFact(report=report, ward="w2"), HIS) for report in reports]
    assert await twins.tell(*told) == [None] * len(reports)


async def until_discharge(twins: Twins) -> None:
    """As far as the question when the patient may leave, nothing being needed."""
    await twins.tell(command(admission(), HIS))
    await say(twins, "contact.first_contact", result="contacted")
    await say(twins, "contact.consent_record", result="given")
    await say(twins, "contact.home_safety", result="safe")
    await say(twins, "assessment.life_survey", result="complete")
    await say(twins, "assessment.function_scale", result="unable")
    await say(twins, "assessment.documents_check", result="complete")
    await say(twins, "assessment.needs_agree", result="none")
    assert set(live(twins.state)) == {"discharge.ready_date"}


async def until_services(twins: Twins) -> None:
    """As far as the offices, urgent help and care at home being needed."""
    await twins.tell(command(admission(), HIS))
    await say(twins, "contact.first_contact", result="contacted")
    await say(twins, "contact.consent_record", result="given")
    await say(twins, "contact.home_safety", result="safe")
    await say(twins, "assessment.life_survey", result="complete")
    await say(twins, "assessment.function_scale", result="unable")
    await say(twins, "assessment.documents_check", result="complete")
    await say(twins, "assessment.needs_agree", result="agreed", needs=("urgent_help", "home_care"))
    await say(twins, "route.route_draft", result="drafted")
    await say(twins, "route.route_offer", result="accepted")
    assert set(live(twins.state)) == {"services.urgent_services", "services.need_application"}


async def test_the_hospital_may_know_better_than_the_doctor() -> None:
    """After the doctor's "not yet" the hospital's own word still brings the patient on, and nobody is asked again."""
    async with Twins() as twins:
        await until_discharge(twins)
        await say(twins, "discharge.ready_date", result="not_ready")
        assert live(twins.state) == {}
        await hear(twins, Report.MEDICALLY_READY)
        assert set(live(twins.state)) == {"discharge.barrier_review"}
        await twins.wait(3 * DAY)
        assert "discharge.ready_date" not in live(twins.state)


async def test_a_case_waits_as_its_own_catalogue_says() -> None:
    """What a region says of a wait holds in its cases, and goes along when the journey is handed over."""
    soon = CATALOGUE.waits | {"contact.asked_again": Term(amount=1, unit=Unit.WORKING_HOURS)}
    start = c.JourneyStart(case_id="case", catalogue=CATALOGUE.model_copy(update={"waits": soon}))
    async with Simulation(start, NOON, hand_over_always=True) as case:
        await case.send(command(admission(), HIS))
        met = c.Complete(step_id=live(case.state)["contact.first_contact"], outcome={"result": "unconscious"})
        await case.send(command(met, OLGA))
        await case.advance(HOUR - SECOND)
        assert live(case.state) == {}
        await case.advance(SECOND)
        assert set(live(case.state)) == {"contact.first_contact"}


async def test_a_doctor_is_asked_every_day() -> None:
    """While the doctor says "not yet" the question comes back the next day, as a step of its own."""
    async with Twins() as twins:
        await until_discharge(twins)
        for _ in range(3):
            await say(twins, "discharge.ready_date", result="not_ready")
            assert live(twins.state) == {}
            await twins.wait(DAY)
            assert set(live(twins.state)) == {"discharge.ready_date"}


async def test_a_discharge_taken_back_at_once_did_not_happen() -> None:
    """A discharge and its cancellation that arrive together leave the case waiting as before."""
    async with Twins() as twins:
        await until_services(twins)
        before = live(twins.state)
        await hear(twins, Report.DISCHARGED, Report.DISCHARGE_CANCELLED)
        assert live(twins.state) == before
        await twins.wait(SECOND)
        await hear(twins, Report.DISCHARGED)
        assert set(live(twins.state)) == {"discharge.arrival_confirm"}


@pytest.mark.parametrize("left_first", [False, True])
async def test_an_office_that_answers_too_late_asks_for_nothing(left_first: bool) -> None:
    """What is filed in the very moment in which the patient leaves opens no further step with the offices."""
    async with Twins() as twins:
        await until_services(twins)
        filed = c.Complete(step_id=live(twins.state)["services.need_application"], outcome={"result": "filed"})
        left = command(c.ReportFact(report=Report.DISCHARGED), HIS)
        both = (left, command(filed, OLGA)) if left_first else (command(filed, OLGA), left)
        assert await twins.tell(*both) == [None, None]
        assert not any(name.startswith("services.") for name in live(twins.state))
        assert twins.state.tracks["services"].result == "left"


async def test_care_that_nobody_accepts_has_no_use_for_offices() -> None:
    """The patient who leaves withdraws each step of the services."""
    async with Twins() as twins:
        await until_services(twins)
        withdrawn = set(live(twins.state).values())
        await hear(twins, Report.DISCHARGED)
        bodies = [event.body for event in twins.journal]
        assert withdrawn <= {body.step_id for body in bodies if isinstance(body, e.StepCancelled)}


@pytest.mark.parametrize(
    ("step", "outcome"),
    [
        ("contact.first_contact", {"result": "moved", "moved_to": "ward"}),
        ("assessment.needs_agree", {"result": "disputed"}),
        ("discharge.arrival_confirm", {"result": "unknown"}),
    ],
)
async def test_patience_has_no_end(step: str, outcome: e.OutcomeCodes) -> None:
    """However often the same has to be done again, the case goes on, each time with a step of its own."""
    async with Twins() as twins:
        await twins.tell(command(admission(), HIS))
        while step not in live(twins.state):
            (name, *_) = live(twins.state)
            leads_on = {
                "contact.first_contact": "contacted",
                "contact.consent_record": "given",
                "contact.home_safety": "safe",
                "assessment.life_survey": "complete",
                "assessment.function_scale": "unable",
                "assessment.documents_check": "complete",
                "assessment.needs_agree": "none",
                "discharge.ready_date": "date",
                "discharge.barrier_review": "clear",
                "discharge.home_prepare": "ready",
                "discharge.transport_book": "family",
            }
            # Only a review of barriers has a rest: what nobody arranged is not needed.
            rest = {"rest": "not_needed"} if name == "discharge.barrier_review" else {}
            await say(twins, name, result=leads_on[name], **rest)
        asked = set()
        for _ in range(60):
            asked.add(live(twins.state)[step])
            await say(twins, step, **outcome)
            await twins.wait(5 * HOUR)
        assert len(asked) == 60


async def test_a_heavy_case_still_fits() -> None:
    """A case of well over 500 events, of which SQL lags behind by a hundred, hands over far below the limit."""
    async with Twins() as twins:
        await until_services(twins)
        for number in range(60):
            added = command(c.AddStep(role=Role.COORDINATOR, due_at=twins.long.now + DAY), ANNA)
            step_id = f"case.adhoc.adhoc.{added.id}"
            await twins.tell(added)
            for body in (
                c.Claim(step_id=step_id),
                c.Comment(step_id=step_id),
                c.AddBlock(step_id=step_id, reason="passport", responsible="migration_police"),
                c.AddBlock(step_id=step_id, reason="housing", responsible="housing"),
                c.Unblock(step_id=step_id),
            ):
                assert await twins.tell(command(body, ANNA)) == [None]
            if number % 2:
                await twins.wait(25 * HOUR)
            done = c.Complete(step_id=step_id, outcome={"result": "done"})
            assert await twins.tell(command(done, ANNA)) == [None]
        assert len(twins.journal) > 500
        carried = twins.long._engine.carried(len(twins.journal) - 100)
        late = Carried(**dict(carried) | {"fresh": tuple(twins.journal[-100:])})
        size = len(started(carried=late).model_dump_json())
        assert size < LARGE * 0.7, size


async def test_endings_end_everything() -> None:
    """A death in the middle of everything closes the case at once, and time brings nothing more."""
    async with Twins() as twins:
        await until_services(twins)
        await twins.tell(command(c.ReportFact(report=Report.PAUSED), HIS))
        await hear(twins, Report.DIED)
        assert (twins.state.ending, twins.state.live_steps) == (Ending.DIED, ())
        said = len(twins.journal)
        await twins.wait(29 * DAY)
        assert len(twins.journal) == said
        # What was so before is known from then on, and changes nothing; people are told that the case is over.
        assert await twins.tell(command(c.ReportFact(report=Report.DISCHARGED), HIS)) == [None]
        assert (twins.state.ending, twins.state.live_steps) == (Ending.DIED, ())
        assert await twins.tell(command(c.ReportFact(report=Report.DISCHARGED), OLGA)) == ["case_closed"]


async def test_two_in_a_moment() -> None:
    """Of two that claim the same step in the same moment one has it, and the other hears who."""
    async with Twins() as twins:
        await until_discharge(twins)
        claim = c.Claim(step_id=live(twins.state)["discharge.ready_date"])
        assert await twins.tell(command(claim, ANNA), command(claim, OLGA)) == [None, "already_claimed"]
        assert twins.state.steps[claim.step_id].assignee == ANNA.user


async def test_a_pause_stops_the_ladder() -> None:
    """In a paused case nobody is told that it is late; after it the time that was left runs on."""
    async with Twins() as twins:
        await twins.tell(command(admission(), HIS))
        step_id = live(twins.state)["contact.first_contact"]
        await twins.wait(10 * HOUR)
        await twins.tell(command(c.ReportFact(report=Report.PAUSED), HIS))
        await twins.wait(10 * DAY)
        assert rungs(twins) == []
        await twins.tell(command(c.ReportFact(report=Report.RESUMED), HIS))
        assert twins.state.steps[step_id].due_at == NOON + 10 * DAY + 24 * HOUR
        await twins.wait(3 * DAY)
        assert rungs(twins)[0][0] == "amber"


async def test_who_is_late_by_days_is_told_once() -> None:
    """A message that comes three days late fires the highest rung that is due, not all of them."""
    async with Twins() as twins:
        await twins.tell(command(admission(admitted_at=NOON - 3 * DAY), HIS))
        await twins.wait(DAY)
        fired = [rung for rung, step, _ in rungs(twins) if step == "first_contact"]
        assert fired == ["centre"]


def rungs(twins: Twins) -> list[tuple[str, str, datetime]]:
    """Which rungs were climbed, of which steps and when."""
    return [
        (event.body.rung, event.body.step_id.split(".")[2], event.recorded_at)
        for event in twins.journal
        if isinstance(event.body, e.StepEscalated)
    ]


async def test_lost_state_is_made_of_the_journal() -> None:
    """A journey that was lost goes on from the fold of its journal as if nothing had been."""
    async with Twins() as twins:
        await until_services(twins)
        again = fold("case", twins.journal)
        assert again.model_dump_json() == twins.state.model_dump_json()
