"""The delay of a patient who could have left, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from marshrut.domain.words import Role
from tests.fixtures.system import System

DAY = timedelta(days=1)


def ago(days: int) -> str:
    """So many days ago at noon in Moscow."""
    there = datetime.now(ZoneInfo("Europe/Moscow"))
    return (there.replace(hour=12, minute=0, second=0, microsecond=0) - days * DAY).isoformat()


async def reports(system: System, case_id: str, kind: str, at: str) -> None:
    """The hospital's system says something of that time."""
    path = f"/api/v1/cases/{case_id}/events"
    answer = await system.post(path, {"type": kind, "occurred_at": at}, role=Role.INTEGRATOR)
    assert answer.status_code == 200, answer.text


async def blocks(system: System, step_id: str, since: str, reason: str) -> None:
    """Somebody says why a step has not moved since then."""
    block: dict[str, Any] = {"reason": reason, "since": since}
    answer = await system.post(f"/api/v1/steps/{step_id}/block", block, role=Role.SUPERVISOR)
    assert answer.status_code == 200, answer.text


async def test_a_delay_is_told_day_by_day_with_all_its_reasons(system: System) -> None:
    """Ready five days ago, blocked by two parties, gone yesterday: four days, each with what stood in the way."""
    case_id = await system.admit(admitted_at=ago(8))
    assert (await system.get(f"/api/v1/cases/{case_id}/delay"))["ready_at"] is None
    await reports(system, case_id, "medically_ready", ago(5))
    step_id = await system.step(case_id, "first_contact")
    await blocks(system, step_id, ago(4), "housing")
    await blocks(system, step_id, ago(2), "home_care")
    await reports(system, case_id, "discharged", ago(1))
    told = await system.get(f"/api/v1/cases/{case_id}/delay", role=Role.AUDITOR)
    assert (told["total"], told["unexplained"], told["paused_days"]) == (4, 0, False)
    assert [day["date"] for day in told["days"]] == [ago(days)[:10] for days in (4, 3, 2, 1)]
    why = [[held["reason"] for held in day["reasons"]] for day in told["days"]]
    assert why == [["housing"], ["housing"], ["home_care", "housing"], ["home_care", "housing"]]
    by_reason = {each["code"]: (each["days"], each["england"], each["title"]["ru"]) for each in told["by_reason"]}
    assert by_reason == {
        "housing": (4, ["I"], "Жилья нет или оно непригодно"),
        "home_care": (2, ["E"], "Ждём начала ухода на дому"),
    }
    assert {each["code"]: each["days"] for each in told["by_party"]} == {"housing": 4, "care_provider": 2}
    assert all(each["title"]["ru"] and each["title"]["en"] for each in told["by_party"])
    assert datetime.fromisoformat(told["until"]) == datetime.fromisoformat(ago(1))


async def test_the_delay_is_that_of_the_list(system: System) -> None:
    """The list of what is stuck and the case itself count the same days; unexplained ones are named so."""
    case_id = await system.admit(admitted_at=ago(8))
    await reports(system, case_id, "medically_ready", ago(3))
    told = await system.get(f"/api/v1/cases/{case_id}/delay")
    listed = await system.get("/api/v1/stuck", limit=200, why="medically_ready")
    days = {item["delayed_days"] for item in listed["items"] if item["case_id"] == case_id}
    assert (days, told["total"], told["unexplained"]) == ({3}, 3, 3)
    assert datetime.fromisoformat(told["ready_at"]).astimezone(UTC) == datetime.fromisoformat(ago(3))


async def test_the_card_says_what_is_still_waited_for(system: System) -> None:
    """Medically ready and socially not: the review is named, and later everything on the checklist, in words."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    await system.do(case_id, "consent_record", result="given")
    await system.do(case_id, "home_safety", result="safe")
    await system.do(case_id, "life_survey", result="complete")
    await system.do(case_id, "function_scale", result="scored", score=90)
    await system.do(case_id, "documents_check", result="complete")
    await system.do(case_id, "needs_agree", result="none")
    await system.do(case_id, "ready_date", result="date")
    readiness = (await system.get(f"/api/v1/cases/{case_id}"))["readiness"]
    assert (readiness["medical_at"] is None, readiness["social_at"]) == (False, None)
    waiting = {each["name"]: (each["sort"], each["status"]) for each in readiness["waiting_for"]}
    assert waiting["barrier_review"] == ("review", "open")
    assert waiting["medicines"] == ("arrangement", "needed")
    titles = {each["name"]: each["title"] for each in readiness["waiting_for"]}
    assert titles["medicines"] == {"ru": "Лекарства и рецепты", "en": "Medicines and prescriptions"}
    # A senior who finds the way clear is asked again, until the rest is arranged or said not to be needed.
    first = await system.step(case_id, "barrier_review")
    await system.do(case_id, "barrier_review", result="clear")
    assert await system.step(case_id, "barrier_review") != first
    await system.do(case_id, "barrier_review", result="clear", rest="not_needed")
    await system.do(case_id, "home_prepare", result="ready")
    await system.do(case_id, "transport_book", result="family")
    readiness = (await system.get(f"/api/v1/cases/{case_id}"))["readiness"]
    assert readiness["waiting_for"] == []
    assert readiness["social_at"] is not None
