"""Figures over HTTP, on the real system."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.fixtures.system import System, admission

TODAY = datetime.now(UTC).date()
WEEK = {"from": (TODAY - timedelta(days=2)).isoformat(), "until": (TODAY + timedelta(days=3)).isoformat()}


async def counted(system: System, role: Role = Role.SUPERVISOR, **params: Any) -> dict[str, Any]:
    """The figures of the usual hospital these days."""
    answer: dict[str, Any] = await system.get("/api/v1/kpi", role=role, **{**WEEK, **params})
    return answer


async def test_what_is_done_is_counted(system: System) -> None:
    """An admission, a need agreed and met, a referral delivered and a step in time each add one where they belong."""
    before = (await counted(system))["total"]
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    need = await system.item(case_id, name="documents", status="agreed")
    await system.post(f"/api/v1/items/{need}/move", {"status": "met"})
    session = {"kind": "session", "name": "home_care", "status": "attended"}
    assert (await system.post(f"/api/v1/cases/{case_id}/items", session)).is_success
    after = (await counted(system))["total"]
    assert after["people"] - before["people"] == 1
    assert after["cases"]["opened"] - before["cases"]["opened"] == 1
    assert after["issues"]["raised"] - before["issues"]["raised"] == 1
    assert after["issues"]["resolved"] - before["issues"]["resolved"] == 1
    assert after["services"]["delivered"] - before["services"]["delivered"] == 1
    met = [each["terms_by_step"].get("contact.first_contact", {"met": 0})["met"] for each in (before, after)]
    assert met[1] - met[0] == 1


async def test_a_comparison_has_the_period_before_and_whole_weeks(system: System) -> None:
    """Only when it is asked for; weeks are Mondays of the past, twelve at least, for each hospital and all of them."""
    await system.admit()
    plain, compared = await counted(system), await counted(system, compare=True)
    assert (plain["before"], plain["weeks"], plain["hospitals"][0]["weeks"]) == (None, None, None)
    assert compared["total"] == plain["total"]
    before = compared["before"]
    assert before["until"] <= WEEK["from"]
    days = [date.fromisoformat(week["first"]) for week in compared["weeks"]]
    assert len(days) == 12
    assert all(day.weekday() == 0 and day + timedelta(days=7) <= TODAY for day in days)
    assert compared["hospitals"][0]["weeks"] == compared["weeks"]


async def test_a_step_in_time_is_told_against_its_goal(system: System) -> None:
    """By step and term: of how many, in what time, and the goal with its mark; delay and answers have goals too."""
    case_id = await system.admit()
    await system.do(case_id, "first_contact", result="contacted")
    total = (await counted(system))["total"]
    (sla,) = [each for each in total["sla"] if each["step"] == "contact.first_contact" and each["term"] == "24h"]
    assert sla["met"] >= 1
    assert sla["n"] == sla["met"] + sla["missed"]
    assert 0 < sla["p50"] <= sla["p90"]
    assert sla["goal"] == {"value": 95, "mark": "A", "source": "ours", "verified": False}
    assert total["delay"]["goal"]["value"] == 40
    assert total["answers"]["goal"]["value"] == 90
    assert sum(each["days"] for each in total["delay"]["shares"]) == pytest.approx(total["delay"]["days"])


async def test_a_partner_is_asked_and_answers(system: System) -> None:
    """A referral counts where it was sent to, and its answer once somebody moved it; the first answer stands."""
    case_id = await system.admit()
    before = (await counted(system))["total"]["answers"]
    partner = system.parts.catalogue.services["new_opportunities"].partners[0]
    facts = {"facts": {"partner": partner}}
    referral = await system.item(case_id, "referral", "new_opportunities", **facts)
    await system.post(f"/api/v1/items/{referral}/move", {"status": "accepted"})
    await system.post(f"/api/v1/items/{referral}/move", {"status": "in_progress"})
    after = (await counted(system))["total"]["answers"]
    assert [after[name] - before[name] for name in ("asked", "answered", "in_time", "silent")] == [1, 1, 1, 0]
    assert any(each["partner"] == partner for each in after["by_partner"])


async def test_hospitals_are_told_one_by_one_and_add_up(system: System) -> None:
    """A head of two hospitals sees each and the sum; with a hospital, that one only."""
    await system.admit()
    there = system.token(Role.INTEGRATOR, None, "SKLIF")
    assert (await system.http.post("/api/v1/admissions", json=admission(facility="SKLIF"), headers=there)).is_success
    headers = system.token(Role.HEAD, None, "GKB29", "SKLIF")
    answer = (await system.http.get("/api/v1/kpi", params=WEEK, headers=headers)).json()
    assert [each["hospital"] for each in answer["hospitals"]] == ["GKB29", "SKLIF"]
    opened = [each["figures"]["cases"]["opened"] for each in answer["hospitals"]]
    assert sum(opened) == answer["total"]["cases"]["opened"]
    one = await system.http.get("/api/v1/kpi", params={**WEEK, "hospital": "SKLIF"}, headers=headers)
    assert one.json()["total"]["cases"]["opened"] == opened[1]


async def test_another_hospital_is_refused(system: System) -> None:
    """Figures of a hospital outside the token are refused, and of one that there is not told as a wrong field."""
    headers = system.token(Role.SUPERVISOR)
    for hospital, status, code in (("SKLIF", 403, "hospital_not_allowed"), ("MOON", 422, "invalid")):
        answer = await system.http.get("/api/v1/kpi", params={**WEEK, "hospital": hospital}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_an_empty_period_counts_nothing(system: System) -> None:
    """Before the first case there is nothing, and no share of nothing."""
    await system.admit()
    past_days: dict[str, Any] = {"from": "2020-01-01", "until": "2020-02-01"}
    past = await counted(system, **past_days)
    assert (past["total"]["people"], past["total"]["services"]["delivered"]) == (0, 0)
    assert past["total"]["terms"] == {"met": 0, "missed": 0, "extended": 0, "share": None}
    assert {each["code"] for each in past["definitions"]} >= {"people", "cases", "issues", "services", "terms"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"from": "2026-03-02", "until": "2026-03-02"},
        {"from": "2026-03-02", "until": "2026-03-01"},
        {"from": "yesterday", "until": "2026-03-01"},
        {"from": "0001-01-01", "until": "2026-03-01"},
        {"from": "2026-03-01", "until": "9999-12-31"},
        {"until": "2026-03-01"},
    ],
)
async def test_a_period_that_is_none_is_refused(system: System, wrong: dict[str, str]) -> None:
    """No period, a period that ends before it begins, or a year that is none, is a fault that names the field."""
    answer = await system.http.get("/api/v1/kpi", params=wrong, headers=system.token(Role.HEAD))
    assert answer.status_code == 422, answer.text
    assert "from" in answer.text or "until" in answer.text


async def test_figures_name_nobody(system: System) -> None:
    """No id of a person or a case and no name stands in the answer."""
    case_id = await system.admit()
    case = await system.parts.api.queries.case(case_id)
    assert case is not None
    text = (await system.http.get("/api/v1/kpi", params=WEEK, headers=system.token(Role.AUDITOR))).text
    assert not any(word in text for word in (case_id, str(case.person), "Соколова"))
    assert date.fromisoformat(WEEK["from"]) < TODAY
