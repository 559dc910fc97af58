from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.events import Event, NoticeAcknowledged, Reported
from marshrut.domain.evolve import fold
from marshrut.domain.overdue import overdue
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import RulesOf, Stuck, StuckRules, Why, stuck
from marshrut.domain.watching import Ill
from marshrut.domain.words import Flag, Report
from marshrut.ports import Area, CaseFilter, Page, StepFilter, StuckFilter, StuckRow
from marshrut.store.causes import shape, values
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.overview import SqlOverview
from marshrut.store.queries import SqlQueries
from marshrut.store.rebuild import verify
from marshrut.store.stuck import SqlStuck
from marshrut.store.tables import findings
from tests.fixtures.stuck import HOUR, NOON, RULES, ZONES, event, journal, journals, opened, step_opened, told
from tests.store.test_journal import empty

ALL = StuckFilter(hospitals=None, who=None)
PROPERTY = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
POPULATION = st.tuples(*(journals(f"c{number}") for number in range(4)))


async def listed(db: Database, which: StuckFilter, now: Any, limit: int = 50, rules: RulesOf = RULES) -> list[StuckRow]:
    """The whole list, page by page; each page says how long the list is."""
    rows: list[StuckRow] = []
    cursor: str | None = None
    while True:
        page = await SqlStuck(db, ZONES, rules).stuck(which, now, limit=limit, cursor=cursor)
        rows += page.items
        if page.next is None:
            assert page.total == len(rows)
            return rows
        cursor = page.next


def expected(population: tuple[list[Event], ...], now: Any, rules: RulesOf = RULES) -> list[Stuck]:
    """The list, as the domain tells it case by case."""
    found: list[Stuck] = []
    for number, events in enumerate(population):
        state = fold(f"c{number}", events)
        found += stuck(state, events[-1].recorded_at, ZONES[state.hospital or ""], rules[state.hospital], now)
    return sorted(found, key=lambda item: (-item.rank, item.name))


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 700), limit=st.integers(1, 9))
async def test_the_list_is_what_the_domain_says_of_every_case(
    db: Database, population: tuple[list[Event], ...], hours: int, limit: int
) -> None:
    """Whatever happened to the cases, SQL's list is the domain's: items, causes, rank and order, in pages of any size.

    And "overdue" there is what the list of steps calls so.
    """
    await empty(db)
    for number, events in enumerate(population):
        for one in events:  # one by one, as rows are brought up to date and not made anew
            await SqlJournal(db).write(f"c{number}", [one])
    now = NOON + hours * HOUR
    assert [finding async for finding in verify(db)] == []
    whole = expected(population, now)

    rows = await listed(db, ALL, now, limit)
    assert [row.item for row in rows] == whole
    assert [row.case.case_id for row in rows] == [item.case_id for item in whole]

    late = await SqlQueries(db).steps(StepFilter(hospitals=None, who=None, overdue_at=now), limit=500, cursor=None)
    mine = {row.item.name for row in await listed(db, StuckFilter(hospitals=None, who=None, why=[Why.OVERDUE]), now)}
    assert mine == {row.step.step_id for row in late.items}
    states = [fold(f"c{number}", events) for number, events in enumerate(population)]
    assert mine == {each.step_id for state in states for each in late_steps(state, now)}


def late_steps(state: CaseState, now: Any) -> list[Any]:
    """The steps of a case that are overdue."""
    paused = state.closed or state.paused_since is not None
    return [each for each in state.steps.values() if overdue(each, paused, now)]


SPANS = st.integers(0, 400).map(lambda hours: hours * HOUR)
WEIGHTS = st.fixed_dictionaries({why: st.integers(0, 99) for why in Why})
SOME_RULES = st.builds(
    StuckRules, SPANS, SPANS, WEIGHTS, by_law=st.just(7), mandatory=st.just(3), late_hour=st.integers(0, 3)
)


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 700), common=SOME_RULES, own=SOME_RULES)
async def test_the_rules_in_force_are_applied_when_the_list_is_asked_for(
    db: Database, population: tuple[list[Event], ...], hours: int, common: StuckRules, own: StuckRules
) -> None:
    """Whatever the catalogue says, also of one region only, the list follows it; the rows stay as they are."""
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    now = NOON + hours * HOUR
    for rules in (RulesOf(common), RulesOf(common, {"KKB1": own})):
        rows = await listed(db, ALL, now, rules=rules)
        assert [row.item for row in rows] == expected(population, now, rules)
    assert [finding async for finding in verify(db)] == []


@PROPERTY
@given(population=POPULATION, hours=st.integers(100, 700), data=st.data())
async def test_a_filter_keeps_the_items_that_it_names(
    db: Database, population: tuple[list[Event], ...], hours: int, data: st.DataObject
) -> None:
    """Each filter gives the part of the whole list that fits it, in the same order and with the same ranks."""
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    now = NOON + hours * HOUR
    whole = await listed(db, ALL, now)
    why = data.draw(st.sampled_from(list(Why)))
    least = data.draw(st.sampled_from([0, *(row.item.rank for row in whole)]))

    async def found(**which: Any) -> list[StuckRow]:
        return await listed(db, StuckFilter(**{"hospitals": None, "who": None, **which}), now)

    def has(row: StuckRow, **facts: Any) -> bool:
        step = row.item.step
        return step is not None and all(getattr(step, name) == value for name, value in facts.items())

    assert await found(why=[why]) == [row for row in whole if why in {cause.why for cause in row.item.causes}]
    assert await found(min_rank=least) == [row for row in whole if row.item.rank >= least]
    assert await found(track="services") == [row for row in whole if has(row, track="services")]
    assert await found(role="supervisor") == [row for row in whole if has(row, role="supervisor")]
    assert await found(assignee="olga") == [row for row in whole if has(row, assignee="olga")]
    assert await found(assignee="none") == [row for row in whole if has(row, assignee=None)]
    ours = [row for row in whole if row.case.hospital == "KKB1"]
    assert await found(hospital="KKB1") == await found(hospitals=frozenset({"KKB1"})) == ours
    assert await found(hospital="GKB29", hospitals=frozenset({"KKB1"})) == []


FOUND = st.dictionaries(
    st.tuples(st.integers(0, 3), st.sampled_from(list(Ill))), st.tuples(st.integers(0, 700), st.booleans()), max_size=5
)


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 700), found=FOUND)
async def test_what_the_watchdog_found_is_a_cause_of_its_case(
    db: Database, population: tuple[list[Event], ...], hours: int, found: dict[tuple[int, Ill], tuple[int, bool]]
) -> None:
    """What stands of an open case holds it up, beside all else and on its stuck steps; what was resolved does not."""
    await empty(db)
    async with db.write() as conn:
        await conn.execute(findings.delete())
        for (number, ill), (since, stands) in found.items():
            at = NOON + since * HOUR
            row = {"case_id": f"c{number}", "code": ill, "hospital": "GKB29", "since": at, "last_seen": at}
            await conn.execute(findings.insert(), row | {"resolved_at": None if stands else at})
    now = NOON + hours * HOUR
    whole: list[Stuck] = []
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
        state = fold(f"c{number}", events)
        failing = {ill: NOON + since * HOUR for (of, ill), (since, stands) in found.items() if of == number and stands}
        zone, rules = ZONES[state.hospital or ""], RULES[state.hospital]
        whole += stuck(state, events[-1].recorded_at, zone, rules, now, dict(sorted(failing.items())))
    whole.sort(key=lambda item: (-item.rank, item.name))
    assert [row.item for row in await listed(db, ALL, now)] == whole
    by_it = [item for item in whole if Why.TECHNICAL in {cause.why for cause in item.causes}]
    assert [row.item for row in await listed(db, StuckFilter(None, None, why=[Why.TECHNICAL]), now)] == by_it
    picture = await SqlOverview(db, ZONES, RULES).picture(Area(None, None), now)
    assert (picture.stuck.items, picture.causes[Why.TECHNICAL].items) == (len(whole), len(by_it))
    counts = await SqlStuck(db, ZONES, RULES).counts(ALL, now)
    assert sum(each.items for each in counts.values()) == len(whole)


async def test_a_page_goes_on_as_of_the_first(db: Database) -> None:
    """What becomes late between two pages neither shifts the second nor shows twice."""
    for number in range(6):
        due_at = NOON + number * HOUR
        bodies = (opened(), step_opened(f"c{number}.s", due_at, assignee="anna"))
        await SqlJournal(db).write(f"c{number}", journal(*bodies))
    now = NOON + 3.5 * HOUR
    first = await SqlStuck(db, ZONES, RULES).stuck(ALL, now, limit=2, cursor=None)
    second = await SqlStuck(db, ZONES, RULES).stuck(ALL, now + 5 * HOUR, limit=2, cursor=first.next)
    assert [row.item.name for row in (*first.items, *second.items)] == ["c0.s", "c1.s", "c2.s", "c3.s"]
    assert (second.next, second.as_of, second.total) == (None, now, 4)


async def test_who_became_ready_today_is_not_delayed_yet(db: Database) -> None:
    """Until the hospital's midnight there is no item, after it there is one."""
    await SqlJournal(db).write("c", journal(opened("KKB1"), Reported(report=Report.MEDICALLY_READY)))
    midnight = NOON + 2 * HOUR  # 22:00 in Vladivostok was noon here
    assert await listed(db, ALL, midnight) == []
    assert [row.item.name for row in await listed(db, ALL, midnight + timedelta(seconds=1))] == ["c"]


@pytest.mark.parametrize("other", ["steps", "cases", "events"])
async def test_a_cursor_of_another_list_is_none_of_this_one(db: Database, other: str) -> None:
    """A cursor says which list it belongs to; any other list refuses it."""
    for number in range(2):
        await SqlJournal(db).write(f"c{number}", journal(opened(), step_opened(f"c{number}.s")))
    queries, lists = SqlQueries(db), SqlStuck(db, ZONES, RULES)
    asked: dict[str, Page[Any]] = {
        "steps": await queries.steps(StepFilter(hospitals=None, who=None), limit=1, cursor=None),
        "cases": await queries.cases(CaseFilter(hospitals=None, who=None), limit=1, cursor=None),
        "events": await queries.events("c0", limit=1, cursor=None),
    }
    cursors = {name: page.next for name, page in asked.items()}
    with pytest.raises(ValueError, match="another list"):
        await lists.stuck(ALL, NOON, limit=1, cursor=cursors[other])


async def test_what_lists_ask_of_cases_and_steps(db: Database) -> None:
    """Flags, endings, readiness, blocks and escalations each narrow a list."""
    ready = Reported(report=Report.MEDICALLY_READY)
    left = Reported(report=Report.DISCHARGED)
    await SqlJournal(db).write("a", journal(opened(flags=(Flag.CRISIS, Flag.LIVES_ALONE)), ready, step_opened("a.s")))
    await SqlJournal(db).write("b", journal(opened(), ready, left, step_opened("b.s")))
    seen = NoticeAcknowledged(key="k")
    await SqlJournal(db).write(
        "c", journal(opened(), step_opened("c.s"), told("c.s"), step_opened("c.t"), told("c.t", "l"))
    )
    await SqlJournal(db).write("c", [event(6, seen)])
    queries = SqlQueries(db)

    async def cases(**which: Any) -> list[str]:
        page = await queries.cases(CaseFilter(hospitals=None, who=None, **which), limit=9, cursor=None)
        return sorted(case.case_id for case in page.items)

    async def steps(**which: Any) -> list[str]:
        page = await queries.steps(StepFilter(hospitals=None, who=None, **which), limit=9, cursor=None)
        return sorted(row.step.step_id for row in page.items)

    assert await cases(flag="crisis") == await cases(flag="lives_alone") == ["a"]
    assert await cases(flag="lives") == await cases(ending="died") == []
    assert await cases(medically_ready=True) == ["a"]
    assert await cases(medically_ready=False) == ["b", "c"]
    assert await steps(escalated_at=NOON) == []
    assert await steps(escalated_at=NOON + timedelta(seconds=1)) == ["c.t"]
    assert await steps(blocked=True) == []
    assert await steps(blocked=False) == ["a.s", "b.s", "c.s", "c.t"]


def test_a_statement_is_built_once_for_whoever_asks_alike() -> None:
    """Wards and users are bound: as many as there are, they share a statement; whether one is asked for does not."""
    everywhere = StuckFilter(hospitals=None, who=None)
    first, second = (StuckFilter(hospitals=None, who=None, ward=name, assignee=name) for name in ("3", "4"))
    assert shape(first) == shape(second)
    nobodys = StuckFilter(hospitals=None, who=None, ward="3", assignee="none")
    assert len({shape(each) for each in (everywhere, first, nobodys)}) == 3
    assert values(second, NOON)["ward"] == values(second, NOON)["assignee"] == "4"
