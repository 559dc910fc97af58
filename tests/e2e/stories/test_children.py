"""Part 4, story 1: a child in hospital, from whom the guardianship body hears of, to the adult who takes the child."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Any

from marshrut.domain.words import Role
from tests.api.inboxes import relaying
from tests.e2e.stories.bedside import history, items, statuses, told_of
from tests.fixtures.ahead import Ahead
from tests.fixtures.engine import eventually

View = dict[str, Any]
LATER = timedelta(days=500)


def aged(years: int) -> View:
    """A patient who is so many years old."""
    born = date.today().replace(day=1) - timedelta(days=365 * years + 40)  # noqa: DTZ011 - to within a month
    return {
        "identified": True,
        "mrn": f"MRN-{secrets.token_hex(4)}",
        "family": "Ручейкова",
        "given": "Аня",
        "birth_date": born.isoformat(),
    }


async def refused(today: Ahead, case: str, name: str, **outcome: Any) -> str:
    """Why this answer is not taken."""
    path = f"/api/v1/steps/{await today.step(case, name)}/complete"
    answer = await today.post(path, {"outcome": outcome}, role=Role.SUPERVISOR)
    assert answer.status_code == 409, answer.text
    code: str = answer.json()["code"]
    return code


async def alone(today: Ahead, *flags: str, years: int = 5) -> str:
    """A child with whom no adult came, of whom the guardianship body was told; the case."""
    case = await today.admit(patient=aged(years), flags=list(flags or ("child_without_carer",)))
    assert {"guardianship_notice", "parents_search"} <= {*await today.live(case)}
    await today.do(case, "guardianship_notice", result="registered", number="ОП-17")
    return case


async def ready(today: Ahead, case: str) -> None:
    """The child was met and looked at, needs nothing more of us, and may leave."""
    if "first_contact" in await today.live(case):
        await today.do(case, "first_contact", result="contacted", carer="nobody")
        await today.do(case, "consent_record", result="given", by="guardianship_body")
    await today.do(case, "home_safety", result="safe")
    await today.do(case, "life_survey", result="complete")
    await today.do(case, "function_scale", result="unable")
    await today.do(case, "documents_check", result="complete")
    await today.do(case, "needs_agree", result="none")
    await today.do(case, "ready_date", result="date")
    await today.do(case, "barrier_review", result="clear")


async def followed(today: Ahead, case: str) -> View:
    """A month of calls to the adult, and the end; the case's card."""
    await today.sleep(case, days=3, hours=2)
    if "expected_date" in await today.live(case):
        await today.do(case, "expected_date", result="set", expected_at=(today.clock() + LATER).isoformat())
    assert await refused(today, case, "call_72h", result="well", spoken_with="patient") == "adult_is_called"
    await today.do(case, "call_72h", result="well", spoken_with="adult")
    await today.sleep(case, days=5)
    await today.do(case, "check_7d", result="well", spoken_with="adult")
    await today.sleep(case, days=24)
    await today.do(case, "check_30d", result="stable", spoken_with="adult")
    await today.do(case, "case_close", result="closed")
    card: View = await today.get(f"/api/v1/cases/{case}")
    return card


async def found(today: Ahead, case: str) -> None:
    """The parents are found, after an attempt."""
    attempt = {"kind": "attempt", "name": "call", "facts": {"channel": "phone", "result": "answered"}}
    assert (await today.post(f"/api/v1/cases/{case}/items", attempt)).status_code == 201
    await today.do(case, "parents_search", result="found")


async def test_a_lone_child_whose_parents_are_found(today: Ahead) -> None:
    """Given a child whom nobody came with, when its mother is found, then she has it once the body has agreed."""
    case = await alone(today)
    assert (await today.get(f"/api/v1/cases/{case}"))["variants"][0]["variant"] == "child"
    clock = await today.get(f"/api/v1/steps/{await today.step(case, 'guardianship_survey')}/clock")
    assert clock["clock"]["term"] == {"amount": 3, "unit": "wd", "at": None}
    assert clock["clock"]["timetable"]["name"] == "guardianship"

    assert await refused(today, case, "parents_search", result="none") == "attempt_needed"
    await found(today, case)
    assert (await statuses(today, case, "relative"))["mother"] == "found"
    assert "parent_stay" in await today.live(case)
    await ready(today, case)
    # The doctors let the child go; the body has not agreed yet.
    assert "transport_book" not in await today.live(case)

    await today.do(case, "parent_check", result="fit", proof="document")
    await today.do(case, "return_agree", result="refused")
    assert "return_refused" in await told_of(today, case)
    await today.sleep(case, days=1, hours=1)
    await today.do(case, "return_agree", result="agreed")
    await today.do(case, "transport_book", result="family")
    assert await refused(today, case, "child_handover", result="foster") == "handover_not_agreed"
    await today.do(case, "child_handover", result="parent", receiver="Ручейкова О. П.", number="А-3")
    card = await followed(today, case)
    assert (card["state"], card["ending"]) == ("closed", "child_to_parent")
    assert [step for step in card["steps"] if step["state"] in {"open", "claimed"}] == []


async def test_parents_who_are_unfit(today: Ahead) -> None:
    """Given a mother to whom the child may not be given, when a guardian is appointed, then he has the child."""
    case = await alone(today)
    await today.do(case, "parents_search", result="unfit")
    mother = (await items(today, case, "relative"))["mother"]
    assert mother["status"] == "unfit"
    facts = {"channel": "phone", "result": "answered", "relative": mother["item_id"]}
    tried = await today.post(f"/api/v1/cases/{case}/items", {"kind": "attempt", "name": "call", "facts": facts})
    assert (tried.status_code, tried.json()["code"]) == (409, "relative_unfit")
    assert "parent_stay" not in await today.live(case)

    await today.do(case, "guardianship_survey", result="no_care")
    await ready(today, case)
    await today.do(case, "temporary_guardian", result="act", who="relative", guardian="Дед", number="48-1")
    await today.do(case, "transport_book", result="family")
    assert await refused(today, case, "child_handover", result="parent") == "handover_not_agreed"
    await today.do(case, "child_handover", result="guardian")
    assert (await followed(today, case))["ending"] == "child_to_temporary_guardian"


async def test_a_child_for_whom_there_is_no_family_yet(today: Ahead) -> None:
    """Given no guardian, when the body has an institution for a time, then a family is asked for until there is one."""
    case = await alone(today)
    await today.do(case, "parents_search", result="unfit")
    await today.do(case, "temporary_guardian", result="none")
    await today.do(case, "family_decision", result="institution")
    await today.sleep(case, days=7, hours=1)
    await today.do(case, "family_decision", result="foster")
    await ready(today, case)
    await today.do(case, "transport_book", result="medical")
    await today.do(case, "child_handover", result="foster")
    card = await today.get(f"/api/v1/cases/{case}")
    assert card["stage"] == "followup"
    assert not {step["track"] for step in card["steps"]} & {"placement"}


async def test_a_newborn_whose_mother_takes_it_after_all(today: Ahead) -> None:
    """Given a newborn left behind, when the act is withdrawn, then its mother is looked at as any parent is."""
    born = {**aged(0), "birth_date": date.today().isoformat()}  # noqa: DTZ011 - today, wherever that is
    case = await today.admit(patient=born, flags=["newborn", "abandoned"])
    assert {"abandonment_act", "guardianship_notice"} <= {*await today.live(case)}
    await today.do(case, "guardianship_notice", result="registered")
    await today.do(case, "abandonment_act", result="withdrawn")
    assert (await statuses(today, case, "relative"))["mother"] == "found"
    await today.do(case, "parent_check", result="fit", proof="document")
    await today.do(case, "return_agree", result="agreed")
    await today.do(case, "parent_stay", result="arranged", bed="free", ground="under_4")
    await ready(today, case)
    await today.do(case, "transport_book", result="family")
    await today.do(case, "child_handover", result="parent")
    assert (await followed(today, case))["ending"] == "child_to_parent"


async def test_a_found_child(today: Ahead) -> None:
    """Given a child whom somebody found, when its birth is registered in time, then it has its first paper."""
    case = await alone(today, "foundling")
    clock = await today.get(f"/api/v1/steps/{await today.step(case, 'found_birth')}/clock")
    assert (clock["clock"]["term"]["amount"], clock["clock"]["start"]["counts_from"]) == (7, "admission")
    await today.do(case, "found_police", result="told")
    await today.do(case, "found_report", result="finder_unknown")
    assert "finder_unknown" in await told_of(today, case)
    await today.do(case, "found_birth", result="registered", number="I-МЮ 1")
    assert await statuses(today, case, "document") == {"birth_certificate": "issued"}


async def test_doctors_decide_for_a_child_when_it_cannot_wait(today: Ahead) -> None:
    """Given a child of nine alone, when a consilium decided, then those with the right are told, and asked."""
    case = await alone(today, years=9)
    await today.do(case, "first_contact", result="contacted", carer="nobody")
    assert await refused(today, case, "consent_record", result="given") == "adult_decides"
    assert await refused(today, case, "consent_record", result="given", by="patient") == "adult_decides"
    await today.do(case, "consent_record", result="given", by="consilium")
    await today.do(case, "consent_notice", result="nobody")
    await found(today, case)
    await today.do(case, "consent_record", result="given", by="parent")
    await today.sleep(case, days=1, hours=1)
    await today.do(case, "consent_notice", result="told", whom="parent")
    assert "consent_notice" not in await today.live(case)


async def test_from_fifteen_on_a_child_decides(today: Ahead) -> None:
    """Given a child of sixteen with its father, when asked, then its own word counts; and the birth date is nowhere."""
    patient = aged(16)
    case = await today.admit(patient=patient)
    assert "of_consent_age" in (await today.settled(case)).flags
    await today.do(case, "first_contact", result="contacted", carer="parent")
    await today.do(case, "consent_record", result="given", by="patient")
    assert patient["birth_date"] not in (await today.settled(case)).model_dump_json()


async def planned(today: Ahead, days: float, **more: Any) -> tuple[str, View]:
    """A child whose stay is planned so many days ahead; the case and its patient."""
    patient = aged(4)
    body = {
        "facility": "GKB29",
        "sentence": "Плановая операция, мама просит помочь с младшим",
        "patient": patient,
        "planned_for": (today.clock() + timedelta(days=days)).isoformat(),
        **more,
    }
    answer = await today.post("/api/v1/referrals", body)
    assert answer.status_code == 201, answer.text
    return answer.json()["case_id"], patient


async def test_a_planned_stay_goes_on_as_an_ordinary_case(today: Ahead) -> None:
    """Given help before a planned stay, when the child comes under the visit number, then the same case goes on."""
    visit = f"26-{secrets.token_hex(4)}"
    case, patient = await planned(today, 10, visit=visit)
    clock = await today.get(f"/api/v1/steps/{await today.step(case, 'family_call')}/clock")
    assert clock["clock"]["start"]["counts_from"] == "planned_day"
    await today.do(case, "family_call", result="told", wants=["parent_stay", "travel", "siblings"])
    assert await today.live(case) == ["papers_ready", "parent_stay", "siblings_care", "travel_plan"]
    await today.do(case, "papers_ready", result="complete")
    assert set((await statuses(today, case, "paper")).values()) == {"received"}
    await today.do(case, "siblings_care", result="arranged")

    await today.sleep(case, days=10)
    came = {"admitted_at": today.clock().isoformat(), "emergency": False, "visit": visit, "patient": patient}
    answer = await today.post("/api/v1/admissions", {"facility": "GKB29", **came}, role=Role.INTEGRATOR)
    assert (answer.status_code, answer.json()) == (200, {"case_id": case, "created": False, "reason": None})
    assert {"first_contact"} <= {*await today.live(case)}
    assert "travel_plan" not in await today.live(case)


async def test_a_planned_stay_under_another_number_is_handed_on(today: Ahead) -> None:
    """Given a planned stay, when the child is admitted otherwise, then that case is linked to it and this one ends."""
    case, patient = await planned(today, 5)
    at = {"facility": "GKB29", "admitted_at": today.clock().isoformat(), "emergency": False}
    came = {**at, "visit": f"26-{secrets.token_hex(4)}", "patient": patient}
    answer = await today.post("/api/v1/admissions", came, role=Role.INTEGRATOR)
    assert answer.status_code == 201, answer.text
    later = answer.json()["case_id"]
    assert (await today.get(f"/api/v1/cases/{later}"))["earlier"] == case

    async def ended() -> str | None:
        ending: str | None = (await today.get(f"/api/v1/cases/{case}"))["ending"]
        return ending

    async with relaying(today.parts):
        assert await eventually(ended) == "merged"
    # Whose stay nobody planned is screened out as before.
    other = {**came, "patient": aged(4), "visit": f"26-{secrets.token_hex(4)}"}
    screened = await today.post("/api/v1/admissions", other, role=Role.INTEGRATOR)
    assert screened.json()["case_id"] is None


async def test_a_planned_day_that_passes_is_asked_about(today: Ahead) -> None:
    """Given a planned stay to which nobody came, when its day has passed, then it is moved, and in the end given up."""
    case, _ = await planned(today, 2)
    await today.do(case, "family_call", result="told")
    await today.sleep(case, days=3)
    assert await today.live(case) == ["day_passed"]
    await today.do(case, "day_passed", result="moved", planned_for=(today.clock() + timedelta(days=3)).isoformat())
    assert await today.live(case) == ["family_call"]
    await today.do(case, "family_call", result="not_coming")
    card = await today.get(f"/api/v1/cases/{case}")
    assert (card["state"], card["ending"]) == ("closed", "admission_cancelled")
    assert [line["data"] for line in await history(today, case, "case_closed")] != []


async def test_nothing_is_planned_for_a_day_that_has_passed(today: Ahead) -> None:
    """Given a day that has passed, when a stay is to be planned for it, then that is refused in words."""
    body = {"facility": "GKB29", "sentence": "План", "planned_for": (today.clock() - timedelta(days=1)).isoformat()}
    answer = await today.post("/api/v1/referrals", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "planned_in_the_past")
