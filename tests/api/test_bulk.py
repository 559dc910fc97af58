"""The same action on many steps: a dry run that tells the truth, and a run that does not lie."""

from __future__ import annotations

import asyncio
from collections import Counter as Count
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from api.bulk.doing import AT_ONCE
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.state import CaseState
from marshrut.domain.words import Report, Role
from marshrut.ports import Unavailable, Uncertain
from marshrut.store.database import Database
from marshrut.store.queries import SqlQueries
from tests.fixtures.cases import DAY, HOUR, NOON, OLGA
from tests.fixtures.counter import Counter, served
from tests.fixtures.office import Desk, Killed, Office
from tests.fixtures.patience import patient_database
from tests.fixtures.system import System

TWO_DAYS: dict[str, Any] = {"by": {"amount": 2, "unit": "wd"}}
# Monday 2 March 2026 is NOON's day; Monday the 9th is a day off (the holiday of the 8th, a Sunday).
FRIDAY = datetime(2026, 3, 6, 15, tzinfo=UTC)

# What is decided, and how it is worded, is the same whichever database it stands in.
ON_ONE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest_asyncio.fixture
async def office(db: Database) -> Office:
    """Anna and Boris coordinate, Olga leads them, Nina is away."""
    office = Office(db)
    for user in ("anna", "boris", "nina"):
        await office.put(user)
    await office.put("vera", Role.DOCTOR)
    await office.put("olga", Role.SUPERVISOR)
    await office.away("nina", "boris")
    return office


@pytest_asyncio.fixture
async def counter(system: System, office: Office) -> AsyncIterator[Counter]:
    async with served(system, office) as counter:
        yield counter


async def bulk(counter: Counter, action: str, *, key: str | None = None, code: int = 200, **body: Any) -> Any:
    """What a bulk action of Olga's is answered."""
    who = {name: body.pop(name) for name in ("role", "user", "hospital") if name in body}
    answer = await counter.call("POST", "/bulk", {"action": action, **body}, key=key, **who)
    assert answer.status_code == code, answer.text
    return answer.json()


def states(answer: Any) -> list[str]:
    return [item["code"] or item["state"] for item in answer["items"]]


@ON_ONE
async def test_a_dry_run_says_what_would_happen_and_changes_nothing(counter: Counter) -> None:
    """Old and new due time, days that do not count, the next rung before and after; the case stays as it is."""
    step_id = await counter.step(FRIDAY)
    before = await counter.office.held(step_id.split(".")[0])
    shown = await bulk(counter, "extend", steps=[step_id], dry_run=True, **TWO_DAYS)
    assert (shown["dry_run"], shown["possible"], shown["refused"], shown["steps"]) == (True, 1, 0, [step_id])
    (item,) = shown["items"]
    assert item["title"] == (await counter.get(f"/steps/{step_id}"))["title"]
    assert datetime.fromisoformat(item["before"]["due_at"]) == FRIDAY
    due_at = datetime.fromisoformat(item["after"]["due_at"])
    assert f"{due_at:%d.%m}" == "11.03"
    assert item["skipped"] == ["2026-03-07", "2026-03-08", "2026-03-09"]
    assert item["before"]["next_rung"]["at"] < item["after"]["next_rung"]["at"]
    assert await counter.office.held(step_id.split(".")[0]) == before
    assert (await bulk(counter, "extend", steps=[step_id], **TWO_DAYS))["dry_run"], "a dry run unless it is said"


@ON_ONE
async def test_what_a_bulk_action_may_not_do_is_refused_with_its_reason(counter: Counter) -> None:
    """An emergency's clock, one that stands still, a step that is over, one that is not there: each says why."""
    ordinary = await counter.step(FRIDAY)
    emergency = await counter.step(FRIDAY, emergency=True)
    blocked = await counter.step(FRIDAY)
    await counter.tell(blocked, c.AddBlock(step_id=blocked, reason="medical", responsible="hospital"))
    paused = await counter.step(FRIDAY)
    await counter.tell(paused, c.ReportFact(report=Report.PAUSED))
    over = await counter.step(FRIDAY)
    await counter.office.happens(over.split(".")[0], e.StepCancelled(step_id=over, reason="withdrawn"))
    steps = [ordinary, emergency, blocked, paused, over, "nothing.at.all.main"]
    expected = ["emergency_clock", "clock_paused", "clock_paused", "step_is_cancelled", "step_not_found"]
    shown = await bulk(counter, "extend", steps=steps, dry_run=True, **TWO_DAYS)
    assert states(shown) == ["possible", *expected]
    assert shown["items"][1]["reason"]["ru"] == "Экстренный срок не продлевают: назначьте другого или примите эскалацию"
    run = await bulk(counter, "extend", steps=steps, dry_run=False, **TWO_DAYS)
    assert states(run) == ["done", *expected]
    assert (run["done"], run["refused"], run["pending"]) == (1, 5, 0)
    for step_id in (emergency, blocked, paused):
        assert not await counter.journal(step_id, "step_extended")


async def test_done_is_what_everybody_can_read(counter: Counter) -> None:
    """Each item that is done shows the step as the read model has it, and so do the step's card and the list."""
    late = [await counter.step(NOON - HOUR) for _ in range(3)]
    assert (await counter.get("/stuck", why="overdue"))["total"] == 3
    run = await bulk(counter, "extend", steps=late, dry_run=False, due_at=FRIDAY.isoformat(), note="обещали письменно")
    assert states(run) == ["done"] * 3
    for item in run["items"]:
        card = await counter.get(f"/steps/{item['step_id']}")
        assert item["after"]["due_at"] == card["clock"]["due_at"]
        assert datetime.fromisoformat(card["clock"]["due_at"]) == FRIDAY
    assert (await counter.get("/stuck", why="overdue"))["total"] == 0
    history = await counter.get(f"/cases/{late[0].split('.')[0]}/events", limit=500)
    assert [each["text"] for each in history["items"] if each["kind"] == "step_extended"] == [
        {"note": "обещали письменно"}
    ]


@pytest.mark.parametrize(
    ("database_url", "action", "more", "kind"),
    [
        ("sqlite", "extend", TWO_DAYS, "step_extended"),
        ("sqlite", "assign", {"assignee": "boris"}, "step_assigned"),
        ("sqlite", "remind", {}, "people_told"),
        ("sqlite", "escalate", {"reason": "awaiting"}, "step_escalated"),
        pytest.param("postgres", "extend", TWO_DAYS, "step_extended", marks=pytest.mark.postgres),
    ],
    indirect=["database_url"],
)
async def test_a_repeated_call_happens_once(counter: Counter, action: str, more: dict[str, Any], kind: str) -> None:
    """Under one key every step is acted upon once, however often and in whatever company it is named."""
    steps = [await counter.step(FRIDAY) for _ in range(3)]
    for named in (steps[:2], steps, [*steps, steps[0]]):
        run = await bulk(counter, action, steps=named, dry_run=False, key="once", **more)
        assert states(run) == ["done"] * len(set(named))
    for step_id in steps:
        assert len(await counter.journal(step_id, kind)) == 1


async def test_one_key_stands_for_one_action(counter: Counter) -> None:
    """The same key with another body is refused item by item, and nothing happens."""
    step_id = await counter.step(FRIDAY)
    await bulk(counter, "extend", steps=[step_id], dry_run=False, key="k", **TWO_DAYS)
    other = await bulk(counter, "extend", steps=[step_id], dry_run=False, key="k", by={"amount": 3, "unit": "wd"})
    assert states(other) == ["idempotency_key_reused"]
    assert len(await counter.journal(step_id, "step_extended")) == 1


async def test_a_filter_finds_what_the_lists_show(counter: Counter) -> None:
    """Whatever `/steps` and `/stuck` answer to a filter, a dry run by the same filter shows, in that order."""
    await counter.step(FRIDAY)
    for _ in range(3):
        await counter.step(NOON - HOUR)
    mine = await counter.step(NOON - DAY)
    await counter.tell(mine, c.Assign(step_id=mine, assignee="anna"))
    for which, path, params in (
        ({"overdue": True}, "/steps", {"overdue": True, "state": "live"}),
        ({"of": "steps", "assignee": "anna"}, "/steps", {"assignee": "anna"}),
        ({"of": "stuck", "why": "overdue"}, "/stuck", {"why": "overdue"}),
        ({"of": "stuck", "assignee": "none"}, "/stuck", {"assignee": "none"}),
    ):
        listed = [each["step_id"] for each in (await counter.get(path, limit=500, **params))["items"]]
        shown = await bulk(counter, "remind", filter=which, dry_run=True)
        assert [item["step_id"] for item in shown["items"]] == listed
        assert len(listed) in {1, 3, 4}
        assert not shown["more"]


async def test_a_run_does_what_was_shown_and_no_more(counter: Counter) -> None:
    """A filter alone is never run: what has become late since the dry run is not among the steps that it showed."""
    for _ in range(2):
        await counter.step(NOON - HOUR)
    shown = await bulk(counter, "remind", filter={"overdue": True}, dry_run=True)
    newer = await counter.step(NOON - HOUR)
    refused = await bulk(counter, "remind", filter={"overdue": True}, dry_run=False, code=422)
    assert (refused["code"], refused["details"]) == ("dry_run_first", {"field": "filter"})
    run = await bulk(counter, "remind", steps=shown["steps"], dry_run=False)
    assert run["done"] == 2
    assert not await counter.journal(newer, "people_told")


class Stale(SqlQueries):
    """A read model that stands still from an instant on."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.kept: dict[str, CaseState | None] = {}

    async def case(self, case_id: str) -> CaseState | None:
        if case_id not in self.kept:
            self.kept[case_id] = await super().case(case_id)
        return self.kept[case_id]


@ON_ONE
async def test_done_is_never_said_of_what_cannot_be_read(system: System, office: Office) -> None:
    """While the read model lags an item is pending under its command, and done once it can be read."""
    behind = Stale(office.db)
    async with served(system, office, queries=behind) as counter:
        step_id = await counter.step(FRIDAY)
        run = await bulk(counter, "extend", steps=[step_id], dry_run=False, key="k", **TWO_DAYS)
        (item,) = run["items"]
        assert (item["state"], run["done"], run["pending"]) == ("pending", 0, 1)
        behind.kept.clear()
        command = await counter.call("GET", item["location"].removeprefix("/api/v1"))
        assert command.json()["state"] == "done"
        again = await bulk(counter, "extend", steps=[step_id], dry_run=False, key="k", **TWO_DAYS)
        assert states(again) == ["done"]
        assert len(await counter.journal(step_id, "step_extended")) == 1


async def test_what_is_not_known_yet_is_pending_and_happens_once(counter: Counter) -> None:
    """Temporal is away: every item is stored, said to be pending, and finished by whoever comes after."""
    steps = [await counter.step(FRIDAY) for _ in range(3)]
    counter.office.desk.away = True
    run = await bulk(counter, "remind", steps=steps, dry_run=False, key="k")
    assert states(run) == ["pending"] * 3
    assert len({item["command_id"] for item in run["items"]}) == 3
    counter.office.desk.away = False
    counter.office.later(seconds=30)
    await counter.office.relay()
    assert states(await bulk(counter, "remind", steps=steps, dry_run=False, key="k")) == ["done"] * 3
    for step_id in steps:
        assert len(await counter.journal(step_id, "people_told")) == 1


async def test_whoever_is_killed_on_the_way_is_repeated(counter: Counter) -> None:
    """The process dies in the middle; the same call again does the rest, and nothing twice."""
    steps = [await counter.step(FRIDAY) for _ in range(6)]
    counter.office.desk.dies_after = 3
    with pytest.raises((Killed, BaseExceptionGroup)):
        await bulk(counter, "escalate", steps=steps, dry_run=False, key="k")
    counter.office.desk.dies_after = None
    counter.office.later(seconds=30)
    await counter.office.relay()
    run = await bulk(counter, "escalate", steps=steps, dry_run=False, key="k")
    assert states(run) == ["done"] * 6
    for step_id in steps:
        assert len(await counter.journal(step_id, "step_escalated")) == 1


class Unsure:
    """A write path whose commit may have been lost for some cases, and that stores nothing for others."""

    def __init__(self, office: Office, unsure: str, away: str) -> None:
        self._office, self._unsure, self._away = office, unsure, away

    async def submit(self, intent: Any) -> Any:
        if intent.case_id == self._away:
            raise Unavailable("sql")
        if intent.case_id == self._unsure:
            raise Uncertain("sql")
        return await self._office.path.submit(intent)


@ON_ONE
async def test_one_items_fault_is_not_the_others(system: System, office: Office) -> None:
    """What was not stored did not happen, what may be stored is pending, and the others are done."""
    async with served(system, office) as counter:
        steps = [await counter.step(FRIDAY) for _ in range(4)]
    unsure, away = (step.split(".")[0] for step in steps[1:3])
    async with served(system, office, write_path=Unsure(office, unsure, away)) as counter:
        run = await bulk(counter, "remind", steps=steps, dry_run=False)
    assert states(run) == ["done", "pending", "unavailable", "done"]
    assert run["items"][1]["location"] == f"/api/v1/commands/{run['items'][1]['command_id']}"


async def test_each_item_is_within_the_callers_role_and_hospitals(counter: Counter) -> None:
    """A coordinator may remind and escalate; other hospitals' steps are not there; machines and auditors stay out."""
    step_id = await counter.step(FRIDAY)
    anna: dict[str, Any] = {"role": Role.COORDINATOR, "user": "anna"}
    for action, more, state in (
        ("assign", {"assignee": "boris"}, "role_not_allowed"),
        ("extend", TWO_DAYS, "role_not_allowed"),
        ("escalate", {}, "possible"),
        ("remind", {}, "possible"),
    ):
        assert states(await bulk(counter, action, steps=[step_id], dry_run=True, **anna, **more)) == [state]
    strange: dict[str, Any] = {"hospital": "SKLIF", "user": "stranger"}
    assert states(await bulk(counter, "remind", steps=[step_id], dry_run=False, **strange)) == ["step_not_found"]
    found = await bulk(counter, "remind", filter={"overdue": False}, dry_run=True, **strange)
    assert found["items"] == []
    for role in (Role.AUDITOR, Role.INTEGRATOR, Role.HOTLINE):
        refused = await bulk(counter, "remind", steps=[step_id], code=403, role=role)
        assert refused["code"] == "role_not_allowed"


@ON_ONE
async def test_steps_go_to_people_who_are_there_and_may_do_them(counter: Counter) -> None:
    """Who is away is named with the deputy; whose work it is not is refused; the new holder is shown."""
    step_id = await counter.step(FRIDAY)
    away = await bulk(counter, "assign", steps=[step_id], assignee="nina")
    assert (states(away), away["items"][0]["details"]) == (["absent"], {"deputy": "boris"})
    assert states(await bulk(counter, "assign", steps=[step_id], assignee="vera")) == ["wrong_assignee"]
    shown = await bulk(counter, "assign", steps=[step_id], assignee="boris")
    assert [each["assignee"] for each in (shown["items"][0]["before"], shown["items"][0]["after"])] == [None, "boris"]
    assert await counter.office.holder(step_id) is None
    await bulk(counter, "assign", steps=[step_id], assignee="boris", dry_run=False)
    assert await counter.office.holder(step_id) == "boris"


@ON_ONE
async def test_reminders_are_not_sent_again_and_again(counter: Counter) -> None:
    """A second reminder within the catalogue's pause is refused, with when it may be sent."""
    step_id = await counter.step(FRIDAY)
    first = await bulk(counter, "remind", steps=[step_id], dry_run=False)
    assert first["items"][0]["told"] == [
        {"role": "coordinator", "user": None, "at": first["items"][0]["told"][0]["at"]}
    ]
    counter.office.later(hours=1)
    again = await bulk(counter, "remind", steps=[step_id], dry_run=False)
    assert states(again) == ["reminded_lately"]
    assert datetime.fromisoformat(again["items"][0]["details"]["again_at"]) == NOON + 4 * HOUR
    counter.office.later(hours=3)
    assert states(await bulk(counter, "remind", steps=[step_id], dry_run=False)) == ["done"]


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("extend", TWO_DAYS),
        ("extend", {"due_at": (NOON + 4 * DAY).isoformat()}),
        ("assign", {"assignee": "boris"}),
        ("remind", {}),
        ("escalate", {"reason": "awaiting"}),
    ],
)
@ON_ONE
@pytest.mark.parametrize("who", [OLGA.role, Role.COORDINATOR, Role.DOCTOR, Role.HEAD])
async def test_a_run_does_what_the_dry_run_said(counter: Counter, action: str, more: dict[str, Any], who: Role) -> None:
    """Over steps in every standing, for each role: what was possible is done with that result, what was refused is."""
    steps = []
    for number, due_at in enumerate((NOON - 20 * DAY, NOON - HOUR, FRIDAY, FRIDAY, FRIDAY, FRIDAY)):
        step_id = await counter.step(due_at, emergency=number == 3)
        case_id = step_id.split(".")[0]
        if number == 2:
            await counter.tell(step_id, c.AddBlock(step_id=step_id, reason="medical", responsible="hospital"))
        if number == 4:
            await counter.tell(step_id, c.Assign(step_id=step_id, assignee="somebody"))
        if number == 5:
            await counter.office.happens(case_id, e.StepEscalated(step_id=step_id, rung="centre", climbed=4))
        steps.append(step_id)
    shown = await bulk(counter, action, steps=steps, dry_run=True, role=who, user="somebody", **more)
    did_it: dict[str, Any] = {}
    while left := [step_id for step_id in steps if step_id not in did_it]:
        # On a machine that stands still now and then the database may be away: what did not happen is asked for again.
        run = await bulk(counter, action, steps=left, dry_run=False, role=who, user="somebody", key="k", **more)
        did_it |= {item["step_id"]: item for item in run["items"] if item["code"] != "unavailable"}
    for said in shown["items"]:
        did = did_it[said["step_id"]]
        assert did["state"] == {"possible": "done"}.get(said["state"], said["state"])
        for part in ("code", "details", "before", "after", "told"):
            assert did[part] == said[part], part


class Crowded(Desk):
    """Journeys that count how many are asked at once, and of one case never two; the first waits for company."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._asked: Count[str] = Count()
        self._company = asyncio.Event()
        self.most = 0

    async def open(self, start: c.JourneyStart, command: c.Command) -> c.Answer:
        return await self._desk.open(start, command)

    async def send(self, case_id: str, command: c.Command) -> c.Answer:
        self._asked[case_id] += 1
        assert self._asked[case_id] == 1
        self.most = max(self.most, self._asked.total())
        if self.most > 1:
            self._company.set()
        await asyncio.wait_for(self._company.wait(), timeout=30)
        await asyncio.sleep(0.001)
        try:
            return await self._desk.send(case_id, command)
        finally:
            self._asked[case_id] -= 1


async def test_five_hundred_steps_are_done_a_few_at_a_time(system: System, sqlite_url: str) -> None:
    """As many as may be named at once: every one of them is read back, and never more than a few are on the way."""
    async with patient_database(sqlite_url) as db, served(system, office := Office(db)) as counter:
        cases = [await office.case() for _ in range(50)]
        steps = [step for case in cases for step in await counter.steps(10, FRIDAY, case)]
        shown = await bulk(counter, "extend", filter={"due_before": (FRIDAY + HOUR).isoformat()}, **TWO_DAYS)
        assert (shown["possible"], shown["more"]) == (500, False)
        crowded = office.path._journeys = Crowded(office.desk)
        run = await bulk(counter, "extend", steps=shown["steps"], dry_run=False, key="k", **TWO_DAYS)
        assert (run["done"], run["refused"], run["pending"]) == (500, 0, 0)
        assert 1 < crowded.most <= AT_ONCE
        assert [item["step_id"] for item in run["items"]] == shown["steps"]
        one_more = await counter.step(FRIDAY)
        await bulk(counter, "remind", steps=[*steps, one_more], code=422)
        every = await bulk(counter, "remind", filter={})
        assert (len(every["items"]), every["more"]) == (500, True)


NOTHING_SAID: list[dict[str, Any]] = [
    {"action": "remind"},
    {"action": "remind", "steps": []},
    {"action": "remind", "steps": ["a"], "filter": {}},
    {"action": "assign", "steps": ["a"]},
    {"action": "remind", "steps": ["a"], "assignee": "boris"},
    {"action": "extend", "steps": ["a"]},
    {"action": "extend", "steps": ["a"], "due_at": "2026-03-06T15:00:00Z", "by": {"amount": 1, "unit": "wd"}},
    {"action": "extend", "steps": ["a"], "by": {"amount": 0, "unit": "wd"}},
    {"action": "extend", "steps": ["a"], "by": {"amount": 1, "unit": "year"}},
    {"action": "remind", "filter": {"why": "overdue", "of": "steps"}},
    {"action": "remind", "filter": {"track": "nowhere"}},
    {"action": "delete", "steps": ["a"]},
]


@ON_ONE
async def test_what_does_not_say_what_to_do_is_refused(counter: Counter) -> None:
    """A body that lacks something, or says two things, is 422 with the place."""
    for body in NOTHING_SAID:
        answer = await counter.call("POST", "/bulk", body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), body
        assert answer.json()["errors"], body


@ON_ONE
async def test_a_person_waits_no_longer_than_a_command_may(counter: Counter) -> None:
    """Each item has its own minute, from when it was begun."""
    step_id = await counter.step(FRIDAY)
    counter.office.desk.away = True
    run = await bulk(counter, "remind", steps=[step_id], dry_run=False, key="k")
    counter.office.desk.away = False
    counter.office.later(minutes=5)
    await counter.office.relay()
    command = await counter.call("GET", f"/commands/{run['items'][0]['command_id']}")
    assert command.json()["state"] == "expired"
    assert states(await bulk(counter, "remind", steps=[step_id], dry_run=False, key="k")) == ["expired"]
    assert not await counter.journal(step_id, "people_told")
    assert timedelta(minutes=5) == counter.office.now() - NOON
