"""Story 8: the way home, what it waited for, and whom."""

from datetime import datetime
from zoneinfo import ZoneInfo

from marshrut.domain.words import Role
from tests.e2e.stories.ways import assessed, items, met, move, planned, reported, statuses
from tests.fixtures.ahead import Ahead

MOSCOW = ZoneInfo("Europe/Moscow")
LATER_STEPS = {"keys", "transport", "escort", "care_start"}


async def blocked(today: Ahead, case: str, reason: str, responsible: str | None = None) -> str:
    """A reason why the review of barriers cannot end; its id."""
    step = await today.step(case, "barrier_review")
    body = {"reason": reason} | ({"responsible": responsible} if responsible else {})
    answer = await today.post(f"/api/v1/steps/{step}/block", body, role=Role.SUPERVISOR)
    assert answer.status_code == 200, answer.text
    ids = {each["reason"]: each["block_id"] for each in answer.json()["blocks"]}
    return str(ids[reason])


async def waited_for(today: Ahead, case: str) -> set[str]:
    """What the card says is waited for."""
    card = await today.get(f"/api/v1/cases/{case}")
    return {each["name"] for each in card["readiness"]["waiting_for"]}


async def test_the_expected_date_is_asked_for_and_held_to(today: Ahead) -> None:
    """Given a patient of today, by the next morning's round a date is due; one that has passed is asked about again."""
    case = await met(today)
    await today.sleep(case, hours=1)
    step = await today.get(f"/api/v1/steps/{await today.step(case, 'expected_date')}")
    due = datetime.fromisoformat(step["clock"]["due_at"]).astimezone(MOSCOW)
    assert (due.hour, step["role"]) == (10, "doctor")
    await today.do(case, "expected_date", result="not_yet")
    assert "expected_date" not in await today.live(case)
    await today.sleep(case, days=1, minutes=1)
    on = today.clock().astimezone(MOSCOW).replace(microsecond=0)
    await today.do(case, "expected_date", result="set", expected_at=on.isoformat())
    card = await today.get(f"/api/v1/cases/{case}")
    assert datetime.fromisoformat(card["expected_discharge_at"]) == on
    await today.sleep(case, hours=1, minutes=1)
    assert "expected_date" in await today.live(case)


async def test_home_with_everything_arranged(today: Ahead) -> None:
    """Given care that was agreed, when each thing is arranged, then the patient is brought home and handed over.

    Medical and social readiness stand apart; a review that finds the way clear too early is followed by another; what
    the escort could not do is done again.
    """
    case = await met(today)
    await assessed(today, case, "home_care")
    await planned(today, case)
    await today.do(case, "need_application", result="filed")
    await today.do(case, "need_decision", result="recognised")
    await today.do(case, "ippsu_receive", result="issued")
    await today.do(case, "service_contract", result="signed")
    await today.do(case, "care_start", result="waiting")

    await today.do(case, "ready_date", result="date")
    readiness = (await today.get(f"/api/v1/cases/{case}"))["readiness"]
    assert readiness["medical_at"] is not None
    assert readiness["social_at"] is None
    assert {"clothes", "food", "medicines", "keys", "escort"} <= await waited_for(today, case)
    first = await today.step(case, "barrier_review")
    await today.do(case, "barrier_review", result="clear")
    assert await today.step(case, "barrier_review") != first
    for name, thing in (await items(today, case, "arrangement")).items():
        if name not in LATER_STEPS:
            await move(today, thing, "not_needed" if name == "pets" else "arranged", facts={"who": "соседка"})
    assert await waited_for(today, case) == {"barrier_review", *LATER_STEPS}
    await move(today, (await items(today, case, "arrangement"))["care_start"], "arranged")
    await today.do(case, "barrier_review", result="clear")

    await today.do(case, "hand_over", result="handed_over", to="patient")
    await today.do(case, "home_prepare", result="ready")
    assert (await statuses(today, case, "arrangement"))["keys"] == "arranged"
    await today.do(case, "care_handover", result="refused")
    assert "transport_book" not in await today.live(case)
    await today.sleep(case, days=1, minutes=1)
    await today.do(case, "care_handover", result="accepted", receiver="Петрова")
    await today.do(case, "transport_book", result="medical")
    await today.do(case, "escort_home", result="failed")
    assert (await statuses(today, case, "arrangement"))["transport"] == "failed"
    await today.do(case, "transport_book", result="taxi")
    await today.do(case, "escort_home", result="delivered")
    readiness = (await today.get(f"/api/v1/cases/{case}"))["readiness"]
    assert readiness["waiting_for"] == []
    assert readiness["social_at"] > readiness["medical_at"]

    await today.do(case, "arrival_confirm", result="unknown")
    await today.do(case, "arrival_confirm", result="confirmed", received_by="social_worker", receiver="Петрова")
    card = await today.get(f"/api/v1/cases/{case}")
    assert (card["tracks"]["transition"], card["stage"]) == ("home_with_services", "followup")


async def test_an_unfit_home_leads_elsewhere(today: Ahead) -> None:
    """Given a home that nobody can live in, then a senior looks at it at once and may have a place looked for."""
    case = await met(today)
    await assessed(today, case)
    await today.do(case, "ready_date", result="date")
    await today.do(case, "barrier_review", result="clear", rest="not_needed")
    await today.do(case, "home_prepare", result="unfit")
    assert (await statuses(today, case, "arrangement"))["keys"] == "failed"
    await today.do(case, "barrier_review", result="blocked", way="institution")
    assert "profile_choose" in await today.live(case)


async def test_delayed_days_have_reasons_and_parties(today: Ahead) -> None:
    """Given a patient who is ready and two parties who are not, then each midnight counts once, for both.

    The stuck list counts the same days as the case, and neither counts on once the patient has left.
    """
    case = await met(today)
    await assessed(today, case)
    await today.do(case, "ready_date", result="date")
    assert (await today.get(f"/api/v1/cases/{case}/delay"))["total"] == 0
    housing = await blocked(today, case, "housing")
    await blocked(today, case, "home_care")
    await blocked(today, case, "dispute", "relatives")
    await today.sleep(case, days=2)
    step = await today.step(case, "barrier_review")
    ended = await today.post(f"/api/v1/steps/{step}/unblock", {"block_id": housing}, role=Role.SUPERVISOR)
    assert ended.status_code == 200, ended.text
    await today.sleep(case, days=2)

    told = await today.get(f"/api/v1/cases/{case}/delay")
    ready = datetime.fromisoformat(told["ready_at"]).astimezone(MOSCOW).date()
    assert told["total"] == (today.clock().astimezone(MOSCOW).date() - ready).days == 4
    assert (told["unexplained"], told["until"]) == (0, None)
    assert [len(day["reasons"]) for day in told["days"]] == [3, 3, 2, 2]
    assert {each["code"]: each["days"] for each in told["by_reason"]} == {"housing": 2, "home_care": 4, "dispute": 4}
    assert {each["code"]: each["days"] for each in told["by_party"]} == {
        "housing": 2,
        "care_provider": 4,
        "relatives": 4,
    }
    listed = await today.get("/api/v1/stuck", limit=200, why="medically_ready")
    assert {item["delayed_days"] for item in listed["items"] if item["case_id"] == case} == {4}

    await reported(today, case, "discharged")
    await today.sleep(case, days=2)
    told = await today.get(f"/api/v1/cases/{case}/delay")
    assert (told["total"], told["until"] is None) == (4, False)
    listed = await today.get("/api/v1/stuck", limit=200, why="medically_ready")
    assert case not in {item["case_id"] for item in listed["items"]}
