"""What figures are counted from, as SQL keeps it: all of it, once, whoever closes meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from marshrut.domain.delay import delay_of
from marshrut.domain.events import Body, CaseClosed, Event, Reported
from marshrut.domain.evolve import fold
from marshrut.domain.kpi import CaseFacts, Period, Tally, facts_of
from marshrut.domain.words import Ending, Report
from marshrut.store.database import Database
from marshrut.store.figures import SqlFigures
from marshrut.store.journal import SqlJournal
from marshrut.store.tables import figures
from tests.store.stories import NOON, event, opened, short_story

DAY = timedelta(days=1)
AGES = (NOON - DAY, NOON + 9 * DAY)


def story(case_id: str, *, closed: bool = False, hospital: str = "h1") -> list[Event]:
    """A short one, that ended or did not."""
    told = short_story(case_id, 4)
    told[0] = told[0].model_copy(update={"body": opened(hospital, person=f"person-{case_id}")})
    return [*told, event(5, CaseClosed(ending=Ending.DIED), minutes=60)] if closed else told


async def written(db: Database, *case_ids: str, closed: bool = False) -> None:
    for case_id in case_ids:
        await SqlJournal(db).write(case_id, story(case_id, closed=closed))


async def found(db: Database, since: datetime, until: datetime, *, batch: int = 2) -> list[CaseFacts]:
    """All records, in small batches."""
    return [one async for each in SqlFigures(db, batch=batch).facts("h1", since, until) for one in each]


async def test_every_record_is_read_once_and_says_what_the_case_says(db: Database) -> None:
    """Batches end in the middle, open and closed cases are many: each is there once, as its journal tells it."""
    await written(db, "a", "b", "c")
    await written(db, "d", "e", "f", closed=True)
    await SqlJournal(db).write("g", story("g", hospital="h2"))
    records = await found(db, *AGES)
    assert sorted(one.person or "" for one in records) == [f"person-{name}" for name in "abcdef"]
    expected = {f"person-{name}": facts_of(fold(name, story(name, closed=name in "def"))) for name in "abcdef"}
    assert {one.person: one for one in records} == expected


async def test_only_cases_to_which_something_may_have_happened_are_read(db: Database) -> None:
    """What was closed long before and what began after is left alone; what is open is not."""
    await written(db, "open")
    await written(db, "over", closed=True)
    people = {one.person for one in await found(db, NOON + 3 * DAY, NOON + 9 * DAY)}
    assert people == {"person-open"}
    assert await found(db, NOON - 9 * DAY, NOON - DAY) == []


async def test_who_leaves_after_the_case_was_closed_is_counted_when_they_leave(db: Database) -> None:
    """Help was refused and the case closed; the hospital tells of the discharge two weeks later: months add up."""
    left = NOON + 14 * DAY
    told = short_story("c", 4)
    reports = [Reported(report=Report.MEDICALLY_READY), Reported(report=Report.REFUSED_HELP)]
    bodies: list[Body] = [*reports, CaseClosed(ending=Ending.REFUSED_HELP), Reported(report=Report.DISCHARGED)]
    told += [event(5 + n, body, minutes=60 if n < 3 else 14 * 24 * 60) for n, body in enumerate(bodies)]
    await SqlJournal(db).write("c", told)

    async def counted(since: datetime, until: datetime) -> tuple[int, int]:
        tally = Tally(Period(since, until), until)
        for facts in await found(db, since, until):
            tally.case(facts)
            assert facts.stay is not None
            tally.delayed(delay_of(facts.stay, UTC, until, paused_days=True), since.date(), until.date())
        figures_of = tally.figures()
        return figures_of.discharged, figures_of.delayed_days

    first, second = await counted(NOON - DAY, NOON + 7 * DAY), await counted(NOON + 7 * DAY, left + DAY)
    assert (first, second) == ((0, 6), (1, 8))
    assert await counted(NOON - DAY, left + DAY) == (1, 14)


async def test_a_case_that_is_closed_while_others_are_read_counts_once(db: Database) -> None:
    """It has been read as open; among the closed ones it is known."""
    await written(db, "a", "b")
    people: list[str | None] = []
    async for batch in SqlFigures(db, batch=1).facts("h1", *AGES):
        people += [one.person for one in batch]
        await SqlJournal(db).write("a", story("a", closed=True))
    assert sorted(map(str, people)) == ["person-a", "person-b"]


async def test_a_row_from_before_there_were_records_is_read_off_its_case(db: Database) -> None:
    """After an upgrade nothing is missing, whatever has been rebuilt by then."""
    await written(db, "a", "b")
    right = {one.person: one for one in await found(db, *AGES)}
    async with db.write() as conn:
        await conn.execute(sa.update(figures).where(figures.c.case_id == "a").values(facts=None))
    assert {one.person: one for one in await found(db, *AGES)} == right


@pytest.mark.parametrize("journals", [1, 2, 9])
async def test_histories_are_whole_and_in_order(db: Database, journals: int) -> None:
    """Cases by when they were opened, each with its whole journal, however they are cut into batches."""
    await written(db, "c", "a", "b")
    reader = SqlFigures(db, journals=journals)
    batches = [batch async for batch in reader.histories("h1", *AGES)]
    told = [history for batch in batches for history in batch]
    assert [history.case_id for history in told] == ["a", "b", "c"]
    assert all(list(history.events) == story(history.case_id) for history in told)
    assert all(len(batch) <= journals for batch in batches)
    assert [batch async for batch in reader.histories("h1", NOON + DAY, NOON + 2 * DAY)] == []


async def test_the_records_of_a_period_are_found_by_an_index(db: Database) -> None:
    """A million cases that were closed long ago are not looked through."""
    if db.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL chooses by how much there is, and here is nothing")
    await written(db, "a", closed=True)
    wanted = sa.select(figures).where(figures.c.hospital == "h1", figures.c.closed_at >= NOON)
    text = wanted.compile(db.engine, compile_kwargs={"literal_binds": True})
    async with db.read() as conn:
        plan = (await conn.execute(sa.text(f"EXPLAIN QUERY PLAN {text}"))).all()
    assert all("SEARCH figures USING INDEX figures_hospital" in row.detail for row in plan)
