"""An erasure that takes a while: whoever comes back, whatever is held or comes late meanwhile, on both databases."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa

from marshrut.dispatch.erasing import Erasing
from marshrut.domain import commands as c
from marshrut.domain import events as e
from marshrut.domain.erasing import Erasure, ErasureState, ErasureStep, Plan, confirmed
from marshrut.domain.refusal import Refused
from marshrut.domain.words import Ending
from marshrut.ports import Bound, CommandKind, LegalHold, Loose, Unavailable
from marshrut.store.database import Database
from marshrut.store.queries import SqlQueries
from marshrut.store.rebuild import verify
from marshrut.store.sealed import SqlLooseRecords
from marshrut.store.tables import commands, journal
from tests.fixtures.patience import patient_database
from tests.store.stories import NOON, admit, event, intent, opened, story
from tests.store.test_severing import BORIS, Hands


class Engine:
    """A Temporal that is away, or deletes."""

    def __init__(self) -> None:
        self.away = False
        self.deleted: list[str] = []

    async def count(self, case_id: str) -> int:
        return len(case_id[:1])

    async def delete(self, case_id: str) -> int:
        if self.away:
            raise Unavailable("temporal")
        self.deleted.append(case_id)
        return 1


class Keys:
    """Keys that are destroyed."""

    def __init__(self) -> None:
        self.destroyed: list[str] = []

    async def count_of(self, persons: Collection[str]) -> int:
        return len(persons)

    async def destroy(self, persons: Collection[str], at: datetime) -> int:
        del at
        self.destroyed += persons
        return len(persons)


class Slow(Hands):
    """Erasures that stop after their plan until Temporal is back."""

    def __init__(self, db: Database) -> None:
        super().__init__(db)
        self.engine, self.keys = Engine(), Keys()
        self.erasing = Erasing(
            self.book, self.severing, self.engine, self.keys, sign_by=b"key", operator=None, now=lambda: NOON
        )

    async def begun(self, case_id: str) -> Erasure:
        """Confirmed, planned, and waiting for Temporal."""
        asked = await self.asked(case_id)
        await self.book.change(confirmed(asked, BORIS, NOON), ErasureState.ASKED)
        self.engine.away = True
        with pytest.raises(Unavailable):
            await self.erasing.see_to(asked.id)
        self.engine.away = False
        return asked

    async def comes(self, person: str) -> str:
        """Is admitted again."""
        case_id = str(uuid4())
        told = intent(case_id, body=admit(person=person), private=b"\1words of today", person=person)
        await self.commands.intend(told, owner="a", lease_s=30)
        begun = opened(person=person)
        await self.commands.commit(told.id, [event(1, begun, command_id=told.id)])
        return case_id

    async def leaves(self, case_id: str) -> None:
        told = intent(case_id)
        await self.commands.intend(told, owner="a", lease_s=30)
        await self.commands.commit(told.id, [event(2, e.CaseClosed(ending=Ending.DIED), minutes=5)])

    async def step(self, erasure: Erasure) -> ErasureStep | None:
        known = await self.book.get(erasure.id)
        assert known is not None
        return known.step


async def test_whoever_comes_back_meanwhile_loses_nothing(db: Database) -> None:
    """A patient who is admitted while their erasure is on its way keeps words and key; it ends when that case has."""
    slow, person = Slow(db), f"person-{uuid4()}"
    before = await slow.closed(person)
    erasure = await slow.begun(before)
    now = await slow.comes(person)
    await slow.erasing.see_to(erasure.id)
    known = await slow.book.get(erasure.id)
    assert known is not None
    assert (known.state, known.fault, slow.keys.destroyed) == (ErasureState.CONFIRMED, "case_open", [])
    words = (await SqlQueries(db).person_records([person]))[person]
    assert b"\1words of today" in [sealed for _, sealed in words]
    await slow.leaves(now)
    await slow.erasing.round()
    done = await slow.book.get(erasure.id)
    assert done is not None
    assert (done.state, done.fault) == (ErasureState.DONE, None)
    rows = await slow.dumped()
    assert [name for name in (before, now, person, "words of today") if name in rows] == []
    log = [line.what for line in await slow.book.log(erasure.id)]
    assert len(log) == len(set(log))
    assert [finding async for finding in verify(db)] == []


async def test_what_begins_in_the_same_moment_is_seen_where_it_is_severed(db: Database) -> None:
    """Nothing is destroyed by a plan that does not know all of the person's cases."""
    slow, person = Slow(db), f"person-{uuid4()}"
    before = await slow.closed(person)
    erasure = await slow.asked(before)
    plan = Plan.of(await slow.severing.of_one_person(before))
    await slow.book.plan(erasure.id, plan)
    await slow.book.done(erasure.id, ErasureStep.RUNS_DELETED, [])
    await slow.comes(person)
    with pytest.raises(Refused, match="case_open"):
        await slow.severing.sever(erasure.id, plan, NOON)
    assert await slow.step(erasure) is ErasureStep.RUNS_DELETED
    assert before in {each.case_id for each in await slow.severing.of_one_person(before)}


async def test_a_hold_that_came_between_is_kept(db: Database) -> None:
    """Held after the plan was made, nothing of SQL goes until it is lifted."""
    slow = Slow(db)
    case_id = await slow.closed(f"person-{uuid4()}")
    erasure = await slow.begun(case_id)
    await slow.book.hold(LegalHold(str(uuid4()), case_id, "court-9", "dpo", NOON))
    await slow.erasing.round()
    assert await slow.step(erasure) is ErasureStep.RUNS_DELETED
    assert slow.keys.destroyed == []
    await slow.book.lift(case_id, "dpo", NOON)
    await slow.erasing.round()
    assert slow.keys.destroyed


async def test_journeys_that_began_again_go_too(db: Database) -> None:
    """A late message may have had the engine begin a run after they were deleted: they are again, before the keys."""
    slow = Slow(db)
    case_id = await slow.closed(f"person-{uuid4()}")
    await slow.begun(case_id)
    await slow.erasing.round()
    assert slow.engine.deleted == [case_id, case_id]


async def test_what_was_asked_for_twice_is_done_once(db: Database) -> None:
    """Asked for by two cases of one person: the one is done, the other ends with it, and leads there no longer."""
    slow, person = Slow(db), f"person-{uuid4()}"
    first, second = await slow.closed(person), await slow.closed(person)
    stranger = await slow.asked(await slow.closed(f"person-{uuid4()}"))
    other = await slow.asked(second)
    await slow.begun(first)
    await slow.erasing.round()
    assert second not in await slow.dumped()
    known = [await slow.book.get(each.id) for each in (other, stranger)]
    assert [None if each is None else each.state for each in known] == [ErasureState.WITHDRAWN, ErasureState.ASKED]


async def test_of_a_case_that_was_merged_and_parted_the_other_one_tells_no_more(db: Database) -> None:
    """Commands and events that an erased case gave another person's are called by its new id, and by the same one."""
    slow = Slow(db)
    mine, theirs = await slow.closed(f"person-{uuid4()}"), str(uuid4())
    begun = story([opened(person=f"person-{uuid4()}")])
    told = intent(theirs, body=admit())
    await slow.commands.intend(told, owner="a", lease_s=30)
    await slow.commands.commit(told.id, begun)
    words: list[tuple[str, c.Absorb | c.Part, e.Body]] = [
        ("merged", c.Absorb(other=mine), e.CaseAbsorbed(other=mine)),
        ("unmerged", c.Part(other=mine), e.CaseParted(other=mine)),
    ]
    for seq, (verb, body, change) in enumerate(words, 2):
        name = f"{verb}.{mine}.{seq}"
        word = intent(theirs, id=name, key=name, fingerprint=name, body=body, kind=CommandKind.MESSAGE)
        await slow.commands.intend(word, owner="a", lease_s=30)
        await slow.commands.commit(name, [event(seq, change, minutes=seq, command_id=name)])
    # Its own journal tells that they were thought to be one.
    async with db.write() as conn:
        last = journal.c.case_id == mine, journal.c.kind == "step_opened"
        row = (await conn.execute(sa.select(journal.c.body).where(*last))).scalar_one()
        await conn.execute(journal.update().where(*last).values(body=row[:-1] + f', "other": "{theirs}"}}'))
    await slow.begun(mine)
    await slow.erasing.round()
    assert mine not in await slow.dumped()
    async with db.read() as conn:
        ids = set(await conn.scalars(sa.select(commands.c.id).where(commands.c.case_id == theirs)))
        named = set(await conn.scalars(sa.select(journal.c.command_id).where(journal.c.case_id == theirs)))
    assert named - {None} <= ids


async def test_no_byte_of_before_is_left_in_the_file(sqlite_url: str) -> None:
    """Neither ids nor what a record was while the service key alone opened it stand in SQLite's file or log."""
    file = sqlite_url.removeprefix("sqlite:///")
    async with patient_database(sqlite_url) as db:
        slow, person = Slow(db), f"person-{uuid4()}"
        case_id = str(uuid4())
        early = {"private": secrets.token_bytes(3000), "raw": secrets.token_bytes(60_000)}
        told = intent(case_id, body=admit(person=person), person=person, **early)
        await slow.commands.intend(told, owner="a", lease_s=30)
        bodies: list[e.Body] = [opened(person=person), e.CaseClosed(ending=Ending.DIED)]
        await slow.commands.commit(told.id, [each.model_copy(update={"command_id": told.id}) for each in story(bodies)])
        (loose,) = await loose_of(db, person)
        await SqlLooseRecords(db).bind([Bound(loose, b"\2bound", b"\2bound", frozenset())])
        await slow.begun(case_id)
        await slow.erasing.round()
        kept = bytes_of(file, f"{file}-wal")
    left = [name for name, each in early.items() if each[:40] in kept or each[-40:] in kept]
    assert left + [each for each in (case_id, person) if each.encode() in kept] == []


async def loose_of(db: Database, person: str) -> list[Loose]:
    return [each for each in await SqlLooseRecords(db).loose(50) if each.person == person]


def bytes_of(*files: str) -> bytes:
    return b"".join(Path(file).read_bytes() for file in files)
