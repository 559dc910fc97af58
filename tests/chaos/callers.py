"""Callers who want things to happen, repeat what got lost, and remember what they were told."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import chain
from typing import Any

import httpx

from marshrut.domain.ids import step_id
from marshrut.domain.words import Role
from tests.chaos.installation import HOSPITAL, Installation, now

GIVES_UP_AFTER_S = 75.0
SIX = (*[Role.COORDINATOR] * 4, *[Role.SUPERVISOR] * 2)
REASONS = ("passport", "identity", "home_care")
# How the procedure goes on; a step that is not here stays as it is.
OUTCOMES: Mapping[str, Any] = {
    "first_contact": "contacted",
    "consent_record": "given",
    "home_safety": "safe",
    "documents_check": "complete",
}
# How often callers do what. `remind`: a step that is due soon, so that the journey says something by itself.
OFTEN = {"comment": 5, "add": 2, "remind": 4, "claim": 4, "block": 2, "unblock": 2, "complete": 2, "go on": 1}


class Told(StrEnum):
    """What a caller was told in the end."""

    DONE = "done"
    REFUSED = "refused"
    EXPIRED = "expired"
    NEVER_STORED = "never_stored"
    NOTHING = "nothing"


@dataclass
class Deed:
    """One thing that a caller wants to happen, and what it was told. The name is nobody else's.

    `events`: the kinds of event in the journal by which one sees that it happened. `heard`: the status of each answer
    and how long it took.
    """

    name: str
    path: str
    events: tuple[str, ...]
    body: Mapping[str, Any] = field(default_factory=dict)
    told: Told = Told.NOTHING
    calls: int = 0
    answer: Any = None
    heard: list[tuple[int, float]] = field(default_factory=list)
    oddities: list[str] = field(default_factory=list)


class Caller:
    """Calls until it knows. Every repetition carries the same idempotency key."""

    def __init__(self, http: httpx.AsyncClient, *, patient: bool = True) -> None:
        self._http = http
        self._patient = patient

    async def carry(self, deed: Deed) -> Deed:
        """Have it happen; an impatient caller takes the first 503 for an answer."""
        await self.until_told(deed, lambda: self._http.post(deed.path, json=deed.body, headers=self._headers(deed)))
        return deed

    async def until_told(self, deed: Deed, call: Callable[[], Awaitable[httpx.Response]]) -> None:
        """Call until something is known."""
        ends = asyncio.get_running_loop().time() + GIVES_UP_AFTER_S
        while deed.told is Told.NOTHING and asyncio.get_running_loop().time() < ends:
            deed.calls += 1
            try:
                answer = await call()
                deed.heard.append((answer.status_code, answer.elapsed.total_seconds()))
                await self._hear(deed, answer)
            except httpx.TransportError:
                await asyncio.sleep(0.05)

    def _headers(self, deed: Deed) -> dict[str, str]:
        return {"Idempotency-Key": deed.name}

    async def _hear(self, deed: Deed, answer: httpx.Response) -> None:
        match answer.status_code:
            case 200 | 201:
                deed.told, deed.answer = Told.DONE, answer.json()
            case 202:
                await self._ask(deed, answer.headers["Location"])
            case 409 | 422:
                deed.told = Told.EXPIRED if answer.json()["code"] == "expired" else Told.REFUSED
            case 503 if self._patient:
                await asyncio.sleep(0.2)
            case 503:
                deed.told = Told.NEVER_STORED
            case odd:
                deed.oddities.append(f"{odd} {answer.text[:200]}")
                await asyncio.sleep(0.2)

    async def _ask(self, deed: Deed, location: str) -> None:
        """Ask where the command stands until that is known."""
        ends = asyncio.get_running_loop().time() + GIVES_UP_AFTER_S
        while asyncio.get_running_loop().time() < ends:
            try:
                answer = await self._http.get(location)
            except httpx.TransportError:
                await asyncio.sleep(0.05)
                continue
            if answer.status_code == 404:
                return  # its fate was unknown, and it was never stored: said again
            told = answer.json().get("state") if answer.is_success else None
            if told in ("done", "rejected", "expired"):
                deed.told = Told.REFUSED if told == "rejected" else Told(told)
                deed.answer = answer.json()
                return
            await asyncio.sleep(0.1)


class NaiveCaller(Caller):
    """Has no idempotency key: what it says again is a command of its own."""

    def _headers(self, _deed: Deed) -> dict[str, str]:
        return {}


@dataclass
class Ground:
    """The cases that callers work on, and the steps that they came to know there."""

    cases: Sequence[str]
    steps: list[str] = field(default_factory=list)


def comment(name: str, step: str) -> Deed:
    """A comment on a step."""
    return Deed(name, f"/api/v1/steps/{step}/comment", ("step_commented",), {"text": name})


def ad_hoc(name: str, case: str, **more: Any) -> Deed:
    """A step added by hand."""
    return Deed(name, f"/api/v1/cases/{case}/steps", ("step_opened",), {"title": name, "role": "coordinator", **more})


def act(name: str, step: str, action: str, event: str, **body: Any) -> Deed:
    """Any other thing done to a step."""
    return Deed(name, f"/api/v1/steps/{step}/{action}", (event,), body)


def admission(name: str, visit: str) -> Deed:
    """An admission."""
    body = {
        "facility": HOSPITAL,
        "visit": visit,
        "admitted_at": (now() - timedelta(minutes=10)).isoformat(),
        "emergency": True,
        "patient": {"mrn": visit},
    }
    return Deed(name, "/api/v1/admissions", ("case_opened",), body)


async def admit(whole: Installation, visit: str) -> tuple[str, Deed]:
    """Have a case opened; its id and what was told."""
    async with whole.http("admitting") as http:
        deed = await Caller(http).carry(admission(f"admit-{visit}", visit))
    assert deed.told is Told.DONE, whole.logs()
    return str(deed.answer.get("case_id") or deed.answer["result"]["case_id"]), deed


async def storm(whole: Installation, cases: Sequence[str], *, deeds: int, caller: type[Caller] = Caller) -> list[Deed]:
    """Six callers at once; all that they did."""
    ground = Ground(cases)
    days = [_day(whole, f"{role}-{n}", role, ground, deeds=deeds, calls=caller) for n, role in enumerate(SIX)]
    return list(chain.from_iterable(await asyncio.gather(*days)))


async def _day(
    whole: Installation, user: str, role: Role, ground: Ground, *, deeds: int, calls: type[Caller]
) -> list[Deed]:
    """What a caller does follows from its name, and from what the others left."""
    chance = random.Random(user)
    done = []
    async with whole.http(user, role) as http:
        caller = calls(http)
        for number in range(deeds):
            deed = await caller.carry(await _next(http, f"{user}-{number}", ground, chance))
            done.append(deed)
            if "step_opened" in deed.events and deed.told is Told.DONE:
                ground.steps.append(_added(deed))
    return done


async def _next(http: httpx.AsyncClient, name: str, ground: Ground, chance: random.Random) -> Deed:
    case = chance.choice(list(ground.cases))
    first = step_id(case, "contact", "first_contact")
    step = chance.choice([*ground.steps, first])
    reason = chance.choice(REASONS)
    soon = (now() + timedelta(seconds=chance.uniform(0.5, 2))).isoformat()
    choices = {
        "comment": comment(name, step),
        "add": ad_hoc(name, case),
        "remind": ad_hoc(name, case, due_at=soon),
        "claim": act(name, step, "claim", "step_claimed"),
        "block": act(name, step, "block", "step_blocked", reason=reason, note=name),
        "unblock": act(name, step, "unblock", "step_unblocked", reason=reason),
        "complete": act(name, step, "complete", "step_completed", outcome={"result": "done", "note": name}),
    }
    kind = chance.choices([*OFTEN], [*OFTEN.values()])[0]
    if kind == "go on" and (going := await _live_step(http, case)) is not None:
        outcome = {"result": OUTCOMES[going.split(".")[2]], "note": name}
        return act(name, going, "complete", "step_completed", outcome=outcome)
    return choices.get(kind, choices["comment"])


async def _live_step(http: httpx.AsyncClient, case: str) -> str | None:
    """A step of the procedure that a caller knows how to complete."""
    try:
        answer = await http.get("/api/v1/steps", params={"case": case, "state": "live"})
    except httpx.TransportError:
        return None
    found = answer.json().get("items", []) if answer.is_success else []
    return next((step["step_id"] for step in found if step["name"] in OUTCOMES), None)


def _added(deed: Deed) -> str:
    if "step_id" in deed.answer:
        return str(deed.answer["step_id"])
    return step_id(deed.answer["case_id"], "adhoc", "adhoc", deed.answer["command_id"])
