"""The journeys of the first procedure, on a real server."""

import asyncio
from datetime import timedelta

import pytest
from temporalio.api.enums.v1 import EventType

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.ladder import Climb
from marshrut.domain.refusal import Refused
from marshrut.domain.words import Ending, Report
from marshrut.ports import JourneyGone
from tests.fixtures.cases import ANNA, CATALOGUE, DAY, HIS, HOUR, OLGA, PAVEL, live
from tests.fixtures.engine import Patient, Ward, eventually


def told(patient: Patient, occasion: str) -> bool:
    """Whether people were told of this, once."""
    notices = [event.body for event in patient.journal if isinstance(event.body, e.PeopleTold)]
    return len([notice for notice in notices if notice.occasion == occasion]) == 1


def climbed(patient: Patient) -> list[str]:
    """The rungs that were climbed, in their order."""
    return [event.body.rung for event in patient.journal if isinstance(event.body, e.StepEscalated)]


async def fired(patient: Patient) -> bool:
    """Whether the journey's timer has run out, be there a worker or not."""
    return EventType.EVENT_TYPE_TIMER_FIRED in {event.event_type for event in await patient.events()}


async def test_home_with_relatives(ward: Ward) -> None:
    """A patient who needs nothing comes home to the family, and no office was asked."""
    patient = ward.patient()
    await patient.until_needs()
    await patient.say("assessment.needs_agree", result="none")
    assert await patient.go_home("relatives") is Ending.HOME_WITH_RELATIVES
    assert list((await patient.state()).tracks) == [
        "admission",
        "contact",
        "expectation",
        "assessment",
        "discharge",
        "transition",
        "followup",
    ]


async def test_home_with_services(ward: Ward) -> None:
    """Each office's yes opens the next door, down to the care that begins at home."""
    patient = ward.patient()
    await patient.until_needs()
    await patient.agree("home_care", "urgent_help")
    await patient.say("services.urgent_services", result="act_signed")
    await patient.say("services.need_application", result="filed")
    await patient.say("services.need_decision", result="recognised")
    await patient.say("services.ippsu_receive", result="issued")
    await patient.say("services.service_contract", result="signed")
    await patient.say("services.care_start", result="waiting")
    assert await patient.go_home("nobody") is Ending.HOME_WITH_SERVICES


async def test_services_denied(ward: Ward) -> None:
    """After a no that is accepted nothing more is asked of any office, and the patient goes home all the same."""
    patient = ward.patient()
    await patient.until_needs()
    await patient.agree("home_care")
    await patient.say("services.need_application", result="filed")
    await patient.say("services.need_decision", result="denied", then="given_up")
    assert set(live(await patient.state())) == {"discharge.ready_date"}
    assert await patient.go_home("nobody") is Ending.HOME_ALONE
    assert (await patient.state()).tracks["services"].result == "no_care"


async def test_unconscious_and_asked_again(ward: Ward) -> None:
    """An unconscious patient is looked in on again after twelve hours, not before, and then the journey goes on."""
    patient = ward.patient()
    await patient.admit()
    first = await patient.step("contact.first_contact")
    await patient.say("contact.first_contact", result="unconscious")
    assert live(await patient.sleep(12 * HOUR - timedelta(minutes=1))) == {}
    woken = live(await patient.sleep(timedelta(minutes=1)))
    assert set(woken) == {"contact.first_contact"}
    assert woken["contact.first_contact"] != first
    await patient.say("contact.first_contact", result="contacted")
    assert set(live(await patient.settled())) == {"contact.consent_record", "contact.home_safety"}


async def test_refused_and_let_go(ward: Ward) -> None:
    """A patient's no ends the case only when a senior says so too."""
    patient = ward.patient()
    await patient.admit()
    await patient.say("contact.first_contact", result="refused")
    assert set(live(await patient.settled())) == {"followup.case_close"}
    await patient.say("followup.case_close", result="closed")
    assert (await patient.settled()).ending is Ending.REFUSED_HELP


async def test_refused_and_asked_again(ward: Ward) -> None:
    """A senior may have the patient asked again, also for their consent; given, help goes on."""
    patient = ward.patient()
    await patient.admit()
    await patient.say("contact.first_contact", result="refused")
    await patient.say("followup.case_close", result="reopened")
    await patient.say("contact.first_contact", result="contacted")
    await patient.say("contact.consent_record", result="refused")
    await patient.say("contact.home_safety", result="child_alone")
    await patient.say("followup.case_close", result="reopened")
    await patient.say("contact.consent_record", result="given")
    state = await patient.settled()
    # A child alone at home cannot wait for a plan.
    assert {name.split(".")[0] for name in live(state)} == {"assessment", "services"}
    assert told(patient, "somebody_alone_at_home")


async def test_moved_to_another_ward(ward: Ward) -> None:
    """A patient who lies in another ward by now is visited there."""
    patient = ward.patient()
    await patient.admit()
    await patient.say("contact.first_contact", result="moved", moved_to="ward")
    assert set(live(await patient.settled())) == {"contact.first_contact"}
    await patient.say("contact.first_contact", result="contacted")
    assert "contact.consent_record" in live(await patient.settled())


async def test_moved_to_another_hospital(ward: Ward) -> None:
    """A patient whom another hospital has is that hospital's, and a senior is told."""
    patient = ward.patient()
    await patient.admit()
    await patient.say("contact.first_contact", result="moved", moved_to="other_hospital")
    assert (await patient.settled()).ending is Ending.OTHER_HOSPITAL
    assert told(patient, "gone_to_other_hospital")


async def test_left_before_care(ward: Ward) -> None:
    """When the hospital discharges a patient for whom offices still work, what they were asked is withdrawn."""
    patient = ward.patient()
    await patient.until_needs()
    await patient.agree("home_care")
    await patient.say("services.need_application", result="filed")
    await patient.tell(c.ReportFact(report=Report.DISCHARGED), HIS)
    state = await patient.settled()
    assert set(live(state)) == {"discharge.arrival_confirm"}
    assert state.tracks["services"].result == "left"
    assert told(patient, "left_before_care")


async def test_the_hospital_says_ready_after_the_doctor_said_no(ward: Ward) -> None:
    """The hospital's word brings a patient on who was to be asked about the next day."""
    patient = ward.patient()
    await patient.until_needs()
    await patient.say("assessment.needs_agree", result="none")
    await patient.say("discharge.ready_date", result="not_ready")
    await patient.tell(c.ReportFact(report=Report.MEDICALLY_READY), HIS)
    assert set(live(await patient.sleep(2 * DAY))) == {"discharge.barrier_review"}


async def test_died_in_the_middle(ward: Ward) -> None:
    """A death closes the case at once: nothing stays to do, and nobody is told of anything any more."""
    patient = ward.patient()
    await patient.until_needs()
    await patient.tell(c.ReportFact(report=Report.DIED), HIS)
    state = await patient.sleep(10 * DAY)
    assert (state.ending, state.live_steps) == (Ending.DIED, ())
    assert climbed(patient) == []
    with pytest.raises(Refused, match="case_closed"):
        await patient.tell(c.ReportFact(report=Report.DISCHARGED), OLGA)


async def test_the_whole_ladder(ward: Ward) -> None:
    """A step that nobody touches climbs its ladder to the top, each rung once, at its hour, and then is silent.

    Of rungs that were put off to the same opening the highest is climbed.
    """
    patient = ward.patient()
    await patient.admit()
    (step,) = (await patient.settled()).live_steps
    every = CATALOGUE.climbs(await patient.state(), step)
    climbs = [climb for climb, after in zip(every, (*every[1:], None), strict=True) if not _together(climb, after)]
    await patient.sleep(20 * DAY)
    assert climbed(patient) == [climb.rung.name for climb in climbs]
    fired = [event.recorded_at for event in patient.journal if isinstance(event.body, e.StepEscalated)]
    for at, climb in zip(fired, climbs, strict=True):
        assert timedelta(0) <= at - climb.tell_at < timedelta(minutes=1)
    assert all(told(patient, f"rung.{rung}") for rung in climbed(patient))


def _together(climb: Climb, after: Climb | None) -> bool:
    return after is not None and after.tell_at == climb.tell_at


async def test_a_rung_outlives_the_worker(ward: Ward) -> None:
    """Rungs that come while no worker runs are there when one runs again: the highest of them, once."""
    patient = ward.patient()
    await patient.admit()
    await patient.settled()
    await ward.stop_working()
    ahead = asyncio.create_task(patient.forward(20 * DAY))
    await eventually(lambda: fired(patient))
    assert climbed(patient) == []
    await ward.work()
    assert await ahead
    await patient.sleep(5 * DAY)
    assert climbed(patient)[-1] == "centre"
    assert len(set(climbed(patient))) == len(climbed(patient))


async def test_a_closed_case_answers_for_thirty_days(ward: Ward) -> None:
    """A closed case takes comments and a repeated admission for thirty days; then it has left the engine."""
    patient = ward.patient()
    await patient.admit()
    step_id = await patient.step("contact.first_contact")
    await patient.say("contact.first_contact", result="moved", moved_to="other_hospital")
    state = await patient.sleep(29 * DAY)
    assert state.closed
    await patient.tell(c.Comment(step_id=step_id), ANNA)
    await patient.admit()
    assert patient.kinds[-2:] == ["step_commented", "admission_repeated"]
    await patient.forward(2 * DAY)
    await patient.handle.result()
    with pytest.raises(JourneyGone):
        await patient.tell(c.Comment(step_id=step_id), ANNA)
    with pytest.raises(JourneyGone):
        await patient.admit()


async def test_a_mandatory_step_needs_two(ward: Ward) -> None:
    """A step that must be done is left out only when a second person agrees; then the journey goes on without it."""
    patient = ward.patient()
    await patient.admit()
    step_id = await patient.step("contact.first_contact")
    await patient.tell(c.Cancel(step_id=step_id, reason="duplicate"))
    with pytest.raises(Refused, match="own_request"):
        await patient.tell(c.Approve(step_id=step_id))
    await patient.tell(c.Approve(step_id=step_id), PAVEL)
    state = await patient.settled()
    assert set(live(state)) == {"contact.consent_record", "contact.home_safety"}
    assert [event.body for event in patient.journal if isinstance(event.body, e.StepCancelled)] == [
        e.StepCancelled(step_id=step_id, reason="duplicate")
    ]
