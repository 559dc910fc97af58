from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.events import (
    Body,
    CaseClosed,
    Event,
    NoticeAcknowledged,
    Reported,
    StepBlocked,
    StepCancelled,
    StepClaimed,
    StepUnblocked,
)
from marshrut.domain.evolve import fold
from marshrut.domain.overdue import ClockState, clock_state, overdue
from marshrut.domain.state import CaseState, Step, StepState
from marshrut.domain.words import Ending, Report, Role
from marshrut.ports import CaseFilter, NoticeFilter, Page, Queries, StepFilter, StepRow
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.queries import SqlQueries
from tests.store.stories import NOON, event, histories, notice, opened, short_story, step_opened, story
from tests.store.test_journal import empty

ALL = StepFilter(hospitals=None, who=None)
PROPERTY = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def queries(db: Database) -> Queries:
    """The read model."""
    return SqlQueries(db)


async def every(ask: Callable[..., Awaitable[Page[Any]]]) -> list[Any]:
    """All rows, page by page."""
    rows: list[Any] = []
    cursor: str | None = None
    while True:
        page = await ask(cursor=cursor)
        rows += page.items
        if page.next is None:
            return rows
        cursor = page.next


async def write_cases(db: Database, count: int) -> None:
    """Cases of two hospitals, three of them opened each minute."""
    for number in range(count):
        case_id = f"c{number:02}"
        hospital = f"h{number % 2}"
        first = event(1, opened(hospital), minutes=number // 3)
        await SqlJournal(db).write(case_id, [first, event(2, step_opened(f"{case_id}.s"), minutes=number)])


async def test_cases_come_newest_first_and_each_once(db: Database, queries: Queries) -> None:
    """Pages of any size put together are the whole list, though several cases opened at the same instant."""
    await write_cases(db, 10)
    expected = sorted((f"c{n:02}" for n in range(10)), key=lambda case_id: (-(int(case_id[1:]) // 3), case_id))
    for limit in (1, 3, 10, 50):
        which = CaseFilter(hospitals=None, who=None)
        found = await every(partial(queries.cases, which, limit=limit))
        assert [state.case_id for state in found] == expected


async def test_a_case_is_found_by_the_code_that_its_journal_tells(db: Database, queries: Queries) -> None:
    """Exactly that case, and none by another code; cases without one are found by none."""
    for name, code in (("c1", "0123456789AB"), ("c2", "0123456789AC"), ("c3", None), ("c4", None)):
        await SqlJournal(db).write(name, [event(1, opened().model_copy(update={"inquiry": code}))])
    found = [await queries.case_by_inquiry(code) for code in ("0123456789AB", "0123456789AC", "0123456789AD", "")]
    assert [None if case is None else case.case_id for case in found] == ["c1", "c2", None, None]


async def test_a_scope_shows_its_hospitals_only(db: Database, queries: Queries) -> None:
    """Neither a filter nor an empty scope shows anything of another hospital."""
    await write_cases(db, 6)
    mine = frozenset({"h0"})

    async def count(which: CaseFilter | StepFilter) -> int:
        ask: Any = queries.cases if isinstance(which, CaseFilter) else queries.steps
        return len((await ask(which, limit=50, cursor=None)).items)

    for kind in (CaseFilter, StepFilter):
        assert await count(kind(hospitals=None, who=None)) == 6
        assert await count(kind(hospitals=mine, who=None)) == 3
        assert await count(kind(hospitals=None, who=None, hospital="h1")) == 3
        assert await count(kind(hospitals=mine, who=None, hospital="h1")) == 0
        assert await count(kind(hospitals=frozenset(), who=None)) == 0


async def test_case_filters(db: Database, queries: Queries) -> None:
    """Stage, state and the owner of a live step each narrow the list; a finished step has no owner any more."""
    paused = Reported(report=Report.PAUSED)
    await SqlJournal(db).write("open", story([opened(), step_opened("open.s", assignee="anna")]))
    await SqlJournal(db).write("paused", story([opened(), step_opened("paused.s"), paused]))
    ended = [opened(), step_opened("closed.s", assignee="anna"), *_ending("closed.s")]
    await SqlJournal(db).write("closed", story(ended))

    async def found(**which: Any) -> set[str]:
        page = await queries.cases(CaseFilter(hospitals=None, who=None, **which), limit=9, cursor=None)
        return {state.case_id for state in page.items}

    assert await found(state="open") == {"open"}
    assert await found(state="paused") == {"paused"}
    assert await found(state="closed") == await found(stage="closed") == {"closed"}
    assert await found(assignee="anna") == {"open"}
    assert await found(assignee="none") == {"paused"}
    case = await queries.case("paused")
    assert case is not None
    assert case.paused_since is not None
    assert await queries.case("nobody") is None


def _ending(step_id: str) -> list[Any]:

    return [StepCancelled(step_id=step_id, reason="case_closed"), CaseClosed(ending=Ending.DIED)]


async def test_step_filters(db: Database, queries: Queries) -> None:
    """Each filter keeps the steps that it names."""
    bodies: list[Body] = [
        opened(),
        step_opened("c.a"),
        step_opened("c.b", track="assessment", role=Role.PSYCHOLOGIST, due_at=NOON + timedelta(hours=1)),
        step_opened("c.c", due_at=None),
        StepClaimed(step_id="c.c", assignee="anna"),
    ]
    await SqlJournal(db).write("c", story(bodies))
    await SqlJournal(db).write("d", story([opened(), step_opened("d.a")]))

    async def found(**which: Any) -> list[str]:
        page = await queries.steps(StepFilter(hospitals=None, who=None, **which), limit=9, cursor=None)
        return [row.step.step_id for row in page.items]

    assert await found() == ["c.b", "c.a", "d.a", "c.c"]
    assert await found(case_id="c") == ["c.b", "c.a", "c.c"]
    assert await found(state="claimed") == await found(assignee="anna") == ["c.c"]
    assert await found(assignee="none", case_id="c") == ["c.b", "c.a"]
    assert await found(role="psychologist") == await found(track="assessment") == ["c.b"]
    assert await found(due_before=NOON + timedelta(hours=2)) == ["c.b"]
    row = await queries.step("c.c")
    assert row is not None
    assert (row.case_id, row.hospital, row.step.assignee, row.paused) == ("c", "h1", "anna", False)
    assert await queries.step("nobody") is None


@PROPERTY
@given(told=histories(), minutes=st.integers(-100, 5100), limit=st.integers(1, 7))
async def test_overdue_is_one_thing(db: Database, told: list[Event], minutes: int, limit: int) -> None:
    """SQL lists as overdue exactly the steps that the domain calls so; order and pages hold with steps without time."""
    await empty(db)
    await SqlJournal(db).write("case", told)
    queries = SqlQueries(db)
    now = NOON + timedelta(minutes=minutes)

    rows: list[StepRow] = await every(partial(queries.steps, ALL, limit=limit))
    assert [row.step for row in rows] == sorted(rows_of(await queries.case("case")), key=by_due)
    late = StepFilter(hospitals=None, who=None, overdue_at=now)
    found = await every(partial(queries.steps, late, limit=limit))
    assert found == [row for row in rows if overdue(row.step, row.paused, now)]
    assert found == [row for row in rows if clock_state(row.step, row.paused, now) is ClockState.RED]


def rows_of(case: CaseState | None) -> list[Step]:
    """The steps of a case that must be there."""
    assert case is not None
    return list(case.steps.values())


def by_due(step: Step) -> tuple[bool, datetime, str]:
    """The order of lists."""
    return (step.due_at is None, step.due_at or NOON, step.step_id)


async def test_the_instant_itself_is_not_late(db: Database, queries: Queries) -> None:
    """A step is overdue from the microsecond after it was due, in SQL and in the domain."""
    due = NOON + timedelta(hours=1)
    await SqlJournal(db).write("c", story([opened(), step_opened("c.a", due_at=due)]))
    for now, late in ((due, 0), (due + timedelta(microseconds=1), 1)):
        page = await queries.steps(StepFilter(hospitals=None, who=None, overdue_at=now), limit=9, cursor=None)
        assert len(page.items) == late


async def test_the_journal_comes_in_pages(db: Database, queries: Queries) -> None:
    """Events come in order from the start, each once; of an unknown case there are none."""
    told = short_story("c", 9)
    await SqlJournal(db).write("c", told)
    for limit in (1, 4, 9, 20):
        assert await every(partial(queries.events, "c", limit=limit)) == told
    assert list((await queries.events("nobody", limit=9, cursor=None)).items) == []


@pytest.mark.parametrize("cursor", ["", "%", "ü", "AAAA", "bnVsbA==", urlsafe_b64encode(b'["x", 1]').decode()])
async def test_a_broken_cursor_is_a_value_error(queries: Queries, cursor: str) -> None:
    """A cursor that is none of ours is refused, whatever it is made of."""
    for ask in (
        queries.cases(CaseFilter(hospitals=None, who=None), limit=9, cursor=cursor),
        queries.steps(ALL, limit=9, cursor=cursor),
        queries.events("c", limit=9, cursor=cursor),
        queries.notifications(theirs(), limit=9, cursor=cursor),
    ):
        with pytest.raises(ValueError):  # noqa: PT011 - the port promises no text
            await ask


async def test_a_reason_that_pauses_stops_being_late(db: Database, queries: Queries) -> None:
    """While a reason that pauses the clock stands, the step is in no list of late ones; another changes nothing."""
    blocked: dict[str, Any] = {"step_id": "c.a", "reason": "r", "responsible": "p", "since": NOON}
    bodies: list[Body] = [
        opened(),
        step_opened("c.a", due_at=NOON + timedelta(hours=1)),
        StepBlocked(block_id="b1", **blocked),
        StepBlocked(block_id="b2", pauses=True, **blocked),
        StepUnblocked(step_id="c.a", block_id="b2"),
    ]
    now = NOON + timedelta(hours=2)
    for upto, late in ((2, ["c.a"]), (3, ["c.a"]), (4, []), (5, ["c.a"])):
        await SqlJournal(db).write("c", story(bodies)[:upto])
        page = await queries.steps(StepFilter(hospitals=None, who=None, overdue_at=now), limit=9, cursor=None)
        assert [row.step.step_id for row in page.items] == late


# ---- notices --------------------------------------------------------------------------------------------------------


def theirs(**changes: Any) -> NoticeFilter:
    """What Olga, a supervisor of every hospital, is told an hour after noon."""
    usual: dict[str, Any] = {
        "hospitals": None, "who": None, "role": Role.SUPERVISOR, "user": "olga", "now": NOON + timedelta(hours=1)
    }  # fmt: skip
    return NoticeFilter(**(usual | changes))


async def found_notices(queries: Queries, **changes: Any) -> list[str]:
    """Their ids, in the order of the list, page by page."""
    return [found.id for found in await every(partial(queries.notifications, theirs(**changes), limit=1))]


async def test_notices_are_for_a_role_of_the_hospital_or_for_one_person(db: Database, queries: Queries) -> None:
    """People see what is for their role and for themselves, in their hospitals, newest told first, once it is time."""
    early, late = NOON - timedelta(minutes=5), NOON + timedelta(hours=2)
    await SqlJournal(db).write(
        "c",
        story(
            [
                opened("h1"),
                notice("all"),
                notice("mine", role=Role.COORDINATOR, user="olga", tell_at=early),
                notice("hers", user="vera"),
                notice("heads", role=Role.HEAD),
                notice("later", tell_at=late),
            ]
        ),
    )
    await SqlJournal(db).write("d", story([opened("h2"), notice("all")]))
    assert await found_notices(queries) == ["c/all", "d/all", "c/mine"]
    assert await found_notices(queries, now=late) == ["c/later", "c/all", "d/all", "c/mine"]
    assert await found_notices(queries, hospitals=frozenset({"h2"})) == ["d/all"]
    assert await found_notices(queries, hospitals=frozenset()) == []
    assert await found_notices(queries, role=Role.HEAD, user="pavel") == ["c/heads"]
    assert await found_notices(queries, role=Role.COORDINATOR, user="anna") == []
    assert await found_notices(queries, user="vera") == ["c/all", "c/hers", "d/all"]


async def test_notice_filters(db: Database, queries: Queries) -> None:
    """Case, hospital, urgency, time and acknowledgement each narrow the list."""
    bodies: list[Body] = [
        opened("h1"),
        step_opened("c.a"),
        notice("k1", "c.a"),
        notice("k2", urgent=True, tell_at=NOON + timedelta(minutes=1)),
        NoticeAcknowledged(key="k1"),
    ]
    await SqlJournal(db).write("c", story(bodies))
    await SqlJournal(db).write("d", story([opened("h2"), notice("k")]))
    assert await found_notices(queries, case_id="d") == await found_notices(queries, hospital="h2") == ["d/k"]
    assert await found_notices(queries, urgent=True) == ["c/k2"]
    assert await found_notices(queries, urgent=False) == ["c/k1", "d/k"]
    assert await found_notices(queries, since=NOON + timedelta(minutes=1)) == ["c/k2"]
    assert await found_notices(queries, acknowledged=True) == ["c/k1"]
    assert await found_notices(queries, acknowledged=False) == ["c/k2", "d/k"]
    one = await queries.notification("c/k1")
    assert one is not None
    assert one.step is not None
    assert (one.step.step.step_id, one.acknowledged_by, one.acknowledged_at) == (
        "c.a",
        "anna",
        NOON + timedelta(minutes=5),
    )
    assert await queries.notification("nobody") is None


def test_a_clock_turns_amber_after_four_fifths() -> None:
    """Green, amber, red: the borders; paused, finished and clockless steps have no colour."""
    state = short_case(NOON + timedelta(minutes=100))
    step = next(iter(state.steps.values())).but(opened_at=NOON)
    at = {minute: clock_state(step, False, NOON + timedelta(minutes=minute)) for minute in (0, 79, 80, 100, 101)}
    assert at == {0: "green", 79: "green", 80: "amber", 100: "amber", 101: "red"}
    late = NOON + timedelta(days=9)
    assert clock_state(step, True, late) is ClockState.PAUSED
    assert clock_state(step.but(clock=None), False, late) is ClockState.NONE
    assert clock_state(step.but(state=StepState.DONE), True, late) is ClockState.NONE


def short_case(due_at: datetime) -> CaseState:
    """A case with one step."""
    return fold("c", story([opened(), step_opened("c.a", due_at=due_at)]))
