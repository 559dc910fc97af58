"""What opening a readmission's case stores for the case before."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from marshrut.domain import events as e
from marshrut.domain.commands import ReportFact
from marshrut.domain.words import Ending, Report
from marshrut.ports import JournalBehind
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.queries import SqlQueries
from marshrut.store.rebuild import rebuild
from marshrut.store.tables import commands
from tests.store.stories import event, opened

LINKED = opened().model_copy(update={"earlier": "old"})
NAME = "readmitted.new"


async def stored(db: Database) -> int:
    """How many commands there are."""
    async with db.read() as conn:
        return int(await conn.scalar(sa.select(sa.func.count()).select_from(commands)) or 0)


async def test_the_word_is_stored_with_the_new_case_and_once(db: Database) -> None:
    """Whoever writes the opening, and however often, there is one command, of the system's own, due at once."""
    writer, taken = SqlJournal(db), SqlCommands(db)
    await writer.write("old", [event(1, opened())])
    for _ in range(3):
        await writer.write("new", [event(1, LINKED)])
    await rebuild(db)
    assert await stored(db) == 1
    (leased,) = await taken.lease_due(owner="relay", lease_s=30, limit=9)
    said = leased.command
    assert (said.id, said.case_id, said.actor.user, said.not_after) == (NAME, "old", "marshrut", None)
    assert said.body == ReportFact(report=Report.READMITTED, other="new")


async def test_nothing_is_stored_when_the_case_is_not(db: Database) -> None:
    """A write that fails leaves neither the case nor the word."""
    writer = SqlJournal(db)
    await writer.write("old", [event(1, opened())])
    with pytest.raises(JournalBehind):
        await writer.write("new", [event(1, LINKED), event(3, e.AdmissionRepeated())])
    assert (await SqlQueries(db).case("new"), await stored(db)) == (None, 0)


async def test_a_case_that_is_over_or_unknown_is_told_nothing(db: Database) -> None:
    """There is nobody to tell."""
    writer = SqlJournal(db)
    await writer.write("new", [event(1, LINKED)])
    await writer.write("old", [event(1, opened()), event(2, e.CaseClosed(ending=Ending.HOME_ALONE))])
    await writer.write("newer", [event(1, LINKED)])
    assert await stored(db) == 0


async def test_a_persons_cases_come_newest_first(db: Database) -> None:
    """And nobody else's with them."""
    writer, queries = SqlJournal(db), SqlQueries(db)
    for number, name in enumerate(("a", "b")):
        told = opened().model_copy(update={"admitted_at": event(1, opened(), minutes=number).occurred_at})
        await writer.write(name, [event(1, told)])
    await writer.write("theirs", [event(1, opened(person="person-2"))])
    assert [case.case_id for case in await queries.of_person("person-1")] == ["b", "a"]
