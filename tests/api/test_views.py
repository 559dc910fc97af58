"""Saved views, and whose steps a list may be asked for."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

from marshrut.domain.guarding import Onlooker
from marshrut.domain.words import Role
from marshrut.ports import StepFilter
from tests.fixtures.system import System


async def put(system: System, name: str, user: str, **said: Any) -> dict[str, Any]:
    body = {"page": "inbox", "name": name, **said}
    answer = await system.http.put(f"/api/v1/views/{name}", json=body, headers=system.token(Role.DOCTOR, user))
    assert answer.status_code == 200, answer.text
    kept: dict[str, Any] = answer.json()
    return kept


async def test_views_are_one_s_own_in_one_s_own_order(system: System) -> None:
    """Kept, ordered, changed and removed by their owner; of a page's views one is first; nobody else has them."""
    await put(system, "late", "viv", filters={"overdue": "true", "ward": "ТРАВМ"}, place=2, first=True)
    await put(system, "mine", "viv", filters={"whose": "mine"}, place=1)
    await put(system, "mine", "viv", filters={"whose": "group"}, place=1, first=True)
    headers = system.token(Role.DOCTOR, "viv")
    kept = (await system.http.get("/api/v1/views", headers=headers)).json()["items"]
    assert [(each["name"], each["filters"], each["first"]) for each in kept] == [
        ("mine", {"whose": "group"}, True),
        ("late", {"overdue": "true", "ward": "ТРАВМ"}, False),
    ]
    stranger = system.token(Role.DOCTOR, "another")
    assert (await system.http.get("/api/v1/views", headers=stranger)).json()["items"] == []
    body = {"page": "inbox", "name": "stolen"}
    assert (await system.http.put("/api/v1/views/late", json=body, headers=stranger)).status_code == 404
    assert (await system.http.delete("/api/v1/views/late", headers=stranger)).status_code == 404
    assert (await system.http.delete("/api/v1/views/late", headers=headers)).status_code == 204
    assert len((await system.http.get("/api/v1/views?page=inbox", headers=headers)).json()["items"]) == 1


async def test_there_are_not_too_many_views_and_they_hold_codes(system: System) -> None:
    """Words are no filter, and after forty views one has to go before another comes."""
    headers = system.token(Role.DOCTOR, "collector")
    body = {"page": "inbox", "name": "x", "filters": {"q": "Иванова Мария"}}
    assert (await system.http.put("/api/v1/views/x", json=body, headers=headers)).status_code == 422
    for number in range(40):
        await put(system, f"c{number}", "collector")
    answer = await system.http.put("/api/v1/views/c40", json={"page": "inbox", "name": "x"}, headers=headers)
    assert answer.json()["code"] == "too_many_views"
    await put(system, "c39", "collector", place=5)


async def test_mine_is_what_i_have_and_what_nobody_has_in_my_cases(system: System) -> None:
    """Whose steps: mine, my group's, unclaimed; a count is the length of the list that it counts."""
    hers, his = (f"{name}-{token_hex(3)}" for name in ("olga", "petr"))  # others have work of their own
    case_id = await system.admit()
    other = await system.admit()
    headers = system.token(Role.SUPERVISOR)
    for each, owner in ((case_id, hers), (other, his)):
        await system.http.post(f"/api/v1/cases/{each}/owner", json={"owner": owner}, headers=headers)
    taken = await system.step(other, "first_contact")
    assert (await system.post(f"/api/v1/steps/{taken}/claim", user=hers)).status_code == 200
    olga = system.token(Role.COORDINATOR, hers)

    async def listed(whose: str, role: Role = Role.COORDINATOR, user: str = "") -> set[str]:
        found, cursor = set(), ""
        while True:
            params = {"whose": whose, "state": "live", "limit": "100"} | ({"cursor": cursor} if cursor else {})
            page = await system.http.get("/api/v1/steps", params=params, headers=system.token(role, user or hers))
            found |= {each["step_id"] for each in page.json()["items"]}
            cursor = page.json()["next"] or ""
            if not cursor:
                return found

    first = await system.step(case_id, "first_contact")
    assert await listed("mine") == {first, taken}
    assert await listed("mine", user=his) == set()
    assert {first, taken} <= await listed("group")
    unclaimed = await listed("unclaimed")
    assert first in unclaimed
    assert taken not in unclaimed
    assert {first, taken} <= await listed("group", Role.SUPERVISOR, "guseva")
    assert not {first, taken} & await listed("group", Role.PSYCHOLOGIST, "lunina")
    queries = system.parts.api.queries
    mine = StepFilter(hospitals=frozenset({"GKB29"}), who=None, state="live", mine=(hers, Role.COORDINATOR))
    assert await queries.count_steps(mine) == 2
    who = Onlooker(hers, Role.COORDINATOR)
    group = StepFilter(hospitals=frozenset({"GKB29"}), who=who, state="live", role=Role.COORDINATOR)
    assert await queries.count_steps(group) == len(await listed("group"))
    ward = await system.http.get("/api/v1/steps", params={"ward": "nowhere"}, headers=olga)
    assert ward.json()["items"] == []
