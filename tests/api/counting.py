"""The places that tell how many steps are overdue or how much is stuck: a line of a table each.

Whoever shows such a figure anew adds a line, and `test_counts_agree.py` holds it to the domain's own count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Any

import httpx
from fastapi import FastAPI, Request
from prometheus_client.parser import text_string_to_metric_families

from api.catalogues import Catalogues
from api.metrics import Scrapes
from api.parts import ApiParts
from api.people.search import Search
from api.web.badges import badges
from api.web.board.filters import Filters
from api.web.desk import Desk
from api.web.formats import Formats
from api.web.pages import board, inbox, my_day
from api.web.words import Words
from marshrut.composition import marked
from marshrut.dispatch.digests import Counts, counted
from marshrut.domain.digest import Part
from marshrut.domain.events import Event
from marshrut.domain.evolve import fold
from marshrut.domain.overdue import overdue
from marshrut.domain.staffing import Colleague
from marshrut.domain.state import CaseState, Step
from marshrut.domain.stuck import Found, Stuck, Why, stuck
from marshrut.domain.watching import Ill
from marshrut.domain.words import Role
from marshrut.ports import Caller, Language, Recipient, Subscriber
from marshrut.store.counts import SqlCounts
from marshrut.store.database import Database
from marshrut.store.finding import SqlCaseFinder
from marshrut.store.freshness import SqlFreshness
from marshrut.store.journal import SqlJournal
from marshrut.store.overview import SqlOverview
from marshrut.store.queries import SqlQueries
from marshrut.store.staff import SqlStaff
from marshrut.store.stuck import SqlStuck
from marshrut.store.tables import findings, staff
from marshrut.store.versions import SqlVersions
from marshrut.store.watch_book import SqlWatchBook
from tests.fixtures.stuck import HOUR, NOON, RULES, ZONES
from tests.fixtures.system import System
from tests.store.test_journal import empty

PEOPLE = ("anna", "olga")


@dataclass(frozen=True)
class World:
    """Some cases at an instant, as the domain tells them, and the system over the same cases."""

    now: datetime
    cases: Sequence[tuple[CaseState, datetime]]
    faults: Mapping[str, Found]
    parts: ApiParts
    http: httpx.AsyncClient
    system: System

    async def every(self, path: str, **params: Any) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, Any] = {}
        while True:
            page = await self.get(path, limit=40, **params, **cursor)
            found += page["items"]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def metric(self, name: str, *labels: str) -> Counter[Any]:
        """A family of the metrics, by the values of these labels; what is none is left out."""
        headers = self.system.token(Role.ADMIN, None, *ZONES)
        answer = await self.http.get("/metrics", headers=headers)
        (family,) = [each for each in text_string_to_metric_families(answer.text) if each.name == f"marshrut_{name}"]
        told = {tuple(each.labels[label] for label in labels): int(each.value) for each in family.samples}
        return Counter({key[0] if len(key) == 1 else key: value for key, value in told.items() if value})

    def late(self) -> list[tuple[CaseState, Step]]:
        """The steps that are overdue, by the domain's own word."""
        states = [state for state, _ in self.cases]
        return [
            (state, step) for state in states for step in state.steps.values() if overdue(step, still(state), self.now)
        ]

    def items(self) -> list[tuple[str, Stuck]]:
        """The items that are stuck, by the domain's own word, each with its hospital."""
        return [
            (hospital_of(state), item)
            for state, last in self.cases
            for item in stuck(
                state,
                last,
                ZONES[hospital_of(state)],
                RULES[hospital_of(state)],
                self.now,
                self.faults.get(state.case_id, {}),
            )
        ]


def still(state: CaseState) -> bool:
    """Whether nothing in the case can become late."""
    return state.closed or state.paused_since is not None


def hospital_of(state: CaseState) -> str:
    """Where the case is."""
    assert state.hospital is not None
    return state.hospital


@asynccontextmanager
async def world(
    system: System,
    app: FastAPI,
    db: Database,
    population: tuple[list[Event], ...],
    faults: Mapping[tuple[int, Ill], int],
    now: datetime,
) -> AsyncIterator[World]:
    """The cases in SQL, and the API over them."""
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    cases = [(fold(f"c{number}", events), events[-1].recorded_at) for number, events in enumerate(population)]
    async with db.write() as conn:
        await conn.execute(findings.delete())
        await conn.execute(staff.delete())
        for (number, ill), hours in faults.items():
            at, state = NOON + hours * HOUR, cases[number][0]
            row = {"case_id": state.case_id, "hospital": state.hospital, "code": ill, "since": at, "last_seen": at}
            await conn.execute(findings.insert(), row)
    for user in PEOPLE:
        await SqlStaff(db).put(Colleague(user=user, role=Role.COORDINATOR, hospitals=frozenset(ZONES)), now)
    found: dict[str, dict[Ill, datetime]] = {}
    for (number, ill), hours in faults.items():
        found.setdefault(f"c{number}", {})[ill] = NOON + hours * HOUR
    parts = replace(
        system.parts.api,
        queries=SqlQueries(db),
        counts=SqlCounts(db),
        stuck=SqlStuck(db, ZONES, RULES),
        search=Search(system.parts.api.search.people, SqlCaseFinder(db), SqlQueries(db), marked(system.parts.keys)),
        overview=SqlOverview(db, ZONES, RULES),
        staff=SqlStaff(db),
        freshness=SqlFreshness(db),
        watch=SqlWatchBook(db),
        zones=ZONES,
        catalogues=Catalogues(system.parts.catalogue, SqlVersions(db)),
        now=lambda: now,
    )
    app.state.parts, app.state.scrapes = parts, Scrapes()
    headers = system.token(Role.SUPERVISOR, None, *ZONES)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", headers=headers) as http:
        yield World(now, cases, found, parts, http, system)


def byhospital_of(items: list[dict[str, Any]]) -> Counter[str]:
    return Counter(item["hospital"] for item in items)


async def _steps(it: World) -> Counter[str]:
    rows = await it.every("/api/v1/steps", overdue=True)
    return await _of_cases(it, Counter(row["case_id"] for row in rows))


async def _of_cases(it: World, cases: Counter[str]) -> Counter[str]:
    """What is told by case, by hospital."""
    where = {state.case_id: hospital_of(state) for state, _ in it.cases}
    found: Counter[str] = Counter()
    for case_id, count in cases.items():
        found[where[case_id]] += count
    return +found


async def _red_clocks(it: World) -> Counter[str]:
    rows = await it.every("/api/v1/steps")
    return await _of_cases(it, Counter(row["case_id"] for row in rows if row["clock"]["state"] == "red"))


async def _cards(it: World) -> Counter[str]:
    cards = [await it.get(f"/api/v1/cases/{state.case_id}") for state, _ in it.cases]
    red = {card["case_id"]: sum(step["clock"]["state"] == "red" for step in card["steps"]) for card in cards}
    return await _of_cases(it, Counter(red))


async def _summaries(it: World) -> Counter[str]:
    rows = await it.every("/api/v1/cases")
    return await _of_cases(it, Counter({row["case_id"]: row["overdue_steps"] for row in rows}))


async def _stuck_by_lateness(it: World) -> Counter[str]:
    return byhospital_of(await it.every("/api/v1/stuck", why="overdue"))


async def _heat_map(it: World) -> Counter[str]:
    tracks = {code: (await it.get("/api/v1/stuck/overview", hospital=code))["tracks"] for code in ZONES}
    for rows in tracks.values():
        assert all(row["overdue"] == sum(cell["overdue"] for cell in row["cells"]) for row in rows)
    return +Counter({code: sum(row["overdue"] for row in rows) for code, rows in tracks.items()})


async def _metric_of_overdue(it: World) -> Counter[str]:
    return await it.metric("steps_overdue", "hospital")


# Where overdue steps are counted, by hospital.
OVERDUE: dict[str, Callable[[World], Awaitable[Counter[str]]]] = {
    "GET /steps?overdue": _steps,
    "red clocks in GET /steps": _red_clocks,
    "red clocks on cards": _cards,
    "overdue_steps in GET /cases": _summaries,
    "GET /stuck?why=overdue": _stuck_by_lateness,
    "heat map in GET /stuck/overview": _heat_map,
    "metric marshrut_steps_overdue": _metric_of_overdue,
}


def caller(user: str, role: Role = Role.COORDINATOR) -> Caller:
    """Somebody who works in all of these hospitals."""
    return Caller(user, role, frozenset(ZONES))


def desk_of(it: World, who: Caller) -> Desk:
    """Their desk, as a page is given it."""
    asked = Request({"type": "http", "method": "GET", "path": "/desk/", "query_string": b"", "headers": []})
    return Desk(asked, it.parts, who, "ru", Words("ru"), Formats("ru", ZONES["GKB29"], it.now))


async def _steps_of(it: World) -> Counter[str]:
    return Counter({user: len(await it.every("/api/v1/steps", overdue=True, assignee=user)) for user in PEOPLE})


async def _roster(it: World) -> Counter[str]:
    people = await it.every("/api/v1/staff")
    return Counter({each["user"]: each["load"]["overdue"] for each in people})


async def _workload(it: World) -> Counter[str]:
    rows = (await it.get("/api/v1/workload"))["items"]
    return Counter({row["user"]: row["overdue"] for row in rows if row["user"] in PEOPLE})


async def _mine(it: World) -> Counter[str]:
    asked = {"overdue": "true", "whose": "mine", "limit": "500"}
    pages = {
        user: await it.http.get("/api/v1/steps", params=asked, headers=it.system.token(Role.COORDINATOR, user, *ZONES))
        for user in PEOPLE
    }
    return Counter({user: len(page.json()["items"]) for user, page in pages.items()})


async def _badges(it: World) -> Counter[str]:
    return Counter({user: (await badges(it.parts, caller(user), it.now)).overdue for user in PEOPLE})


async def _my_day(it: World) -> Counter[str]:
    pages = {user: await my_day._page(desk_of(it, caller(user)), None) for user in PEOPLE}
    return Counter({user: group.count for user, page in pages.items() for group in page.groups if group.name == "late"})


async def _inbox(it: World) -> Counter[str]:
    asked = {"whose": "mine", "overdue": "true"}
    pages = {user: await inbox._page(desk_of(it, caller(user)), asked) for user in PEOPLE}
    assert all(page.count == len(page.rows) for page in pages.values() if page.more is None)
    return Counter({user: page.count for user, page in pages.items()})


async def _digest(it: World) -> Counter[str]:
    return Counter({user: await in_digest(it, Part.OVERDUE, user, Role.COORDINATOR) for user in PEOPLE})


async def in_digest(it: World, part: Part, user: str, role: Role) -> int:
    """What a digest that goes out now says of a part."""
    reader = Subscriber(user, role, tuple(ZONES), time(8), None, Recipient("a@example.org", Language.RU))
    return await Counts(it.parts.queries, it.parts.stuck)(counted(part, reader, it.now, ZONES["GKB29"]), it.now)


# Where the overdue steps that somebody has are counted, by user.
OVERDUE_OF: dict[str, Callable[[World], Awaitable[Counter[str]]]] = {
    "GET /steps?overdue&assignee": _steps_of,
    "GET /staff": _roster,
    "GET /workload": _workload,
}
# And with them those of nobody in the cases that they answer for: what waits for them.
OVERDUE_MINE: dict[str, Callable[[World], Awaitable[Counter[str]]]] = {
    "GET /steps?overdue&whose=mine": _mine,
    "header badges": _badges,
    "my day": _my_day,
    "inbox": _inbox,
    "digest": _digest,
}


async def _by_coordinators(it: World, path: str, **params: Any) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for user in OUTSIDERS:
        headers = it.system.token(Role.COORDINATOR, user, *ZONES)
        page = await it.http.get(path, params={**params, "limit": "500"}, headers=headers)
        found[user] = page.json()["items"]
    return found


async def _steps_seen(it: World) -> Counter[str]:
    found = await _by_coordinators(it, "/api/v1/steps", overdue="true")
    return Counter({user: len(items) for user, items in found.items()})


async def _summaries_seen(it: World) -> Counter[str]:
    found = await _by_coordinators(it, "/api/v1/cases")
    return Counter({user: sum(item["overdue_steps"] for item in items) for user, items in found.items()})


async def _stuck_seen(it: World) -> Counter[str]:
    found = await _by_coordinators(it, "/api/v1/stuck", why="overdue")
    return Counter({user: len(items) for user, items in found.items()})


async def _board_seen(it: World) -> Counter[str]:
    late = Filters(why=Why.OVERDUE)
    lists = {user: await board.listing(desk_of(it, caller(user)), late, None, 1) for user in OUTSIDERS}
    return Counter({user: listed.total or 0 for user, listed in lists.items()})


# Coordinators, one of whom has nothing: of guarded cases they count what they need to know.
OUTSIDERS = (*PEOPLE, "vera")
# Where the overdue steps that a coordinator may see are counted, by user.
OVERDUE_SEEN: dict[str, Callable[[World], Awaitable[Counter[str]]]] = {
    "GET /steps?overdue": _steps_seen,
    "overdue_steps in GET /cases": _summaries_seen,
    "GET /stuck?why=overdue": _stuck_seen,
    "board": _board_seen,
}


async def _list_by_cause(it: World) -> Counter[Any]:
    rows = await it.every("/api/v1/stuck")
    return Counter((row["hospital"], code) for row in rows for code in {cause["code"] for cause in row["why"]})


async def _list_of_each_cause(it: World) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for why in Why:
        page = await it.get("/api/v1/stuck", why=why.value, limit=500)
        assert page["total"] == len(page["items"])
        found.update((row["hospital"], why.value) for row in page["items"])
    return found


async def _picture_of_causes(it: World) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for code in ZONES:
        causes = (await it.get("/api/v1/stuck/overview", hospital=code))["causes"]
        found.update({(code, cause["code"]): cause["items"] for cause in causes})
    return +found


async def _board_by_cause(it: World) -> Counter[Any]:
    desk = desk_of(it, caller("olga", Role.SUPERVISOR))
    lists = {
        (code, why.value): await board.listing(desk, Filters(hospital=code, why=why), None, 1)
        for code in ZONES
        for why in Why
    }
    return +Counter({key: listed.total or 0 for key, listed in lists.items()})


async def _metric_of_causes(it: World) -> Counter[Any]:
    return await it.metric("stuck_cause_items", "hospital", "cause")


# Where stuck items are counted, by hospital and cause.
STUCK: dict[str, Callable[[World], Awaitable[Counter[Any]]]] = {
    "GET /stuck": _list_by_cause,
    "GET /stuck?why": _list_of_each_cause,
    "board": _board_by_cause,
    "GET /stuck/overview, causes": _picture_of_causes,
    "metric marshrut_stuck_cause_items": _metric_of_causes,
}


async def _length(it: World) -> int:
    return len(await it.every("/api/v1/stuck"))


async def _told_total(it: World) -> int:
    total: int = (await it.get("/api/v1/stuck"))["total"]
    return total


async def _picture(it: World) -> int:
    items: int = (await it.get("/api/v1/stuck/overview"))["stuck"]["items"]
    return items


async def _metric_of_items(it: World) -> int:
    return (await it.metric("stuck_items", "hospital")).total()


async def _board_badge(it: World) -> int:
    return (await badges(it.parts, caller("olga", Role.SUPERVISOR), it.now)).stuck


async def _board(it: World) -> int:
    return (await board.listing(desk_of(it, caller("olga", Role.SUPERVISOR)), Filters(), None, 1)).total or 0


async def _digest_of_a_senior(it: World) -> int:
    return await in_digest(it, Part.STUCK, "olga", Role.SUPERVISOR)


# Where all stuck items are counted.
ALL_STUCK: dict[str, Callable[[World], Awaitable[int]]] = {
    "GET /stuck, counted": _length,
    "GET /stuck, total": _told_total,
    "GET /stuck/overview": _picture,
    "metric marshrut_stuck_items": _metric_of_items,
    "header badge": _board_badge,
    "board": _board,
    "digest": _digest_of_a_senior,
}
