from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.events import Event
from marshrut.domain.words import Role
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from tests.api.test_stuck import POPULATION, every, served
from tests.fixtures.stuck import HOUR, NOON
from tests.fixtures.system import System
from tests.store.test_journal import empty

OVERVIEW, WORKLOAD = "/api/v1/stuck/overview", "/api/v1/workload"
STUCK, STEPS, CASES = "/api/v1/stuck", "/api/v1/steps", "/api/v1/cases"
PROPERTY = settings(deadline=None, max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 1000), hospital=st.sampled_from([None, "KKB1"]))
async def test_the_board_counts_what_the_lists_show(
    system: System, db: Database, population: tuple[list[Event], ...], hours: int, hospital: str | None
) -> None:
    """Whatever a number of the board says, the list that it leads to is as long: causes, ages, people."""
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    of = {} if hospital is None else {"hospital": hospital}
    async with served(system, db, NOON + hours * HOUR) as http:
        board = (await http.get(OVERVIEW, params=of)).json()
        assert board["stuck"]["items"] == len(await every(http, STUCK, **of))
        for cause in board["causes"]:
            found = await every(http, STUCK, why=cause["code"], **of)
            assert cause["items"] == len(found)
            assert cause["steps"] == sum(item["step_id"] is not None for item in found)
            assert cause["cases"] == len({item["case_id"] for item in found})
        assert board["open_cases"] == len(await every(http, CASES, state="live", **of))
        for track in board["tracks"]:
            for age, cell in zip(board["ages"], track["cells"], strict=True):
                bounds = {name: age[name] for name in ("opened_from", "opened_before") if age[name]}
                params = {"state": "live", "track": track["track"], **bounds, **of}
                assert cell["steps"] == len(await every(http, STEPS, **params))
                assert cell["overdue"] == len(await every(http, STEPS, overdue=True, **params))
        for work in (await http.get(WORKLOAD, params=of)).json()["items"]:
            theirs: dict[str, Any] = {"assignee": work["user"] or "none", "state": "live", **of}
            assert work["steps"] == len(await every(http, STEPS, **theirs))
            assert work["overdue"] == len(await every(http, STEPS, overdue=True, **theirs))
            assert work["soon"] == len(await every(http, STEPS, soon=True, **theirs))
            assert work["in_time"] == work["steps"] - work["overdue"] - work["soon"]
            owned = await every(http, CASES, owner=work["user"] or "none", state="live", **of)
            assert work["cases"] == len(owned)


async def test_the_board_says_who_is_away_and_who_stands_in(system: System) -> None:
    """Everybody of the team is there, also with nothing to do; what nobody has comes last."""
    now = datetime.now(UTC)
    for user in ("board-vera", "board-lev"):
        await system.http.put(
            f"/api/v1/staff/{user}",
            json={"role": "psychologist", "hospitals": ["GKB29"]},
            headers=system.token(Role.SUPERVISOR),
        )
    until = (now + timedelta(days=3)).isoformat()
    leaving = {"from": now.isoformat(), "until": until, "kind": "vacation", "deputy": "board-lev"}
    await system.post("/api/v1/staff/board-vera/absences", leaving, role=Role.SUPERVISOR)
    page = await system.get(WORKLOAD, role=Role.SUPERVISOR, hospital="GKB29")
    people = {work["user"]: work for work in page["items"]}
    vera, lev = people["board-vera"], people["board-lev"]
    assert (vera["present"], vera["absence"], vera["deputy"]) == (False, "vacation", "board-lev")
    assert datetime.fromisoformat(vera["absent_until"]) == datetime.fromisoformat(until)
    assert (lev["present"], lev["absence"], lev["deputy"], lev["role"]) == (True, None, None, "psychologist")
    assert (lev["cases"], lev["steps"], lev["in_time"]) == (0, 0, 0)
    assert page["items"][-1]["user"] is None
    others = await system.http.get(WORKLOAD, headers=system.token(Role.SUPERVISOR, "stranger", "SKLIF"))
    assert not {"board-vera", "board-lev"} & {work["user"] for work in others.json()["items"]}


async def test_the_board_of_a_ward(system: System) -> None:
    """A ward's board counts its cases alone, and the list of that ward is as long."""
    case_id = await system.admit(ward="BOARD", admitted_at=(datetime.now(UTC) - timedelta(hours=30)).isoformat())
    board = await system.get(OVERVIEW, role=Role.SUPERVISOR, ward="BOARD")
    assert (board["open_cases"], board["stuck"]["cases"]) == (1, 1)
    assert {track["track"] for track in board["tracks"]} >= {"contact"}
    (contact,) = [track for track in board["tracks"] if track["track"] == "contact"]
    assert contact["title"] == {"ru": "Первичный контакт", "en": "First contact"}
    found = await system.get(STUCK, ward="BOARD")
    assert {item["case_id"] for item in found["items"]} == {case_id}
    assert (await system.get(CASES, ward="BOARD"))["items"][0]["case_id"] == case_id
    assert len((await system.get(STEPS, ward="BOARD", state="live"))["items"]) == sum(
        track["steps"] for track in board["tracks"]
    )
    nothing = await system.get(OVERVIEW, role=Role.SUPERVISOR, ward="NOWHERE")
    assert (nothing["open_cases"], nothing["tracks"]) == (0, [])


async def test_causes_asked_for_together_all_hold(system: System) -> None:
    """Of several causes the list keeps what is stuck by each of them."""
    case_id = await system.admit(ward="CAUSES", admitted_at=(datetime.now(UTC) - timedelta(hours=30)).isoformat())
    both = await system.get(STUCK, ward="CAUSES", why=["overdue", "unowned"])
    assert {item["case_id"] for item in both["items"]} == {case_id}
    assert (await system.get(STUCK, ward="CAUSES", why=["overdue", "silent"]))["items"] == []
