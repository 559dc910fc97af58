"""What is sealed in SQL: which columns, whose key, and found by which numbers."""

from __future__ import annotations

import sqlalchemy as sa

from marshrut.domain.marks import Mark, marks_in, sought
from marshrut.ports import Bound
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.finding import SqlCaseFinder
from marshrut.store.sealed import SEALED, SqlLooseRecords, SqlSealedValues
from marshrut.store.tables import commands, metadata
from tests.store.stories import NOON, PERSON, admit, intent, message, short_story


async def told(db: Database, case_id: str = "c", private: bytes = b"\1private") -> None:
    """An admission with sealed parts."""
    store = SqlCommands(db, clock=lambda: NOON)
    one = intent(case_id, body=admit(), private=private)
    await store.intend(one, owner="a", lease_s=30)
    await store.commit(one.id, short_story(case_id))


def test_every_sealed_column_is_wrapped_anew_after_a_rotation() -> None:
    """Whoever adds a column of sealed bytes adds it to the list: only marks, which are hashes, are not in it."""
    columns = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, sa.LargeBinary)
    }
    assert columns - {"person_marks.mark"} == set(SEALED)


async def test_what_is_loose_is_bound_once_its_case_is_there(db: Database) -> None:
    """A message without a case is nobody's; one whose case is there is loose until it is bound, and then no more."""
    records = SqlLooseRecords(db)
    await SqlCommands(db, clock=lambda: NOON).intend(message("elsewhere", private=b"\1x"), owner="", lease_s=0)
    assert await records.loose(10) == []
    await told(db)
    (loose,) = await records.loose(10)
    assert (loose.person, loose.private, loose.raw) == (PERSON, b"\1private", None)
    assert await records.bind([Bound(loose, b"\2bound", None, frozenset({b"mark"}))]) == 1
    assert await records.loose(10) == []
    assert await SqlCaseFinder(db).marked([b"mark", b"other"]) == [PERSON]


async def test_a_number_that_proved_wrong_finds_nobody_until_it_is_right_again(db: Database) -> None:
    """A record with it that comes later does not bring it back; another correction does."""
    records, finder = SqlLooseRecords(db), SqlCaseFinder(db)

    async def bound(number: int, *marks: frozenset[bytes]) -> list[str]:
        await told(db, f"c{number}", f"private{number}".encode())
        (loose,) = await records.loose(10)
        await records.bind([Bound(loose, f"bound{number}".encode(), None, *marks)])
        return list(await finder.marked([b"old"]))

    none, old, new = frozenset[bytes](), frozenset({b"old"}), frozenset({b"new"})
    assert await bound(1, old) == [PERSON]
    assert await bound(2, none, old, new) == []
    assert list(await finder.marked([b"new"])) == [PERSON]
    assert await bound(3, old) == []
    assert await bound(4, none, new, old) == [PERSON]
    assert list(await finder.marked([b"new"])) == []


async def test_what_has_changed_meanwhile_is_not_overwritten(db: Database) -> None:
    """Two who bind at once: the second finds other bytes and leaves them."""
    records = SqlLooseRecords(db)
    await told(db)
    (loose,) = await records.loose(10)
    assert await records.bind([Bound(loose, b"\2one", None, frozenset())]) == 1
    assert await records.bind([Bound(loose, b"\2two", None, frozenset())]) == 0
    async with db.read() as conn:
        assert await conn.scalar(sa.select(commands.c.private)) == b"\2one"


async def test_only_what_a_service_key_wraps_is_wrapped_anew(db: Database) -> None:
    """What begins as it should, and what a person's key wraps, is left alone; the rest is found and put back once."""
    values, head = SqlSealedValues(db), b"\1\3new"
    for number, private in enumerate((b"\1\3newX", b"\1\3oldX", b"\2\3perX")):
        await told(db, f"c{number}", private)
    (kept,) = await values.under_others(head, 10)
    assert (kept.place, kept.sealed) == ("commands.private", b"\1\3oldX")
    assert kept.about == f"command/{kept.key[0]}"
    assert await values.count(head) == 1
    await values.put([(kept, b"\1\3newY")])
    await values.put([(kept, b"\1\3newZ")])
    assert await values.count(head) == 0
    async with db.read() as conn:
        held = set(await conn.scalars(sa.select(commands.c.private)))
    assert held == {b"\1\3newX", b"\1\3newY", b"\2\3perX"}


def test_numbers_are_found_however_they_are_written() -> None:
    """Telephones with and without 8 or +7, documents with their spaces; what is short is no number."""
    content = {
        "patient": {"mrn": "MRN-7731", "phones": ["+7 (999) 000-11-22", "12"]},
        "visit": "26-1/4",
        "facts": {"number": "45 11 880077"},
        "contacts": [{"phones": ["84950007788"]}],
    }
    assert set(marks_in(content)) == {
        (Mark.RECORD, "mrn7731"), (Mark.PHONE, "9990001122"), (Mark.DOCUMENT, "4511880077"),
        (Mark.PHONE, "4950007788"), (Mark.VISIT, "2614"),
    }  # fmt: skip
    assert (Mark.PHONE, "9990001122") in sought("8 999 000 11 22")
    assert (Mark.DOCUMENT, "4511880077") in sought("4511 880077")
    assert sought("Соколова") == sought("12") == []
