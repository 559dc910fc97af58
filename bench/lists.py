"""What lists of open work cost, beside ten thousand and beside a million cases that are over.

Before each call something is written, as in a service at work, by the connection that asks: what it has read stays.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psutil
import sqlalchemy as sa

from bench.comparisons import Bench, Json
from bench.crowd import Crowd, coordinator
from bench.ground import HOST, child, free_port
from bench.loading import Loader
from bench.measure import Block, Budget, by_turns, ratio, rounded, say, summary
from bench.postgres import Server, server
from bench.rows import Rows
from bench.subjects import HOSPITAL
from marshrut.catalogue.loader import load
from marshrut.domain.guarding import Onlooker
from marshrut.domain.words import Role
from marshrut.ports import Area, CaseFilter, NoticeFilter, StepFilter, StuckFilter, new_id
from marshrut.store.database import Database
from marshrut.store.migrate import upgrade
from marshrut.store.overview import SqlOverview
from marshrut.store.queries import SqlQueries
from marshrut.store.stuck import SqlStuck

# Cases that are open and, on either side, over; a quick look is content with few of them.
OPEN, OVER = 20_000, {"small": 10_000, "big": 1_000_000}
OPEN_QUICKLY, OVER_QUICKLY = 200, {"small": 400, "big": 2_000}
MADE = 2_000  # open cases that are no copies of others
CALLS, CALLS_QUICKLY = 100, 5
KINDS = ("sqlite", "postgresql")
FIGURES = ("p50_ms", "p99_ms", "cpu_ms")
ANNA = coordinator(HOSPITAL, 1)
PAGE: dict[str, Any] = {"limit": 50, "cursor": None}

Ask = Callable[[], Awaitable[object]]


@dataclass
class Side:
    """A database of one size, and what is asked of it."""

    db: Database
    rows: Rows
    asks: Mapping[str, Ask]
    sql_s: list[float]
    cpu: Callable[[], float]

    async def block(self, name: str, calls: int) -> Block:
        """So many calls: the time of each in SQL, and what they cost the database in CPU time."""
        block = Block(finished=calls)
        for _ in range(calls):
            await self.rows.add(new_id(), b"x")
            self.sql_s.clear()
            cpu, began = self.cpu(), time.perf_counter()
            await self.asks[name]()
            block.elapsed += time.perf_counter() - began
            block.worker_cpu += self.cpu() - cpu
            block.latencies.append(sum(self.sql_s))
        return block


async def compare(bench: Bench) -> Json:
    """Both databases, one after the other, each with both sizes by turns."""
    found: Json = {}
    for kind in KINDS:
        async with _two(kind, quick=bench.quick) as (sides, told, urls):
            calls = 2 if bench.glance else CALLS_QUICKLY if bench.quick else CALLS
            budget = Budget(0, 2) if bench.quick else bench.budget(8)
            measured: Json = {}
            for name in sides["big"].asks:
                work = {size: partial(side.block, name, calls) for size, side in sides.items()}
                blocks = await by_turns(work, budget, f"{kind}, {name}")
                growth = {"p50": ratio(blocks["big"], blocks["small"], "p50_ms")}
                measured[name] = {**summary(blocks, FIGURES), "growth": growth}
            say(json.dumps({kind: {**told, "sql": measured}}))  # it was a long way here
            found[kind] = {**told, "sql": measured, "http": await _http(bench, urls)}
    return {**found, **_worst(found)}


def _worst(found: Json) -> Json:
    """What the aims speak of: the stuck list's 99th percentile, and the list that grows most."""
    each: Any = found
    lists = [each[kind]["sql"] for kind in KINDS]
    return {
        "stuck_p99_ms": max(row["stuck"][size]["p99_ms"] for row in lists for size in OVER),
        "stuck_cpu_ms": max(row["stuck"][size]["cpu_ms"] for row in lists for size in OVER),
        "stuck_growth": max(row["stuck"]["growth"]["p50"]["median"] for row in lists),
        "growth": max(ask["growth"]["p50"]["median"] for row in lists for ask in row.values()),
    }


@asynccontextmanager
async def _two(kind: str, *, quick: bool) -> AsyncIterator[tuple[dict[str, Side], Json, dict[str, str]]]:
    """A small and a big database of a kind, what there is in them, and where they are."""
    async with AsyncExitStack() as stack:
        place = _files(stack) if kind == "sqlite" else _databases(stack)
        over = OVER_QUICKLY if quick else OVER
        now, urls = datetime.now(UTC), {size: place(size) for size in over}
        crowd = Crowd(load(), now)
        open_cases = list(crowd.open_cases(OPEN_QUICKLY if quick else MADE))
        closed = [crowd.closed_case() for _ in range(50 if quick else 1_000)]
        sides, sizes = {}, {}
        for size, number in over.items():
            await upgrade(urls[size])
            parts = (("closed", closed, number), ("open", open_cases, OPEN_QUICKLY if quick else OPEN))
            await asyncio.to_thread(Loader(urls[size]).load, parts)
            db = Database(urls[size], limit_s=60, pool_size=1)
            stack.push_async_callback(db.close)
            sides[size] = await _side(stack, db, now)
            sizes[size] = await _size(db, urls[size])
        picture = await SqlOverview(sides["big"].db, _zones(), load().stuck_rules()).picture(Area(None, None), now)
        told: Json = {
            "open_cases": picture.open_cases,
            "open_steps": sum(track.all.steps for track in picture.tracks),
            "stuck_cases": picture.stuck.cases,
            "stuck_items": picture.stuck.items,
            "closed_cases": dict(over),
            "gigabytes": sizes,
        }
        yield sides, told, urls


def _files(stack: AsyncExitStack) -> Callable[[str], str]:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="marshrut-lists-"))
    return lambda size: f"sqlite:///{folder}/{size}.db"


def _databases(stack: AsyncExitStack) -> Callable[[str], str]:
    running: Server = stack.enter_context(server(shared_buffers="512MB", max_wal_size="8GB"))

    def created(size: str) -> str:
        running.execute(f"CREATE DATABASE {size}")
        return running.url(size)

    return created


def _zones() -> dict[str, ZoneInfo]:
    return {code: ZoneInfo(zone) for code, zone in load().zones().items()}


async def _size(db: Database, url: str) -> float:
    sqlite = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
    query = sqlite if url.startswith("sqlite") else "SELECT pg_database_size(current_database())"
    async with db.read() as conn:
        return rounded(float(await conn.scalar(sa.text(query)) or 0) / 1e9)


async def _side(stack: AsyncExitStack, db: Database, now: datetime) -> Side:
    rules, zones, queries = load().stuck_rules(), _zones(), SqlQueries(db)
    stuck, overview = SqlStuck(db, zones, rules), SqlOverview(db, zones, rules)
    here, anna = frozenset({HOSPITAL}), Onlooker(ANNA, Role.COORDINATOR)
    opened = await queries.cases(CaseFilter(None, None, state="live"), limit=500, cursor=None)
    ids = iter([case.case_id for case in opened.items] * 1_000)

    async def case_page() -> None:
        case_id = next(ids)
        await queries.case(case_id)
        await queries.steps(StepFilter(here, anna, case_id=case_id), limit=500, cursor=None)
        await queries.events(case_id, limit=200, cursor=None)
        await queries.notifications(NoticeFilter(here, None, Role.SUPERVISOR, ANNA, now, case_id=case_id), **PAGE)

    mine, soon = StepFilter(here, anna, assignee=ANNA, state="live"), now + timedelta(days=1)
    asks: dict[str, Ask] = {
        "stuck": lambda: stuck.stuck(StuckFilter(None, None), now, **PAGE),
        "stuck_of_a_hospital": lambda: stuck.stuck(StuckFilter(here, None), now, **PAGE),
        "inbox": lambda: queries.steps(mine, **PAGE),
        "inbox_unclaimed": lambda: queries.steps(StepFilter(here, anna, assignee="none", state="live"), **PAGE),
        "inbox_due": lambda: queries.steps(StepFilter(here, anna, state="live", due_before=soon), **PAGE),
        "overdue": lambda: queries.steps(StepFilter(None, None, overdue_at=now), **PAGE),
        "cases": lambda: queries.cases(CaseFilter(here, anna, state="open"), **PAGE),
        "notices": lambda: queries.notifications(NoticeFilter(here, anna, Role.COORDINATOR, ANNA, now), **PAGE),
        "case_page": case_page,
        "board": lambda: overview.picture(Area(None, None), now),
        "board_of_a_hospital": lambda: overview.picture(Area(here, None), now),
        "workload": lambda: overview.workload(Area(here, None), now),
    }
    rows = Rows(db)
    await rows.create()
    sql_s = stack.enter_context(_timed(db))
    return Side(db, rows, asks, sql_s, await _cpu(db))


@contextmanager
def _timed(db: Database) -> Iterator[list[float]]:
    """How long each statement takes, from the call of the driver to its answer."""
    taken: list[float] = []
    engine, began = db.engine.sync_engine, 0.0

    def before(*_: object) -> None:
        nonlocal began
        began = time.perf_counter()

    def after(*_: object) -> None:
        taken.append(time.perf_counter() - began)

    sa.event.listen(engine, "before_cursor_execute", before)
    sa.event.listen(engine, "after_cursor_execute", after)
    yield taken


async def _cpu(db: Database) -> Callable[[], float]:
    """The CPU time that the database has spent: of SQLite's thread, or of PostgreSQL's process (by 10 ms)."""
    if db.engine.dialect.name == "postgresql":
        async with db.read() as conn:
            backend = psutil.Process(await conn.scalar(sa.text("SELECT pg_backend_pid()")))
        return lambda: sum(backend.cpu_times()[:2])
    async with db.read() as conn:
        raw: Any = (await conn.get_raw_connection()).driver_connection
    clock = time.pthread_getcpuclockid(raw._thread.ident)  # noqa: SLF001 - aiosqlite does not say which thread is its
    return lambda: time.clock_gettime(clock)


# ---- by HTTP --------------------------------------------------------------------------------------------------------


async def _http(bench: Bench, urls: Mapping[str, str]) -> Json:
    """The same lists as people ask for them, from an API that stands on each database."""
    found: Json = {}
    for size, url in urls.items():
        port = free_port()
        with (
            tempfile.TemporaryDirectory(prefix="marshrut-api-") as folder,
            child("api", bench.ground.address, Path(folder), port, database=url, keys=bench.ground.settings.keys),
        ):
            async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=60, trust_env=False) as client:
                await _answers(client)
                found[size] = await _asked(bench, client)
    return found


async def _answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(120):
        while True:
            try:
                if (await client.get("/healthz")).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def _asked(bench: Bench, client: httpx.AsyncClient) -> Json:
    issue, hour = bench.ground.parts.tokens.issue, timedelta(hours=1)
    head = {"Authorization": f"Bearer {issue('head', Role.HEAD, (), valid=hour)}"}
    anna = {"Authorization": f"Bearer {issue(ANNA, Role.COORDINATOR, (HOSPITAL,), valid=hour)}"}
    inbox = await client.get("/api/v1/steps?state=live&assignee=me", headers=anna)
    case_id = inbox.raise_for_status().json()["items"][0]["case_id"]
    paths = {
        "stuck": ("/api/v1/stuck", head),
        "inbox": ("/api/v1/steps?state=live&assignee=me", anna),
        "case_page": (f"/api/v1/cases/{case_id}", anna),
        "board": (f"/api/v1/stuck/overview?hospital={HOSPITAL}", head),
    }
    found: Json = {}
    for name, (path, headers) in paths.items():
        block = Block(finished=1, elapsed=1.0)
        for _ in range(3 if bench.quick else CALLS):
            began = time.perf_counter()
            (await client.get(path, headers=headers)).raise_for_status()
            block.latencies.append(time.perf_counter() - began)
        figures = block.figures()
        found[name] = {figure: rounded(figures[figure]) for figure in ("p50_ms", "p99_ms")}
    say(f"by HTTP: {statistics.median(row['p50_ms'] for row in found.values()):.0f} ms a page")  # type: ignore[index]  # the rows are JSON
    return found
