"""What interrupts a journey, told through the API: refusal, discharge taken back, leaving, moving, merging."""

from typing import Any

from marshrut.domain.words import Role
from tests.api.inboxes import relaying
from tests.e2e.stories.ways import assessed, met, planned, reported, statuses
from tests.fixtures.ahead import Ahead
from tests.fixtures.engine import eventually
from tests.fixtures.system import admission


async def card(today: Ahead, case: str, role: Role = Role.SUPERVISOR, hospital: str = "GKB29") -> dict[str, Any]:
    answer = await today.http.get(f"/api/v1/cases/{case}", headers=today.token(role, None, hospital))
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def says(today: Ahead, case: str, what: str, role: Role = Role.SUPERVISOR) -> int:
    """Somebody of the team says it; the status of the answer."""
    return (await today.post(f"/api/v1/cases/{case}/events", {"type": what}, role=role)).status_code


async def test_whoever_refused_may_want_help_after_all(today: Ahead) -> None:
    """Given somebody who would not be helped, when they change their mind, then work goes on where it stood."""
    case = await met(today)
    await assessed(today, case, "documents", "home_care")
    before = await today.live(case)
    assert await says(today, case, "refused_help", Role.COORDINATOR) == 200
    over = await card(today, case)
    assert (over["ending"], over["open_steps"], over["overdue_steps"]) == ("refused_help", 0, 0)
    await today.sleep(case, days=3)
    assert await says(today, case, "help_accepted", Role.COORDINATOR) == 200
    assert await today.live(case) == before
    assert (await card(today, case))["overdue_steps"] == 0
    again = await today.post(f"/api/v1/cases/{case}/events", {"type": "help_accepted"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_to_take_back")


async def test_a_mistaken_death_is_a_seniors_to_take_back(today: Ahead) -> None:
    """Given the wrong patient was reported dead, when a senior says so, then the case goes on, and nobody else may."""
    case = await met(today)
    before = await today.live(case)
    await reported(today, case, "died")
    assert (await card(today, case))["ending"] == "died"
    assert await says(today, case, "reinstated", Role.COORDINATOR) == 403
    assert await says(today, case, "reinstated") == 200
    assert await today.live(case) == before


async def test_a_discharge_taken_back_gives_the_ward_its_work_again(today: Ahead) -> None:
    """Given a plan at work, when a discharge is cancelled, then what was withdrawn is open as before."""
    case = await met(today)
    await assessed(today, case, "home_care", "urgent_help")
    await planned(today, case)
    before = await today.live(case)
    await reported(today, case, "discharged")
    assert "need_application" not in await today.live(case)
    await today.sleep(case, hours=1)
    await reported(today, case, "discharge_cancelled")
    assert await today.live(case) == before
    assert (await card(today, case))["stage"] == "tracks"
    await today.sleep(case, hours=1)
    await reported(today, case, "discharged")
    await today.do(case, "arrival_confirm", result="confirmed", received_by="nobody")
    assert (await card(today, case))["stage"] == "followup"


async def test_who_left_without_notice_comes_back(today: Ahead) -> None:
    """Given a patient who is gone, then a senior is told at once; when they are back, then the journey goes on."""
    case = await met(today)
    before = await today.live(case)
    assert await says(today, case, "left", Role.COORDINATOR) == 200
    listing = await today.get("/api/v1/notifications", case=case, urgent=True)
    assert "left_without_notice" in {notice["occasion"] for notice in listing["items"]}
    await today.sleep(case, hours=5)
    assert await says(today, case, "returned", Role.COORDINATOR) == 200
    assert await today.live(case) == before


async def test_another_hospital_takes_the_case_over(today: Ahead) -> None:
    """Given a patient who is moved, when their case is handed over, then the new team reads the note and goes on."""
    case = await met(today)
    path = f"/api/v1/cases/{case}/transfer"
    for wrong in ("GKB29", "NOWHERE", "CENTRE"):
        answer = await today.post(path, {"hospital": wrong, "note": "..."})
        assert answer.status_code in {409, 422}, answer.text
    given = await today.post(path, {"hospital": "SKLIF", "ward": "R2", "note": "Дочь звонит по вечерам"})
    assert given.status_code == 200, given.text
    assert given.json()["moved_from"] == ["GKB29"]
    ours = await today.http.get(f"/api/v1/cases/{case}", headers=today.token(Role.COORDINATOR))
    assert ours.status_code == 404
    theirs = await card(today, case, Role.COORDINATOR, "SKLIF")
    assert (theirs["hospital"], theirs["ward"]) == ("SKLIF", "R2")
    (step,) = (each for each in theirs["steps"] if each["name"] == "take_over")
    headers = today.token(Role.COORDINATOR, "sonya", "SKLIF")
    history = await today.http.get(f"/api/v1/cases/{case}/events", headers=headers)
    assert {"note": "Дочь звонит по вечерам"} in [each["text"] for each in history.json()["items"]]
    done = await today.http.post(
        f"/api/v1/steps/{step['step_id']}/complete", json={"outcome": {"result": "taken"}}, headers=headers
    )
    assert done.status_code == 200, done.text
    assert {each["name"] for each in theirs["steps"] if each["state"] == "open"} >= {"life_survey", "take_over"}


async def heard(today: Ahead, case: str, absorbed: list[str]) -> dict[str, Any]:
    """The case's card once it has heard from the other one."""

    async def there() -> dict[str, Any] | None:
        shown = await card(today, case)
        return shown if shown["absorbed"] == absorbed else None

    async with relaying(today.parts):
        return await eventually(there)


async def test_two_cases_of_one_person_end_as_one_until_they_prove_two(today: Ahead) -> None:
    """Given one person under two names, when a senior merges, then one goes on with both; parted, each goes on."""
    unknown = {"identified": False, "mrn": "u-1"}
    first = await today.admit(patient=unknown)
    second = await today.admit(**admission(patient={"identified": True, "mrn": "k-1", "family": "Соколова"}))
    need = await today.item(first, "need", "aids")
    sister = await today.item(first, "relative", "sister", facts={"name": "Иванова Анна"})
    open_before = await today.live(first)
    path = f"/api/v1/cases/{second}"
    refused = await today.post(f"{path}/merge", {"other": first}, role=Role.COORDINATOR)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_not_allowed")
    itself = await today.post(f"{path}/merge", {"other": second}, role=Role.SUPERVISOR)
    assert itself.json()["code"] == "cannot_merge"
    merged = await today.post(f"{path}/merge", {"other": first, "note": "Узнала сестра"}, role=Role.SUPERVISOR)
    assert (merged.status_code, merged.json()["ending"], merged.json()["merged_into"]) == (200, "merged", second)
    assert (await heard(today, second, [first]))["flags"] == ["unidentified"]
    assert (await statuses(today, second, "need"))["aids"] == "proposed"
    listing = await today.get(f"/api/v1/cases/{second}/items", kind="relative")
    assert [each["facts"]["name"] for each in listing["items"]] == ["Иванова Анна"]
    assert (await today.get(f"/api/v1/cases/{first}/events"))["items"], "its trail is kept"
    parted = await today.post(f"{path}/unmerge", {"other": first}, role=Role.SUPERVISOR)
    assert (parted.status_code, parted.json()["ending"], parted.json()["merged_into"]) == (200, None, None)
    await heard(today, second, [])
    assert (await statuses(today, second, "need"))["aids"] == "declined"
    assert (await statuses(today, second, "relative"))["sister"] == "not_needed"
    assert await today.live(first) == open_before
    assert (need, sister) == tuple(
        each["item_id"] for each in (await today.get(f"/api/v1/cases/{first}/items"))["items"]
    )
