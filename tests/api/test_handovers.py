"""Handing over a shift over HTTP: who gives what to whom, who may take and read it, and what is said of each thing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marshrut.domain.words import Role
from marshrut.store.tables import commands, handover_items, handovers, journal, notifications
from tests.fixtures.roster import Team
from tests.fixtures.system import System

HOSPITAL = "FILAT"
SECRET = "боится темноты"


@pytest.fixture
async def team(system: System) -> AsyncIterator[Team]:
    """Anna and Boris coordinate, Oksana leads."""
    team = Team(system, HOSPITAL)
    await team.put("oksana", Role.SUPERVISOR)
    for user in ("anya", "boris"):
        await team.put(user)
    yield team
    await team.clear()


async def call(team: Team, method: str, path: str, body: Any = None, user: str = "anya", **more: Any) -> Any:
    """What a coordinator of this hospital is answered."""
    answer = await team.call(method, f"/api/v1/handovers{path}", body, more.pop("role", Role.COORDINATOR), user, **more)
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()


async def code(team: Team, method: str, path: str, body: Any = None, user: str = "anya", **more: Any) -> Any:
    """How a call is refused."""
    answer = await team.call(method, f"/api/v1/handovers{path}", body, more.pop("role", Role.COORDINATOR), user, **more)
    return answer.status_code, answer.json()["code"]


async def held(team: Team, user: str = "anya") -> tuple[str, str]:
    """A case that they answer for, with a step that they have."""
    case_id = await team.admit()
    step_id = await team.step(case_id)
    await team.call("POST", f"/api/v1/cases/{case_id}/owner", {"owner": user})
    assert (await team.call("POST", f"/api/v1/steps/{step_id}/assign", {"assignee": user})).status_code == 200
    return case_id, step_id


async def test_a_shift_is_previewed_handed_over_and_taken(team: Team) -> None:
    """Each step and case with title, clock, blocks and its note; who gave, was told and took, with both times."""
    case_id, step_id = await held(team)
    await team.call("POST", f"/api/v1/steps/{step_id}/block", {"reason": "passport"})
    shown = await call(team, "GET", f"/preview?hospital={HOSPITAL}")
    assert [(each["kind"], each["item"], each["state"]) for each in shown["items"]] == [
        ("step", step_id, "held"),
        ("case", case_id, "held"),
    ]
    assert shown["open"] is None
    said = (team.system.parts.api.now() - timedelta(minutes=4)).isoformat()
    body = {
        "hospital": HOSPITAL,
        "to": "boris",
        "note": SECRET,
        "notes": [{"item": step_id, "note": f"{SECRET} очень"}],
        "occurred_at": said,
    }
    made = await call(team, "POST", "", body)
    assert (made["state"], made["giver"], made["to"], made["note"]) == ("offered", "anya", "boris", SECRET)
    assert made["offered_at"] < made["recorded_at"]
    assert made["told_at"] is not None
    step, case = made["items"]
    # In a children's hospital it is an adult who is spoken to.
    title = {
        "ru": "Первичный контакт с родителем или законным представителем",
        "en": "First contact with a parent or legal representative",
    }
    assert step["title"] == title
    assert (step["note"], step["blocks"][0]["reason"]) == (f"{SECRET} очень", "passport")
    assert step["clock"]["left_s"] > 0
    assert case["title"]["en"] == "First contact"
    assert case["clock"]["due_at"] is not None
    assert (await call(team, "GET", f"/preview?hospital={HOSPITAL}"))["open"] == made["id"]
    path = f"/{made['id']}"
    assert (await call(team, "GET", path, None, "boris"))["can"] == ["acknowledge", "decline"]
    taken = await call(team, "POST", f"{path}/acknowledge", None, "boris")
    assert (taken["state"], taken["answer"]["by"], taken["answer"]["role"]) == ("done", "boris", "coordinator")
    assert {each["item"]: (each["state"], each["holder"]) for each in taken["items"]} == {
        step_id: ("taken", "boris"),
        case_id: ("taken", "boris"),
    }
    assert taken["finished_at"] >= taken["answer"]["recorded_at"]
    assert but_clocks(await call(team, "POST", f"{path}/acknowledge", None, "boris")) == but_clocks(taken)
    card = await team.card(case_id)
    assert (card["owner"], [each["assignee"] for each in card["steps"] if each["step_id"] == step_id]) == (
        "boris",
        ["boris"],
    )


def but_clocks(handover: dict[str, Any]) -> dict[str, Any]:
    """A handover without the clocks of its things, which go on from one look to the next."""
    return {**handover, "items": [{**each, "clock": None} for each in handover["items"]]}


async def test_a_repeated_call_makes_one_handover(team: Team) -> None:
    """With its key the same is answered; for another receiver the key is spent; without one, what waits is named."""
    await held(team)
    key: dict[str, Any] = {"Idempotency-Key": f"shift-{await team.admit()}"}
    body = {"hospital": HOSPITAL, "to": "boris"}
    first = await call(team, "POST", "", body, **key)
    assert but_clocks(await call(team, "POST", "", body, **key)) == but_clocks(first)
    assert await code(team, "POST", "", body | {"to": None}, **key) == (422, "idempotency_key_reused")
    answer = await team.call("POST", "/api/v1/handovers", body, Role.COORDINATOR, "anya")
    assert (answer.status_code, answer.json()["code"]) == (409, "handover_open")
    assert answer.json()["details"] == {"handover": first["id"]}


async def test_what_is_not_taken_names_its_reason(team: Team) -> None:
    """In words of both languages; what is not in the handover, and a reason that nobody has, are refused by field."""
    case_id, step_id = await held(team)
    path = f"/{(await call(team, 'POST', '', {'hospital': HOSPITAL}))['id']}/acknowledge"
    for excepted, refusal in (
        ({"item": "nothing", "reason": "conflict"}, "unknown_thing"),
        ({"item": step_id, "reason": "lazy"}, "unknown_reason"),
    ):
        assert await code(team, "POST", path, {"not_taken": [excepted]}, "boris") == (422, refusal)
    taken = await call(team, "POST", path, {"not_taken": [{"item": step_id, "reason": "conflict"}]}, "boris")
    found = {each["item"]: each for each in taken["items"]}
    assert (found[step_id]["state"], found[step_id]["holder"]) == ("not_taken", "anya")
    assert found[step_id]["reason"]["title"]["en"] == "I know the patient personally"
    assert (found[case_id]["state"], found[case_id]["holder"]) == ("taken", "boris")
    assert taken["state"] == "done"


async def test_declined_and_withdrawn_it_stays_with_the_giver(team: Team) -> None:
    """The reason and the words of who declined are kept; afterwards nobody can answer it any more."""
    case_id, step_id = await held(team)
    made = await call(team, "POST", "", {"hospital": HOSPITAL, "to": "boris"})
    path = f"/{made['id']}"
    assert await code(team, "POST", f"{path}/decline", {"reason": "lazy"}, "boris") == (422, "unknown_reason")
    assert await code(team, "POST", f"{path}/withdraw", None, "boris") == (409, "handover_for_another")
    declined = await call(team, "POST", f"{path}/decline", {"reason": "too_much", "note": SECRET}, "boris")
    assert (declined["state"], declined["answer"]["reason"]["code"], declined["answer"]["note"]) == (
        "declined",
        "too_much",
        SECRET,
    )
    assert {each["holder"] for each in declined["items"]} == {"anya"}
    repeated = await call(team, "POST", f"{path}/decline", {"reason": "too_much"}, "boris")
    assert but_clocks(repeated) == but_clocks(declined)
    over = await team.call("POST", f"/api/v1/handovers{path}/acknowledge", None, Role.COORDINATOR, "boris")
    assert (over.status_code, over.json()["code"]) == (409, "handover_over")
    assert over.json()["details"] == {"state": "declined", "by": "boris"}
    again = await call(team, "POST", "", {"hospital": HOSPITAL})
    withdrawn = await call(team, "POST", f"/{again['id']}/withdraw")
    assert (withdrawn["state"], {each["state"] for each in withdrawn["items"]}) == ("withdrawn", {"kept"})
    assert but_clocks(await call(team, "POST", f"/{again['id']}/withdraw")) == but_clocks(withdrawn)
    assert (await team.card(case_id))["owner"] == "anya"
    assert step_id


async def test_who_may_take_and_read_it(team: Team) -> None:
    """Not the giver, nor a colleague while whom it is for is there; away, the team may; heads see it without notes."""
    await held(team)
    await team.put("vlada")
    made = await call(team, "POST", "", {"hospital": HOSPITAL, "to": "boris", "note": SECRET})
    path = f"/{made['id']}"
    for user in ("anya", "vlada"):
        assert await code(team, "POST", f"{path}/acknowledge", None, user) == (409, "handover_for_another")
    assert await code(team, "POST", f"{path}/decline", {"reason": "too_much"}, "vlada") == (409, "handover_for_another")
    head = await call(team, "GET", path, None, "pavel", role=Role.HEAD)
    assert (head["note"], head["can"]) == (None, ["acknowledge", "decline", "withdraw"])
    assert (await call(team, "GET", path, None, "olga", role=Role.SUPERVISOR))["note"] == SECRET
    assert (await call(team, "GET", path, None, "ada", role=Role.AUDITOR))["note"] is None
    assert await code(team, "GET", path, None, "nika", role=Role.PSYCHOLOGIST) == (404, "handover_not_found")
    absence = await team.away("boris")
    assert (await call(team, "GET", path, None, "vlada"))["can"] == ["acknowledge"]
    assert await code(team, "POST", f"{path}/acknowledge", None, "boris") == (409, "absent")
    await team.call("POST", f"/api/v1/absences/{absence}/end")
    assert (await call(team, "GET", path, None, "vlada"))["can"] == []
    assert (await call(team, "POST", f"{path}/acknowledge", None, "oksana", role=Role.SUPERVISOR))["state"] == "done"


async def test_lists_hold_what_concerns_one(team: Team) -> None:
    """What I gave, what waits for me, by state and hospital."""
    await held(team)
    made = await call(team, "POST", "", {"hospital": HOSPITAL})
    for user, mine, found in (
        ("anya", "given", True),
        ("anya", "to_take", False),
        ("boris", "to_take", True),
        ("boris", "given", False),
    ):
        listed = await call(team, "GET", f"?mine={mine}&state=offered&hospital={HOSPITAL}", None, user)
        assert (made["id"] in {each["id"] for each in listed["items"]}) is found
    assert await code(team, "GET", "?cursor=nonsense") == (422, "bad_cursor")
    assert await code(team, "GET", "?hospital=NOWHERE") == (422, "invalid")
    assert (await call(team, "GET", "?state=done", None, "nika", role=Role.PSYCHOLOGIST))["items"] == []


async def test_a_senior_hands_over_for_somebody_who_had_to_go(team: Team) -> None:
    """For a colleague of the roster, by name; nobody else may, and the handover says who did."""
    await held(team)
    body = {"hospital": HOSPITAL, "giver": "anya", "to": "boris"}
    assert await code(team, "POST", "", body, "boris") == (403, "role_not_allowed")
    assert await code(team, "GET", f"/preview?hospital={HOSPITAL}&giver=anya", None, "boris") == (
        403,
        "role_not_allowed",
    )
    senior: dict[str, Any] = {"user": "oksana", "role": Role.SUPERVISOR}
    assert await code(team, "POST", "", body | {"giver": "nobody"}, **senior) == (404, "user_not_found")
    made = await call(team, "POST", "", body, **senior)
    assert (made["giver"], made["offered_by"], made["role"]) == ("anya", "oksana", "coordinator")


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"hospital": "NOWHERE"}, (422, "invalid")),
        ({"hospital": "GKB29"}, (403, "hospital_not_allowed")),
        ({"to": "anya"}, (422, "wrong_assignee")),
        ({"to": "gone"}, (422, "wrong_assignee")),
        ({"notes": [{"item": "nothing", "note": "x"}]}, (422, "unknown_thing")),
        ({"notes": [{"item": "nothing", "note": ""}]}, (422, "invalid")),
        ({"note": "x" * 4001}, (422, "invalid")),
        ({"note": "a\x00b"}, (422, "invalid")),
        ({"occurred_at": "2099-01-01T00:00:00Z"}, (422, "in_the_future")),
        ({"more": 1}, (422, "invalid")),
        ({}, (409, "nothing_to_hand_over")),
    ],
)
async def test_what_does_not_fit_is_said(team: Team, changes: dict[str, Any], refusal: tuple[int, str]) -> None:
    """Hospitals and colleagues outside, notes on what is not theirs, times to come, and a shift with nothing in it."""
    await team.put("gone")
    await team.call("DELETE", "/api/v1/staff/gone")
    assert await code(team, "POST", "", {"hospital": HOSPITAL, "to": "boris", **changes}) == refusal


async def test_an_answer_is_not_older_than_what_it_answers(team: Team) -> None:
    """Nor is it said of a time to come."""
    await held(team)
    made = await call(team, "POST", "", {"hospital": HOSPITAL})
    path = f"/{made['id']}/acknowledge"
    for at, refusal in (("2020-01-01T00:00:00Z", "ends_before_it_starts"), ("2099-01-01T00:00:00Z", "in_the_future")):
        assert await code(team, "POST", path, {"occurred_at": at}, "boris") == (422, refusal)


async def test_a_notice_names_the_handover_it_tells_of(team: Team) -> None:
    """The receiver finds it among their notices, with the words and the way to it."""
    await held(team)
    made = await call(team, "POST", "", {"hospital": HOSPITAL, "to": "boris"})
    async with team.system.parts.db.read() as conn:
        about = sa.select(notifications.c.id).where(notifications.c.key.contains(made["id"]))
        notice_id = (await conn.execute(about)).scalar_one()
    path = f"/api/v1/notifications/{notice_id}/acknowledge"
    seen = (await team.call("POST", path, None, Role.COORDINATOR, "boris")).json()
    assert (seen["handover"], seen["user"], seen["urgent"]) == (made["id"], "boris", False)
    assert seen["title"] == {
        "ru": "Вам передают смену: подтвердите",
        "en": "A shift is handed over to you: acknowledge it",
    }


async def test_notes_stand_sealed_in_sql_and_nowhere_else(team: Team) -> None:
    """Not one word of them is in events, commands, notices or in the clear."""
    case_id, step_id = await held(team)
    body = {"hospital": HOSPITAL, "note": SECRET, "notes": [{"item": case_id, "note": SECRET}]}
    made = await call(team, "POST", "", body)
    await call(
        team, "POST", f"/{made['id']}/decline", {"reason": "unclear", "note": SECRET}, "oksana", role=Role.SUPERVISOR
    )
    async with team.system.parts.db.read() as conn:
        for table in (handovers, handover_items, commands, journal, notifications):
            for row in await conn.execute(sa.select(table)):
                assert SECRET not in str(tuple(row))
                assert SECRET.encode() not in b"".join(value for value in row if isinstance(value, bytes))
    assert step_id


async def test_what_went_to_another_hospital_meanwhile_is_not_looked_at_through_an_old_handover(team: Team) -> None:
    """Who gave it, whom it was meant for and who leads the team see that it is elsewhere; there it is seen as ever."""
    case_id, step_id = await held(team)
    path = f"/api/v1/cases/{case_id}"
    own = await team.call("POST", f"{path}/steps", {"title": SECRET, "assignee": "anya"})
    made = await call(team, "POST", "", {"hospital": HOSPITAL, "to": "boris", "note": "про смену"})
    shown = await call(team, "GET", f"/{made['id']}", None, "boris")
    assert {each["item"] for each in shown["items"]} == {case_id, step_id, own.json()["step_id"]}
    assert (SECRET in str(shown), {each["hidden"] for each in shown["items"]}) == (True, {False})
    moved = await team.call("POST", f"{path}/transfer", {"hospital": "SKLIF", "ward": "W-9", "note": "x"})
    assert moved.status_code == 200, moved.text
    for user, role in (("anya", Role.COORDINATOR), ("boris", Role.COORDINATOR), ("oksana", Role.SUPERVISOR)):
        old = await call(team, "GET", f"/{made['id']}", None, user, role=role)
        assert (SECRET in str(old), "W-9" in str(old), old["note"]) == (False, False, "про смену"), user
        assert {(each["hidden"], each["clock"], each["ward"]) for each in old["items"]} == {(True, None, None)}, user
        assert {each["title"]["en"] for each in old["items"]} == {"In another hospital now"}
    everywhere = team.system.token(Role.SUPERVISOR, "pavel", HOSPITAL, "SKLIF")
    whole = await team.system.http.get(f"/api/v1/handovers/{made['id']}", headers=everywhere)
    assert (SECRET in whole.text, "W-9" in whole.text) == (True, True)
