from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from itertools import chain

import psutil
import pytest
import sqlalchemy as sa

from bench.postgres import Server
from marshrut.domain.ids import step_id
from tests.chaos.callers import Caller, Deed, Told, ad_hoc, admission, admit, comment
from tests.chaos.checker import faults
from tests.chaos.installation import ANSWER_WITHIN_S, Installation, now
from tests.chaos.kill_points import Point
from tests.fixtures.processes import Program, eventually

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

# Longer than the patience of those who are told `expired`; and long enough for SQL to be asked and for steps to be due.
NO_WORKER_S, NO_SQL_S = 10.0, 14.0
# How long people go on asking SQL, and when steps are due meanwhile.
ASKED_S, DUE_S = 4.0, (6, 8, 10)
# What SQL may take to say that it does not answer; a loaded machine is slower.
SAYS_SO_WITHIN_S = 8.0
MARGIN_S = 3.0
SHORT = "4"


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
async def test_no_worker_for_a_while(whole: Installation) -> None:
    """Without a worker people are told 202 in time; then it happens once, or, where time ran out, never."""
    api, worker = await whole.start_api(), await whole.start_worker()
    (lasting, admitted), (expiring, also) = await admit(whole, "lasting"), await admit(whole, "expiring")
    hasty = await whole.start_api(MARSHRUT_PERSON_EXPIRES_S=SHORT)
    await worker.end()

    async with _while_away(NO_WORKER_S):
        done = [asyncio.create_task(_comment(whole, f"lasting-{n}", lasting, api)) for n in range(6)]
        expired = [asyncio.create_task(_comment(whole, f"expiring-{n}", expiring, hasty)) for n in range(6)]
    await whole.start_worker()

    lasted, ended = await asyncio.gather(*done), await asyncio.gather(*expired)
    found, evidence = await faults(whole, [admitted, also, *lasted, *ended])
    assert not found, f"{found}\n{evidence}"
    assert {deed.told for deed in lasted} == {Told.DONE}
    assert {deed.told for deed in ended} == {Told.EXPIRED}
    assert all(deed.heard[0][0] == 202 for deed in (*lasted, *ended))
    assert max(deed.heard[0][1] for deed in (*lasted, *ended)) < ANSWER_WITHIN_S + MARGIN_S


async def test_sql_away_for_a_while(whole: Installation, request: pytest.FixtureRequest) -> None:
    """While SQL is away people are told 503 and nothing is stored; journeys go on by themselves, and SQL catches up."""
    await whole.start_api()
    await whole.start_worker()
    case, admitted = await admit(whole, "one")
    async with whole.http("coordinator") as http:
        due = [now() + timedelta(seconds=seconds) for seconds in DUE_S]
        late = [await Caller(http).carry(ad_hoc(f"late-{at}", case, due_at=at.isoformat())) for at in due]
    before = now()
    with _sql_away(whole, request):
        async with _while_away(NO_SQL_S):
            patient = [asyncio.create_task(_comment(whole, f"patient-{n}", case)) for n in range(3)]
            trying = [asyncio.create_task(_try(whole, f"trying-{n}", case, ASKED_S)) for n in range(3)]
        refused = list(chain.from_iterable(await asyncio.gather(*trying)))
        after = now()

    found, evidence = await faults(whole, [admitted, *late, *await asyncio.gather(*patient), *refused])
    assert not found, f"{found}\n{evidence}"
    assert {deed.told for deed in refused} == {Told.NEVER_STORED}
    assert max(took for deed in refused for _, took in deed.heard) < SAYS_SO_WITHIN_S
    escalated = [event for event in evidence.journal if event.kind == "step_escalated"]
    breached = [event.recorded_at for event in escalated if json.loads(event.body)["rung"] == "breach"]
    assert [before < at < after for at in breached] == [True] * len(due)


@pytest.mark.postgres
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
@pytest.mark.parametrize("point", [Point.SENDING, Point.INTENT, Point.ANSWER])
async def test_503_is_no_lie(whole: Installation, postgres_server: Server, point: Point) -> None:
    """Whoever is told 503 can rely on it that nothing was stored, at whatever point SQL froze under the call."""
    await whole.start_api()
    await whole.start_worker()
    case, _ = await admit(whole, "one")
    deeds = [_deed(kind, f"{point}-{kind}", case) for kind in ("comment", "step", "admission")]
    halting = [await whole.start_api([point], between=(1, 1), how=signal.SIGSTOP) for _ in deeds]
    calls = [asyncio.create_task(_ask_once(whole, api, deed)) for api, deed in zip(halting, deeds, strict=True)]
    await eventually("each API stands still in the middle of its call", lambda: _stand_still(halting), within_s=20)
    with postgres_server.frozen():
        for api in halting:
            psutil.Process(api.pid).resume()
        await eventually("each caller is told something", lambda: _told(deeds), within_s=30)
    await asyncio.gather(*calls)
    found, evidence = await faults(whole, deeds)
    assert not found, f"{found}\n{evidence}"
    assert {deed.told for deed in deeds} == {Told.DONE}


def _deed(name: str, key: str, case: str) -> Deed:
    match name:
        case "comment":
            return comment(key, step_id(case, "contact", "first_contact"))
        case "step":
            return ad_hoc(key, case)
        case _:
            return admission(key, key)


async def _stand_still(programs: Iterable[Program]) -> bool:
    return all(psutil.Process(program.pid).status() == psutil.STATUS_STOPPED for program in programs)


async def _told(deeds: Iterable[Deed]) -> bool:
    return all(deed.heard for deed in deeds)


async def _ask_once(whole: Installation, api: Program, deed: Deed) -> None:
    async with whole.http("coordinator", api=api) as http:
        http.timeout = 60  # one call: a second one with the same key would hear 503 of itself
        await Caller(http, patient=False).carry(deed)


async def _comment(whole: Installation, name: str, case: str, api: Program | None = None) -> Deed:
    async with whole.http(name, api=api) as http:
        return await Caller(http).carry(comment(name, step_id(case, "contact", "first_contact")))


async def _try(whole: Installation, name: str, case: str, for_s: float) -> list[Deed]:
    """Calls that take 503 for an answer, one after the other."""
    ends = asyncio.get_running_loop().time() + for_s
    told: list[Deed] = []
    async with whole.http(name) as http:
        while asyncio.get_running_loop().time() < ends:
            deed = comment(f"{name}-{len(told)}", step_id(case, "contact", "first_contact"))
            told.append(await Caller(http, patient=False).carry(deed))
    return told


@asynccontextmanager
async def _while_away(seconds: float) -> AsyncIterator[None]:
    """What begins in the block goes on beside; the block ends when the time is over."""
    ends = asyncio.get_running_loop().time() + seconds
    yield
    await asyncio.sleep(ends - asyncio.get_running_loop().time())


@contextmanager
def _sql_away(whole: Installation, request: pytest.FixtureRequest) -> Iterator[None]:
    """PostgreSQL stands still; of a SQLite file another process holds the only lock."""
    if whole.database_url.startswith("postgresql"):
        server: Server = request.getfixturevalue("postgres_server")
        with server.frozen():
            yield
        return
    held = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('BEGIN EXCLUSIVE'); print(flush=True); input()"
    path = sa.make_url(whole.database_url).database
    with subprocess.Popen(
        [sys.executable, "-c", held, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        try:
            yield
        finally:
            holder.communicate("\n", timeout=10)
