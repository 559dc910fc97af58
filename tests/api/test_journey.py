"""The first journey over HTTP, as coordinators walk it."""

from datetime import UTC, datetime, timedelta

from marshrut.domain.words import Role
from tests.fixtures.engine import eventually
from tests.fixtures.system import System


async def told(system: System, case_id: str) -> list[str]:
    """What people are to know about the case, be it now or when their team is there."""
    history = await system.get(f"/api/v1/cases/{case_id}/events", limit=500)
    return [event["data"]["occasion"] for event in history["items"] if event["kind"] == "people_told"]


async def test_a_coordinator_carries_a_case_home(system: System) -> None:
    """From admission to the door over HTTP alone; each outcome opens what comes next, and nothing is left over."""
    case_id = await system.admit(flags=["lives_alone"])
    await system.do(case_id, "first_contact", result="contacted")
    await system.do(case_id, "consent_record", result="given")
    await system.do(case_id, "home_safety", result="pet")
    await system.do(case_id, "life_survey", result="complete", lives_with="alone")
    await system.do(case_id, "function_scale", result="scored", score=45)
    await system.do(case_id, "documents_check", result="missing", missing=["passport"])
    await system.do(case_id, "needs_agree", result="agreed", needs=["home_care"])
    await system.do(case_id, "route_draft", result="drafted")
    await system.do(case_id, "route_offer", result="accepted")
    await system.do(case_id, "need_application", result="filed", receipt="77-1234")
    await system.do(case_id, "need_decision", result="recognised")
    await system.do(case_id, "ippsu_receive", result="issued")
    await system.do(case_id, "service_contract", result="signed")
    await system.do(case_id, "care_start", result="waiting")
    ready = await system.post(f"/api/v1/cases/{case_id}/events", {"type": "medically_ready"}, role=Role.INTEGRATOR)
    assert ready.status_code == 200
    assert ready.json()["medically_ready_at"] is not None
    await system.do(case_id, "barrier_review", result="clear", rest="not_needed")
    await system.do(case_id, "home_prepare", result="ready")
    await system.do(case_id, "care_handover", result="accepted", receiver="Мария Петровна, соцработник")
    await system.do(case_id, "transport_book", result="medical")
    await system.do(case_id, "escort_home", result="delivered")
    await system.do(case_id, "arrival_confirm", result="confirmed", received_by="social_worker")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert (card["stage"], card["tracks"]["transition"]) == ("followup", "home_with_services")
    # Nobody has to do anything until the first call, which is due when three days have passed.
    assert (card["state"], card["open_steps"]) == ("open", 0)
    # The doctor was not asked what the hospital's system had said.
    assert [step["state"] for step in card["steps"] if step["name"] == "ready_date"] == ["cancelled"]
    assert {step["name"] for step in card["steps"] if step["state"] == "done"} >= {"care_start", "arrival_confirm"}


async def test_a_refusal_is_looked_at_by_a_senior_before_the_case_closes(system: System) -> None:
    """A coordinator cannot drop a patient for one "no": a senior closes the case, or has the patient asked again."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="refused")
    step_id = await system.step(case_id, "case_close")
    refused = await system.post(f"/api/v1/steps/{step_id}/complete", {"outcome": "closed"})
    assert refused.status_code == 403
    await system.do(case_id, "case_close", result="reopened")
    await system.do(case_id, "first_contact", result="refused")
    await system.do(case_id, "case_close", result="closed")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert (card["state"], card["ending"]) == ("closed", "refused_help")


async def test_a_refused_consent_is_asked_for_again_when_a_senior_says_so(system: System) -> None:
    """Help never goes on without consent: reopened, the case asks for it again; closed, it is over."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    await system.do(case_id, "home_safety", result="child_alone")
    # Somebody alone at home cannot wait for the consent.
    assert await eventually(lambda: told(system, case_id)) == ["somebody_alone_at_home"]
    await system.do(case_id, "consent_record", result="refused")
    await system.do(case_id, "case_close", result="reopened")
    await system.do(case_id, "consent_record", result="given")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert {step["name"] for step in card["steps"] if step["state"] == "open"} >= {"life_survey", "documents_check"}


async def test_a_patient_who_was_moved_is_met_in_the_new_ward_or_handed_over(system: System) -> None:
    """Moved within the house: first contact opens again there; moved to another hospital: closed, a senior told."""
    case_id = await system.admit()
    first = await system.do(case_id, "first_contact", result="moved", moved_to="ward")
    again = await system.step(case_id, "first_contact")
    assert again != first["step_id"]
    await system.do(case_id, "first_contact", result="moved", moved_to="other_hospital")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert (card["state"], card["ending"]) == ("closed", "other_hospital")
    assert await eventually(lambda: told(system, case_id)) == ["gone_to_other_hospital"]


async def test_a_case_that_waits_says_until_when(system: System) -> None:
    """While an unconscious patient is left in peace nothing is to do, and the card says when somebody asks again."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="unconscious")
    card = await system.get(f"/api/v1/cases/{case_id}")
    (until,) = (wait["until"] for wait in card["waits"])
    left = datetime.fromisoformat(until) - datetime.now(UTC)
    # Only when the patient will leave is asked meanwhile.
    assert [step["name"] for step in card["steps"] if step["state"] == "open"] == ["expected_date"]
    assert timedelta(hours=11, minutes=50) < left <= timedelta(hours=12)


async def test_an_ending_leaves_nothing_open_anywhere(system: System) -> None:
    """After a death nothing is live or overdue, nothing may be done, and a comment may still be written."""
    case_id = await system.admit(flags=["child_without_carer"])
    step_id = await system.step(case_id, "first_contact")
    died = await system.post(f"/api/v1/cases/{case_id}/events", {"type": "died"}, role=Role.DOCTOR)
    assert (died.json()["state"], died.json()["open_steps"], died.json()["overdue_steps"]) == ("closed", 0, 0)
    # A child's case that is over is its supervisor's, and nobody's who had nothing to do with it.
    senior = Role.SUPERVISOR
    late = await system.post(f"/api/v1/steps/{step_id}/complete", {"outcome": "contacted"}, role=senior)
    assert (late.status_code, late.json()["code"]) == (409, "case_closed")
    step = await system.get(f"/api/v1/steps/{step_id}", senior)
    assert step["can"] == ["comment"]
    said = await system.post(f"/api/v1/steps/{step_id}/comment", {"text": "родные извещены"}, role=senior)
    assert said.status_code == 200
