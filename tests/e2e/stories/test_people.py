"""Story 10: who answers for a case, and what takes four eyes."""

from marshrut.domain.words import Role
from tests.fixtures.ahead import Ahead


async def test_a_case_with_open_needs_is_closed_by_four_eyes(today: Ahead) -> None:
    """Given somebody who left before the agreed care began, when a month has passed, then two seniors close it."""
    case = await today.admit()
    await today.do(case, "first_contact", result="contacted")
    await today.do(case, "consent_record", result="given")
    await today.do(case, "home_safety", result="safe")
    await today.do(case, "life_survey", result="complete", lives_with="alone")
    await today.do(case, "function_scale", result="scored", score=45)
    await today.do(case, "documents_check", result="complete")
    await today.do(case, "needs_agree", result="agreed", needs=["home_care"])

    left = await today.post(f"/api/v1/cases/{case}/events", {"type": "discharged"}, role=Role.INTEGRATOR)
    assert left.status_code == 200, left.text
    await today.do(case, "arrival_confirm", result="confirmed", received_by="nobody")
    await today.sleep(case, days=4)
    await today.do(case, "call_72h", result="well")
    await today.sleep(case, days=4)
    await today.do(case, "check_7d", result="well")
    await today.sleep(case, days=24)
    await today.do(case, "check_30d", result="stable")

    step = await today.step(case, "case_close")
    closed = await today.post(
        f"/api/v1/steps/{step}/complete", {"outcome": "closed"}, role=Role.SUPERVISOR, user="anna"
    )
    assert closed.status_code == 200, closed.text
    assert await today.live(case) == ["close_confirm"]
    path = f"/api/v1/steps/{await today.step(case, 'close_confirm')}/complete"
    own = await today.post(path, {"outcome": "agreed"}, role=Role.SUPERVISOR, user="anna")
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    other = await today.post(path, {"outcome": "agreed"}, role=Role.SUPERVISOR, user="pavel")
    assert other.status_code == 200, other.text
    card = await today.get(f"/api/v1/cases/{case}")
    assert (card["state"], card["ending"]) == ("closed", "home_alone")
    needs = await today.get(f"/api/v1/cases/{case}/items", kind="need")
    assert {need["name"]: need["status"] for need in needs["items"]}["home_care"] == "agreed"
