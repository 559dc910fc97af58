"""Story 6 of part 4: a shift ends, and nobody's work is without an owner for a moment."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from marshrut.domain.words import Role
from tests.fixtures.ahead import Ahead
from tests.fixtures.roster import Team

FLAGSHIP = "SKLIF"
View = dict[str, Any]


class Flagship(Team):
    """The shifts of a flagship emergency centre: Anna goes off at night, Boris and Vlada come in the morning."""

    system: Ahead

    async def call(self, *args: Any, **more: Any) -> httpx.Response:
        """As a team's; the server must not skip time by itself meanwhile."""
        with self.system.environment.with_time_skipping_disabled():
            return await super().call(*args, **more)

    async def says(self, user: str, path: str, body: Any = None) -> View:
        """What a coordinator does about a handover; how it stands then."""
        answer = await self.call("POST", f"/api/v1/handovers{path}", body, Role.COORDINATOR, user)
        assert answer.status_code in {200, 201}, answer.text
        view: View = answer.json()
        return view

    async def night(self, cases: int, steps: int) -> tuple[list[str], list[str]]:
        """What Anna has at the end of the night: cases that she answers for, and steps in them."""
        owned = [await self.admit() for _ in range(cases)]
        taken = [await self.step(case_id) for case_id in owned]
        for case_id, step_id in zip(owned, taken, strict=True):
            assert (await self.card(case_id))["owner"] == "anna"  # she was there when they came
            assert (
                await self.call("POST", f"/api/v1/steps/{step_id}/claim", None, Role.COORDINATOR, "anna")
            ).is_success
        for number in range(steps - cases):
            body = {"title": f"позвонить {number}", "assignee": "anna"}
            path = f"/api/v1/cases/{owned[number % cases]}/steps"
            added = await self.call("POST", path, body, Role.COORDINATOR, "anna")
            taken.append(added.json()["step_id"])
        return owned, taken

    async def passes(self, **time: float) -> None:
        """Time passes, and what runs in the background has its turn."""
        self.system.clock.ahead += timedelta(**time)
        for _ in range(2):
            await self.system.parts.background.round()

    async def holders(self, *things: str) -> list[str | None]:
        """Who has steps, or answers for cases."""
        found: list[str | None] = []
        for thing in things:
            step = await self.call("GET", f"/api/v1/steps/{thing}")
            found.append(step.json()["assignee"] if step.is_success else (await self.card(thing))["owner"])
        return found

    async def notices(self, role: Role, user: str, handover: str) -> list[View]:
        """What somebody is told of a handover, now."""
        answer = await self.call("GET", f"/api/v1/notifications?hospital={FLAGSHIP}&limit=500", None, role, user)
        return [each for each in answer.json()["items"] if each["handover"] == handover]


@pytest.fixture
async def shift(today: Ahead) -> AsyncIterator[Flagship]:
    """At night Anna alone is on shift; the others begin in the morning."""
    team = Flagship(today, FLAGSHIP)
    await team.put("oksana", Role.SUPERVISOR)
    await team.put("anna")
    yield team
    await team.clear()
    today.clock.ahead = timedelta(0)


async def morning(shift: Flagship) -> None:
    """The day shift is there."""
    for user in ("boris", "vlada"):
        await shift.put(user)


async def test_the_night_shift_hands_over_and_the_day_shift_takes_all_but_one(shift: Flagship) -> None:
    """Given five steps and two cases of the night, when the day acknowledges all but one, then each is where it says.

    The notes are read by whoever takes over; until then everything is Anna's; the one that nobody took stays hers.
    """
    cases, steps = await shift.night(2, 5)
    await morning(shift)
    notes = [{"item": each, "note": f"спросить дочь {number}"} for number, each in enumerate((*steps, *cases))]
    made = await shift.says(
        "anna", "", {"hospital": FLAGSHIP, "to": "boris", "note": "ночь была трудной", "notes": notes}
    )
    assert {each["item"] for each in made["items"]} == {*steps, *cases}
    assert await shift.holders(*steps, *cases) == ["anna"] * 7

    path = f"/{made['id']}"
    (told,) = await shift.notices(Role.COORDINATOR, "boris", made["id"])
    assert (told["occasion"], told["urgent"]) == ("handover_offered", True)
    seen = (await shift.call("GET", f"/api/v1/handovers{path}", None, Role.COORDINATOR, "boris")).json()
    assert seen["note"] == "ночь была трудной"
    assert sorted(each["note"] for each in seen["items"]) == [f"спросить дочь {number}" for number in range(7)]
    assert all(each["title"]["ru"] for each in seen["items"])
    # The clocks of a flagship are short: by the morning they are late, and everybody sees by how much.
    assert all(each["clock"]["left_s"] is not None for each in seen["items"] if each["item"] in {*steps[:2], *cases})

    left = steps[4]
    taken = await shift.says("boris", f"{path}/acknowledge", {"not_taken": [{"item": left, "reason": "conflict"}]})
    await shift.passes(minutes=1)
    taken = (await shift.call("GET", f"/api/v1/handovers{path}", None, Role.COORDINATOR, "boris")).json()
    assert (taken["state"], taken["answer"]["by"]) == ("done", "boris")
    assert {each["item"]: (each["state"], each["holder"]) for each in taken["items"]} == {
        **dict.fromkeys((*steps[:4], *cases), ("taken", "boris")),
        left: ("not_taken", "anna"),
    }
    assert await shift.holders(*steps, *cases) == [*["boris"] * 4, "anna", "boris", "boris"]
    for case_id in cases:
        by_itself = [
            each["data"]["reason"]
            for each in await shift.events(case_id, "step_assigned", "owner_changed")
            if each["role"] == "system"
        ]
        assert set(by_itself) == {f"shift/{made['id']}"}
    assert [each["occasion"] for each in await shift.notices(Role.COORDINATOR, "anna", made["id"])] == [
        "handover_not_taken"
    ]


async def test_when_nobody_acknowledges_the_senior_is_told(shift: Flagship) -> None:
    """Given a handover to the team, when ten minutes pass at the flagship, then Oksana is told, and later the head.

    All the while everything stays with Anna, and the team may still take it.
    """
    cases, steps = await shift.night(1, 1)
    await morning(shift)
    made = await shift.says("anna", "", {"hospital": FLAGSHIP})
    await shift.passes(minutes=9)
    assert await shift.notices(Role.SUPERVISOR, "oksana", made["id"]) == []
    await shift.passes(minutes=2)
    (told,) = await shift.notices(Role.SUPERVISOR, "oksana", made["id"])
    assert (told["occasion"], told["urgent"], told["acknowledged_by"]) == ("handover_waits", True, None)
    assert await shift.notices(Role.HEAD, "pavel", made["id"]) == []
    await shift.passes(minutes=20)
    (head,) = await shift.notices(Role.HEAD, "pavel", made["id"])
    assert head["occasion"] == "handover_waits_long"
    assert await shift.holders(*steps, *cases) == ["anna", "anna"]
    taken = await shift.says("vlada", f"/{made['id']}/acknowledge")
    assert None not in {taken["told_at"], taken["senior_told_at"], taken["head_told_at"]}
    assert await shift.holders(*steps, *cases) == ["vlada", "vlada"]


async def test_when_the_receiver_is_away_the_team_takes_it(shift: Flagship) -> None:
    """Given a handover to Boris, when he falls ill, then Vlada may take what she could not while he was there."""
    cases, steps = await shift.night(1, 2)
    await morning(shift)
    made = await shift.says("anna", "", {"hospital": FLAGSHIP, "to": "boris", "note": "ключи у сестры"})
    path = f"/api/v1/handovers/{made['id']}/acknowledge"
    refused = await shift.call("POST", path, None, Role.COORDINATOR, "vlada")
    assert (refused.status_code, refused.json()["code"]) == (409, "handover_for_another")
    await shift.away("boris")
    taken = await shift.says("vlada", f"/{made['id']}/acknowledge")
    assert (taken["state"], taken["to"], taken["answer"]["by"], taken["note"]) == (
        "done",
        "boris",
        "vlada",
        "ключи у сестры",
    )
    assert await shift.holders(*steps, *cases) == ["vlada"] * 3


async def test_what_somebody_else_took_meanwhile_is_not_moved(shift: Flagship) -> None:
    """Given a handover that waits, when Oksana gives a step to Vlada, then Boris gets the rest and is told so."""
    cases, steps = await shift.night(1, 2)
    await morning(shift)
    made = await shift.says("anna", "", {"hospital": FLAGSHIP, "to": "boris"})
    given = await shift.call("POST", f"/api/v1/steps/{steps[0]}/assign", {"assignee": "vlada"})
    assert given.is_success, given.text
    taken = await shift.says("boris", f"/{made['id']}/acknowledge")
    assert {each["item"]: (each["state"], each["holder"]) for each in taken["items"]} == {
        steps[0]: ("elsewhere", "vlada"),
        steps[1]: ("taken", "boris"),
        cases[0]: ("taken", "boris"),
    }
    assert await shift.holders(*steps, *cases) == ["vlada", "boris", "boris"]


async def test_who_goes_before_anybody_takes_over_leaves_nothing_behind(shift: Flagship) -> None:
    """Given a handover nobody acknowledged, when Anna's shift is over, then her deputy has all, and it says so."""
    cases, steps = await shift.night(1, 2)
    await morning(shift)
    made = await shift.says("anna", "", {"hospital": FLAGSHIP, "to": "boris"})
    starts = (shift.system.clock() + timedelta(minutes=5)).isoformat()
    await shift.away("anna", "vlada", **{"from": starts, "kind": "off_shift"})
    await shift.passes(minutes=4)
    assert await shift.holders(*steps, *cases) == ["anna"] * 3
    await shift.passes(minutes=3)
    assert await shift.holders(*steps, *cases) == ["vlada"] * 3
    seen = (await shift.call("GET", f"/api/v1/handovers/{made['id']}")).json()
    assert (seen["state"], seen["answer"]) == ("lapsed", None)
    assert {(each["state"], each["holder"]) for each in seen["items"]} == {("elsewhere", "vlada")}
    late = await shift.call("POST", f"/api/v1/handovers/{made['id']}/acknowledge", None, Role.COORDINATOR, "boris")
    assert (late.status_code, late.json()["details"]) == (409, {"state": "lapsed"})
