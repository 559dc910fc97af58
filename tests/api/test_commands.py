"""The place to ask what became of a call tells the truth of every command, in the words of whoever asks."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import sqlalchemy as sa

from marshrut.domain.words import Role
from marshrut.ports import CommandState
from marshrut.store.tables import commands
from tests.fixtures.system import System, said

CALLED = {"channel": "phone", "result": "no_answer"}


async def last(system: System, case_id: str) -> str:
    """The command that was given last about a case, whatever became of it."""
    newest = sa.select(commands.c.id).where(commands.c.case_id == case_id).order_by(commands.c.number.desc()).limit(1)
    async with system.parts.db.read() as conn:
        name: str = (await conn.execute(newest)).scalar_one()
    return name


async def asked(system: System, command: str, user: str = "anna", **headers: str) -> dict[str, Any]:
    """What a coordinator is told of a command of theirs."""
    answer = await system.http.get(
        f"/api/v1/commands/{command}", headers={**system.token(Role.COORDINATOR, user), **headers}
    )
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


async def test_an_item_is_told_as_it_is_now(system: System) -> None:
    """Given an item that was added, and moved, then both commands answer the item, as their calls did."""
    case_id = await system.admit()
    added = await system.post(
        f"/api/v1/cases/{case_id}/items", {"kind": "attempt", "name": "call", "facts": CALLED}, user="anna"
    )
    assert added.status_code == 201, added.text
    told = await asked(system, await last(system, case_id))
    assert (told["state"], told["result"]["item_id"]) == ("done", added.json()["item_id"])
    need = await system.post(f"/api/v1/cases/{case_id}/items", {"kind": "need", "name": "home_care"}, user="anna")
    assert (await asked(system, await last(system, case_id)))["result"]["item_id"] == need.json()["item_id"]
    await system.post(f"/api/v1/items/{need.json()['item_id']}/move", {"status": "agreed"}, user="anna")
    told = await asked(system, await last(system, case_id))
    assert (told["type"], told["result"]["status"]) == ("move_item", "agreed")


async def test_a_refusal_is_told_in_the_language_of_whoever_asks(system: System) -> None:
    """Given a command that was refused, then its reason is in Russian to whom reads Russian, else in English."""
    case_id = await system.admit()
    path = f"/api/v1/cases/{case_id}/flags"
    late = await system.post(path, {"add": ["crisis"]}, user="anna", **said(if_match='"1"'))
    assert late.status_code == 412
    name = await last(system, case_id)
    russian = await asked(system, name, **{"Accept-Language": "ru"})
    assert (russian["state"], russian["code"]) == (CommandState.REJECTED, "version_differs")
    assert russian["reason"] == "С тех пор это изменилось"
    assert (await asked(system, name))["reason"].startswith("It has changed")


async def test_a_step_that_went_to_another_hospital_is_shown_there_alone(system: System) -> None:
    """Given a step of a case that was handed over, then its author of before is told that it was done, and no more."""
    case_id = await system.admit()
    step = await system.step(case_id, "first_contact")
    await system.post(f"/api/v1/steps/{step}/claim", user="anna")
    name = await last(system, case_id)
    assert (await asked(system, name))["result"]["step_id"] == step
    moved = await system.post(f"/api/v1/cases/{case_id}/transfer", {"hospital": "SKLIF", "note": "Переведена"})
    assert moved.status_code == 200, moved.text
    told = await asked(system, name)
    assert (told["state"], told["result"]) == ("done", {"case_id": case_id, "reason": None})


async def test_what_cannot_be_asked_twice_is_answered_twice(system: System) -> None:
    """With a key a case is handed over, or parted again, once, and the same call again is answered as the first."""
    case_id = await system.admit()
    path, once = f"/api/v1/cases/{case_id}/transfer", said(idempotency_key=f"t-{case_id}")
    body = {"hospital": "SKLIF", "note": "Переведена"}
    first = await system.post(path, body, **once)
    again = await system.post(path, body, **once)
    assert (first.status_code, again.status_code) == (200, 200), again.text
    assert again.json()["hospital"] == first.json()["hospital"] == "SKLIF"
    assert (await system.post(path, body)).status_code == 404  # without a key it is another call
    assert (await system.post(path, {**body, "note": "Другое"}, **once)).status_code in {404, 422}

    into, other = await system.admit(), await system.admit()
    merged = await system.post(f"/api/v1/cases/{into}/merge", {"other": other}, role=Role.SUPERVISOR)
    assert merged.status_code == 200, merged.text
    once = said(idempotency_key=f"u-{into}")
    for _ in range(2):
        parted = await system.post(f"/api/v1/cases/{into}/unmerge", {"other": other}, role=Role.SUPERVISOR, **once)
        assert (parted.status_code, parted.json()["merged_into"]) == (200, None), parted.text
    late = await system.post(f"/api/v1/cases/{into}/unmerge", {"other": other}, role=Role.SUPERVISOR)
    assert (late.status_code, late.json()["code"]) == (409, "nothing_to_take_back")


async def test_a_key_stands_for_the_time_that_was_said_too(system: System) -> None:
    """Given a key, when the same comes with another time, then it is another call; in another zone it is the same."""
    case_id = await system.admit()
    path, once = f"/api/v1/cases/{case_id}/events", said(idempotency_key=f"e-{case_id}")
    card = await system.get(f"/api/v1/cases/{case_id}")
    at = card["opened_at"]
    one = await system.post(path, {"type": "paused", "occurred_at": at}, **once)
    assert one.status_code == 200, one.text
    moment = datetime.fromisoformat(at)
    elsewhere = moment.astimezone(timezone(timedelta(hours=10))).isoformat()
    assert (await system.post(path, {"type": "paused", "occurred_at": elsewhere}, **once)).status_code == 200
    other = {"type": "paused", "occurred_at": (moment + timedelta(seconds=1)).isoformat()}
    refused = await system.post(path, other, **once)
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
