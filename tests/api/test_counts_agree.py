"""Overdue and stuck are defined once: whatever tells how many there are, they are as many, to the unit.

Over random cases, on both databases; the places that tell it are the tables of `counting.py`.
"""

from __future__ import annotations

from collections import Counter

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from marshrut.domain import events as e
from marshrut.domain.events import Event
from marshrut.domain.guarding import Onlooker, hidden
from marshrut.domain.state import CaseState, Step
from marshrut.domain.stuck import Why
from marshrut.domain.watching import Ill
from marshrut.domain.words import Ending, Flag, Report, Role
from marshrut.store.database import Database
from tests.api.counting import (
    ALL_STUCK,
    OUTSIDERS,
    OVERDUE,
    OVERDUE_MINE,
    OVERDUE_OF,
    OVERDUE_SEEN,
    PEOPLE,
    STUCK,
    World,
    hospital_of,
    world,
)
from tests.fixtures.stuck import DAY, HOUR, NOON, journal, journals, opened, step_opened, told
from tests.fixtures.system import System

PROPERTY = settings(deadline=None, max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
POPULATION = st.tuples(*(journals(f"c{number}") for number in range(4)))
FAULTS = st.dictionaries(st.tuples(st.integers(0, 3), st.sampled_from(Ill)), st.integers(-20, 700), max_size=4)


@pytest.fixture(scope="module")
def app(system: System) -> FastAPI:
    """An application whose parts each example takes the place of."""
    return create_app(system.parts.settings, system.parts)


def whose(state: CaseState, step: Step) -> str | None:
    """For whom a step waits: who has it or, while nobody does, the coordinator who answers for the case."""
    answers = state.owner if step.role is Role.COORDINATOR else None
    return step.assignee or answers


def who_is(user: str) -> Onlooker:
    """A coordinator, as somebody of whom it is asked whether they need to know."""
    return Onlooker(user, Role.COORDINATOR)


async def agree(it: World) -> None:
    """Have every place of every table say what the domain says."""
    late, items = it.late(), it.items()
    overdue_here = Counter(hospital_of(state) for state, _ in late)
    for place, counted in OVERDUE.items():
        assert await counted(it) == overdue_here, place
    theirs = Counter(step.assignee for _, step in late if step.assignee in PEOPLE)
    mine = Counter(whose(state, step) for state, step in late if whose(state, step) in PEOPLE)
    for place, counted in OVERDUE_OF.items():
        assert +(await counted(it)) == theirs, place
    for place, counted in OVERDUE_MINE.items():
        assert +(await counted(it)) == mine, place
    seen = Counter(user for state, _ in late for user in OUTSIDERS if not hidden(state, who_is(user)))
    for place, counted in OVERDUE_SEEN.items():
        assert +(await counted(it)) == seen, place
    causes = Counter((hospital, why.value) for hospital, item in items for why in {c.why for c in item.causes})
    for place, by_cause in STUCK.items():
        assert await by_cause(it) == causes, place
    for place, count in ALL_STUCK.items():
        assert await count(it) == len(items), place


@pytest.mark.timeout(300)  # each example asks every place for everything
@PROPERTY
@given(population=POPULATION, faults=FAULTS, hours=st.integers(-20, 700))
async def test_every_place_counts_the_same(
    system: System,
    app: FastAPI,
    db: Database,
    population: tuple[list[Event], ...],
    faults: dict[tuple[int, Ill], int],
    hours: int,
) -> None:
    """List, card, summary, stuck list, roster, badges and metrics all say what the domain says of each case."""
    async with world(system, app, db, population, faults, NOON + hours * HOUR) as it:
        await agree(it)


async def test_the_same_where_there_is_something_of_everything(system: System, app: FastAPI, db: Database) -> None:
    """Every cause of standstill, own and shared overdue steps, a paused case, a closed one and a protected patient."""
    blocked = e.StepBlocked(step_id="c0.b", block_id="b", reason="r", responsible="p", since=NOON, until=NOON + HOUR)
    ready, paused = e.Reported(report=Report.MEDICALLY_READY), e.Reported(report=Report.PAUSED)
    answers = e.OwnerChanged(owner="anna", reason="r")
    late = [step_opened(f"c0.{user}", NOON + HOUR, assignee=user) for user in PEOPLE]
    closed = e.StepCancelled(step_id="c3.s", reason="case_closed"), e.CaseClosed(ending=Ending.DIED)
    population = (
        journal(opened(), answers, *late, step_opened("c0.u"), told("c0.u"), step_opened("c0.b"), blocked, ready),
        journal(opened("KKB1"), step_opened("c1.s", NOON + 2 * HOUR, assignee="anna")),
        journal(opened(), step_opened("c2.s"), paused),
        journal(opened(), step_opened("c3.s"), *closed),
        journal(opened(flags=(Flag.PROTECTED,)), answers, step_opened("c4.s")),
    )
    faults = {(1, Ill.JOURNEY_FAILING): 1, (1, Ill.COMMAND_STUCK): 2, (2, Ill.NO_WORKER): 3, (3, Ill.NO_WORKER): 3}
    async with world(system, app, db, population, faults, NOON + 30 * DAY) as it:
        assert {cause.why for _, item in it.items() for cause in item.causes} == set(Why)
        assert Counter(step.assignee for _, step in it.late()) == {"anna": 2, "olga": 1, None: 3}
        assert Counter(whose(*each) for each in it.late()) == {"anna": 5, "olga": 1}
        await agree(it)
