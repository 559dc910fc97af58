"""Everything that is held on a person, over HTTP: what is in it, what is only named, and that it is audited."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from marshrut.domain.auditing import Act, Outcome, Purpose
from marshrut.domain.words import Role
from tests.api.test_audit import recorded
from tests.fixtures.system import System

ASKING = {"checked": "passport", "request": "2026-17"}


async def disclosed(system: System, case_id: str, **asking: str) -> dict[str, Any]:
    answer = await system.post(f"/api/v1/cases/{case_id}/disclosure", {**ASKING, **asking}, role=Role.SUPERVISOR)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def patient(**more: Any) -> dict[str, Any]:
    usual = {"identified": True, "mrn": uuid4().hex[:8], "family": "Голубева", "given": "Зоя"}
    return {**usual, "birth_date": "1948-02-03", "address": "Тихая, 4", "phones": ["+7 900 111-22-33"], **more}


async def test_a_person_is_told_everything_that_is_held(system: System) -> None:
    """Who they are, who told it, each case with steps, things and consents in words, and which partner was asked."""
    who = patient()
    first = await system.admit(patient=who, contacts=[{"relation": "son", "given": "Лев", "phones": ["+7 900 1"]}])
    second = await system.admit(patient=who)
    await system.do(first, "first_contact", result="contacted")
    await system.do(first, "consent_record", result="given", by="patient", note="при свидетеле")
    await system.item(first, "document", "passport", facts={"gone": "lost", "note": "на вокзале"})
    await system.item(first, "consent", "needs_to_partners")
    told = await disclosed(system, first)
    assert (told["whole"], told["checked"], told["request"]) == (True, "passport", "2026-17")
    assert told["identity"]["patient"]["family"] == "Голубева"
    assert told["identity"]["patient"]["address"] == "Тихая, 4"
    assert [each["told"]["patient"]["phones"] for each in told["sources"]] == [["+7 900 111-22-33"]] * 2
    assert {each["role"] for each in told["sources"]} == {"integrator"}
    assert told["cases"][0]["case"]["case_id"] == first
    assert {each["case"]["case_id"] for each in told["cases"]} == {first, second}
    mine = told["cases"][0]
    assert {each["purpose"]: each["said"] for each in mine["consents"]}["needs_to_partners"] == "asked"
    assert "на вокзале" in str(mine["items"])
    assert "при свидетеле" in str(mine["history"])
    assert mine["case"]["contacts"][0]["given"] == "Лев"
    assert mine["withheld"] == []


async def test_a_psychologists_notes_are_named_and_not_shown(system: System) -> None:
    """That they are there is told, with the reason why they are withheld."""
    case_id = await system.admit(patient=patient())
    step = await system.step(case_id, "first_contact")
    comment = {"text": "боится отчима"}
    answer = await system.post(f"/api/v1/steps/{step}/comment", comment, role=Role.PSYCHOLOGIST)
    assert answer.status_code in {200, 201}, answer.text
    told = await disclosed(system, case_id)
    assert "боится" not in str(told)
    (withheld,) = told["cases"][0]["withheld"]
    assert (withheld["case_id"], withheld["kind"]) == (case_id, "step_commented")
    assert "психолога" in withheld["reason"]["ru"]


async def test_of_other_hospitals_it_says_that_there_is_more(system: System) -> None:
    """Cases that the supervisor does not see are not in it, nor where they are; that it is not whole is said."""
    case_id = await system.admit(patient=patient())
    before = await disclosed(system, case_id)
    moved = {"hospital": "SKLIF", "note": "ожоги"}
    answer = await system.post(f"/api/v1/cases/{case_id}/transfer", moved, role=Role.SUPERVISOR)
    assert answer.status_code == 200, answer.text
    gone = await system.post(f"/api/v1/cases/{case_id}/disclosure", ASKING, role=Role.SUPERVISOR)
    assert before["whole"]
    assert (gone.status_code, gone.json()["code"]) == (404, "case_not_found")


async def test_that_it_was_made_is_audited_in_codes(system: System) -> None:
    """Who made it, of which case, how it was seen who asks: nothing that was read."""
    case_id = await system.admit(patient=patient())
    async with recorded(system) as (http, audit, _):
        path = f"/api/v1/cases/{case_id}/disclosure"
        answer = await http.post(path, json=ASKING, headers=system.token(Role.SUPERVISOR, "sova"))
        refused = await http.post(path, json=ASKING, headers=system.token(Role.AUDITOR))
    assert (answer.status_code, refused.status_code) == (200, 403)
    done, tried = audit.entries
    assert (done.act, done.purpose, done.user, done.case_id) == (Act.EXPORT, Purpose.RIGHTS, "sova", case_id)
    assert (done.thing, done.outcome) == ("passport:2026-17", Outcome.DONE)
    assert (tried.code, tried.thing) == ("role_not_allowed", None)
    assert "POST /api/v1/cases/{case_id}/disclosure" in audit.waited


@pytest.mark.parametrize("wrong", [{"checked": "voice"}, {"request": "Иванов И. И."}, {"more": "x"}])
async def test_a_faulty_request_is_refused(system: System, wrong: dict[str, str]) -> None:
    """How it was seen who asks is one of three ways; the number of a request is a number."""
    case_id = await system.admit(patient=patient())
    answer = await system.post(f"/api/v1/cases/{case_id}/disclosure", {**ASKING, **wrong}, role=Role.SUPERVISOR)
    assert answer.status_code == 422
    assert "Иванов" not in answer.text
