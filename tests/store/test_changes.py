"""Changes are committed with what changed, and read in whatever order they become visible."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from marshrut.domain.changes import ChangeKind
from marshrut.domain.events import CaseTransferred
from marshrut.domain.retention import Kept
from marshrut.ports import Change, Known
from marshrut.store.changes import SqlChanges, note_shift
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.retention import SqlRetention
from tests.fixtures.stuck import NOON
from tests.store.stories import event, opened, short_story, story


def told(found: Sequence[Change]) -> list[tuple[str | None, str, int | None]]:
    return [(change.case_id, change.hospital, change.seq) for change in found]


async def test_a_commit_says_what_it_changed(db: Database) -> None:
    """One row a commit, in the order of the commits; what was written before is said once."""
    journal, changes = SqlJournal(db), SqlChanges(db)
    first, second = short_story("c1", 3), short_story("c2", 3)
    await journal.write("c1", first[:2])
    await journal.write("c2", second)
    await journal.write("c1", first)
    await journal.write("c1", first)
    found = await changes.since(0, limit=10)
    assert told(found) == [("c1", "h1", 2), ("c2", "h1", 3), ("c1", "h1", 3)]
    assert ChangeKind.OPENED in found[0].kinds
    assert ChangeKind.OPENED not in found[2].kinds
    assert [each.number for each in await changes.since(found[1].number, limit=10)] == [found[2].number]
    assert [each.number for each in await changes.since(found[2].number, [found[0].number], limit=10)] == [
        found[0].number
    ]


async def test_a_case_that_leaves_is_told_to_both_hospitals(db: Database) -> None:
    """Whoever has it from now on, and whoever had it: there it is in no list any more."""
    moved = CaseTransferred(hospital="h2")
    await SqlJournal(db).write("c1", story([opened(), moved]))
    await SqlJournal(db).write("c2", story([opened()]))
    await SqlJournal(db).write("c2", [event(2, moved)])
    found = list(await SqlChanges(db).since(0, limit=10))
    assert told(found) == [("c1", "h2", 2), ("c2", "h1", 1), ("c2", "h2", 2), ("c2", "h1", 2)]
    assert found[-1].kinds == {ChangeKind.LEFT}


async def test_what_was_not_committed_is_not_told(db: Database) -> None:
    """A transaction that fails leaves no change."""

    async def fails() -> None:
        async with db.write() as conn:
            await note_shift(conn, "h1", NOON)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails()
    assert await SqlChanges(db).since(0, limit=10) == []


async def test_changes_are_forgotten_but_the_newest(db: Database) -> None:
    """Old ones go; the newest stays, so that whoever comes back can tell whether anything was missed."""
    journal, changes, forgotten = SqlJournal(db), SqlChanges(db), SqlRetention(db, b"key")
    assert await changes.known() == Known(0, 0)
    for number in range(4):
        await journal.write(f"c{number}", story([opened()]))
    newest = (await changes.known()).newest
    assert await forgotten.sweep(Kept.CHANGES, NOON - timedelta(days=1), NOON) == 0
    assert await forgotten.sweep(Kept.CHANGES, NOON + timedelta(days=1), NOON) == 3
    assert await changes.known() == Known(newest, newest)
    assert await forgotten.sweep(Kept.CHANGES, NOON + timedelta(days=1), NOON) == 0
