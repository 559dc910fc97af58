"""Who comes back within thirty days: the new case and the one before know of each other, and nobody is asked twice."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

from marshrut.domain.words import Role
from tests.api.inboxes import relaying
from tests.fixtures.engine import eventually
from tests.fixtures.system import System


def ago(days: float) -> str:
    """So many days ago."""
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def somebody() -> dict[str, Any]:
    """A patient with a record number of her own."""
    return {"identified": True, "mrn": secrets.token_hex(4), "family": "Соколова", "given": "Антонина"}


async def came_home(system: System, patient: dict[str, Any], *, left: float) -> str:
    """A case of the patient, who left so many days ago and is asked after since."""
    case_id = await system.admit(patient=patient, admitted_at=ago(left + 5))
    path = f"/api/v1/cases/{case_id}/events"
    told = await system.post(path, {"type": "discharged", "occurred_at": ago(left)}, role=Role.INTEGRATOR)
    assert told.status_code == 200, told.text
    await system.do(case_id, "arrival_confirm", result="confirmed", received_by="relatives")
    assert (await card(system, case_id))["stage"] == "followup"
    return case_id


async def card(system: System, case_id: str) -> Any:
    """The case as a senior sees it."""
    return await system.get(f"/api/v1/cases/{case_id}")


async def becomes(system: System, case_id: str) -> str | None:
    """How the command stands that tells of the readmission which opened this case."""
    command = await system.parts.api.commands.get(f"readmitted.{case_id}")
    return None if command is None else command.state


async def is_closed(system: System, case_id: str) -> bool:
    """Whether the case is over."""
    return bool((await card(system, case_id))["state"] == "closed")


async def test_a_readmission_is_linked_and_ends_the_follow_up(system: System) -> None:
    """Back after two days: both cards name the other, the calls are withdrawn, and the first case is over."""
    patient = somebody()
    first = await came_home(system, patient, left=2)
    second = await system.admit(patient=patient)
    assert (await card(system, second))["earlier"] == first
    # The word is stored with the new case: whoever dies here, the next relay finds it.
    assert await becomes(system, second) == "pending"
    async with relaying(system.parts):
        assert await eventually(lambda: is_closed(system, first))
    before = await card(system, first)
    assert (before["later"], before["ending"], before["open_steps"]) == (second, "home_with_relatives", 0)
    assert before["waits"] == []
    told = [event["data"] for event in await history(system, first) if event["kind"] in ("reported", "people_told")]
    assert [each["other"] for each in told if each.get("report") == "readmitted"] == [second]
    assert [each["occasion"] for each in told if not each.get("occasion", "rung").startswith("rung")] == ["readmitted"]
    assert await becomes(system, second) == "done"


async def test_the_same_admission_again_changes_nothing(system: System) -> None:
    """The hospital's system says it twice: one new case, one report to the one before."""
    patient, visit = somebody(), f"26-{secrets.token_hex(4)}"
    first = await came_home(system, patient, left=2)
    second = await system.admit(patient=patient, visit=visit)
    body = {"facility": "GKB29", "visit": visit, "admitted_at": ago(0.1), "emergency": True, "patient": patient}
    again = await system.post("/api/v1/admissions", body, role=Role.INTEGRATOR)
    assert again.json()["case_id"] == second
    async with relaying(system.parts):
        assert await eventually(lambda: is_closed(system, first))
    reports = [event for event in await history(system, first) if event["data"].get("report") == "readmitted"]
    assert len(reports) == 1


async def test_a_closed_case_is_linked_too(system: System) -> None:
    """Who left against advice and comes back: nothing is told to a case that is over, and both cards show the link."""
    patient = somebody()
    first = await system.admit(patient=patient, admitted_at=ago(6))
    await system.post(f"/api/v1/cases/{first}/events", {"type": "left", "occurred_at": ago(3)}, role=Role.INTEGRATOR)
    seq = (await card(system, first))["seq"]
    second = await system.admit(patient=patient)
    assert ((await card(system, second))["earlier"], (await card(system, first))["later"]) == (first, second)
    assert (await card(system, first))["seq"] == seq


async def test_after_thirty_days_it_is_another_story(system: System) -> None:
    """Back on the thirty-second day: neither card names the other, and the first case is asked after as before."""
    patient = somebody()
    first = await came_home(system, patient, left=32)
    second = await system.admit(patient=patient)
    cards = [await card(system, case_id) for case_id in (first, second)]
    assert [(each["earlier"], each["later"], each["state"]) for each in cards] == [(None, None, "open")] * 2


async def test_nobody_else_is_linked(system: System) -> None:
    """Another patient's admission, and a referral of nobody with a record number, belong to nobody's earlier case."""
    first = await came_home(system, somebody(), left=2)
    other = await system.admit(patient=somebody())
    body = {"facility": "GKB29", "sentence": "снова просит помощи"}
    referred = (await system.post("/api/v1/referrals", body)).json()["case_id"]
    cards = [await card(system, case_id) for case_id in (first, other, referred)]
    assert [(each["earlier"], each["later"]) for each in cards] == [(None, None)] * 3


async def test_whom_the_ward_still_has_nobody_reports_as_readmitted(system: System) -> None:
    """A person who has not left cannot have come back: the report is refused, and the case goes on."""
    case_id = await system.admit()
    path = f"/api/v1/cases/{case_id}/events"
    refused = await system.post(path, {"type": "readmitted"}, role=Role.INTEGRATOR)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_discharged")


async def history(system: System, case_id: str) -> list[Any]:
    """What happened to the case."""
    found: list[Any] = (await system.get(f"/api/v1/cases/{case_id}/events", limit=500))["items"]
    return found
