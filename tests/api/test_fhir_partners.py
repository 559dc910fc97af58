"""A partner organisation answers its referrals by FHIR, with its own token, and sees nothing else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.api.fhir import Client, admitted, code_of
from tests.fixtures.asked import FACTORY, FAMILY, SERVICE, asked, linked, live, status
from tests.fixtures.system import System

NO_CAPACITY = {"coding": [{"system": "urn:marshrut:reason", "code": "no_capacity"}]}


def partner(system: System, code: str = SERVICE) -> Client:
    """A partner's own system."""
    return Client(system, Role.PARTNER, code)


async def its_task(system: System, item: str, code: str = SERVICE) -> dict[str, Any]:
    """The Task of a referral, as its partner sees it."""
    tasks = await partner(system, code).all("/Task")
    found: dict[str, Any] = next(each for each in tasks if each["id"].startswith(item.split(".", 1)[0]))
    return found


async def says(system: System, task: dict[str, Any], status: str, code: str = SERVICE, **more: Any) -> Any:
    """The partner's answer."""
    etag, key = f'W/"{task["meta"]["versionId"]}"', more.pop("key", None)
    headers = {"If_Match": etag} if key is None else {"If_Match": etag, "Idempotency_Key": key}
    return await partner(system, code).put(f"/Task/{task['id']}", {**task, "status": status, **more}, **headers)


async def test_a_partner_answers_by_task_and_the_case_goes_on(system: System) -> None:
    """Given two partners asked, when one accepts, begins and completes its Task, then all goes as by our word."""
    case_id, items = await asked(system)
    task = await its_task(system, items[SERVICE])
    assert (task["status"], task["owner"]["identifier"]["value"]) == ("requested", SERVICE)
    accepted = await says(system, task, "accepted", note=[{"text": "Позвоним завтра"}])
    assert (accepted.status_code, accepted.json()["status"]) == (200, "accepted")
    assert await status(system, items[FACTORY]) == "recalled"
    assert "referral_start" in await live(system, case_id)
    shown = await system.get(f"/api/v1/items/{items[SERVICE]}", role=Role.COORDINATOR)
    assert (shown["facts"]["note"], shown["moved_by"]) == ("Позвоним завтра", SERVICE)
    begun = await says(system, accepted.json(), "in-progress")
    done = await says(system, begun.json(), "completed")
    assert done.json()["status"] == "completed"
    assert await status(system, items[SERVICE]) == "done"


async def test_a_no_and_a_delay_have_their_reasons(system: System) -> None:
    """A delay keeps the day that is named; a no without a reason, or with one that nobody knows, is refused."""
    _, items = await asked(system)
    task = await its_task(system, items[SERVICE])
    assert code_of(await says(system, task, "rejected")) == (422, "missing_element")
    odd = {"coding": [{"code": "bad_weather"}]}
    assert code_of(await says(system, task, "rejected", statusReason=odd)) == (422, "unknown_reason")
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=9)
    far = {"period": {"end": "9999-01-01T00:00:00Z"}}
    for restriction in (far, {"period": {"end": "2099-03-12"}}):
        refused = await says(system, task, "on-hold", statusReason=NO_CAPACITY, restriction=restriction)
        assert code_of(refused)[0] in {400, 422}
    wanted = {"period": {"end": until.isoformat()}}
    held = (await says(system, task, "on-hold", statusReason=NO_CAPACITY, restriction=wanted)).json()
    assert (held["status"], datetime.fromisoformat(held["restriction"]["period"]["end"])) == ("on-hold", until)
    no = (await says(system, held, "rejected")).json()  # for the reason that it shows already
    assert (no["status"], no["statusReason"]["coding"][0]["code"]) == ("rejected", "no_capacity")
    task = await its_task(system, items[FACTORY], FACTORY)
    words = await says(system, task, "rejected", FACTORY, statusReason={"text": "Переезжаем"})
    assert words.json()["statusReason"]["coding"][0]["code"] == "other"


@pytest.mark.parametrize("wanted", ["requested", "cancelled", "draft"])
async def test_a_partner_says_no_more_than_is_its_to_say(system: System, wanted: str) -> None:
    """It neither recalls nor asks."""
    _, items = await asked(system, SERVICE)
    task = await its_task(system, items[SERVICE])
    if wanted == "requested":
        task = (await says(system, task, "accepted")).json()
    assert code_of(await says(system, task, wanted, statusReason=NO_CAPACITY)) == (422, "unsupported_status")


async def test_a_partner_sees_its_referrals_alone_and_nobody_in_them(system: System) -> None:
    """No person, stay, note or other partner: neither by search, id, reference, nor in what comes along."""
    case_id, items = await asked(system)
    await linked(system, items[SERVICE])
    mine, others = await its_task(system, items[SERVICE]), await its_task(system, items[FACTORY], FACTORY)
    assert mine["id"] != others["id"]
    his = partner(system)
    assert all(each["owner"]["identifier"]["value"] == SERVICE for each in await his.all("/Task"))
    for kind in ("Task", "ServiceRequest"):
        assert code_of(await his.call("GET", f"/{kind}/{others['id']}")) == (404, "resource_not_found")
        for asked_for in (f"_id={others['id']}", f"{'owner' if kind == 'Task' else 'performer'}={FACTORY}"):
            assert await his.all(f"/{kind}?{asked_for}") == []
    refused = await his.put(f"/Task/{others['id']}", others, If_Match=f'W/"{others["meta"]["versionId"]}"')
    assert code_of(refused) == (404, "resource_not_found")
    for kind in ("Patient", "Encounter", "EpisodeOfCare", "CarePlan"):
        for path in (f"/{kind}", f"/{kind}/{case_id}"):
            assert code_of(await his.call("GET", path)) == (403, "role_not_allowed")
    stay = await Client(system, Role.COORDINATOR).get(f"/Encounter/{case_id}")
    person = stay["subject"]["reference"]
    assert await his.all(f"/Task?{'patient'}={person}") == []
    page = await his.get(f"/Task?_id={mine['id']}&_include=Task:focus&_include=Task:patient&_include=Task:encounter")
    assert [each["resource"]["resourceType"] for each in page["entry"]] == ["Task", "ServiceRequest"]
    for secret in (FAMILY, person, "Encounter/", FACTORY, "S88.1"):
        assert secret not in str(page)
    assert page["entry"][1]["resource"]["meta"]["security"][0]["code"] == "REDACTED"


async def test_what_the_patient_needs_is_told_with_their_consent_alone(system: System) -> None:
    """The ServiceRequest says what the patient needs while the patient agrees that the partner hears of it."""
    _, items = await asked(system, SERVICE)
    task = await its_task(system, items[SERVICE])
    his, path = partner(system), f"/{task['focus']['reference']}"
    assert "reasonCode" not in await his.get(path)
    await linked(system, items[SERVICE], needs_consent=True)
    needs = [each["text"] for each in (await his.get(path))["reasonCode"]]
    shown = await system.http.get(
        f"/api/v1/partner/referrals/{items[SERVICE]}", headers=system.token(Role.PARTNER, SERVICE)
    )
    assert needs == [each["ru"] for each in shown.json()["needs"]]
    assert needs
    await linked(system, items[SERVICE], needs_consent=False)
    assert "reasonCode" not in await his.get(path)
    await linked(system, items[SERVICE], needs_consent=True)
    assert "reasonCode" in await his.get(path)
    await says(system, task, "rejected", statusReason=NO_CAPACITY)
    assert "reasonCode" not in await his.get(path)  # whom it does not serve is no business of its


async def test_an_answer_counts_once_and_for_the_version_that_was_seen(system: System) -> None:
    """Sent again under its key it is the same answer; without a key the old version is refused."""
    case_id, items = await asked(system, SERVICE)
    task = await its_task(system, items[SERVICE])
    note = [{"text": "Готовы"}]
    for _ in range(2):
        answer = await says(system, task, "accepted", note=note, key=f"k-{case_id}")
        assert (answer.status_code, answer.json()["status"]) == (200, "accepted")
    assert code_of(await says(system, task, "in-progress")) == (412, "version_differs")
    events = (await system.get(f"/api/v1/cases/{case_id}/events", limit=500))["items"]
    moved = [each for each in events if each["actor"] == SERVICE and each["kind"] == "item_moved"]
    assert len(moved) == 1


async def test_a_partner_whom_nobody_asked_finds_nothing(system: System) -> None:
    """A token of a partner of the catalogue alone opens nothing."""
    await admitted(Client(system))
    assert await partner(system, "home_care_provider_nobody").all("/Task") == []


async def test_an_answer_may_want_nothing_back(system: System) -> None:
    """`Prefer: return=minimal` answers a Task's update with its version alone."""
    _, items = await asked(system, SERVICE)
    task = await its_task(system, items[SERVICE])
    answer = await partner(system).put(
        f"/Task/{task['id']}",
        {**task, "status": "accepted"},
        If_Match=f'W/"{task["meta"]["versionId"]}"',
        Prefer="return=minimal",
    )
    assert (answer.status_code, answer.content, answer.headers["etag"].startswith('W/"')) == (200, b"", True)
