"""The chain of the audit, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
import sqlalchemy as sa

from marshrut.dispatch.auditing import QueuedAudit
from marshrut.domain.auditing import Act, Entry, Head, Outcome, Purpose, chain_key
from marshrut.domain.retention import Kept
from marshrut.domain.words import Role
from marshrut.ports import AuditFilter
from marshrut.store.audit import SqlAudit
from marshrut.store.audit_chain import Broken, Trouble, Walked, verify
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.retention import SqlRetention
from marshrut.store.severing import SqlSevering
from marshrut.store.tables import audit, audit_head, audit_subjects
from tests.store.stories import NOON, admit, intent, opened, story
from tests.store.test_severing import Hands

KEY = chain_key(b"key of the chain")
LOOKED = Entry(NOON, Act.READ, "GET /api/v1/cases/{case_id}", Purpose.CARE, user="anna", role=Role.COORDINATOR)
ALTERED, MISSING, CUT = Trouble.ALTERED, Trouble.MISSING, Trouble.CUT


def book(db: Database) -> SqlAudit:
    """A book by a clock that stands."""
    return SqlAudit(db, KEY, clock=lambda: NOON + timedelta(seconds=2))


async def with_case(db: Database) -> str:
    """A case that the read model knows; its id."""
    case_id, commands = str(uuid4()), SqlCommands(db, clock=lambda: NOON)
    told = intent(case_id, body=admit())
    await commands.intend(told, owner="a", lease_s=30)
    await commands.commit(told.id, [each.model_copy(update={"command_id": told.id}) for each in story([opened()])])
    return case_id


async def broken(db: Database, *noted: Head) -> list[Broken]:
    """All that is wrong with the chain."""
    return [each async for each in verify(db, KEY, Walked(), noted)]


async def past_the_triggers(db: Database, *statements: sa.sql.Executable) -> None:
    """What somebody does who owns the database, and so is stopped by no trigger."""
    lite = db.engine.dialect.name == "sqlite"
    async with db.write() as conn:
        kept = (
            (await conn.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"))).all()
            if lite
            else []
        )
        for name, _ in kept:
            await conn.execute(sa.text(f"DROP TRIGGER {name}"))
        if not lite:
            await conn.execute(sa.text("ALTER TABLE audit DISABLE TRIGGER USER"))
        for statement in statements:
            await conn.execute(statement)
        for _, told in kept:
            await conn.execute(sa.text(told))
        if not lite:
            await conn.execute(sa.text("ALTER TABLE audit ENABLE TRIGGER USER"))


async def test_what_is_written_down_is_read_back_and_holds(db: Database) -> None:
    """Both times, who, what, what for and what came of it stand there in order, and the chain is whole."""
    case_id = await with_case(db)
    refused = replace(LOOKED, outcome=Outcome.REFUSED, code="case_not_found", user=None, role=None)
    sought = replace(LOOKED, act=Act.SEARCH, fields=("q", "hospital"), found=3)
    await book(db).append([replace(LOOKED, case_id=case_id), refused])
    await book(db).append([sought])
    page = await book(db).find(AuditFilter(), limit=2, cursor=None)
    rest = await book(db).find(AuditFilter(), limit=2, cursor=page.next)
    third, second, first = *page.items, *rest.items
    assert (first.seq, second.seq, third.seq, rest.next) == (1, 2, 3, None)
    assert (first.entry, first.recorded_at - first.entry.at) == (
        replace(LOOKED, case_id=case_id, hospital="h1"),
        timedelta(seconds=2),
    )
    assert (second.entry, third.entry) == (refused, replace(sought, fields=("hospital", "q")))
    assert await broken(db) == []


async def test_entries_are_found_by_who_what_and_when(db: Database) -> None:
    """Each filter leaves what fits; of some hospitals only what is theirs is shown."""
    case_id = await with_case(db)
    mine = replace(LOOKED, case_id=case_id)
    late = replace(LOOKED, at=NOON + timedelta(days=1), user="boris", act=Act.EXPORT, outcome=Outcome.FAILED)
    await book(db).append([mine, late])

    async def seqs(which: AuditFilter) -> list[int]:
        return [row.seq for row in (await book(db).find(which, limit=9, cursor=None)).items]

    assert await seqs(AuditFilter(case_id=case_id)) == await seqs(AuditFilter(hospitals=frozenset({"h1"}))) == [1]
    assert await seqs(AuditFilter(user="boris")) == await seqs(AuditFilter(act=Act.EXPORT)) == [2]
    assert await seqs(AuditFilter(outcome=Outcome.FAILED)) == await seqs(AuditFilter(since=late.at)) == [2]
    assert await seqs(AuditFilter(until=late.at, purpose=Purpose.CARE, role=Role.COORDINATOR)) == [1]
    assert await seqs(AuditFilter(hospitals=frozenset({"h2"}))) == []


async def test_ids_of_no_case_and_names_of_no_field_are_not_kept(db: Database) -> None:
    """Whatever somebody puts into an address, be it a name: it is not written down."""
    entries = [replace(LOOKED, case_id=told, fields=("Иванов Иван", "q")) for told in ("Ivanov", str(uuid4()))]
    await book(db).append(entries)
    rows = (await book(db).find(AuditFilter(), limit=9, cursor=None)).items
    assert [(row.entry.case_id, row.subject, row.entry.fields) for row in rows] == [(None, None, ("q",))] * 2


async def test_no_row_can_be_changed_or_taken_away(db: Database) -> None:
    """The database itself refuses it, whatever program asks."""
    await book(db).append([LOOKED])
    for statement in (audit.update().values(user="boris"), audit.delete()):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"):
            async with db.write() as conn:
                await conn.execute(statement)
    assert await broken(db) == []


SWAP = [audit.update().where(audit.c.seq == old).values(seq=new) for old, new in ((2, 99), (3, 2), (99, 3))]


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([audit.update().where(audit.c.seq == 2).values(user="boris")], [(ALTERED, 2)]),
        ([audit.update().where(audit.c.seq == 2).values(subject=None)], [(ALTERED, 2)]),
        ([audit.delete().where(audit.c.seq == 2)], [(MISSING, 2)]),
        ([audit.delete().where(audit.c.seq == 1)], [(MISSING, 1)]),
        (SWAP, [(ALTERED, 2), (ALTERED, 3), (ALTERED, 4)]),
        ([audit.delete().where(audit.c.seq >= 3)], [(CUT, 3)]),
        ([audit.delete(), audit_head.delete()], []),
    ],
)  # fmt: skip
async def test_whatever_is_done_to_rows_is_found(
    db: Database, statements: Sequence[sa.sql.Executable], found: list[tuple[Trouble, int]]
) -> None:
    """A row altered, taken out, put elsewhere or cut off is told by its place; the rest stands."""
    case_id = await with_case(db)
    await book(db).append([replace(LOOKED, case_id=case_id)] * 4)
    noted = await book(db).head()
    await past_the_triggers(db, *statements)
    assert [(each.trouble, each.seq) for each in await broken(db)] == found
    # By a head that was noted elsewhere even a chain that was cut with all that stands beside it.
    assert await broken(db, noted) != []


async def test_a_chain_written_without_the_key_is_not_believed(db: Database) -> None:
    """Whoever holds the database and not the key can neither go on with it nor move a pseudonym."""
    case_id, other = await with_case(db), await with_case(db)
    await book(db).append([replace(LOOKED, case_id=case_id)])
    async with db.write() as conn:
        await conn.execute(audit_subjects.update().values(case_id=other))
    assert await broken(db) == [Broken(Trouble.SUBJECT_FORGED, 1)]
    await SqlAudit(db, b"another").append([LOOKED])
    assert {each.trouble for each in await broken(db)} == {ALTERED, Trouble.HEAD_FORGED, Trouble.SUBJECT_FORGED}


async def test_a_row_in_front_of_the_chain_is_found(db: Database) -> None:
    """Before the first one, or before the checkpoint: the auditor would be shown it, and nothing in the chain is it."""
    await book(db).append([LOOKED] * 2)
    false = audit.insert().from_select(
        [each.name for each in audit.c],
        sa.select(*(sa.literal(-1) if each.name == "seq" else each for each in audit.c)).where(audit.c.seq == 1),
    )
    async with db.write() as conn:
        await conn.execute(false)
    assert [(each.trouble, each.seq) for each in await broken(db)] == [("added", -1)]
    await past_the_triggers(db, audit.delete().where(audit.c.seq == -1))
    async with db.read() as conn:
        kept = [dict(row._mapping) for row in await conn.execute(sa.select(audit).order_by(audit.c.seq))]
    after = NOON + timedelta(days=1)
    assert await SqlRetention(db, KEY).sweep(Kept.AUDIT, after, after) == 2
    assert await broken(db) == []
    # What retention let go is put back from a copy.
    async with db.write() as conn:
        await conn.execute(audit.insert(), kept)
    assert [(each.trouble, each.seq) for each in await broken(db)] == [("added", 1), ("added", 2)]


async def test_a_row_in_the_way_silences_nothing(db: Database) -> None:
    """Somebody puts a row where the next one belongs: what is to be written waits until that is mended."""
    await book(db).append([LOOKED])
    columns = [each.name for each in audit.c]
    copied = sa.select(*(sa.literal(2) if each.name == "seq" else each for each in audit.c))
    async with db.write() as conn:
        await conn.execute(audit.insert().from_select(columns, copied))
    queue = QueuedAudit(book(db), most=1, every_s=0.01, waits_s=0.05)
    async with queue.running():
        assert not await queue.record(replace(LOOKED, user="boris"))
        assert queue.full
        await past_the_triggers(db, audit.delete().where(audit.c.seq == 2))
        async with asyncio.timeout(5):
            while queue.full:
                await asyncio.sleep(0.01)
    rows = (await book(db).find(AuditFilter(), limit=9, cursor=None)).items
    assert [row.entry.user for row in rows] == ["boris", "anna"]
    assert await broken(db) == []


async def test_pseudonyms_are_checked_however_many(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read a part at a time, and each one that was moved is found."""
    monkeypatch.setattr("marshrut.store.audit_chain.AT_ONCE", 2)
    names = [await with_case(db) for _ in range(5)]
    await book(db).append([replace(LOOKED, case_id=each) for each in names])
    async with db.write() as conn:
        await conn.execute(audit_subjects.update().values(proof="x"))
    assert sorted(each.seq for each in await broken(db)) == [1, 2, 3, 4, 5]


async def test_writers_at_once_write_one_chain(db: Database) -> None:
    """Many batches from many hands: each entry stands once, in one order."""
    await asyncio.gather(*(book(db).append([replace(LOOKED, user=f"u{n}")] * 2) for n in range(8)))
    rows = (await book(db).find(AuditFilter(), limit=99, cursor=None)).items
    assert [row.seq for row in rows] == list(range(16, 0, -1))
    assert await broken(db) == []


async def test_what_was_kept_long_enough_goes_and_the_rest_holds(db: Database) -> None:
    """The chain begins at a checkpoint; what is younger stays, and goes on from there."""
    early, late = SqlAudit(db, KEY, clock=lambda: NOON), SqlAudit(db, KEY, clock=lambda: NOON + timedelta(days=9))
    await early.append([LOOKED] * 3)
    await late.append([LOOKED] * 2)
    sweeper = SqlRetention(db, KEY)
    after = NOON + timedelta(days=1)
    assert await sweeper.old(Kept.AUDIT, after) == 3
    assert [await sweeper.sweep(Kept.AUDIT, after, NOON + timedelta(days=9)) for _ in range(2)] == [3, 0]
    assert [row.seq for row in (await late.find(AuditFilter(), limit=9, cursor=None)).items] == [5, 4]
    await late.append([LOOKED])
    assert await broken(db) == []
    assert await sweeper.sweep(Kept.AUDIT, NOON + timedelta(days=10), NOON + timedelta(days=10)) == 3
    assert await broken(db) == []
    await late.append([LOOKED])
    assert await broken(db) == []


async def test_erasing_a_person_leaves_the_chain_and_no_case(db: Database) -> None:
    """What was done stands, under the id that leads nowhere; the old one is found no more, nor can it come back."""
    hands = Hands(db)
    hands.severing = SqlSevering(db, KEY)
    case_id = await hands.closed("p1")
    await book(db).append([replace(LOOKED, case_id=case_id)])
    plan = await hands.sever(case_id)
    await book(db).append([replace(LOOKED, case_id=case_id), replace(LOOKED, case_id=plan.cases[case_id])])
    rows = (await book(db).find(AuditFilter(), limit=9, cursor=None)).items
    assert [row.entry.case_id for row in rows] == [plan.cases[case_id], None, plan.cases[case_id]]
    assert (await book(db).find(AuditFilter(case_id=case_id), limit=9, cursor=None)).items == []
    assert await broken(db) == []
    async with db.read() as conn:
        told = [str((await conn.execute(sa.select(table))).all()) for table in (audit, audit_subjects)]
    assert case_id not in "".join(told)
