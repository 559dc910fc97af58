"""The roster over HTTP: who is there, who is away, whom to give what, and who answers for a case."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.fixtures.roster import Team
from tests.fixtures.system import System

HOSPITAL = "BASHL"


@pytest.fixture
async def team(system: System) -> AsyncIterator[Team]:
    """A hospital with a supervisor on the roster and nobody else yet."""
    team = Team(system, HOSPITAL)
    await team.put("oksana", Role.SUPERVISOR)
    yield team
    await team.clear()


async def shown(team: Team, user: str, role: Role = Role.SUPERVISOR) -> dict[str, Any]:
    """Somebody, as somebody in this role sees them."""
    answer = await team.call("GET", f"/api/v1/staff?hospital={HOSPITAL}", None, role, "somebody")
    found: dict[str, Any] = {each["user"]: each for each in answer.json()["items"]}[user]
    return found


async def code(team: Team, method: str, path: str, body: Any = None, **who: Any) -> tuple[int, str]:
    """How a call is refused."""
    answer = await team.call(method, path, body, **who)
    return answer.status_code, answer.json()["code"]


async def test_the_roster_says_who_is_there_and_what_they_have(team: Team) -> None:
    """Presence, until when, deputy and work; why somebody is away is for seniors."""
    await team.put("anya")
    case_id = await team.admit()
    step_id = await team.step(case_id)
    await team.call("POST", f"/api/v1/steps/{step_id}/claim", None, Role.COORDINATOR, "anya")
    here = await shown(team, "anya")
    assert (here["present"], here["active"], here["hospitals"]) == (True, True, [HOSPITAL])
    assert here["load"]["cases"] == 1
    assert here["load"]["steps"] == 1
    until = (team.system.parts.api.now() + timedelta(hours=9)).isoformat()
    await team.away("anya", "oksana", until=until)
    away = await shown(team, "anya")
    assert (away["present"], away["deputy"], away["absences"][0]["kind"]) == (False, "oksana", "sick")
    assert away["absent_until"] is not None
    assert (await shown(team, "anya", Role.COORDINATOR))["absences"][0]["kind"] is None


async def test_an_absence_is_said_once_and_ended_once(team: Team) -> None:
    """A repeated call with its key keeps one absence; who is back is there, and back only once."""
    await team.put("anya")
    starts = team.system.parts.api.now() - timedelta(minutes=1)
    body = {"from": starts.isoformat(), "kind": "off_shift"}
    path = "/api/v1/staff/anya/absences"
    key: dict[str, Any] = {"Idempotency-Key": "shift-1"}
    first = await team.call("POST", path, body, **key)
    again = await team.call("POST", path, body, **key)
    other = await team.call("POST", path, body | {"kind": "sick"}, **key)
    assert (first.status_code, again.json()) == (201, first.json())
    assert other.json()["code"] == "idempotency_key_reused"
    assert len((await shown(team, "anya"))["absences"]) == 1
    end = f"{first.headers['Location']}/end"
    assert (await team.call("POST", end)).status_code == 200
    assert (await shown(team, "anya"))["present"]
    assert await code(team, "POST", end) == (409, "absence_over")


async def test_everybody_says_so_of_themselves_and_seniors_of_all(team: Team) -> None:
    """A coordinator may report themselves away, and nobody else; another hospital's senior does not find them."""
    await team.put("anya")
    path, body = "/api/v1/staff/anya/absences", {"from": "2026-01-01T00:00:00Z", "kind": "sick"}
    assert (await team.call("POST", path, body, Role.COORDINATOR, "anya")).status_code == 201
    assert await code(team, "POST", path, body, role=Role.COORDINATOR, user="bogdan") == (403, "role_not_allowed")
    stranger = team.system.token(Role.SUPERVISOR, "stranger", "SKLIF")
    answer = await team.system.http.post(path, json=body, headers=stranger)
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


@pytest.mark.parametrize(
    ("path", "method", "body", "refusal"),
    [
        ("staff/anya", "PUT", {"role": "auditor", "hospitals": [HOSPITAL]}, (422, "wrong_role")),
        ("staff/anya", "PUT", {"role": "coordinator", "hospitals": ["NOWHERE"]}, (422, "unknown_facility")),
        ("staff/anya", "PUT", {"role": "coordinator", "hospitals": []}, (422, "invalid")),
        ("staff/anya", "PUT", {"role": "coordinator", "hospitals": ["SKLIF"]}, (403, "hospital_not_allowed")),
        ("staff/anya", "PUT", {"role": "coordinator", "hospitals": None}, (403, "hospital_not_allowed")),
        ("staff/nobody/absences", "POST", {"from": "2026-01-01T00:00:00Z", "kind": "sick"}, (404, "user_not_found")),
        ("staff/oksana/absences", "POST", {"from": "2026-01-01T00:00:00Z", "kind": "left"}, (422, "invalid")),
        (
            "staff/oksana/absences",
            "POST",
            {"from": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z", "kind": "sick"},
            (422, "ends_before_it_starts"),
        ),
        (
            "staff/oksana/absences",
            "POST",
            {"from": "2026-01-01T00:00:00Z", "kind": "sick", "deputy": "oksana"},
            (422, "wrong_deputy"),
        ),
        (
            "staff/oksana/absences",
            "POST",
            {"from": "2026-01-01T00:00:00Z", "kind": "sick", "deputy": "nobody"},
            (422, "wrong_deputy"),
        ),
        ("absences/none/end", "POST", None, (404, "absence_not_found")),
    ],
)
async def test_what_does_not_fit_the_roster_is_said(
    team: Team, path: str, method: str, body: Any, refusal: tuple[int, str]
) -> None:
    """Roles that do no steps, hospitals that are not there or not the caller's, deputies who cannot stand in."""
    assert await code(team, method, f"/api/v1/{path}", body) == refusal


async def test_nothing_is_given_to_who_is_away_or_may_not(team: Team) -> None:
    """409 with the deputy, 422 for another role; whom the roster does not know is allowed, and so is the rest."""
    await team.put("anya")
    await team.put("bogdan")
    await team.put("nika", Role.PSYCHOLOGIST)
    case_id = await team.admit()
    step_id = await team.step(case_id)
    await team.away("anya", "bogdan")
    assign, owner = f"/api/v1/steps/{step_id}/assign", f"/api/v1/cases/{case_id}/owner"
    steps = f"/api/v1/cases/{case_id}/steps"
    for path, body in (
        (assign, {"assignee": "anya"}),
        (owner, {"owner": "anya"}),
        (steps, {"title": "x", "assignee": "anya"}),
    ):
        refused = await team.call("POST", path, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "absent")
        assert refused.json()["details"] == {"deputy": "bogdan"}
    assert await code(team, "POST", assign, {"assignee": "nika"}) == (422, "wrong_assignee")
    for user in ("bogdan", "unknown-to-the-roster"):
        given = await team.call("POST", assign, {"assignee": user})
        assert (given.status_code, given.json()["assignee"]) == (200, user)


async def test_suggestions_are_ranked_with_reasons(team: Team) -> None:
    """Who answers for the case comes first, with reasons in words; who is away is left out; at last the supervisor."""
    await team.put("anya")
    case_id = await team.admit()
    await team.put("bogdan")
    await team.put("vlada")
    await team.put("nika", Role.PSYCHOLOGIST)
    await team.away("vlada")
    path = f"/api/v1/steps/{await team.step(case_id)}/suggestions"
    found = await team.get(path)
    assert [each["user"] for each in found["items"]] == ["anya", "bogdan"]
    assert found["last_resort"] is None
    reasons = {each["user"]: [reason["code"] for reason in each["reasons"]] for each in found["items"]}
    assert reasons == {"anya": ["owner", "fewest_steps", "least_overdue"], "bogdan": ["fewest_steps", "least_overdue"]}
    assert found["items"][0]["reasons"][0]["title"] == {"ru": "Отвечает за случай", "en": "Answers for the case"}
    for user in ("anya", "bogdan"):
        await team.away(user)
    assert await team.get(path) == {"items": [], "last_resort": "supervisor"}


async def test_cases_that_open_go_to_the_least_loaded_who_is_there(team: Team) -> None:
    """Many at once are shared evenly, one by one goes to who has fewer, and who is away gets none."""
    for user in ("anya", "bogdan", "vlada"):
        await team.put(user)
    await team.away("vlada")
    cases = await asyncio.gather(*(team.admit() for _ in range(6)))
    owners = Counter([(await team.card(case_id))["owner"] for case_id in cases])
    assert owners == {"anya": 3, "bogdan": 3}
    given = await team.call("POST", f"/api/v1/cases/{cases[0]}/owner", {"owner": "oksana"})
    assert given.status_code == 200
    loads = {user: (await shown(team, user))["load"]["cases"] for user in ("anya", "bogdan")}
    assert sorted(loads.values()) == [2, 3]
    fewer = min(loads, key=lambda user: loads[user])
    assert (await team.card(await team.admit()))["owner"] == fewer
    mine = await team.get("/api/v1/cases", owner=fewer, hospital=HOSPITAL)
    assert len([case for case in mine["items"] if case["case_id"] in cases]) == 2


async def test_with_nobody_there_the_seniors_answer_and_are_told(team: Team) -> None:
    """All coordinators away: the senior answers and is told; where the roster has none, the senior just answers."""
    unlisted = await team.admit()
    await team.put("anya")
    await team.away("anya")
    case_id = await team.admit()
    for each, told in ((unlisted, []), (case_id, ["no_owner"])):
        card = await team.card(each)
        assert (card["owner"], card["answers_for"]) == (None, {"user": None, "role": "supervisor"})
        assert [event["data"]["occasion"] for event in await team.events(each, "people_told")] == told
    listed = await team.get("/api/v1/cases", owner="none", hospital=HOSPITAL)
    assert {unlisted, case_id} <= {case["case_id"] for case in listed["items"]}


async def test_who_leaves_the_roster_leaves_nothing_behind(team: Team) -> None:
    """Off the roster: nobody may be given them anything, and what they have changes hands."""
    await team.put("anya")
    case_id = await team.admit()
    gone = await team.call("DELETE", "/api/v1/staff/anya")
    assert (gone.status_code, gone.json()["active"], gone.json()["present"]) == (200, False, False)
    await team.standby().round()
    assert (await team.card(case_id))["owner"] is None
    given = await code(team, "POST", f"/api/v1/cases/{case_id}/owner", {"owner": "anya"})
    assert given == (422, "wrong_assignee")
    await team.put("anya")
    assert (await shown(team, "anya"))["present"]
