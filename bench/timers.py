"""What a rung of the ladder costs beside a bare timer that fires and has a row written.

Cases get an ad hoc step that is due at one instant, with a ladder of one rung and a team that is always there, so that
every rung is told at that instant, whatever the hour. Lateness is `recorded_at - tell_at`: how long after its instant
the workflow learnt that it had come.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

import sqlalchemy as sa
from temporalio.client import Client

from bench.bare import Alarm, BareAlarm
from bench.comparisons import Bench, Json
from bench.ground import Ground
from bench.measure import Block, by_turns, ratios, rounded, summary
from bench.rows import Rows
from bench.subjects import HOSPITAL, SENIOR
from marshrut.dispatch.owners import Owners
from marshrut.dispatch.write_path import WritePath
from marshrut.domain import commands as c
from marshrut.domain.calendar import Offset, Shift, Timetable
from marshrut.domain.ids import workflow_id
from marshrut.domain.ladder import Rung
from marshrut.domain.slice import STANDARD, TEAM, Slice
from marshrut.domain.variants import Opening
from marshrut.domain.words import Role
from marshrut.ports import CommandKind, CommandState, Intent, new_id
from marshrut.store.tables import journal

T = TypeVar("T")
AT_ONCE = 8
LOOK_EVERY_S = 0.02
ALWAYS = Timetable(
    zone="UTC",
    offsets=(Offset(since=datetime(2020, 1, 1, tzinfo=UTC), minutes=0),),
    week=7 * (Shift(opens=0, closes=1440),),
)
LADDER = (Rung(name="breach", percent=100, to=(Role.SUPERVISOR,)),)
FIGURES = ("p50_ms", "p99_ms", "per_s", "cpu_ms", "worker_cpu_ms", "server_cpu_ms")


class Side(Protocol):
    """What has a timer."""

    name: str

    async def begin(self) -> str:
        """Something to set a timer in; its id."""
        ...

    async def arm(self, which: str, at: datetime) -> None:
        """Set it."""
        ...

    async def told(self, which: list[str]) -> list[datetime]:
        """When those of them learnt of it whose word SQL holds."""
        ...

    def workflow(self, which: str) -> str:
        """The id in Temporal."""
        ...


class Rungs:
    """Ours."""

    name = "marshrut"

    def __init__(self, ground: Ground) -> None:
        parts = ground.parts.api
        self._db = ground.parts.db
        self._path = WritePath(
            parts.commands,
            parts.queries,
            parts.journeys,
            catalogue=lambda admit: Opening(_always_open(parts.catalogue.slice(admit.hospital)), {}),
            readmitted_within=parts.catalogue.readmitted_within,
            owners=Owners(parts.staff, now=parts.now),
            limits=c.Limits(),
            now=parts.now,
            answer_within_s=60,
            lease_s=120,
        )

    async def begin(self) -> str:
        """Open a case."""
        case = new_id()
        admitted_at = datetime.now(UTC)
        await self._submit(case, c.Admit(hospital=HOSPITAL, person=new_id(), admitted_at=admitted_at, emergency=True))
        return case

    async def arm(self, which: str, at: datetime) -> None:
        """Add a step that is due then."""
        await self._submit(which, c.AddStep(role=Role.COORDINATOR, due_at=at))

    async def told(self, which: list[str]) -> list[datetime]:
        """Whose rung is in the journal."""
        found = sa.select(journal.c.recorded_at).where(journal.c.case_id.in_(which), journal.c.kind == "step_escalated")
        async with self._db.read() as conn:
            return list(await conn.scalars(found))

    def workflow(self, which: str) -> str:
        """The journey's."""
        return workflow_id(which)

    async def _submit(self, case: str, body: c.CommandBody) -> None:
        name = new_id()
        intent = Intent(
            id=name,
            kind=CommandKind.PERSON,
            source="user/bench",
            key=None,
            fingerprint=name,
            actor=SENIOR.actor,
            hospital=HOSPITAL,
            case_id=case,
            body=body,
        )
        verdict = await self._path.submit(intent)
        assert verdict.state is CommandState.DONE, verdict


class Alarms:
    """The baseline."""

    name = "bare"

    def __init__(self, client: Client, rows: Rows) -> None:
        self._client = client
        self._rows = rows

    async def begin(self) -> str:
        """Only an id: the workflow starts with its timer."""
        return new_id()

    async def arm(self, which: str, at: datetime) -> None:
        """Start the workflow."""
        await self._client.start_workflow(
            BareAlarm.run, Alarm(id=which, at=at), id=self.workflow(which), task_queue=self.name
        )

    async def told(self, which: list[str]) -> list[datetime]:
        """Whose row is there."""
        return [datetime.fromisoformat(body.decode()) for body in await self._rows.held(which)]

    def workflow(self, which: str) -> str:
        """The id in Temporal."""
        return f"alarm/{which}"


async def compare(bench: Bench) -> Json:
    """Many rungs at one instant, and what one adds to history and actions."""
    rows = Rows(bench.ground.parts.db)
    await rows.create()
    sides: Sequence[Side] = (Rungs(bench.ground), Alarms(bench.clients["bare"], rows))
    many = 8 if bench.glance else 20 if bench.quick else 100
    blocks = await by_turns(
        {side.name: partial(_burst, bench, side, many) for side in sides}, bench.budget(60), f"timers, {many} at once"
    )
    return {
        "at_once": many,
        **summary(blocks, FIGURES),
        "ratio": ratios(blocks, "marshrut", "bare"),
        "samples": sum(len(each.latencies) for each in blocks["marshrut"]),
        "cost": {
            side.name: await _cost(bench, side, 2 if bench.glance else 4 if bench.quick else 10) for side in sides
        },
    }


async def _burst(bench: Bench, side: Side, many: int) -> Block:
    which, at = await _armed(side, many, spare_s=1)
    block = Block(finished=many)
    await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
    await bench.meter(side.name).run(block, _all_told(side, which))
    block.latencies = [(told - at).total_seconds() for told in await side.told(which)]
    return block


async def _cost(bench: Bench, side: Side, many: int) -> Json:
    """From the moment when the timer fires; ours sets the one for what comes next, too."""
    which, at = await _armed(side, many, spare_s=10)
    actions, events = await bench.settled(), await _events(bench, side, which)
    assert datetime.now(UTC) < at, "armed too late to count"
    await asyncio.sleep((at - datetime.now(UTC)).total_seconds())
    await _all_told(side, which)
    counted = await bench.settled() - actions
    return {
        "events_per_rung": rounded((await _events(bench, side, which) - events) / many),
        "actions_per_rung": rounded(counted.total() / many),
        "actions_by_type_per_rung": {name: rounded(each / many) for name, each in sorted(counted.items())},
    }


async def _armed(side: Side, many: int, *, spare_s: float) -> tuple[list[str], datetime]:
    """So many timers for one instant that lies so far ahead that all of them are set before it."""
    began = time.perf_counter()
    which = await _few_at_once([side.begin] * many)
    took = time.perf_counter() - began
    at = datetime.now(UTC) + timedelta(seconds=2 + 2 * took + spare_s)
    await _few_at_once([partial(side.arm, each, at) for each in which])
    assert datetime.now(UTC) < at, "armed too late"
    return which, at


async def _few_at_once(work: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(each: Callable[[], Awaitable[T]]) -> T:
        async with room:
            return await each()

    return await asyncio.gather(*map(one, work))


async def _all_told(side: Side, which: list[str]) -> None:
    async with asyncio.timeout(60):
        while len(await side.told(which)) < len(which):  # noqa: ASYNC110 - another process writes them
            await asyncio.sleep(LOOK_EVERY_S)


async def _events(bench: Bench, side: Side, which: list[str]) -> int:
    return sum([await bench.events(side.name, side.workflow(each)) for each in which])


def _always_open(catalogue: Slice) -> Slice:
    return catalogue.model_copy(
        update={
            "timetables": {**catalogue.timetables, TEAM: ALWAYS},
            "ladders": {**catalogue.ladders, STANDARD: LADDER},
        }
    )
