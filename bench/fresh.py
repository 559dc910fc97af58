"""How soon a completed step is gone from the inbox and from the list of what is stuck, at a steady rate of journeys.

All of it by HTTP, through the API, Temporal and the worker; each journey is admitted too late, so its first step is on
the list of what is stuck, and completing it must take it off both lists and put what follows into the inbox.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from bench.comparisons import Bench, Json
from bench.measure import percentile, rounded, say
from bench.subjects import HOSPITAL, SENIOR
from marshrut.domain.ids import step_id
from workflows import contact

RATE = 10  # journeys a second
ROUNDS, JOURNEYS = 3, 100
ROUNDS_QUICKLY, JOURNEYS_QUICKLY, JOURNEYS_AT_A_GLANCE = 2, 10, 4
GIVEN_UP_S = 60.0
TRIES, PAUSE_S = 600, 0.1
REACHED = contact.FirstContact(result="contacted")
STEPS, STUCK = "/api/v1/steps", "/api/v1/stuck"

_numbers = count(1)


class Journey:
    """One patient, seen from outside."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client
        self._name = f"FRESH{next(_numbers)}"
        self.answered_s = self.visible_s = 0.0

    async def run(self) -> None:
        """Admit, look, complete the first step, and look until that shows."""
        admitted = {
            "facility": HOSPITAL,
            "visit": self._name,
            "admitted_at": (datetime.now(UTC) - timedelta(hours=30)).isoformat(),
            "emergency": True,
            "ward": self._name,  # so that each finds its own in lists of everybody's
            "patient": {"mrn": self._name, "family": "Иванова", "given": "Анна", "identified": True},
        }
        case_id = await self._case(await self._sent("/api/v1/admissions", admitted))
        step = step_id(case_id, REACHED.track, REACHED.step)
        assert step in await self._listed(STEPS, case=case_id, state="live")
        assert step in await self._listed(STUCK, ward=self._name)
        began = time.perf_counter()
        path = f"{STEPS}/{step}/complete"
        await self._sent(path, {"outcome": REACHED.codes()})
        self.answered_s = time.perf_counter() - began
        while time.perf_counter() - began < GIVEN_UP_S:
            inbox = await self._listed(STEPS, case=case_id, state="live")
            if inbox and step not in inbox and step not in await self._listed(STUCK, ward=self._name):
                self.visible_s = time.perf_counter() - began
                return
        raise TimeoutError(step)

    async def _case(self, answer: httpx.Response) -> str:
        """The case that was opened; where that is not known in time there is a place to ask."""
        told = answer.json()
        while "case_id" not in told:
            await asyncio.sleep(PAUSE_S)
            told = (await self._asked("GET", answer.headers["Location"])).json().get("result") or {}
        return str(told["case_id"])

    async def _sent(self, path: str, body: Json) -> httpx.Response:
        """A write; where it comes twice the key makes it one."""
        return await self._asked("POST", path, json=body, headers={"Idempotency-Key": f"{self._name}{path[-200:]}"})

    async def _asked(self, method: str, path: str, **what: Any) -> httpx.Response:
        """Its answer; it is asked again while the service is too busy."""
        for _ in range(TRIES):
            answer = await self._client.request(method, path, **what)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer.raise_for_status()
            await asyncio.sleep(PAUSE_S)
        raise TimeoutError(path)

    async def _listed(self, path: str, **which: str) -> set[str]:
        return {item["step_id"] for item in (await self._asked("GET", path, params=which)).json()["items"]}


async def measure(bench: Bench) -> Json:
    """Rounds of journeys that begin ten a second, whether or not those before have ended."""
    token = bench.ground.parts.tokens.issue(
        SENIOR.user, SENIOR.role, tuple(SENIOR.hospitals or ()), valid=timedelta(hours=1)
    )
    headers = {"Authorization": f"Bearer {token}"}
    rounds = []
    async with httpx.AsyncClient(base_url=bench.ground.api_url, headers=headers, timeout=60, trust_env=False) as client:
        for _ in range(ROUNDS_QUICKLY if bench.quick else ROUNDS):
            rounds.append(await _round(client, _journeys(bench)))
            say(
                f"fresh: {percentile([each.visible_s for each in rounds[-1]], 99) * 1000:.0f} ms at the 99th percentile"
            )
    return {
        "journeys_per_s": RATE,
        "journeys": sum(map(len, rounds)),
        "answered": _figures([[each.answered_s for each in row] for row in rounds]),
        "visible": _figures([[each.visible_s for each in row] for row in rounds]),
        "visible_after_the_answer": _figures([[each.visible_s - each.answered_s for each in row] for row in rounds]),
    }


def _journeys(bench: Bench) -> int:
    if bench.glance:
        return JOURNEYS_AT_A_GLANCE
    return JOURNEYS_QUICKLY if bench.quick else JOURNEYS


async def _round(client: httpx.AsyncClient, journeys: int) -> list[Journey]:
    begun = []
    made = [Journey(client) for _ in range(journeys)]
    started = time.perf_counter()
    for number, journey in enumerate(made):
        await asyncio.sleep(max(0.0, started + number / RATE - time.perf_counter()))
        begun.append(asyncio.create_task(journey.run()))
    await asyncio.gather(*begun)
    return made


def _figures(rounds: list[list[float]]) -> Json:
    """Of each percentile the median of the rounds, and their spread."""
    found: Json = {}
    for percent in (50, 99):
        each = sorted(1000 * percentile(row, percent) for row in rounds)
        low, middle, high = each[0], each[len(each) // 2], each[-1]
        found[f"p{percent}_ms"] = {"median": rounded(middle), "low": rounded(low), "high": rounded(high)}
    return found
