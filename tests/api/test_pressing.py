"""A step that does not move, one at a time: reminded of, escalated, taken over, given back, given more time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest_asyncio

from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.words import Role
from marshrut.store.database import Database
from tests.fixtures.cases import ANNA, HOUR, NOON
from tests.fixtures.counter import Counter, served
from tests.fixtures.office import Office
from tests.fixtures.system import System

FRIDAY = NOON + timedelta(days=4, hours=3)


@pytest_asyncio.fixture
async def counter(system: System, db: Database) -> AsyncIterator[Counter]:
    """Anna and Boris coordinate, Olga leads them."""
    office = Office(db)
    for user in ("anna", "boris"):
        await office.put(user)
    await office.put("olga", Role.SUPERVISOR)
    async with served(system, office) as counter:
        yield counter


async def act(counter: Counter, step_id: str, action: str, body: Any = None, *, code: int = 200, **who: Any) -> Any:
    """What an action is answered; Olga's, unless another is named."""
    answer = await counter.call("POST", f"/steps/{step_id}/{action}", body, **who)
    assert answer.status_code == code, answer.text
    return answer.json()


async def theirs(counter: Counter, user: str, role: Role) -> list[dict[str, Any]]:
    """What somebody was told."""
    answer = await counter.call("GET", "/notifications", role=role, user=user)
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_whoever_has_a_step_is_reminded_of_it(counter: Counter) -> None:
    """The reminder is theirs alone, with its words for the history; they are not asked to answer."""
    step_id = await counter.step(NOON - HOUR)
    await counter.tell(step_id, c.Claim(step_id=step_id), actor=ANNA)
    step = await act(counter, step_id, "remind", {"note": "обещали сегодня"})
    assert "remind" in step["can"]
    (told,) = [each for each in await theirs(counter, "anna", Role.COORDINATOR) if each["occasion"] == "reminder"]
    assert (told["user"], told["title"]["ru"], told["step_id"]) == ("anna", "Напоминают: шаг ждёт вас", step_id)
    assert not [each for each in await theirs(counter, "boris", Role.COORDINATOR) if each["occasion"] == "reminder"]
    history = await counter.get(f"/cases/{step['case_id']}/events", limit=500)
    assert [each["text"] for each in history["items"] if each["kind"] == "people_told" and each["text"]] == [
        {"note": "обещали сегодня"}
    ]
    again = await act(counter, step_id, "remind", code=409)
    assert again["code"] == "reminded_lately"
    own = await act(counter, step_id, "remind", code=409, role=Role.COORDINATOR, user="anna")
    assert own["code"] == "own_step"
    (item,) = (await counter.get("/stuck"))["items"]
    assert item["escalations"] == []


async def test_an_escalation_is_on_the_board_until_somebody_acknowledges_it(counter: Counter) -> None:
    """The head is told; the stuck item names the notice that stands, and with its acknowledgement the cause is gone."""
    step_id = await counter.step(FRIDAY)
    await act(counter, step_id, "escalate", {"reason": "no_answer", "note": "не отвечают"})
    (raised,) = await counter.journal(step_id, "step_escalated")
    assert isinstance(raised.body, e.StepEscalated)
    assert (raised.body.rung, raised.body.reason, raised.actor) == ("grave", "no_answer", "olga")
    counter.office.later(minutes=1)
    (item,) = (await counter.get("/stuck", why="escalated"))["items"]
    (stands,) = item["escalations"]
    assert (stands["occasion"], stands["role"], stands["user"]) == ("raised", "head", None)
    assert item["escalated_to"] == ["head"]
    (told,) = await theirs(counter, "pavel", Role.HEAD)
    assert told["id"] == stands["id"]
    seen = await counter.call("POST", f"/notifications/{stands['id']}/acknowledge")
    assert seen.json()["acknowledged_by"] == "olga"
    assert (await counter.get("/stuck", why="escalated"))["total"] == 0


async def test_a_senior_takes_over_and_gives_back(counter: Counter) -> None:
    """The step and its case are theirs and what was escalated is seen to; then whoever had it has it again."""
    step_id = await counter.step(NOON - HOUR)
    case_id = step_id.split(".", maxsplit=1)[0]
    await counter.tell(step_id, c.Claim(step_id=step_id), actor=ANNA)
    await act(counter, step_id, "escalate", role=Role.COORDINATOR, user="anna")
    for _ in range(2):
        taken = await act(counter, step_id, "take-over", key="mine")
        assert taken["assignee"] == "olga"
    card = await counter.get(f"/cases/{case_id}")
    assert (card["owner"], card["answers_for"]) == ("olga", {"user": "olga", "role": "supervisor"})
    counter.office.later(minutes=1)
    assert (await counter.get("/stuck", why="escalated"))["total"] == 0
    for _ in range(2):
        back = await act(counter, step_id, "return", {"note": "дальше вы"}, key="back")
        assert back["assignee"] == "anna"
    assert [each.body.assignee for each in await counter.journal(step_id, "step_assigned")] == ["olga", "anna"]  # type: ignore[union-attr]  # those of this kind have one
    not_mine = await act(counter, step_id, "return", code=409)
    assert not_mine["code"] == "claimed_by_another"


async def test_what_nobody_had_before_goes_back_to_the_team(counter: Counter) -> None:
    """Without a former holder, or when that is said, the step is free again; one who is away gets nothing."""
    step_id = await counter.step(FRIDAY)
    await act(counter, step_id, "take-over")
    assert (await act(counter, step_id, "return"))["assignee"] is None
    await counter.tell(step_id, c.Assign(step_id=step_id, assignee="anna"))
    await act(counter, step_id, "take-over")
    await counter.office.away("anna", "boris")
    away = await act(counter, step_id, "return", code=409)
    assert (away["code"], away["details"]) == ("absent", {"deputy": "boris"})
    assert (await act(counter, step_id, "return", {"to": "team"}))["assignee"] is None


async def test_only_seniors_take_over(counter: Counter) -> None:
    """A coordinator takes what is free by claiming it."""
    step_id = await counter.step(FRIDAY)
    refused = await act(counter, step_id, "take-over", code=403, role=Role.COORDINATOR, user="anna")
    assert refused["code"] == "role_not_allowed"


async def test_one_step_is_given_two_working_days_more(counter: Counter) -> None:
    """By so much as well as until then; an emergency's term too, when a senior means that one step."""
    more = {"by": {"amount": 2, "unit": "wd"}}
    ordinary, emergency = await counter.step(FRIDAY), await counter.step(FRIDAY, emergency=True)
    for step_id in (ordinary, emergency):
        step = await act(counter, step_id, "extend", more)
        assert f"{datetime.fromisoformat(step['clock']['due_at']):%d.%m}" == "11.03"
    both = {**more, "due_at": FRIDAY.isoformat()}
    assert (await act(counter, ordinary, "extend", both, code=422))["code"] == "invalid"
    assert (await act(counter, ordinary, "extend", {}, code=422))["code"] == "invalid"
