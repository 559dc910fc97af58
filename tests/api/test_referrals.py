"""Without application: a facility and one sentence are enough."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.api.inboxes import ADMISSIONS, REFERRALS, ahead
from tests.fixtures.system import HOSPITAL, System, admission

WORDS = "Соседка говорит: дома остался кот, ключей нет"


def referral(**more: Any) -> dict[str, Any]:
    """The least that somebody can say."""
    return {"facility": HOSPITAL, "sentence": WORDS, **more}


async def refer(system: System, role: Role = Role.COORDINATOR, **more: Any) -> str:
    """A referral that opens a case; the case's id."""
    answer = await system.post(REFERRALS, referral(**more), role=role)
    assert (answer.status_code, answer.json()["created"]) == (201, True), answer.text
    case_id: str = answer.json()["case_id"]
    return case_id


async def test_a_sentence_opens_a_case_with_something_to_do(system: System) -> None:
    """The card shows the sentence to those who care and to nobody else, and somebody is to open the case."""
    case_id = await refer(system)
    card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (card["sentence"], card["referred_by"], card["visit"]) == (WORDS, None, None)
    assert (card["emergency"], card["patient"]["mrn"], card["patient"]["identified"]) == (False, None, True)
    assert await system.step(case_id, "case_open")
    for role in (Role.HEAD, Role.AUDITOR, Role.ADMIN):
        hidden = await system.get(f"/api/v1/cases/{case_id}", role)
        assert (hidden["sentence"], hidden["referred_by"], hidden["patient"]) == (None, None, None)
        assert "кот" not in str(await system.get(f"/api/v1/cases/{case_id}/events", role))
    opened = (await system.get(f"/api/v1/cases/{case_id}/events"))["items"][0]
    assert (opened["kind"], opened["data"]["via"], opened["text"]) == ("case_opened", "referral", {"sentence": WORDS})


@pytest.mark.parametrize(
    "role",
    [*(Role.COORDINATOR, Role.PSYCHOLOGIST, Role.SUPERVISOR, Role.HEAD, Role.PLACEMENT, Role.DOCTOR), Role.HOTLINE],
)
async def test_whoever_hears_of_somebody_may_refer(system: System, role: Role) -> None:
    """Care and the hotline refer; the hotline does nothing else."""
    case_id = await refer(system, role)
    if role is Role.HOTLINE:
        for method, path in (("GET", f"/api/v1/cases/{case_id}"), ("GET", "/api/v1/messages"), ("POST", ADMISSIONS)):
            answer = await system.http.request(method, path, headers=system.token(role), json=admission())
            assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


async def test_every_referral_without_a_visit_is_a_case_of_its_own_unless_its_key_repeats(system: System) -> None:
    """The same words twice are two people; the same key, even twice at once, is one call."""
    assert await refer(system) != await refer(system)
    key: dict[str, Any] = {"Idempotency-Key": "walk-up-7"}
    answers = await asyncio.gather(*(system.post(REFERRALS, referral(), **key) for _ in range(5)))
    again = await system.post(REFERRALS, referral(), **key)
    assert (again.status_code, again.json()["created"]) == (200, False)
    assert {answer.status_code for answer in answers} <= {200, 201, 202}
    assert {answer.json()["case_id"] for answer in answers if answer.status_code != 202} == {again.json()["case_id"]}
    other = await system.post(REFERRALS, referral(ward="T1"), **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_referral_with_a_visit_joins_the_visits_case(system: System) -> None:
    """It attaches to the case that the admission opened, and its words stand in the history."""
    sent = admission()
    opened = await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR)
    case_id = opened.json()["case_id"]
    by = {"name": "Ирина", "phone": "+7 495 000-00-01", "role": "постовая сестра"}
    joined = await system.post(REFERRALS, referral(visit=sent["visit"], referred_by=by), role=Role.DOCTOR)
    assert (joined.status_code, joined.json()) == (200, {"case_id": case_id, "created": False, "reason": None})
    card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (card["patient"]["family"], card["sentence"], card["emergency"]) == ("Соколова", None, True)
    texts = [event["text"] for event in (await system.get(f"/api/v1/cases/{case_id}/events"))["items"] if event["text"]]
    assert texts == [{"sentence": WORDS, "referred_by": by}]


async def test_the_admission_that_follows_tells_whom_the_referral_was_about(system: System) -> None:
    """A call from the ward opens the visit's case; the hospital's message then names the person and the case is one."""
    sent = admission()
    case_id = await refer(system, visit=sent["visit"], patient={"given": "Антонина"})
    before = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (before["patient"]["given"], before["patient"]["family"], before["visit"]) == (
        "Антонина",
        None,
        sent["visit"],
    )
    joined = await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR)
    assert (joined.status_code, joined.json()["case_id"]) == (200, case_id)
    await system.post(REFERRALS, referral(visit=sent["visit"]))
    card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (card["patient"]["family"], card["patient"]["mrn"]) == ("Соколова", sent["patient"]["mrn"])
    assert card["sentence"] == WORDS


async def test_what_a_referral_says_of_a_known_person_hides_nothing(system: System) -> None:
    """With a record number the person is known by it, and what the hospital said of them stays on the card."""
    sent = admission()
    await system.post(ADMISSIONS, sent, role=Role.INTEGRATOR)
    case_id = await refer(system, patient={"mrn": sent["patient"]["mrn"], "given": "Тоня"})
    card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (card["patient"]["family"], card["patient"]["given"]) == ("Соколова", "Антонина")


async def test_everything_that_may_be_said_is_kept(system: System) -> None:
    """Contacts, flags, place and time of a referral stand on the card; nobody known is flagged as such."""
    came = ahead(hours=-5)
    contact = {"family": "Гусева", "given": None, "patronymic": None, "relation": "соседка", "phones": ["84950000001"]}
    case_id = await refer(
        system, patient={"identified": False}, contacts=[contact], flags=["no_documents"], ward="T1", bed="3",
        occurred_at=came,
    )  # fmt: skip
    card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
    assert (card["flags"], card["ward"], card["bed"]) == (["no_documents", "unidentified"], "T1", "3")
    assert not card["patient"]["identified"]
    assert contact.items() <= card["contacts"][0].items()
    assert card["admitted_at"][:16] == came[:16]


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"sentence": "  "}, "invalid", ["sentence"]),
        ({"sentence": None, "facility": 7}, "invalid", ["facility", "sentence"]),
        ({"surname": "x"}, "invalid", ["surname"]),
        ({"patient": {"birth_date": "вчера"}}, "invalid", ["patient.birth_date"]),
        ({"referred_by": {"phone": "1"}}, "invalid", ["referred_by.phone"]),
        ({"occurred_at": "2026-03-12T08:45:00"}, "invalid", ["occurred_at"]),
        ({"occurred_at": "2099-03-12T08:45:00Z"}, "in_the_future", ["occurred_at"]),
        ({"facility": "NOWHERE"}, "unknown_facility", ["facility"]),
    ],
)
async def test_what_is_wrong_is_named_by_its_field(
    system: System, changes: dict[str, Any], code: str, fields: list[str]
) -> None:
    """Each fault of a referral is answered 422 with every field that is at fault."""
    answer = await system.post(REFERRALS, referral(**changes))
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert [error["field"] for error in answer.json()["errors"]] == fields
