from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.catalogues import Catalogues
from marshrut.domain.delay import pauses
from marshrut.domain.events import Event
from marshrut.domain.evolve import fold
from marshrut.domain.stuck import Stuck, Why, delayed, stuck
from marshrut.domain.words import Role
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.overview import SqlOverview
from marshrut.store.queries import SqlQueries
from marshrut.store.staff import SqlStaff
from marshrut.store.stuck import SqlStuck
from marshrut.store.versions import SqlVersions
from tests.fixtures.stuck import HOUR, NOON, RULES, ZONES, journals
from tests.fixtures.system import System
from tests.store.test_journal import empty

STUCK, STEPS = "/api/v1/stuck", "/api/v1/steps"
PROPERTY = settings(deadline=None, max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
POPULATION = st.tuples(*(journals(f"c{number}") for number in range(3)))


@asynccontextmanager
async def served(system: System, db: Database, now: datetime) -> AsyncIterator[httpx.AsyncClient]:
    """The API over another database, at another time."""
    parts = replace(
        system.parts.api,
        queries=SqlQueries(db),
        stuck=SqlStuck(db, ZONES, RULES),
        overview=SqlOverview(db, ZONES, RULES),
        staff=SqlStaff(db),
        zones=ZONES,
        catalogues=Catalogues(system.parts.catalogue, SqlVersions(db)),
        now=lambda: now,
    )
    headers = system.token(Role.HEAD, None, *ZONES)
    with system.over(parts) as app:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://marshrut.test", headers=headers) as http:
            yield http


async def every(http: httpx.AsyncClient, path: str, **params: Any) -> list[dict[str, Any]]:
    """All items, page by page."""
    found: list[dict[str, Any]] = []
    while True:
        answer = await http.get(path, params=params)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        found += page["items"]
        if page["next"] is None:
            return found
        params["cursor"] = page["next"]


def shown(item: Stuck, hospital: str, delayed: int, now: datetime) -> dict[str, Any]:
    """What the API says of an item, as far as the domain knows it."""
    step = item.step
    late = step is not None and Why.OVERDUE in {cause.why for cause in item.causes}
    return {
        "case_id": item.case_id,
        "hospital": hospital,
        "step_id": step and step.step_id,
        "why": [(str(cause.why), cause.since, cause.block and cause.block.reason) for cause in item.causes],
        "since": item.since,
        "holder": step and {"user": step.assignee, "role": str(step.role)},
        "climbed": step.clock.climbed if step and step.clock else 0,
        "late_s": int((now - step.due_at).total_seconds()) if late and step and step.due_at else 0,
        "delayed_days": delayed,
        "rank": item.rank,
    }


def read(item: dict[str, Any]) -> dict[str, Any]:
    """The same of what the API answered."""
    why = [(cause["code"], datetime.fromisoformat(cause["since"]), cause["reason"]) for cause in item["why"]]
    names = ("case_id", "hospital", "step_id", "holder", "climbed", "late_s", "delayed_days", "rank")
    return {**{name: item[name] for name in names}, "why": why, "since": datetime.fromisoformat(item["since"])}


def expected(population: tuple[list[Event], ...], now: datetime) -> list[dict[str, Any]]:
    """The whole list, as the domain tells it case by case."""
    found: list[tuple[tuple[int, str], dict[str, Any]]] = []
    for number, events in enumerate(population):
        state = fold(f"c{number}", events)
        hospital = state.hospital or ""
        ready = None if state.closed or "discharged" in state.reports else state.reports
        ready_at = ready and {str(report): at for report, at in ready.items()}.get("medically_ready")
        days = len(delayed(ready_at, ZONES[hospital], now, pauses(state, now))) if ready_at else 0
        items = stuck(state, events[-1].recorded_at, ZONES[hospital], RULES[hospital], now)
        found.extend(((-item.rank, item.name), shown(item, hospital, days, now)) for item in items)
    return [item for _, item in sorted(found, key=lambda each: each[0])]


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 700), limit=st.integers(1, 7))
async def test_the_api_lists_what_the_domain_calls_stuck(
    system: System, db: Database, population: tuple[list[Event], ...], hours: int, limit: int
) -> None:
    """Over random cases the pages put together are the domain's items, in its order, with its causes and ranks.

    What is overdue there is what `/steps?overdue=true` answers, to the unit.
    """
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    now = NOON + hours * HOUR
    async with served(system, db, now) as http:
        assert [read(item) for item in await every(http, STUCK, limit=limit)] == expected(population, now)
        late = {item["step_id"] for item in await every(http, STUCK, why="overdue")}
        assert late == {step["step_id"] for step in await every(http, STEPS, overdue=True)}
        cards = {step["step_id"] for step in await every(http, STEPS) if step["clock"]["state"] == "red"}
        assert late == cards


async def test_a_step_that_came_too_late_says_who_was_told_and_who_will_be(system: System) -> None:
    """A case that was announced two days late is on the list at once, with its rung, its holder and the next rung."""
    case_id = await system.admit(admitted_at=(datetime.now(UTC) - timedelta(hours=30)).isoformat())
    step_id = await system.step(case_id, "first_contact")
    await system.post(f"{STEPS}/{step_id}/block", {"reason": "passport", "note": "ждём"})
    page = await system.get(STUCK, limit=500)
    (item,) = [item for item in page["items"] if item["step_id"] == step_id]
    overdue = next(cause for cause in item["why"] if cause["code"] == "overdue")
    assert overdue["title"] == {"ru": "Срок прошёл", "en": "Overdue"}
    step = await system.get(f"{STEPS}/{step_id}")
    assert (item["case_id"], item["track"], item["name"]) == (case_id, "contact", "first_contact")
    assert item["title"] == step["title"] == {"ru": "Первичный контакт", "en": "First contact"}
    assert item["due_at"] == step["clock"]["due_at"]
    assert item["holder"] == {"user": None, "role": "coordinator"}
    assert {"overdue", "unowned"} <= {cause["code"] for cause in item["why"]}
    assert 5 * 3600 < item["late_s"] < 7 * 3600
    # Nobody is told at night, so how high it has climbed depends on the hour of the test.
    assert item["escalated_to"] == {0: [], 1: ["coordinator"], 2: ["supervisor"]}[item["climbed"]]
    assert item["next_rung"]["name"] in ("amber", "breach", "grave")
    assert item["rank"] >= 100 + 50 + 20 + 5
    assert page["total"] == len(page["items"])
    others = await system.http.get(STUCK, headers=system.token(Role.SUPERVISOR, "stranger", "SKLIF"))
    assert step_id not in [item["step_id"] for item in others.json()["items"]]


async def test_me_is_whoever_asks(system: System) -> None:
    """`assignee=me` keeps one's own steps, `none` those that nobody has."""
    case_id = await system.admit(admitted_at=(datetime.now(UTC) - timedelta(hours=30)).isoformat())
    step_id = await system.step(case_id, "first_contact")
    await system.post(f"{STEPS}/{step_id}/claim", user="zoya")
    mine = await system.http.get(STUCK, params={"assignee": "me"}, headers=system.token(Role.COORDINATOR, "zoya"))
    assert [item["step_id"] for item in mine.json()["items"]] == [step_id]
    free = await system.get(STUCK, assignee="none", limit=500)
    assert step_id not in [item["step_id"] for item in free["items"]]


async def test_a_filter_that_nothing_can_fit_is_refused_by_name(system: System) -> None:
    """An unknown hospital, track, stage, role, cause, flag or ending is 422 with the field, not an empty list."""
    for path, field in (
        *(
            (STUCK, field)
            for field in ("hospital", "track", "why", "ward", "role", "min_rank", "assignee", "cursor", "limit")
        ),
        *((STEPS, field) for field in ("hospital", "track", "state", "role", "overdue", "blocked", "due_before")),
        *((STEPS, field) for field in ("escalated", "cursor", "case", "soon", "opened_from", "opened_before", "ward")),
        *(("/api/v1/cases", each) for each in ("hospital", "stage", "state", "flag", "ending", "medically_ready")),
    ):
        answer = await system.http.get(path, params={field: "no such"}, headers=system.token(Role.SUPERVISOR))
        named = "why.0" if field == "why" else field
        assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [named]), path


async def test_a_cursor_serves_its_own_list_only(system: System) -> None:
    """The cursor of one list is refused by every other."""
    for _ in range(2):
        await system.admit(admitted_at=(datetime.now(UTC) - timedelta(hours=30)).isoformat())
    paths = (STUCK, STEPS, "/api/v1/cases")
    cursors = {path: (await system.get(path, limit=1))["next"] for path in paths}
    for path in paths:
        for other in paths:
            params = {"cursor": cursors[other], "limit": 1}
            answer = await system.http.get(path, params=params, headers=system.token(Role.SUPERVISOR))
            assert answer.status_code == (200 if path == other else 422)
            if path != other:
                assert (answer.json()["code"], answer.json()["errors"][0]["field"]) == ("bad_cursor", "cursor")


async def test_cases_are_found_by_flag_readiness_and_ending(system: System) -> None:
    """Each filter of the list of cases keeps those that fit; a closed case says its ending in others' codes."""
    case_id = await system.admit(flags=["palliative"])

    async def found(**params: Any) -> bool:
        return case_id in [
            case["case_id"] for case in (await system.get("/api/v1/cases", limit=500, **params))["items"]
        ]

    assert await found(flag="palliative")
    assert not await found(flag="amputation")
    assert not await found(medically_ready=True)
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "medically_ready"}, role=Role.DOCTOR)
    assert await found(medically_ready=True)
    assert not await found(ending="died")
    assert (await system.get(f"/api/v1/cases/{case_id}"))["disposition"] is None
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "died"}, role=Role.DOCTOR)
    assert await found(ending="died", state="closed", stage="closed")
    assert not await found(medically_ready=True)
    assert (await system.get(f"/api/v1/cases/{case_id}"))["disposition"] == {"fhir": "exp", "hl7v2_0112": "20"}


async def test_a_clock_that_stands_still_shows_what_was_left(system: System) -> None:
    """While a case is paused the seconds left stay, the due time is the last known, and nothing becomes late."""
    case_id = await system.admit()
    step_id = await system.step(case_id, "first_contact")
    before = (await system.get(f"{STEPS}/{step_id}"))["clock"]
    assert (before["unverified"], before["provisional"]) == (True, False)
    since = datetime.now(UTC) - timedelta(hours=2)
    await system.post(f"/api/v1/cases/{case_id}/events", {"type": "paused", "occurred_at": since.isoformat()})
    step = await system.get(f"{STEPS}/{step_id}")
    due_at = datetime.fromisoformat(before["due_at"])
    assert step["clock"]["state"] == "paused"
    assert datetime.fromisoformat(step["clock"]["due_at"]) == due_at
    assert step["clock"]["left_s"] == int((due_at - since).total_seconds())
    card = await system.get(f"/api/v1/cases/{case_id}")
    assert step["clock"] in [each["clock"] for each in card["steps"]]
