"""A whole installation of real processes, and the eyes with which a test looks at it."""

from __future__ import annotations

import asyncio
import os
import signal
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from temporalio.client import Client

from marshrut.adapters.identity.tokens import Tokens
from marshrut.adapters.keys import Keys
from marshrut.adapters.person_keys import PersonKeys
from marshrut.adapters.temporal.codec import data_converter
from marshrut.adapters.temporal.journeys import TemporalJourneys
from marshrut.adapters.vault import EnvelopeVault
from marshrut.domain.ids import workflow_id
from marshrut.domain.words import Role
from marshrut.store.database import Database
from marshrut.store.person_keys import SqlPersonKeys
from marshrut.store.tables import commands
from marshrut.store.types import utc_now
from tests.chaos.kill_points import Point
from tests.fixtures.processes import Nursery, Program, TemporalServer, eventually, free_port, let_clients_go

HOSPITAL = "GKB29"
ANSWER_WITHIN_S = 1.5
TASK_QUEUE = "chaos"
# How much longer than usual: `MARSHRUT_CHAOS_ROUNDS=10 make chaos`.
ROUNDS = int(os.environ.get("MARSHRUT_CHAOS_ROUNDS", "1"))
# Its team is always there: a rung is told when it is reached, whenever the tests run.
CATALOGUE = f"hospitals: {{ {HOSPITAL}: {{ hours: round_the_clock }} }}\n"
# Nobody speaks TLS here, so no client need read the certificates of the world.
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
# Small, so that a test meets every one of them often: runs of three commands, leases of a few seconds.
HASTE = {
    "MARSHRUT_TASK_QUEUE": TASK_QUEUE,
    "MARSHRUT_ANSWER_WITHIN_S": str(ANSWER_WITHIN_S),
    "MARSHRUT_LEASE_S": "2",
    "MARSHRUT_POLL_S": "0.25",
    "MARSHRUT_COMMANDS_PER_RUN": "3",
    "MARSHRUT_QUIET_S": "0.05",
    "MARSHRUT_LOG_LEVEL": "warning",
}


@dataclass
class Installation:
    """Temporal, SQL, API and worker, each a process of its own."""

    nursery: Nursery
    folder: Path
    catalogue: Path
    database_url: str
    temporal: TemporalServer
    keys: Keys
    db: Database
    client: Client
    programs: list[Program] = field(default_factory=list)
    api: str = ""

    @property
    def journeys(self) -> TemporalJourneys:
        """The journeys, as production asks them."""
        return TemporalJourneys(self.client, TASK_QUEUE)

    @property
    def vault(self) -> EnvelopeVault:
        """What opens the sealed records."""
        return EnvelopeVault(self.keys, PersonKeys(SqlPersonKeys(self.db), self.keys))

    async def start_api(
        self,
        points: Sequence[Point] = (),
        *,
        between: tuple[int, int] = (3, 8),
        how: signal.Signals = signal.SIGKILL,
        **settings: str,
    ) -> Program:
        """Start an API process; at each point it is hit by a signal, and started again if that killed it."""
        port = free_port()
        environment = self._environment() | settings | {"MARSHRUT_API_PORT": str(port)}
        program = await self.nursery.start("api", self.folder, environment, **_options(points, between, how))
        self.programs.append(program)
        program.url = self.api = f"http://127.0.0.1:{port}"
        await eventually("the API answers", self._api_answers, within_s=60)
        return program

    async def start_worker(self, *points: Point, lives: int = 0, **settings: str) -> Program:
        """Start a worker process; in so many lives it is killed when it first comes to one of the points."""
        options = _options(points, (1, 1), signal.SIGKILL) | {"lives": lives}
        program = await self.nursery.start("worker", self.folder, self._environment() | settings, **options)
        self.programs.append(program)
        return program

    def _environment(self) -> dict[str, str]:
        return HASTE | {
            "MARSHRUT_DATA": str(self.folder),
            "MARSHRUT_CATALOGUE": str(self.catalogue),
            "MARSHRUT_DATABASE_URL": self.database_url,
            "MARSHRUT_TEMPORAL_ADDRESS": self.temporal.address,
        }

    async def _api_answers(self) -> bool:
        try:
            async with self.http("probe") as http:
                return (await http.get("/healthz")).is_success
        except httpx.TransportError:
            return False

    @asynccontextmanager
    async def http(
        self, user: str, role: Role = Role.COORDINATOR, *, api: Program | None = None
    ) -> AsyncIterator[httpx.AsyncClient]:
        """The API (the one started last), as this user calls it."""
        token = Tokens(self.keys, utc_now).issue(user, role, (HOSPITAL,), valid=timedelta(hours=1))
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(
            base_url=api.url if api else self.api, headers=headers, timeout=15, trust_env=False, verify=PLAIN
        ) as http:
            yield http

    async def rows(self, query: sa.Select[Any]) -> Sequence[Any]:
        """Rows of the database."""
        async with self.db.read() as conn:
            rows: Sequence[Any] = (await conn.execute(query)).all()
        return rows

    async def nothing_is_pending(self) -> bool:
        """Whether every command has found its end."""
        pending = sa.select(sa.func.count()).select_from(commands).where(commands.c.state == "pending")
        return bool((await self.rows(pending))[0][0] == 0)

    async def runs(self, case_id: str) -> int:
        """In how many runs the journey has lived; each but the first was continued as new."""
        query = f"WorkflowId = '{workflow_id(case_id)}'"
        return (await self.client.count_workflows(query)).count

    def logs(self) -> str:
        """The last lines that each program wrote."""
        return "\n".join(
            line
            for program in self.programs
            if program.log.exists()
            for line in [program.name, *program.log.read_text().splitlines()[-30:]]
        )

    async def close(self) -> dict[str, int]:
        """Have every program leave; the exit codes of those that did not leave clean.

        One that dies over and over may do so once more while it leaves, or have been started anew so lately that it
        knows no signals yet.
        """
        left = [program for program in self.programs if program.pid is not None]
        codes = dict(zip(left, await asyncio.gather(*(program.end() for program in left)), strict=True))
        dying = {-signal.SIGKILL, -signal.SIGTERM}
        unclean = (each for each, code in codes.items() if code != 0 and not (each.kills and code in dying))
        return {program.name: codes[program] for program in unclean}


@asynccontextmanager
async def installation(
    nursery: Nursery, folder: Path, catalogue: Path, database_url: str
) -> AsyncIterator[Installation]:
    """An installation whose Temporal runs; API and worker are the test's to start."""
    keys = Keys.fresh()
    keys.write(folder / "keys.json")
    temporal = TemporalServer(folder)
    await temporal.start()
    db = Database(database_url)
    client = await Client.connect(temporal.address, data_converter=data_converter(keys))
    whole = Installation(nursery, folder, catalogue, database_url, temporal, keys, db, client)
    try:
        yield whole
        unclean = await whole.close()
        assert not unclean, f"{unclean}\n{whole.logs()}"
    finally:
        for program in whole.programs:
            if program.pid is not None:
                await program.end(signal.SIGKILL)
        await db.close()
        del client, whole.client
        await let_clients_go()
        await temporal.kill()


def _options(points: Sequence[Point], between: tuple[int, int], how: signal.Signals) -> dict[str, Any]:
    return {"points": list(points), "between": between, "signal": how, "seed": ",".join(points)}


def now() -> datetime:
    """The time."""
    return datetime.now(UTC)
