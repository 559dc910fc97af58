"""The first four comparisons: a step, a whole journey, what Temporal is made to keep, and what HTTP adds."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import chain
from statistics import mean

import httpx
from temporalio.client import Client

from bench.ground import Ground
from bench.measure import Block, Budget, Meter, by_turns, ratios, rounded, say, summary
from bench.subjects import OUT, SENIOR, THOROUGH, WHOLE, Bare, Http, Marshrut, Subject, Telling
from marshrut.domain.moves import Action

Json = dict[str, object]
CLIENTS = (1, 8)
COMMENT = Telling(Action.COMMENT, OUT[0])


class Bench:
    """The subjects on their ground."""

    def __init__(  # noqa: PLR0913 - how much is measured
        self,
        ground: Ground,
        bare: Client,
        sealed: Client,
        *,
        quick: bool,
        glance: bool = False,
        soak: bool = False,
    ) -> None:
        self.ground = ground
        self.quick = quick
        self.glance = glance
        # How many ask at once.
        self.crowds = CLIENTS[:1] if glance else CLIENTS
        self.soak = soak
        self.marshrut = Marshrut(ground.parts.api)
        self._bare = Bare("bare", bare)
        self._sealed = Bare("sealed", sealed)
        self.clients = {"marshrut": ground.parts.client, "bare": bare, "sealed": sealed}

    @property
    def _three(self) -> tuple[Subject, ...]:
        return (self.marshrut, self._bare, self._sealed)

    def budget(self, seconds: float) -> Budget:
        """How long a comparison may take, less for a look."""
        if self.glance:
            return Budget(0, 2)
        return Budget(seconds / 10, 2) if self.quick else Budget(seconds, 3)

    async def warm_up(self) -> None:
        """Nobody's first journey is measured."""
        say("warming up")
        await asyncio.gather(*(self._warm(subject) for subject in self._three if subject.name in self.ground.workers))

    async def _warm(self, subject: Subject) -> None:
        for _ in range(2 if self.quick else 5):
            journey = await subject.begin(WHOLE)
            for telling in WHOLE:
                await subject.tell(journey, telling)

    # ---- one step ----

    async def step(self) -> Json:
        """Claims, comments and completions, one after the other on each client's journey."""
        found: Json = {}
        tellings = THOROUGH[: 6 if self.glance else 15] if self.quick else THOROUGH
        for clients in CLIENTS:
            block = partial(self._steps, tellings, clients, 1 if self.quick or clients > 1 else 3)
            sides = {subject.name: partial(block, subject) for subject in self._three}
            blocks = await by_turns(sides, self.budget(35), f"step, {clients} clients")
            found[f"clients_{clients}"] = {
                **summary(blocks, ("p50_ms", "p99_ms", "per_s", "cpu_ms", "worker_cpu_ms", "server_cpu_ms")),
                "samples": sum(len(each.latencies) for each in blocks["marshrut"]),
                "ratio": ratios(blocks, "marshrut", "bare"),
                "sealed_ratio": ratios(blocks, "sealed", "bare"),
            }
        return found

    async def _steps(
        self, tellings: Sequence[Telling], clients: int, journeys: int, subject: Subject, worker: str = ""
    ) -> Block:
        begun = [await subject.begin(tellings) for _ in range(clients * journeys)]
        block = Block(finished=clients * journeys * len(tellings))

        async def client(mine: Sequence[str]) -> None:
            for journey in mine:
                for telling in tellings:
                    began = time.perf_counter()
                    await subject.tell(journey, telling)
                    block.latencies.append(time.perf_counter() - began)

        work = asyncio.gather(*(client(begun[number::clients]) for number in range(clients)))
        await self.meter(worker or subject.name).run(block, work)
        return block

    # ---- a whole journey ----

    async def journey(self) -> Json:
        """From the admission to the closed case."""
        found: Json = {}
        for clients in CLIENTS:
            journeys = (2 if self.quick else 6) if clients == 1 else (1 if self.quick else 3)
            sides = {
                subject.name: partial(self._journeys, clients, journeys, subject)
                for subject in (self.marshrut, self._bare)
            }
            blocks = await by_turns(sides, self.budget(28), f"journey, {clients} clients")
            found[f"clients_{clients}"] = {
                **summary(blocks, ("per_s", "p50_ms", "cpu_ms", "worker_cpu_ms", "server_cpu_ms")),
                "samples": sum(each.finished for each in blocks["marshrut"]),
                "ratio": ratios(blocks, "marshrut", "bare"),
            }
        return found

    async def _journeys(self, clients: int, journeys: int, subject: Subject) -> Block:
        block = Block(finished=clients * journeys)

        async def client() -> None:
            for _ in range(journeys):
                began = time.perf_counter()
                journey = await subject.begin(WHOLE)
                for telling in WHOLE:
                    await subject.tell(journey, telling)
                block.latencies.append(time.perf_counter() - began)

        await self.meter(subject.name).run(block, asyncio.gather(*(client() for _ in range(clients))))
        return block

    # ---- history events and actions ----

    async def cost(self) -> Json:
        """How much each step adds to the history, and how many actions a journey is."""
        found: Json = {}
        for subject in (self.marshrut, self._bare):
            events: dict[str, list[int]] = defaultdict(list)
            journey = await subject.begin(THOROUGH)
            known = await self.events(subject.name, subject.workflow(journey))
            admission = known
            for telling in THOROUGH:
                await subject.tell(journey, telling)
                now = await self.events(subject.name, subject.workflow(journey))
                events[telling.action].append(now - known)
                known = now
            actions = await self._actions(subject)
            found[subject.name] = {
                "events_per_step": rounded(mean(chain.from_iterable(events.values()))),
                "events_at_most": max(map(max, events.values())),
                "events_by_action": {action: rounded(mean(each)) for action, each in events.items()},
                "events_of_admission": admission,
                **actions,
            }
        say("cost: counted")
        return found

    async def events(self, name: str, workflow: str) -> int:
        """How long the history of a subject's workflow is."""
        handle = self.clients[name].get_workflow_handle(workflow)
        return len((await handle.fetch_history()).events)

    async def _actions(self, subject: Subject) -> Json:
        """Whole journeys, so that starts and timers are counted too."""
        journeys = 2
        before = await self.settled()
        for _ in range(journeys):
            journey = await subject.begin(THOROUGH)
            for telling in THOROUGH:
                await subject.tell(journey, telling)
        counted = await self.settled() - before
        return {
            "actions_per_step": rounded(counted.total() / journeys / (1 + len(THOROUGH))),
            "actions_by_type_per_journey": {name: rounded(each / journeys) for name, each in sorted(counted.items())},
        }

    async def settled(self) -> Counter[str]:
        """The count once it stands still; the server tells its metrics about a second late."""
        before = None
        while before != (now := await asyncio.to_thread(self.ground.actions)):
            before = now
            await asyncio.sleep(1.2)
        return now

    # ---- HTTP ----

    async def http(self) -> Json:
        """A comment by HTTP, and the same below it."""
        token = self.ground.parts.tokens.issue(
            SENIOR.user, SENIOR.role, tuple(SENIOR.hospitals or ()), valid=timedelta(hours=1)
        )
        found: Json = {}
        async with httpx.AsyncClient(
            base_url=self.ground.api_url, headers={"Authorization": f"Bearer {token}"}, timeout=30, trust_env=False
        ) as client:
            posted = Http(self.ground.parts.api, client)
            for clients in CLIENTS:
                comments = [COMMENT] * (6 if self.quick else 30 // min(clients, 2))
                sides: Mapping[str, Callable[[], Awaitable[Block]]] = {
                    subject.name: partial(self._steps, comments, clients, 1, subject, "marshrut")
                    for subject in (posted, self.marshrut)
                }
                blocks = await by_turns(sides, self.budget(12), f"http, {clients} clients")
                found[f"clients_{clients}"] = {
                    **summary(blocks, ("p50_ms", "p99_ms", "per_s")),
                    "samples": sum(len(each.latencies) for each in blocks["http"]),
                    "ratio": ratios(blocks, "http", "marshrut", ("p50_ms", "p99_ms", "per_s")),
                }
        return found

    def meter(self, worker: str) -> Meter:
        """Of a subject's process, this one and the server."""
        return Meter(self.ground.workers[worker], self.ground.server)
