"""Something held on a person is wrong: put right with its history, refused with its reason, and never overwritten."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from marshrut.domain.auditing import Act, Purpose
from marshrut.domain.words import Role
from tests.api.test_audit import recorded
from tests.api.test_disclosure import disclosed, patient
from tests.api.test_search import searched
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, said

ASKS = {"reason": "document_seen", "checked": "passport", "request": "2026-17"}


async def right(system: System, case_id: str, field: str, value: Any, **more: Any) -> httpx.Response:
    body = {"field": field, "value": value, **ASKS, **more}
    return await system.post(f"/api/v1/cases/{case_id}/corrections", body)


async def shown(system: System, case_id: str, role: Role = Role.SUPERVISOR) -> dict[str, Any]:
    view: dict[str, Any] = await system.get(f"/api/v1/cases/{case_id}/corrections", role)
    return view


async def name(system: System, case_id: str) -> str:
    found: str = (await system.get(f"/api/v1/cases/{case_id}"))["patient"]["family"]
    return found


def family() -> str:
    """A name that no other test has."""
    letters = "абвгдежзиклмнопрст"
    return "Ж" + "".join(secrets.choice(letters) for _ in range(11)) + "ова"


async def test_what_is_put_right_is_shown_and_found_and_the_old_is_not(system: System) -> None:
    """Given a wrong name, when it is corrected, then card and search go by the new one, and history keeps the old."""
    old, new = family(), family()
    case_id = await system.admit(patient=patient(family=old))
    assert [each["case_id"] for each in await searched(system, old)] == [case_id]
    done = await right(system, case_id, "family", new)
    assert done.status_code == 201, done.text
    assert (done.json()["answer"], done.json()["request"]) == ("amended", "2026-17")
    assert await name(system, case_id) == new
    assert [each["case_id"] for each in await searched(system, new)] == [case_id]
    assert case_id not in [each["case_id"] for each in await searched(system, old)]
    view = await shown(system, case_id)
    (entry,) = view["items"]
    assert (entry["was"], entry["now"], entry["user"]) == (old, new, "coordinator-1")
    assert entry["reason"]["title"]["ru"] == "Показан документ"
    hidden = await shown(system, case_id, Role.COORDINATOR)
    assert (hidden["items"][0]["was"], hidden["items"][0]["shown"]) == (None, False)
    assert old not in str(hidden)


async def test_a_number_that_was_wrong_finds_nobody(system: System) -> None:
    """Given a wrong telephone, when it is corrected, then the new number finds the person and the old one does not."""
    old, new = (f"+7 9{secrets.randbelow(10**9):09}" for _ in range(2))
    case_id = await system.admit(patient=patient(phones=[old]))

    async def found(number: str) -> str | None:
        await system.parts.background.round()
        hits = [each["case_id"] for each in await searched(system, number)]
        return "yes" if case_id in hits else None

    async def lost(number: str) -> str | None:
        return None if await found(number) else "yes"

    assert await eventually(lambda: found(old)) == "yes"
    assert (await right(system, case_id, "phones", [new])).status_code == 201
    assert await eventually(lambda: found(new)) == "yes"
    assert await eventually(lambda: lost(old)) == "yes"
    # Its hospital tells the old number again: it finds nobody by it.
    who = (await system.get(f"/api/v1/cases/{case_id}"))["patient"]
    await system.admit(patient=patient(mrn=who["mrn"], phones=[old]), admitted_at=datetime.now(UTC).isoformat())
    assert (await system.get(f"/api/v1/cases/{case_id}"))["patient"]["phones"] == [new]
    assert (await shown(system, case_id))["conflicts"][0]["field"] == "phones"
    assert await found(old) is None


async def test_a_system_does_not_overwrite_what_was_put_right(system: System) -> None:
    """Given a corrected name, when the hospital sends the old one again, then that is a conflict that people decide.

    Kept, the same news is no conflict any more; taken over, the hospital's word holds.
    """
    old, new = family(), family()
    who = patient(family=old)
    case_id = await system.admit(patient=who)
    await right(system, case_id, "family", new)
    assert (await shown(system, case_id))["conflicts"] == []
    await system.admit(patient=who, admitted_at=datetime.now(UTC).isoformat())
    assert await name(system, case_id) == new
    (conflict,) = (await shown(system, case_id))["conflicts"]
    assert (conflict["field"], conflict["held"], conflict["told"]) == ("family", new, old)
    kept = await right(system, case_id, "family", new, reason="confirmed", checked=None, request=None)
    assert kept.status_code == 201, kept.text
    await system.admit(patient=who, admitted_at=datetime.now(UTC).isoformat())
    assert (await shown(system, case_id))["conflicts"] == []
    assert await name(system, case_id) == new
    assert (await right(system, case_id, "family", old)).status_code == 201
    assert await name(system, case_id) == old


async def test_what_stays_as_it_is_says_why(system: System) -> None:
    """A refusal is a supervisor's, with its reason; the person finds both in what is held, with what stood before."""
    case_id = await system.admit(patient=patient(family="Голубева", birth_date="1948-02-03"))
    path = f"/api/v1/cases/{case_id}/corrections/refusals"
    body = {"field": "birth_date", "asked": "1949-02-03", **ASKS, "reason": "not_shown"}
    assert (await system.post(path, body)).status_code == 403
    refused = await system.post(path, body, role=Role.SUPERVISOR)
    assert (refused.status_code, refused.json()["answer"]) == (201, "not_amended")
    assert (await system.get(f"/api/v1/cases/{case_id}"))["patient"]["birth_date"] == "1948-02-03"
    await right(system, case_id, "family", "Голубова")
    told = await disclosed(system, case_id)
    found = [(each["field"], each["answer"], each["was"], each["now"] or each["asked"]) for each in told["corrections"]]
    assert found == [
        ("family", "amended", "Голубева", "Голубова"),
        ("birth_date", "not_amended", "1948-02-03", "1949-02-03"),
    ]
    assert told["corrections"][1]["reason"]["code"] == "not_shown"
    assert told["identity"]["patient"]["family"] == "Голубова"
    assert [each["told"]["patient"]["family"] for each in told["sources"]] == ["Голубева"]


async def test_it_is_asked_for_after_the_end_too(system: System) -> None:
    """A closed case asks nothing of its journey: what is wrong is put right all the same."""
    case_id = await system.admit(patient=patient(family="Голубева"))
    gone = await system.post(f"/api/v1/cases/{case_id}/events", {"type": "died"}, role=Role.INTEGRATOR)
    assert gone.status_code == 200, gone.text
    seq = (await system.get(f"/api/v1/cases/{case_id}"))["seq"]
    assert (await right(system, case_id, "family", "Голубова")).status_code == 201
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert (card["patient"]["family"], card["seq"]) == ("Голубова", seq)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"field": "family", "value": None}, "invalid"),
        ({"field": "mrn", "value": "7"}, "invalid"),
        ({"field": "birth_date", "value": "вчера"}, "invalid"),
        ({"field": "birth_date", "value": "2999-01-01"}, "in_the_future"),
        ({"field": "phones", "value": "+7 900"}, "invalid"),
        ({"field": "family", "value": "Голубова", "reason": "whim"}, "unknown_reason"),
        ({"field": "family", "value": "Голубова", "request": "Иванов И. И."}, "invalid"),
        ({"field": "family", "value": "Голубова", "request": None}, "invalid"),
        ({"field": "family", "value": "Голубова", "more": "x"}, "invalid"),
        ({"field": "family", "value": "Голубева"}, "nothing_changes"),
    ],
)
async def test_a_faulty_request_is_refused_in_codes(system: System, wrong: dict[str, Any], code: str) -> None:
    """Its code says what is wrong; what was sent is not in the answer."""
    case_id = await system.admit(patient=patient(family="Голубева"))
    answer = await system.post(f"/api/v1/cases/{case_id}/corrections", {**ASKS, **wrong})
    assert answer.json()["code"] == code
    for text in ("Голубова", "Голубева", "Иванов", "вчера"):
        assert text not in answer.text
    assert (await shown(system, case_id))["items"] == []


async def test_a_call_that_is_repeated_corrects_once(system: System) -> None:
    """The same key, the same record; with another body it is refused."""
    case_id = await system.admit(patient=patient(family="Голубева"))
    path = f"/api/v1/cases/{case_id}/corrections"
    body = {"field": "family", "value": "Голубова", **ASKS}
    key = said(idempotency_key=f"right-{case_id}")
    one, two = [await system.post(path, body, **key) for _ in range(2)]
    assert one.json() == two.json()
    other = await system.post(path, {**body, "value": "Голубкина"}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len((await shown(system, case_id))["items"]) == 1


async def test_the_audit_names_fields_and_no_values(system: System) -> None:
    """Who put which field right, by which request; neither the old nor the new value."""
    case_id = await system.admit(patient=patient(family="Голубева"))
    async with recorded(system) as (http, audit, _):
        body = {"field": "family", "value": "Голубова", **ASKS}
        path = f"/api/v1/cases/{case_id}/corrections"
        answer = await http.post(path, json=body, headers=system.token(Role.COORDINATOR, "anna"))
    assert answer.status_code == 201
    (entry,) = audit.entries
    assert (entry.act, entry.purpose, entry.user, entry.case_id) == (Act.CHANGE, Purpose.RIGHTS, "anna", case_id)
    assert (entry.fields, entry.thing) == (("family",), "2026-17")
    assert "Голуб" not in repr(entry)
