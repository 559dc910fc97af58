"""What people have who go away changes hands: once, by the journal, and to somebody who is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from marshrut.dispatch.owners import Owners
from marshrut.dispatch.standby import SOURCE, Standby
from marshrut.dispatch.write_path import Verdict, WritePath
from marshrut.domain.commands import Limits
from marshrut.domain.words import Role
from marshrut.ports import Clock, Intent
from marshrut.store.commands import SqlCommands
from marshrut.store.handovers import SqlShiftBook
from marshrut.store.staff import SqlStaff
from tests.fixtures.roster import Team
from tests.fixtures.system import System

HOSPITAL = "IKB2"


@pytest.fixture
async def team(system: System) -> AsyncIterator[Team]:
    """A hospital with a supervisor on the roster and nobody else yet."""
    team = Team(system, HOSPITAL)
    await team.put("oksana", Role.SUPERVISOR)
    yield team
    await team.clear()


async def held_by(team: Team, user: str, count: int = 1) -> list[tuple[str, str]]:
    """Cases that they answer for, each with a step that they claimed: (case, step)."""
    held = []
    for _ in range(count):
        case_id = await team.admit()
        step_id = await team.step(case_id)
        await team.call("POST", f"/api/v1/cases/{case_id}/owner", {"owner": user})
        claimed = await team.call("POST", f"/api/v1/steps/{step_id}/claim", None, Role.COORDINATOR, user)
        assert claimed.status_code == 200, claimed.text
        held.append((case_id, step_id))
    return held


async def stands(team: Team, case_id: str, step_id: str) -> tuple[Any, Any, Any]:
    """Who owns the case, who answers for it, who has the step."""
    card = await team.card(case_id)
    (assignee,) = (step["assignee"] for step in card["steps"] if step["step_id"] == step_id)
    return card["owner"], card["answers_for"]["user"], assignee


async def test_all_goes_to_the_deputy_once_and_is_told(team: Team) -> None:
    """Steps and cases go over by the system's commands, with the absence as reason; the deputy is told once a case."""
    await team.put("anya")
    [(case_id, step_id)] = await held_by(team, "anya")
    await team.put("bogdan")
    absence = await team.away("anya", "bogdan")
    assert await stands(team, case_id, step_id) == ("anya", "bogdan", "anya")
    await team.standby().round()
    assert await stands(team, case_id, step_id) == ("bogdan", "bogdan", "bogdan")
    for _ in range(3):
        await team.standby(timedelta(minutes=5)).round()
    changed = await team.events(case_id, "step_assigned", "owner_changed")
    by_system = [each for each in changed if each["role"] == "system"]
    assert {each["kind"] for each in by_system} == {"step_assigned", "owner_changed"}
    assert len(by_system) == 2
    assert {each["data"]["reason"] for each in by_system} == {f"absence/{absence}"}
    told = [each["data"] for each in await team.events(case_id, "people_told") if "handed_over" in str(each["data"])]
    assert [(each["occasion"], each["user"]) for each in told] == [("handed_over", "bogdan")]


async def test_without_somebody_to_take_it_the_pool_and_the_senior_do(team: Team) -> None:
    """A deputy who is away, or none: the step is anybody's, the senior coordinator answers and is told."""
    await team.put("anya")
    [(case_id, step_id)] = await held_by(team, "anya")
    await team.put("bogdan")
    await team.away("bogdan")
    await team.away("anya", "bogdan")
    await team.standby().round()
    assert await stands(team, case_id, step_id) == (None, None, None)
    assert (await team.card(case_id))["answers_for"] == {"user": None, "role": "supervisor"}
    told = [each["data"] for each in await team.events(case_id, "people_told")]
    assert ("no_owner", "supervisor") in [(each["occasion"], each["role"]) for each in told]


async def test_a_deputy_takes_what_they_may_do(team: Team) -> None:
    """A psychologist stands in for a case, and not for a coordinator's step."""
    await team.put("anya")
    [(case_id, step_id)] = await held_by(team, "anya")
    await team.put("nika", Role.PSYCHOLOGIST)
    await team.away("anya", "nika")
    await team.standby().round()
    assert await stands(team, case_id, step_id) == ("nika", "nika", None)


async def test_what_is_to_come_or_over_changes_nothing(team: Team) -> None:
    """Before it begins, or when it was over before anybody looked, nothing changes hands; nothing comes back."""
    await team.put("anya")
    [(case_id, step_id)] = await held_by(team, "anya")
    await team.put("bogdan")
    now = team.system.parts.api.now()
    coming = await team.away("anya", "bogdan", **{"from": (now + timedelta(hours=1)).isoformat()})
    past = {"from": (now - timedelta(hours=9)).isoformat(), "until": (now - timedelta(hours=1)).isoformat()}
    await team.away("anya", "bogdan", **past)
    await team.standby().round()
    assert await stands(team, case_id, step_id) == ("anya", "anya", "anya")
    await team.standby(timedelta(hours=2)).round()
    assert (await stands(team, case_id, step_id))[::2] == ("bogdan", "bogdan")
    await team.call("POST", f"/api/v1/absences/{coming}/end")
    await team.standby().round()
    assert await stands(team, case_id, step_id) == ("bogdan", "bogdan", "bogdan")


async def test_what_somebody_takes_while_away_they_keep(team: Team) -> None:
    """Once the handover is finished the absence takes nothing more from them."""
    await team.put("anya")
    await team.put("bogdan")
    await team.away("anya", "bogdan")
    await team.standby(timedelta(minutes=2)).round()
    case_id = await team.admit()
    step_id = await team.step(case_id)
    taken = await team.call("POST", f"/api/v1/steps/{step_id}/claim", None, Role.COORDINATOR, "anya")
    assert taken.status_code == 200, taken.text
    await team.standby(timedelta(minutes=3)).round()
    assert (await stands(team, case_id, step_id))[2] == "anya"


def path_of(team: Team, now: Clock, kind: type[WritePath] = WritePath) -> WritePath:
    """The write path of another process, by its own clock."""
    parts = team.system.parts
    return kind(
        SqlCommands(parts.db, clock=now),
        parts.api.queries,
        parts.api.journeys,
        catalogue=parts.api.catalogues.opening,
        owners=Owners(parts.api.staff, now=now),
        readmitted_within=parts.api.catalogue.readmitted_within,
        limits=Limits(),
        now=now,
        answer_within_s=8,
        lease_s=20,
    )


async def relayed(team: Team) -> None:
    """A relay finishes what a dead process left behind, once its lease has run out."""
    parts = team.system.parts

    def later() -> datetime:
        return parts.api.now() + timedelta(minutes=1)

    path = path_of(team, later)
    for leased in await path.lease_due(16):
        if leased.command.source == SOURCE:
            await path.carry(leased)


class Dying(WritePath):
    """The way of a process that dies once it has stored its second command."""

    stored = 0

    async def submit(self, intent: Intent) -> Verdict:
        self.stored += 1
        if self.stored == 1:
            return await super().submit(intent)
        await self.store(intent)
        raise asyncio.CancelledError


async def test_several_at_once_and_one_that_dies_repeat_nothing(team: Team) -> None:
    """Two who look at once, and a third after one was stopped halfway: each thing changes hands exactly once."""
    await team.put("anya")
    held = await held_by(team, "anya", 4)
    await team.put("bogdan")
    await team.away("anya", "bogdan")
    staff, parts = SqlStaff(team.system.parts.db), team.system.parts
    dies = Standby(
        staff,
        staff,
        SqlShiftBook(team.system.parts.db),
        path_of(team, parts.api.now, Dying),
        now=parts.api.now,
    )
    with pytest.raises(asyncio.CancelledError):
        await dies.round()
    assert {await stands(team, *each) for each in held} != {("bogdan", "bogdan", "bogdan")}
    await relayed(team)
    await asyncio.gather(team.standby().round(), team.standby().round())
    await team.standby(timedelta(minutes=2)).round()
    for case_id, step_id in held:
        assert await stands(team, case_id, step_id) == ("bogdan", "bogdan", "bogdan")
        changed = await team.events(case_id, "step_assigned", "owner_changed", "step_released")
        assert len([each for each in changed if each["role"] == "system"]) == 2


async def test_after_any_absences_somebody_who_is_there_answers(team: Team) -> None:
    """One after the other goes, each with the next as deputy: a case is never left with somebody who is away."""
    users = ["anya", "bogdan", "vlada"]
    for user in users:
        await team.put(user)
    cases = [case_id for case_id, _ in await held_by(team, "anya", 2)]
    gone: set[str] = set()
    for user, deputy in zip(users, [*users[1:], None], strict=True):
        await team.away(user, deputy)
        gone.add(user)
        for late in (False, True):
            if late:
                await team.standby().round()
            for case_id in cases:
                answers = (await team.card(case_id))["answers_for"]
                assert answers["user"] not in gone
                assert answers["user"] is not None or answers["role"] == "supervisor"
    assert [(await team.card(case_id))["owner"] for case_id in cases] == [None, None]
