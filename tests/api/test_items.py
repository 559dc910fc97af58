"""Items over HTTP: the route part by part, what people write down beside steps, and who may."""

from typing import Any

import pytest

from marshrut.domain.words import Role
from tests.fixtures.system import System


async def _assessed(system: System, *needs: str, **changes: Any) -> str:
    """Somebody who was spoken to and looked at, and with whom these needs were agreed."""
    case_id = await system.admit(**changes)
    await system.do(case_id, "first_contact", result="contacted")
    await system.do(case_id, "consent_record", result="given")
    await system.do(case_id, "home_safety", result="safe")
    await system.do(case_id, "life_survey", result="complete", lives_with="alone")
    await system.do(case_id, "function_scale", result="scored", score=55)
    await system.do(case_id, "documents_check", result="missing", missing=["snils"])
    await system.do(case_id, "needs_agree", result="agreed", needs=list(needs))
    return case_id


async def _move(system: System, item: dict[str, Any], status: str, **more: Any) -> dict[str, Any]:
    answer = await system.post(f"/api/v1/items/{item['item_id']}/move", {"status": status, **more})
    assert answer.status_code == 200, answer.text
    moved: dict[str, Any] = answer.json()
    return moved


def _by_name(views: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {view["name"]: view for view in views}


async def test_a_route_is_proposed_with_reasons_and_edited_part_by_part(system: System) -> None:
    """Each part of a route says why it is proposed; what is left out does not begin, and what is added later does."""
    case_id = await _assessed(system, "documents", "psychology")
    route = await system.get(f"/api/v1/cases/{case_id}/route")
    needs = {need["name"]: need["status"] for need in route["needs"]}
    # Care at home was proposed to somebody who lives alone and is weak; they did not want it.
    assert needs == {"documents": "agreed", "home_care": "declined", "psychology": "agreed"}
    directions = _by_name(route["directions"])
    assert directions["documents"]["because"] == [
        {"code": "documents_missing", "title": {"ru": "Нет нужных документов", "en": "Documents are missing"}}
    ]
    left_out = await _move(system, directions["psychology"], "left_out", facts={"note": "не хочет говорить"})
    assert left_out["facts"]["note"] == "не хочет говорить"
    await system.do(case_id, "route_draft", result="drafted")
    await system.do(case_id, "route_offer", result="accepted")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert "documents" in card["tracks"]
    assert "psychology" not in card["tracks"]

    await _move(system, directions["psychology"], "planned")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert "psy_talk" in [step["name"] for step in card["steps"] if step["state"] == "open"]
    await _move(system, directions["psychology"], "withdrawn")
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert card["tracks"]["psychology"] == "withdrawn"
    assert "psy_talk" not in [step["name"] for step in card["steps"] if step["state"] == "open"]


async def test_a_part_that_needs_approval_is_planned_by_another_senior(system: System) -> None:
    """A place in an institution is wanted by one person and planned by another, and both are recorded."""
    case_id = await _assessed(system, "documents")
    await system.do(case_id, "route_draft", result="drafted")
    await system.do(case_id, "route_offer", result="accepted")
    entry = {"kind": "entry", "name": "placement", "facts": {"sort": "direction"}}
    at_once = await system.post(f"/api/v1/cases/{case_id}/items", {**entry, "status": "planned"})
    assert (at_once.status_code, at_once.json()["code"]) == (409, "approval_needed")
    wanted = await system.post(
        f"/api/v1/cases/{case_id}/items", {**entry, "status": "wanted"}, role=Role.SUPERVISOR, user="anna"
    )
    assert wanted.status_code == 201, wanted.text
    item = wanted.json()
    path = f"/api/v1/items/{item['item_id']}/move"
    own = await system.post(path, {"status": "planned"}, role=Role.SUPERVISOR, user="anna")
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    planned = await system.post(path, {"status": "planned"}, role=Role.SUPERVISOR, user="pavel")
    assert planned.status_code == 200, planned.text
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert "placement" in card["tracks"]


async def test_nobody_approves_their_own_draft(system: System) -> None:
    """Who drafted the plan may not approve it, senior or not."""
    case_id = await _assessed(system, "placement")
    await system.do(case_id, "route_draft", result="drafted")
    step = await system.step(case_id, "route_approve")
    path, body = f"/api/v1/steps/{step}/complete", {"outcome": "approved"}
    own = await system.post(path, body, role=Role.SUPERVISOR)
    assert (own.status_code, own.json()["code"]) == (409, "own_request")
    assert (await system.post(path, body, role=Role.SUPERVISOR, user="pavel")).status_code == 200


async def test_what_becomes_known_later_counts(system: System) -> None:
    """A flag that is told later opens what it calls for, and is recorded with who said so."""
    case_id = await system.admit()
    said = await system.post(f"/api/v1/cases/{case_id}/flags", {"add": ["crisis"], "note": "тревога"})
    assert (said.status_code, said.json()["flags"]) == (200, ["crisis"])
    opened = {step["name"] for step in (await system.get(f"/api/v1/cases/{case_id}"))["steps"]}
    assert opened & {"crisis_protocol", "crisis_handoff"}  # by day, or by night
    again = await system.post(f"/api/v1/cases/{case_id}/flags", {"add": ["crisis"]})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_changes")


async def test_a_case_is_taken_or_given(system: System) -> None:
    """A coordinator takes a case; to give it away takes a senior; without an owner the senior answers for it."""
    case_id = await system.admit()
    path = f"/api/v1/cases/{case_id}/owner"
    taken = await system.post(path, {"owner": "vera"}, user="vera")
    assert (taken.status_code, taken.json()["owner"]) == (200, "vera")
    given = await system.post(path, {"owner": "olga"}, user="vera")
    assert (given.status_code, given.json()["code"]) == (403, "role_not_allowed")
    back = await system.post(path, {"owner": None}, role=Role.SUPERVISOR)
    assert (back.status_code, back.json()["owner"]) == (200, None)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "need", "name": "holiday"}, 422, "unknown_name"),
        ({"kind": "need", "name": "home_care", "status": "met"}, 422, "wrong_status"),
        ({"kind": "entry", "name": "documents"}, 422, "wrong_facts"),
        ({"kind": "attempt", "name": "call", "facts": {"channel": "smoke", "result": "answered"}}, 422, "wrong_facts"),
        ({"kind": "need", "name": "home_care", "facts": {"surprise": 1}}, 422, "wrong_facts"),
        ({"kind": "wish", "name": "home_care"}, 422, "invalid"),
    ],
)
async def test_what_does_not_fit_is_said(system: System, body: dict[str, Any], status: int, code: str) -> None:
    """An item that cannot be is refused by name, and nothing is added."""
    case_id = await system.admit()
    answer = await system.post(f"/api/v1/cases/{case_id}/items", body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await system.get(f"/api/v1/cases/{case_id}/items"))["items"] == []


async def test_an_item_is_there_once_and_moves_by_the_table(system: System) -> None:
    """There is one need of a name; what cannot follow is refused with how it stands."""
    case_id = await system.admit()
    new = {"kind": "need", "name": "home_care"}
    item = (await system.post(f"/api/v1/cases/{case_id}/items", new)).json()
    assert (item["status"], item["can"]) == ("proposed", ["agreed", "declined"])
    twice = await system.post(f"/api/v1/cases/{case_id}/items", new)
    assert (twice.status_code, twice.json()["code"]) == (409, "item_exists")
    wrong = await system.post(f"/api/v1/items/{item['item_id']}/move", {"status": "met"})
    assert (wrong.status_code, wrong.json()["details"]) == (409, {"status": "proposed", "to": "met"})
    moved = await _move(system, item, "agreed")
    assert moved["status"] == "agreed"
    history = await system.get(f"/api/v1/cases/{case_id}/events")
    assert [event["data"]["status"] for event in history["items"] if event["kind"].startswith("item")] == [
        "proposed",
        "agreed",
    ]
