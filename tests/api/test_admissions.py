from marshrut.domain.words import Role
from tests.fixtures.system import HOSPITAL, System, admission

ADMISSIONS = "/api/v1/admissions"


async def test_a_visit_opens_one_case_however_often_it_is_sent(system: System) -> None:
    """The first admission answers 201, every other of the same visit 200 with the same case."""
    sent = admission()
    answers = [await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 200, 200]
    assert [answer.json()["created"] for answer in answers] == [True, False, False]
    assert len({answer.json()["case_id"] for answer in answers}) == 1


async def test_a_planned_admission_opens_no_case_and_says_why(system: System) -> None:
    """What the catalogue screens out answers 200 without a case, with the reason."""
    answer = await system.post(ADMISSIONS, admission(emergency=False), role=Role.INTEGRATOR)
    assert answer.status_code == 200
    assert answer.json() == {"case_id": None, "created": False, "reason": "not_emergency"}


async def test_a_key_sent_again_is_one_admission_and_with_another_body_a_fault(system: System) -> None:
    """An idempotency key repeats its call; the same key with another body is refused and opens nothing."""
    sent, key = admission(), {"Idempotency-Key": "a-key-of-one-call"}
    first = await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR, **key)
    again = await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR, **key)
    other = await system.post(ADMISSIONS, admission(), role=Role.INTEGRATOR, **key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 422)
    assert first.json()["case_id"] == again.json()["case_id"]
    assert other.json()["code"] == "idempotency_key_reused"
    events = await system.get(f"/api/v1/cases/{first.json()['case_id']}/events")
    assert [event["kind"] for event in events["items"]].count("admission_repeated") == 0


async def test_an_unknown_or_foreign_hospital_is_refused_by_name(system: System) -> None:
    """A facility outside the catalogue is a fault of the field, one outside the token's scope is forbidden."""
    unknown = await system.post(ADMISSIONS, admission(facility="NOWHERE"), role=Role.INTEGRATOR)
    foreign = await system.post(ADMISSIONS, admission(facility="SKLIF"), role=Role.INTEGRATOR)
    assert (unknown.status_code, unknown.json()["code"]) == (422, "unknown_facility")
    assert unknown.json()["errors"][0]["field"] == "facility"
    assert (foreign.status_code, foreign.json()["code"]) == (403, "hospital_not_allowed")


async def test_the_card_shows_the_person_to_care_and_not_to_machines_auditors_or_the_head(system: System) -> None:
    """Names reach those who care for the patient; others see the case without them."""
    case_id = await system.admit()
    for role in (Role.COORDINATOR, Role.PSYCHOLOGIST, Role.SUPERVISOR, Role.DOCTOR):
        card = await system.get(f"/api/v1/cases/{case_id}", role)
        assert card["patient"]["family"] == "Соколова"
    for role in (Role.AUDITOR, Role.HEAD, Role.INTEGRATOR):
        card = await system.get(f"/api/v1/cases/{case_id}", role)
        assert card["patient"] is None
        assert card["visit"] is None
        assert "Соколова" not in str(card)


async def test_a_lone_childs_first_contact_is_due_two_hours_after_admission(system: System) -> None:
    """Flags shorten the clock, and it counts from the admission, not from its entry."""
    sent = admission(flags=["child_without_carer"])
    answer = await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR)
    card = await system.get(f"/api/v1/cases/{answer.json()['case_id']}")
    contact = card["steps"][0]
    assert contact["name"] == "first_contact"
    assert contact["hospital"] == HOSPITAL
    # Admitted three hours ago with two hours' time: late by an hour.
    assert -3700 < contact["clock"]["left_s"] < -3500
    assert contact["clock"]["state"] == "red"
    assert card["overdue_steps"] == 1


async def test_a_case_is_found_by_its_persons_name_or_visit(system: System) -> None:
    """Every word must begin a name or number; ё is е; who may not see persons may not search them."""
    patient = {"identified": True, "mrn": "Q-1", "family": "Ковалёв", "given": "Тимур"}
    wanted = await system.admit(patient=patient, visit="26-30871")
    await system.admit(patient={**patient, "mrn": "Q-2", "given": "Иван"})
    for words in ("ковалев тимур", "Ковал ТИ", "26-30871"):
        found = await system.get("/api/v1/cases", Role.COORDINATOR, q=words)
        assert [case["case_id"] for case in found["items"]] == [wanted]
    assert (await system.get("/api/v1/cases", Role.COORDINATOR, q="Ковалёв Пётр"))["items"] == []
    refused = await system.http.get("/api/v1/cases", params={"q": "x"}, headers=system.token(Role.AUDITOR))
    assert refused.status_code == 403


async def test_each_visit_of_a_person_keeps_its_own_number(system: System) -> None:
    """A person who comes twice has two cases, each with its own visit, and one newest address."""
    patient = {"identified": True, "mrn": "TWICE-1", "family": "Орлова"}
    first = await system.admit(patient=patient, visit="V-1")
    await system.admit(patient={**patient, "address": "новый адрес"}, visit="V-2")
    card = await system.get(f"/api/v1/cases/{first}", Role.COORDINATOR)
    assert (card["visit"], card["patient"]["address"]) == ("V-1", "новый адрес")
