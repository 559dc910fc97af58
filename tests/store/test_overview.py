from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.events import Event
from marshrut.domain.evolve import fold
from marshrut.domain.overdue import ClockState, clock_state
from marshrut.domain.overview import BANDS, Cell, Count, Picture, Work, place
from marshrut.domain.state import CaseState, Step
from marshrut.domain.stuck import Why, stuck
from marshrut.ports import Area, CaseFilter, StepFilter, StuckFilter
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.overview import SqlOverview
from marshrut.store.queries import SqlQueries
from marshrut.store.stuck import SqlStuck
from tests.fixtures.stuck import DAY, HOUR, NOON, RULES, ZONES, journal, journals, opened, step_opened
from tests.store.test_journal import empty

PROPERTY = settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
POPULATION = st.tuples(*(journals(f"c{number}") for number in range(4)))
AREAS = st.sampled_from(
    [
        Area(None, None),
        Area(None, None, hospital="KKB1"),
        Area(frozenset({"GKB29"}), None),
        Area(frozenset({"GKB29"}), None, hospital="KKB1"),
        Area(None, None, ward="no such"),
    ]
)


async def stored(db: Database, population: Iterable[list[Event]]) -> list[CaseState]:
    """The cases of these journals, in SQL and as the domain folds them."""
    await empty(db)
    for number, events in enumerate(population):
        await SqlJournal(db).write(f"c{number}", events)
    return [fold(f"c{number}", events) for number, events in enumerate(population)]


def within(area: Area, state: CaseState) -> bool:
    """Whether a case is one of these."""
    hospitals = ZONES.keys() if area.hospitals is None else area.hospitals
    return state.hospital in hospitals and area.hospital in {None, state.hospital} and area.ward in {None, state.ward}


def open_work(cases: Iterable[CaseState]) -> list[tuple[CaseState, Step]]:
    """Every live step, with its case."""
    return [(case, step) for case in cases for step in case.live_steps]


def shade(case: CaseState, step: Step, now: datetime) -> ClockState:
    """How a step stands in time."""
    return clock_state(step, case.closed or case.paused_since is not None, now)


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 1000), area=AREAS)
async def test_the_picture_is_what_the_domain_says_of_every_case(
    db: Database, population: tuple[list[Event], ...], hours: int, area: Area
) -> None:
    """Over random cases, of any part of them: causes, ages and percentiles are those that the domain counts."""
    states, now = await stored(db, population), NOON + hours * HOUR
    picture = await SqlOverview(db, ZONES, RULES).picture(area, now)
    here = [state for state in states if within(area, state)]
    assert picture.open_cases == sum(not state.closed for state in here)

    items = [
        item
        for state, events in zip(states, population, strict=True)
        if within(area, state)
        for item in stuck(state, events[-1].recorded_at, ZONES[state.hospital or ""], RULES[state.hospital], now)
    ]

    def count(why: Why | None) -> Count:
        found = [item for item in items if why is None or why in {cause.why for cause in item.causes}]
        return Count(len(found), sum(item.step is not None for item in found), len({item.case_id for item in found}))

    assert picture.stuck == count(None)
    assert picture.causes == {why: count(why) for why in Why}

    work = open_work(here)
    assert [each.track for each in picture.tracks] == sorted({step.track for _, step in work})
    for each in picture.tracks:
        of_track = [(case, step) for case, step in work if step.track == each.track]
        ages = sorted(now - step.opened_at for _, step in of_track)
        assert (each.p50, each.p90) == (ages[place(len(ages), 50) - 1], ages[place(len(ages), 90) - 1])
        red = [step for case, step in of_track if shade(case, step, now) is ClockState.RED]
        assert each.all == Cell(len(of_track), len(red))
        assert each.cells == [
            Cell(aged(band, now, (step for _, step in of_track)), aged(band, now, red)) for band in BANDS
        ]


def aged(band: Any, now: datetime, steps: Iterable[Step]) -> int:
    """How many of the steps are of that age: over the one and up to the other."""
    ages = [now - step.opened_at for step in steps]
    return sum((band.over is None or age > band.over) and (band.most is None or age <= band.most) for age in ages)


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 1000), area=AREAS)
async def test_every_number_is_the_length_of_a_list(
    db: Database, population: tuple[list[Event], ...], hours: int, area: Area
) -> None:
    """Each cause, cell and share of somebody's work leads to a list that is exactly as long."""
    await stored(db, population)
    now, queries = NOON + hours * HOUR, SqlQueries(db)
    overview, lists = SqlOverview(db, ZONES, RULES), SqlStuck(db, ZONES, RULES)
    of: dict[str, Any] = {"hospitals": area.hospitals, "who": area.who, "hospital": area.hospital, "ward": area.ward}
    picture = await overview.picture(area, now)

    async def steps(**which: Any) -> int:
        return len((await queries.steps(StepFilter(state="live", **of, **which), limit=500, cursor=None)).items)

    for why, count in picture.causes.items():
        page = await lists.stuck(StuckFilter(why=[why], **of), now, limit=500, cursor=None)
        found = [row.item for row in page.items]
        assert count == Count(page.total, sum(item.step is not None for item in found), len({i.case_id for i in found}))
    assert picture.causes[Why.OVERDUE].steps == await steps(overdue_at=now) == overdue_in(picture)
    for each in picture.tracks:
        for band, cell in zip(BANDS, each.cells, strict=True):
            ages = {"opened_from": band.opened_from(now), "opened_before": band.opened_before(now)}
            assert cell.steps == await steps(track=each.track, **ages)
            assert cell.overdue == await steps(track=each.track, overdue_at=now, **ages)

    for user, work in (await overview.workload(area, now)).items():
        name = user or "none"
        assert work.steps == await steps(assignee=name)
        assert work.overdue == await steps(assignee=name, overdue_at=now)
        assert work.soon == await steps(assignee=name, soon_at=now)
        page_of_cases = await queries.cases(CaseFilter(state="live", owner=name, **of), limit=500, cursor=None)
        assert work.cases == len(page_of_cases.items)


def overdue_in(picture: Picture) -> int:
    """All overdue steps of a picture's cells."""
    return sum(each.all.overdue for each in picture.tracks)


@PROPERTY
@given(population=POPULATION, hours=st.integers(-20, 1000))
async def test_the_workload_is_what_the_domain_says(
    db: Database, population: tuple[list[Event], ...], hours: int
) -> None:
    """Who has how much, what of it is red and what amber; whoever has nothing is not told, and nobody is None."""
    states, now = await stored(db, population), NOON + hours * HOUR
    shades = Counter((step.assignee, shade(case, step, now)) for case, step in open_work(states))
    owned = Counter(state.owner for state in states if not state.closed)
    users = {user for user, _ in shades} | owned.keys()

    def work(user: str | None) -> Work:
        colours = {colour: shades[user, colour] for colour in ClockState}
        red, amber = colours[ClockState.RED], colours[ClockState.AMBER]
        return Work(cases=owned[user], steps=sum(colours.values()), overdue=red, soon=amber)

    assert await SqlOverview(db, ZONES, RULES).workload(Area(None, None), now) == {user: work(user) for user in users}


async def test_an_age_belongs_to_one_band(db: Database) -> None:
    """A day to the microsecond is up to one day, a microsecond more is over it; an empty area has nothing."""
    steps = [step_opened(f"c0.{number}", due_at=None) for number in range(2)]
    await stored(db, [journal(opened(), *steps)])
    overview = SqlOverview(db, ZONES, RULES)
    for later, cells in ((timedelta(0), [2, 0]), (timedelta(microseconds=1), [0, 2])):
        picture = await overview.picture(Area(None, None), NOON + DAY + later)
        (track,) = picture.tracks
        assert [cell.steps for cell in track.cells] == [*cells, 0, 0, 0, 0]
        assert (track.p50, track.p90) == (DAY + later, DAY + later)
    nothing = await overview.picture(Area(frozenset(), None), NOON)
    assert (nothing.open_cases, nothing.tracks, nothing.stuck) == (0, [], Count())
    assert await overview.workload(Area(frozenset(), None), NOON) == {}


def test_places_of_percentiles() -> None:
    """The smallest value that so many percent do not exceed."""
    assert [place(count, 50) for count in (1, 2, 3, 4)] == [1, 1, 2, 2]
    assert [place(count, 90) for count in (1, 9, 10, 11)] == [1, 9, 9, 10]
