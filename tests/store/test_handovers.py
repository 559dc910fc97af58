"""The book of shifts in SQL, on both kinds of database."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marshrut.domain.changes import ChangeKind
from marshrut.domain.events import Body, OwnerChanged, StepClaimed
from marshrut.domain.handover import WRONG_ROLE, Handover, HandoverState, Item, ItemState, Thing, Tidings
from marshrut.domain.words import Role
from marshrut.ports import HandoverAnswer, HandoverFilter
from marshrut.store.changes import SqlChanges
from marshrut.store.database import Database
from marshrut.store.handovers import SqlShiftBook
from marshrut.store.journal import SqlJournal
from marshrut.store.tables import handover_items, handovers
from tests.store.stories import NOON, opened, step_opened, story

MINUTE = timedelta(minutes=1)
STEP, TALK = "c1.contact.first_contact.main", "c1.psychology.psy_talk.main"
OWNED = OwnerChanged(owner="anna", reason="agreed")
HELD = (
    Item(STEP, Thing.STEP, "c1", Role.COORDINATOR),
    Item(TALK, Thing.STEP, "c1", Role.PSYCHOLOGIST),
    Item("c1", Thing.CASE, "c1"),
)


def offered(name: str = "h1", **changes: Any) -> Handover:
    """Anna hands over to Boris, at noon."""
    usual = Handover(
        id=name,
        hospital="h1",
        giver="anna",
        role=Role.COORDINATOR,
        receiver="boris",
        offered_by="anna",
        offered_at=NOON,
        recorded_at=NOON,
        senior_at=NOON + 30 * MINUTE,
        head_at=NOON + 60 * MINUTE,
        urgent=False,
        note=b"sealed",
    )
    return replace(usual, **changes)


def says(by: str = "boris", role: Role = Role.COORDINATOR, **more: Any) -> HandoverAnswer:
    """An answer a minute later, that was written down after another one."""
    return HandoverAnswer(by, role, NOON + MINUTE, NOON + 2 * MINUTE, **more)


@pytest.fixture
def book(db: Database) -> SqlShiftBook:
    """The book."""
    return SqlShiftBook(db)


@pytest.fixture(autouse=True)
async def shift(db: Database) -> None:
    """Anna answers for a case and has two steps in it; in another hospital she has one that is no part of this."""
    talk = step_opened(TALK, track="psychology", name="psy_talk", role=Role.PSYCHOLOGIST)
    claims = [StepClaimed(step_id=each, assignee="anna") for each in (STEP, TALK)]
    await write(db, "c1", step_opened(STEP), talk, *claims, OWNED)
    await SqlJournal(db).write("c9", story([opened("h2"), OWNED]))


async def write(db: Database, case_id: str, *bodies: Body) -> None:
    """A case of h1 to which this happened."""
    await SqlJournal(db).write(case_id, story([opened(), *bodies]))


async def test_it_holds_all_that_the_giver_has_there(book: SqlShiftBook) -> None:
    """What a dry run shows is in it, with the notes; of another hospital nothing; of nothing there is none."""
    assert tuple(await book.preview("anna", "h1")) == HELD
    noted = replace(HELD[0], note=b"sealed too")
    assert await book.offer(offered(), [noted]) == offered()
    assert await book.get("h1") == offered()
    assert list(await book.items("h1")) == [noted, *HELD[1:]]
    assert await book.offer(offered("none", giver="boris"), []) is None
    assert await book.get("none") is None


async def test_of_a_giver_one_waits_in_a_hospital(book: SqlShiftBook) -> None:
    """Said again, or while another waits, what was kept first is told; of many at once one is kept."""
    found = await asyncio.gather(*(book.offer(offered(name), HELD) for name in ("h1", "h2", "h3")))
    assert len({each.id for each in found if each is not None}) == 1
    (kept,) = {each.id for each in found if each is not None}
    assert await book.offer(offered("h4", receiver=None), []) == offered(kept)
    assert await book.offer(offered("h5", hospital="h2"), []) is not None
    assert await book.withdraw(kept, says("anna"))
    assert (await book.offer(offered("h6"), [])) == offered("h6")
    assert await book.offer(offered(kept), HELD) == await book.get(kept)


async def test_it_is_answered_once(book: SqlShiftBook) -> None:
    """Of all who answer at once one is heard; both times, the role and what is excepted are kept."""
    await book.offer(offered(), [])
    heard = await asyncio.gather(
        book.acknowledge("h1", says("boris"), {STEP: "conflict"}),
        book.acknowledge("h1", says("vera"), {STEP: "conflict"}),
        book.decline("h1", says("olga", Role.SUPERVISOR)),
    )
    assert sorted(heard) == [False, False, True]
    assert not await book.acknowledge("none", says(), {})


async def test_an_acknowledgement_takes_what_the_giver_has_by_then(db: Database, book: SqlShiftBook) -> None:
    """What came since is in it; what is excepted, or is not the taker's work, has its reason."""
    await book.offer(offered(), [replace(HELD[0], note=b"note")])
    await write(db, "c2", OWNED)
    assert await book.acknowledge("h1", says(), {STEP: "conflict"})
    found = await book.get("h1")
    assert found is not None
    assert found == offered(
        state=HandoverState.ACKNOWLEDGED,
        answered_by="boris",
        answered_role=Role.COORDINATOR,
        answered_at=NOON + MINUTE,
        answer_recorded_at=NOON + 2 * MINUTE,
    )
    assert {item.item_id: (item.reason, item.note) for item in await book.items("h1")} == {
        STEP: ("conflict", b"note"),
        TALK: (WRONG_ROLE, None),
        "c1": (None, None),
        "c2": (None, None),
    }


async def test_what_became_of_a_thing_is_said_once(book: SqlShiftBook) -> None:
    """What was said first holds; finished, an acknowledged handover is done, and any other stays what it is."""
    await book.offer(offered(), [])
    await book.finish("h1", NOON)
    assert await book.get("h1") == offered()
    assert await book.acknowledge("h1", says(), {})
    assert await book.changing("anna") == {STEP, TALK, "c1"}
    await book.settle("h1", HELD[0], ItemState.TAKEN, "boris", NOON)
    await book.settle("h1", HELD[0], ItemState.ELSEWHERE, "vera", NOON + MINUTE)
    first = (await book.items("h1"))[0]
    assert (first.state, first.holder, first.settled_at) == (ItemState.TAKEN, "boris", NOON)
    assert await book.changing("anna") == {TALK, "c1"}
    await book.finish("h1", NOON + MINUTE)
    await book.finish("h1", NOON + 9 * MINUTE)
    done = await book.get("h1")
    assert done is not None
    assert (done.state, done.finished_at) == (HandoverState.DONE, NOON + MINUTE)
    await book.offer(offered("h2"), [])
    assert await book.decline("h2", says(reason="too_much", note=b"why"))
    await book.finish("h2", NOON)
    declined = await book.get("h2")
    assert declined is not None
    assert (declined.state, declined.reason, declined.answer_note) == (HandoverState.DECLINED, "too_much", b"why")


async def test_who_was_told_when_is_kept(book: SqlShiftBook) -> None:
    """Each time stands as it was said first."""
    await book.offer(offered(), [])
    for number, tidings in enumerate((Tidings.OFFERED, Tidings.WAITS, Tidings.WAITS_LONG)):
        await book.tell("h1", tidings, NOON + number * MINUTE)
        await book.tell("h1", tidings, NOON + 50 * MINUTE)
    found = await book.get("h1")
    assert found is not None
    assert (found.told_at, found.senior_told_at, found.head_told_at) == (NOON, NOON + MINUTE, NOON + 2 * MINUTE)


async def test_it_lapses_with_all_that_the_giver_has(db: Database, book: SqlShiftBook) -> None:
    """Who goes takes every handover of theirs along, in each hospital; one that was answered stays so."""
    await book.offer(offered(), [])
    await book.offer(offered("h2", hospital="h2"), [])
    await write(db, "c2", OWNED)
    await book.lapse("anna", NOON + MINUTE)
    for name, count in (("h1", 4), ("h2", 1)):
        found = await book.get(name)
        assert found is not None
        assert (found.state, found.answered_by) == (HandoverState.LAPSED, None)
        assert len(await book.items(name)) == count
    assert not await book.acknowledge("h1", says(), {})


async def test_what_is_unfinished_is_found_by_age(book: SqlShiftBook) -> None:
    """Those that wait, and those of which something is still to be seen to; page by page."""
    for number, name in enumerate(("h1", "h2", "h3")):
        at = NOON + number * MINUTE
        await book.offer(offered(name, recorded_at=at, offered_at=at), [])
        await book.withdraw(name, says("anna"))
    await book.finish("h2", NOON)
    assert [each.id for each in await book.unfinished(9)] == ["h1", "h3"]
    (first,) = await book.unfinished(1)
    assert [each.id for each in await book.unfinished(9, first)] == ["h3"]


async def test_people_find_what_concerns_them(db: Database, book: SqlShiftBook) -> None:
    """What one gave, what waits for one or one's team, what one took; for seniors all of their hospitals."""
    for number, (giver, receiver) in enumerate((("anna", "boris"), ("boris", None), ("nina", None))):
        name = f"c{number + 20}"
        await write(db, name, OwnerChanged(owner=giver, reason="agreed"))
        role = Role.PSYCHOLOGIST if giver == "nina" else Role.COORDINATOR
        at = NOON + number * MINUTE
        await book.offer(offered(giver, giver=giver, receiver=receiver, role=role, recorded_at=at), [])

    async def seen(user: str, role: Role, **more: Any) -> list[str]:
        which = HandoverFilter(frozenset({"h1"}), user, role, {Role.SUPERVISOR}, **more)
        page = await book.page(which, limit=1, cursor=None)
        found = [each.id for each in page.items]
        while page.next is not None:
            page = await book.page(which, limit=1, cursor=page.next)
            found += [each.id for each in page.items]
        return found

    assert await seen("olga", Role.SUPERVISOR) == ["nina", "boris", "anna"]
    assert await seen("olga", Role.SUPERVISOR, hospital="h2") == []
    assert await seen("anna", Role.COORDINATOR, mine="given") == ["anna"]
    assert await seen("anna", Role.COORDINATOR, mine="to_take") == ["boris"]
    assert await seen("boris", Role.COORDINATOR, mine="to_take") == ["anna"]
    assert await seen("nora", Role.PSYCHOLOGIST) == ["nina"]
    assert await seen("dina", Role.DOCTOR) == []
    await book.acknowledge("nina", says("dina", Role.DOCTOR), {})
    assert await seen("dina", Role.DOCTOR) == ["nina"]
    assert await seen("olga", Role.SUPERVISOR, state=HandoverState.ACKNOWLEDGED) == ["nina"]
    which = HandoverFilter(None, "olga", Role.SUPERVISOR, {Role.SUPERVISOR})
    with pytest.raises(ValueError, match="cursor"):
        await book.page(which, limit=1, cursor="nonsense")


async def test_notes_are_bytes_that_only_the_vault_reads(db: Database, book: SqlShiftBook) -> None:
    """What is private is kept as it was sealed, beside codes and times alone."""
    await book.offer(offered(), [replace(HELD[0], note=b"sealed too")])
    async with db.read() as conn:
        rows = [*(await conn.execute(sa.select(handovers))), *(await conn.execute(sa.select(handover_items)))]
    texts = [value for row in rows for value in row if isinstance(value, str)]
    assert not [text for text in texts if " " in text]
    assert {value for row in rows for value in row if isinstance(value, bytes)} == {b"sealed", b"sealed too"}


async def test_the_team_hears_of_each_change(db: Database, book: SqlShiftBook) -> None:
    """Offered, answered and finished are told once each, to the hospital and without a case; nothing else is."""
    changes = SqlChanges(db)
    before = (await changes.known()).newest
    await book.offer(offered(), HELD)
    await book.offer(offered("again"), [])
    assert await book.acknowledge("h1", says(), {})
    assert not await book.decline("h1", says())
    await book.finish("h1", NOON + 3 * MINUTE)
    await book.finish("h1", NOON + 4 * MINUTE)
    told = await changes.since(before, limit=10)
    assert [(each.hospital, each.case_id, set(each.kinds)) for each in told] == [("h1", None, {ChangeKind.SHIFT})] * 3
