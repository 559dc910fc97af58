"""What the watchdog mends and what it reports, on a real Temporal server and a real database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle

from marshrut.adapters.temporal.schedule import WatchdogSchedule
from marshrut.cli import watchdog as command
from marshrut.cli.exits import Exit
from marshrut.domain.commands import Carried, Command, JourneyStart, ReportFact
from marshrut.domain.ids import workflow_id
from marshrut.domain.watching import Ill, Mended
from marshrut.domain.words import Report, Role
from marshrut.ports import JourneyGone, Unavailable
from marshrut.store.rebuild import verify
from marshrut.store.tables import cases, findings, journal, repairs, steps
from tests.fixtures.cases import OLGA
from tests.fixtures.engine import eventually
from tests.fixtures.system import System, running
from workflows.engine import Engine


@pytest.fixture(scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """A system of its own, so that the watchdog meets the cases of these tests only."""
    async with running(tmp_path_factory.mktemp("watched"), quiet_s=3600) as system:
        yield system


@pytest.fixture
async def round_(watched: System) -> Any:
    """A round now: what was found, and what was mended, of a case."""
    watchdog = watched.parts.watchdog
    watchdog._on_its_way_s, watchdog._again_after_s = 0.2, 0.2

    async def told(case_id: str) -> tuple[set[Ill], list[Mended]]:
        number = await watchdog.run()
        async with watched.parts.db.read() as conn:
            stands = sa.select(findings.c.code).where(findings.c.case_id == case_id, findings.c.resolved_at.is_(None))
            found = set((await conn.scalars(stands)).all())
            mended = sa.select(repairs.c.code).where(repairs.c.case_id == case_id, repairs.c.round == number)
            return found, sorted((await conn.scalars(mended)).all())

    return told


def journey(system: System, case_id: str) -> WorkflowHandle[Any, Any]:
    return system.parts.client.get_workflow_handle(workflow_id(case_id))


async def deleted(system: System, case_id: str) -> None:
    """As if the engine had never had it."""
    service, namespace = system.parts.client.workflow_service, system.parts.client.namespace
    execution = WorkflowExecution(workflow_id=workflow_id(case_id))
    await service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(namespace=namespace, workflow_execution=execution)
    )

    async def gone() -> bool:
        try:
            await system.parts.api.journeys.state(case_id)
        except (JourneyGone, Unavailable):
            return True
        return False

    await eventually(gone)


async def events(system: System, case_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await system.get(f"/api/v1/cases/{case_id}/events", limit=500))["items"]
    return found


@pytest.mark.parametrize("how", ["terminated", "deleted", "cancelled"])
async def test_a_journey_that_the_engine_lost_goes_on(watched: System, round_: Any, how: str) -> None:
    """Its next round starts it from its journal: nothing is said twice, a repeated call is one, and work goes on."""
    case_id = await watched.admit()
    step_id = await watched.step(case_id, "first_contact")
    once = {"Idempotency-Key": f"once-{how}"}
    claimed = await watched.post(f"/api/v1/steps/{step_id}/claim", role=Role.COORDINATOR, user="anna", **once)
    before = await events(watched, case_id)
    match how:
        case "terminated":
            await journey(watched, case_id).terminate()
        case "cancelled":
            await journey(watched, case_id).cancel()
            await asyncio.sleep(0.5)
        case _:
            await deleted(watched, case_id)
    assert await round_(case_id) == (set(), [Mended.RESTORED])
    assert await round_(case_id) == (set(), [])
    assert await events(watched, case_id) == before
    again = await watched.post(f"/api/v1/steps/{step_id}/claim", role=Role.COORDINATOR, user="anna", **once)
    assert (again.status_code, again.json()["step_id"]) == (claimed.status_code, step_id)
    await watched.do(case_id, "first_contact", result="contacted")
    assert await watched.step(case_id, "consent_record")
    assert [finding async for finding in verify(watched.parts.db, engine=watched.parts.api.journeys)] == []


async def test_a_command_that_met_a_lost_journey_happens_once_it_is_back(watched: System, round_: Any) -> None:
    """Whoever reported something meanwhile was told that it is stored; it happens, once, after the repair."""
    case_id = await watched.admit()
    await journey(watched, case_id).terminate()
    watched.parts.write_path._answer_within_s, patience = 0.5, watched.parts.write_path._answer_within_s
    answer = await watched.post(f"/api/v1/cases/{case_id}/events", {"type": "moved", "ward": "w7"})
    watched.parts.write_path._answer_within_s = patience
    assert answer.status_code == 202
    assert await round_(case_id) == (set(), [Mended.RESTORED])
    leased = await watched.parts.write_path.lease_due(5) or await later_leased(watched)
    for each in leased:
        await watched.parts.write_path.carry(each)
    moved = [each for each in await events(watched, case_id) if each["kind"] == "reported"]
    assert len(moved) == 1


async def later_leased(system: System) -> Any:
    async def due() -> Any:
        return await system.parts.write_path.lease_due(5)

    return await eventually(due)


@contextmanager
def failing() -> Iterator[None]:
    """The code of every journey raises when something is told."""
    sound = Engine.execute

    def raising(self: Engine, command: Command) -> None:
        raise RuntimeError("a fault of ours")

    Engine.execute = raising  # type: ignore[method-assign]  # a test-only worker: the code itself is at fault
    try:
        yield
    finally:
        Engine.execute = sound  # type: ignore[method-assign]  # and is mended


@pytest.mark.timeout(300)  # the server itself waits longer before each further attempt
async def test_a_journey_whose_code_fails_is_shown_and_cleared_when_it_is_mended(watched: System, round_: Any) -> None:
    """It is a technical cause on the stuck board, for every step that is stuck too; with sound code it goes away."""
    case_id = await watched.admit()
    step_id = await watched.step(case_id, "first_contact")
    with failing():
        handle = journey(watched, case_id)
        body = ReportFact(report=Report.MOVED, ward="w2")
        told = Command(id=f"told-{case_id}", actor=OLGA, body=body)
        sent = asyncio.create_task(watched.parts.api.journeys.send(case_id, told))

        async def failed_thrice() -> bool:
            return (await handle.describe()).raw_description.pending_workflow_task.attempt >= 3

        await patiently(failed_thrice)
        assert await round_(case_id) == ({Ill.JOURNEY_FAILING}, [])
        (item,) = [each for each in await stuck(watched, why="technical") if each["case_id"] == case_id]
        (cause,) = item["why"]
        assert (item["step_id"], cause["code"], cause["reason"]) == (None, "technical", "journey_failing")
        assert cause["title"] == {"ru": "Сбой процесса", "en": "The process fails"}
        shown = await watched.get("/api/v1/watchdog")
        assert (case_id, "journey_failing") in {(each["case_id"], each["code"]) for each in shown["items"]}
    await patiently(lambda: done(sent))
    assert await round_(case_id) == (set(), [])
    assert [each for each in await stuck(watched, why="technical") if each["case_id"] == case_id] == []
    assert step_id


async def done(task: asyncio.Task[Any]) -> bool:
    return task.done()


async def patiently(ask: Any, limit_s: float = 120) -> None:
    async with asyncio.timeout(limit_s):
        while not await ask():
            await asyncio.sleep(0.2)


async def stuck(system: System, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await system.get("/api/v1/stuck", limit=500, **which))["items"]
    return found


async def test_what_a_journey_knows_more_is_written(watched: System, round_: Any) -> None:
    """An answer that nobody put into SQL is there after the next round, and the journal has no gap."""
    case_id = await watched.admit()
    held = len(await events(watched, case_id))
    told = Command(id=f"lost-{case_id}", actor=OLGA, known_seq=held, body=ReportFact(report=Report.MOVED, ward="w9"))
    await watched.parts.api.journeys.send(case_id, told)
    assert len(await events(watched, case_id)) == held
    assert await round_(case_id) == (set(), [Mended.WRITTEN])
    assert (await watched.get(f"/api/v1/cases/{case_id}"))["ward"] == "w9"
    assert await round_(case_id) == (set(), [])


async def test_what_the_journey_has_forgotten_too_is_reported(watched: System, round_: Any) -> None:
    """SQL without events that nobody has any more: found, each round anew, and shown."""
    case_id = await watched.admit()
    held = len(await events(watched, case_id))
    for number, known in enumerate((held, held + 1)):
        body = ReportFact(report=Report.MOVED, ward=f"w{number}")
        told = Command(id=f"gone-{number}-{case_id}", actor=OLGA, known_seq=known, body=body)
        await watched.parts.api.journeys.send(case_id, told)
    assert await round_(case_id) == ({Ill.EVENTS_MISSING}, [])
    assert await round_(case_id) == ({Ill.EVENTS_MISSING}, [])
    assert (await watched.parts.api.freshness.lags(datetime.now(UTC))).of().seconds > 0
    await journey(watched, case_id).terminate()  # an operator decides that the journal holds
    assert await round_(case_id) == (set(), [Mended.RESTORED])


async def test_a_journey_behind_its_journal_is_replaced(watched: System, round_: Any) -> None:
    """An engine that was put back to yesterday would tell what SQL holds already: it goes on from the journal."""
    case_id = await watched.admit()
    start = await watched.parts.api.journeys.state(case_id)
    await watched.do(case_id, "first_contact", result="contacted")
    rules = await watched.parts.api.catalogues.of_case(start)
    assert rules is not None

    carried = Carried(state=start, answered=start.seq)
    await watched.parts.watchdog._care.begin(
        JourneyStart(case_id=case_id, catalogue=rules, carried=carried), instead=True
    )
    assert await round_(case_id) == (set(), [Mended.REPLACED])
    assert await round_(case_id) == (set(), [])
    await watched.do(case_id, "consent_record", result="given")


async def test_rows_that_say_otherwise_are_made_anew(watched: System, round_: Any) -> None:
    """A row that somebody edited, or that is gone, is as the journal says after the next round."""
    case_id = await watched.admit()
    async with watched.parts.db.write() as conn:
        await conn.execute(steps.delete().where(steps.c.case_id == case_id))
        await conn.execute(cases.update().where(cases.c.case_id == case_id).values(ward="elsewhere"))
    assert await round_(case_id) == (set(), [Mended.REWRITTEN])
    assert await watched.step(case_id, "first_contact")
    assert await round_(case_id) == (set(), [])


async def test_a_journal_that_cannot_be_read_is_reported(watched: System, round_: Any) -> None:
    """A gap is found and said; the rows stay as they are, and once it is closed the finding is over."""
    case_id = await watched.admit()
    second = sa.and_(journal.c.case_id == case_id, journal.c.seq == 2)
    async with watched.parts.db.write() as conn:
        kept = (await conn.execute(sa.select(journal).where(second))).one()
        await conn.execute(journal.delete().where(second))
    assert await round_(case_id) == ({Ill.JOURNAL_BROKEN}, [])
    async with watched.parts.db.write() as conn:
        await conn.execute(journal.insert(), dict(kept._mapping))
    assert await round_(case_id) == (set(), [])


async def test_a_schedule_runs_the_rounds(watched: System) -> None:
    """It is made once however often it is asked for, begins at once, and takes another interval when that is set."""
    client, queue = watched.parts.client, watched.parts.settings.task_queue
    case_id = await watched.admit()
    await journey(watched, case_id).terminate()
    schedule = WatchdogSchedule(client, queue, every_s=3600)
    await schedule.round()
    await schedule.round()

    async def restored() -> bool:
        async with watched.parts.db.read() as conn:
            found = await conn.scalars(sa.select(repairs.c.code).where(repairs.c.case_id == case_id))
            return [*found] == [Mended.RESTORED]

    await patiently(restored)

    async def finished() -> bool:
        shown = await watched.get("/api/v1/watchdog")
        return shown["last"] is not None and shown["last"]["mended"].get("journey_restored") == 1

    await patiently(finished)
    await WatchdogSchedule(client, queue, every_s=1).round()
    described = await client.get_schedule_handle(schedule.id).describe()
    assert [each.every for each in described.schedule.spec.intervals] == [timedelta(seconds=1)]
    before = (await watched.get("/api/v1/watchdog"))["last"]["number"]

    async def another() -> bool:
        return bool((await watched.get("/api/v1/watchdog"))["last"]["number"] > before)

    await patiently(another)
    await client.get_schedule_handle(schedule.id).delete()


async def test_a_larger_population_is_walked_in_batches(watched: System) -> None:
    """Each open case is met once in a round, in batches of any size; shares of rounds meet each closely in turn."""
    for _ in range(5):
        await watched.admit()
    watchdog = watched.parts.watchdog
    watchdog._batch, watchdog._closely = 2, 3
    try:
        walk, shares = await watchdog.begin(closely=False), set()
        async with watched.parts.db.read() as conn:
            there = await conn.scalar(sa.select(sa.func.count()).select_from(cases).where(cases.c.state != "closed"))
        for _ in range(walk.shares):
            closely = 0
            while not walk.over:
                walk = await watchdog.look(walk, lambda: None)
            assert walk.looked == there
            closely += walk.closely
            shares.add(walk.share)
            await watchdog.finish(walk)
            walk = await watchdog.begin(closely=False)
        assert shares == set(range(walk.shares))
    finally:
        watchdog._batch, watchdog._closely = 100, 500


async def test_the_command_mends_and_tells(watched: System, capsys: pytest.CaptureFixture[str]) -> None:
    """`marshrut watchdog` prints a line for each repair and each finding, and leaves with 1 while one stands."""
    case_id, broken = await watched.admit(), await watched.admit()
    await journey(watched, case_id).terminate()
    second = sa.and_(journal.c.case_id == broken, journal.c.seq == 2)
    async with watched.parts.db.write() as conn:
        kept = (await conn.execute(sa.select(journal).where(second))).one()
        await conn.execute(journal.delete().where(second))
    capsys.readouterr()
    assert await command._watched(watched.parts.settings) is Exit.FINDINGS
    told = [line for line in capsys.readouterr().out.splitlines() if not line.startswith("20")]
    assert told[0] == f"mended journey_restored {case_id}"
    assert told[1].startswith(f"found journal_broken {broken} since ")
    assert told[-1].endswith(" open cases, 1 repairs, 1 findings stand")
    async with watched.parts.db.write() as conn:
        await conn.execute(journal.insert(), dict(kept._mapping))
    assert await command._watched(watched.parts.settings) is Exit.OK
