"""A partner's answer as a Task closes the loop of a referral."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.words import Role
from tests.api.fhir import Client, admitted, broken, code_of
from tests.fixtures.system import System

ASKED = {"partner": "home_care_provider", "round": "r1"}


async def asked(system: System, **facts: Any) -> tuple[Client, dict[str, Any], str]:
    """A coordinator, a referral's Task as it was asked for, and the item behind it."""
    case_id = await admitted(Client(system))
    item = await system.item(case_id, "referral", "home_care", facts={**ASKED, **facts})
    care = Client(system, Role.COORDINATOR)
    (task,) = await care.all(f"/Task?encounter=Encounter/{case_id}")
    return care, task, item


def etag(task: dict[str, Any]) -> str:
    return f'W/"{task["meta"]["versionId"]}"'


async def told(care: Client, task: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    """The Task after it was told to stand so."""
    answer = await care.put(f"/Task/{task['id']}", {**task, "status": status, **more}, If_Match=etag(task))
    assert answer.status_code == 200, answer.text
    now: dict[str, Any] = answer.json()
    assert answer.headers["etag"] == etag(now)
    return now


async def test_a_task_goes_from_asked_to_done(system: System) -> None:
    """Accepted, on hold, begun and completed: each is the referral's status on the API too."""
    care, task, item = await asked(system)
    assert (task["status"], task["owner"]["identifier"]["value"], task["intent"]) == (
        "requested",
        "home_care_provider",
        "order",
    )
    request = await care.get(f"/{task['focus']['reference']}")
    assert (request["status"], request["subject"]) == ("active", task["for"])
    task = await told(care, task, "accepted")
    held = await told(care, task, "on-hold", statusReason={"text": "Ждём сотрудника"})
    assert (held["status"], held["note"][0]["text"]) == ("on-hold", "Ждём сотрудника")
    assert (await system.get(f"/api/v1/items/{item}", Role.COORDINATOR))["status"] == "accepted"
    again = await told(care, held, "accepted")
    begun = await told(care, again, "in-progress")
    assert (await told(care, begun, "on-hold"))["status"] == "on-hold"
    done = await told(care, await care.get(f"/Task/{task['id']}"), "completed")
    assert done["status"] == "completed"
    assert (await system.get(f"/api/v1/items/{item}"))["status"] == "done"
    assert (await care.get(f"/{task['focus']['reference']}"))["status"] == "completed"


@pytest.mark.parametrize(("status", "item_status"), [("rejected", "declined"), ("cancelled", "recalled")])
async def test_a_no_has_its_reason(system: System, status: str, item_status: str) -> None:
    """A rejection or a recall keeps why, as a code and in words; the words are shown to care alone."""
    care, task, item = await asked(system)
    reason = {"coding": [{"system": "urn:marshrut:reason", "code": "no_capacity"}], "text": "Нет мест для Лебедевой"}
    over = await told(care, task, status, statusReason=reason)
    assert (over["statusReason"]["coding"][0]["code"], over["note"][0]["text"]) == ("no_capacity", reason["text"])
    assert (await system.get(f"/api/v1/items/{item}"))["status"] == item_status
    machine = await Client(system).get(f"/Task/{task['id']}")
    assert "Лебедевой" not in str(machine)
    answer = await care.put(f"/Task/{task['id']}", {**over, "status": "accepted"}, If_Match=etag(over))
    assert code_of(answer) == (409, "wrong_move")


async def test_nobody_overwrites_what_they_have_not_seen(system: System) -> None:
    """Without If-Match, and with an old version, nothing happens; the same again is answered as it stands."""
    care, task, item = await asked(system)
    path, accepted = f"/Task/{task['id']}", {**task, "status": "accepted"}
    assert code_of(await care.put(path, accepted)) == (428, "version_needed")
    await told(care, task, "accepted")
    assert code_of(await care.put(path, {**task, "status": "rejected"}, If_Match=etag(task))) == (
        412,
        "version_differs",
    )
    now = await care.get(path)
    assert (await told(care, now, "accepted"))["meta"] == now["meta"]
    assert (await system.get(f"/api/v1/items/{item}"))["status"] == "accepted"


async def test_a_task_that_cannot_be_is_refused(system: System) -> None:
    """Statuses that tell nothing here, other ids, a Task of another hospital, roles that do not care, broken bytes."""
    care, task, _ = await asked(system)
    path = f"/Task/{task['id']}"
    assert code_of(await care.put(path, {**task, "status": "draft"}, If_Match=etag(task))) == (
        422,
        "unsupported_status",
    )
    assert code_of(await care.put(path, {**task, "status": "gone"}, If_Match=etag(task))) == (400, "invalid_resource")
    assert code_of(await care.put(path, {**task, "id": "x"}, If_Match=etag(task))) == (400, "wrong_id")
    stranger = Client(system, Role.COORDINATOR, "stranger", "SKLIF")
    assert code_of(await stranger.put(path, task, If_Match=etag(task))) == (404, "resource_not_found")
    assert code_of(await Client(system).put(path, task, If_Match=etag(task))) == (403, "role_not_allowed")
    assert code_of(await care.put(path, b"[", If_Match="*")) == (400, "malformed")


async def test_of_several_partners_one_wins(system: System) -> None:
    """The second yes of one round is refused as on the API."""
    care, task, _ = await asked(system)
    case_id = task["id"][:36]
    await system.item(case_id, "referral", "home_care", facts={**ASKED, "partner": "home_care_provider_other"})
    await told(care, task, "accepted")
    other = next(each for each in await care.all(f"/Task?encounter={case_id}") if each["id"] != task["id"])
    answer = await care.put(f"/Task/{other['id']}", {**other, "status": "accepted"}, If_Match=etag(other))
    assert code_of(answer) == (409, "another_accepted")


TASK: dict[str, Any] = {
    "resourceType": "Task",
    "id": "x",
    "status": "rejected",
    "intent": "order",
    "statusReason": {"coding": [{"system": "urn:marshrut:reason", "code": "no_capacity"}], "text": "x"},
    "note": [{"text": "x"}],
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=broken([("/Task", TASK)]), version=st.text(max_size=6))
async def test_however_broken_a_task_is_it_is_answered(system: System, sent: tuple[str, bytes], version: str) -> None:
    """An answer below 500 that is FHIR R4, whatever stands in the Task or in If-Match; and nothing moves."""
    care, task, item = await _one(system)
    raw = sent[1].replace(b'"id": "x"', f'"id": "{task["id"]}"'.encode())
    answer = await care.put(f"/Task/{task['id']}", raw, If_Match=f'W/"{version.encode().hex()}"')
    assert code_of(answer)[0] in {400, 412, 422}
    assert (await system.get(f"/api/v1/items/{item}"))["status"] == "requested"


_made: dict[int, tuple[Client, dict[str, Any], str]] = {}


async def _one(system: System) -> tuple[Client, dict[str, Any], str]:
    """The same referral for every example."""
    if id(system) not in _made:
        _made[id(system)] = await asked(system)
    return _made[id(system)]
