"""What SQL keeps of an erased person, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa

from marshrut.domain import events as e
from marshrut.domain.erasing import Basis, Erasure, ErasureState, ErasureStep, Plan, check, confirmed, severed
from marshrut.domain.evolve import fold
from marshrut.domain.moves import Actor
from marshrut.domain.refusal import Refused
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending, Role
from marshrut.ports import Bound, CommandState, LegalHold, StoredKey
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.erasures import SqlErasures
from marshrut.store.finding import SqlCaseFinder
from marshrut.store.person_keys import SqlPersonKeys
from marshrut.store.rebuild import verify
from marshrut.store.sealed import SqlLooseRecords
from marshrut.store.severing import SqlSevering
from marshrut.store.tables import commands, figures, journal, metadata
from tests.store.stories import NOON, admit, intent, message, notice, opened, step_opened, story

DPO, BORIS = Actor(user="dpo", role=Role.AUDITOR), Actor(user="boris", role=Role.ADMIN)


class Hands:
    """The stores of a database, and people with cases."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.book = SqlErasures(db)
        self.severing = SqlSevering(db, b"key of the chain")
        self.commands = SqlCommands(db, clock=lambda: NOON)

    async def closed(self, person: str, **admitted: object) -> str:
        """A case of theirs, with sealed parts, a notice and a step, that is over."""
        case_id = str(uuid4())
        step = f"{case_id}.contact.first_contact.main"
        body = admit(person=person).model_copy(update=admitted)
        told = intent(case_id, body=body, private=b"\1private", raw=b"\1raw", person=person, key=f"key-{case_id}")
        await self.commands.intend(told, owner="a", lease_s=30)
        begun = opened(person=person).model_copy(update={"inquiry": case_id[:12].upper().replace("-", "0")})
        bodies: list[e.Body] = [
            begun,
            step_opened(step),
            notice(f"{step}/breach", step),
            e.CaseClosed(ending=Ending.DIED),
        ]
        await self.commands.commit(told.id, [each.model_copy(update={"command_id": told.id}) for each in story(bodies)])
        await self.commands.intend(message(case_id, private=b"\1late"), owner="", lease_s=0)
        records = SqlLooseRecords(self.db)
        loose = [each for each in await records.loose(50) if each.person == person]
        await records.bind([Bound(each, each.private, each.raw, frozenset({person.encode()})) for each in loose])
        return case_id

    async def state(self, case_id: str) -> CaseState:
        return next(each for each in await self.severing.of_one_person(case_id) if each.case_id == case_id)

    async def sever(self, case_id: str) -> Plan:
        """Have one erased, as far as SQL goes."""
        erasure = await self.asked(case_id)
        plan = Plan.of(await self.severing.of_one_person(case_id))
        await self.book.plan(erasure.id, plan)
        await self.book.done(erasure.id, ErasureStep.RUNS_DELETED, [])
        await self.severing.sever(erasure.id, plan, NOON)
        await self.severing.sever(erasure.id, plan, NOON)
        return plan

    async def asked(self, case_id: str) -> Erasure:
        meant = Erasure(str(uuid4()), ErasureState.ASKED, "h1", Basis.PURPOSE_REACHED, DPO, NOON, case_id)
        return await self.book.ask(meant)

    async def dumped(self) -> str:
        async with self.db.read() as conn:
            return repr([(await conn.execute(sa.select(table))).all() for table in metadata.sorted_tables])


def test_whoever_adds_a_table_about_cases_or_persons_has_it_severed() -> None:
    """Every table that names a case, a person, a command or a message is one that an erasure sees to."""
    named = {"case_id", "person_id", "message_id", "command_id", "item_id", "step_id"}
    about = {name for name, table in metadata.tables.items() if named & set(table.columns.keys())}
    assert about == {
        "cases", "steps", "referrals", "figures", "notifications", "journal", "commands", "persons", "person_marks",
        "changes", "findings", "repairs", "partner_links", "webhook_events", "webhook_deliveries", "handover_items",
        "legal_holds", "message_acts", "glass", "audit_subjects",
    }  # fmt: skip


async def test_what_is_severed_leads_to_nobody(db: Database) -> None:
    """No row names case or person any more, nothing sealed of them is left, and another person's rows are untouched."""
    hands = Hands(db)
    anna, boris = f"person-{uuid4()}", f"person-{uuid4()}"
    mine, other = await hands.closed(anna), await hands.closed(boris)
    async with db.read() as conn:
        ids = list(await conn.scalars(sa.select(commands.c.id).where(commands.c.case_id == mine)))
        untouched = (await conn.execute(sa.select(commands).where(commands.c.case_id == other))).all()
    plan = await hands.sever(mine)
    rows = await hands.dumped()
    assert plan.text in rows
    # Until it is finished the plan knows; then nothing does.
    (erasure,) = (await hands.book.of_hospitals(None, limit=10)).items
    await hands.book.finish(erasure.id, "{}", "x", NOON)
    rows = await hands.dumped()
    assert [name for name in (mine, anna, *ids, f"key-{mine}") if name in rows] == []
    async with db.read() as conn:
        held = sa.select(commands).where(commands.c.case_id == other)
        assert (await conn.execute(held)).all() == untouched
        new = (await conn.execute(sa.select(commands).where(commands.c.case_id == plan.cases[mine]))).all()
    assert len(new) == 2
    assert {(row.private, row.raw, row.person, row.bound_to, row.idem_key) for row in new} == {(None,) * 5}
    assert {row.state for row in new} == {CommandState.DONE, CommandState.REJECTED}
    assert await SqlCaseFinder(db).marked([anna.encode(), boris.encode()]) == [boris]
    assert await SqlCaseFinder(db).erased() == 1


async def test_the_journal_tells_the_same_story(db: Database) -> None:
    """The fold of the severed journal is the case as it was but for ids and code; figures and rows agree with it."""
    hands = Hands(db)
    case_id = await hands.closed(f"person-{uuid4()}")
    before = await hands.state(case_id)
    async with db.read() as conn:
        figure = (await conn.execute(sa.select(figures.c.begun_at, figures.c.closed_at))).all()
    plan = await hands.sever(case_id)
    after = await hands.state(plan.cases[case_id])
    names = dict(plan.cases) | dict(plan.persons)
    assert after.inquiry is None
    assert after.admission_ref != before.admission_ref
    same = {"inquiry": None, "admission_ref": None}
    text = severed(before.model_copy(update=same).model_dump_json(), names)
    assert after.model_copy(update={"admission_ref": None}).model_dump_json() == text
    async with db.read() as conn:
        assert (await conn.execute(sa.select(figures.c.begun_at, figures.c.closed_at))).all() == figure
    assert [finding async for finding in verify(db)] == []


async def test_whoever_comes_back_meanwhile_is_not_bound_to_the_key_that_goes(db: Database) -> None:
    """Between severing and the end of the key nothing is bound; afterwards whoever came back is, under a new one."""
    hands, records, person = Hands(db), SqlLooseRecords(db), f"person-{uuid4()}"
    await hands.sever(await hands.closed(person))
    (erasure,) = (await hands.book.of_hospitals(["h1"], limit=10)).items
    told = intent(again := str(uuid4()), body=admit(person=person), private=b"\1again", person=person, key=again)
    await hands.commands.intend(told, owner="a", lease_s=30)
    await hands.commands.commit(told.id, story([opened(person=person).model_copy(update={"command_id": told.id})]))
    assert await records.loose(10) == []
    await hands.book.done(erasure.id, ErasureStep.KEYS_DESTROYED, [])
    assert [each.person for each in await records.loose(10)] == [person]


async def test_it_counts_once_however_often_it_is_said(db: Database) -> None:
    """Severing is one transaction: said again it changes nothing, and the log has each line once."""
    hands = Hands(db)
    await hands.sever(await hands.closed(f"person-{uuid4()}"))
    (erasure,) = (await hands.book.of_hospitals(["h1"], limit=10)).items
    log = {line.what: line.count for line in await hands.book.log(erasure.id)}
    assert erasure.step is ErasureStep.SEVERED
    assert (log["records"], log["originals"], log["events"], log["marks"], log["notices"]) == (2, 1, 4, 1, 1)
    assert len(await hands.book.log(erasure.id)) == len(log)


async def test_a_persons_cases_go_together(db: Database) -> None:
    """Several cases of one person, and one that goes on from another, are one erasure; people are counted as before."""
    hands, person = Hands(db), f"person-{uuid4()}"
    first, second = await hands.closed(person), await hands.closed(person)
    states = await hands.severing.of_one_person(second)
    assert states[0].case_id == second
    assert {each.case_id for each in states} == {first, second}
    plan = await hands.sever(first)
    persons = {(await hands.state(plan.cases[case_id])).person for case_id in (first, second)}
    assert len(persons) == 1


async def test_one_case_has_one_erasure_at_a_time(db: Database) -> None:
    """Asked for twice it is the same one; withdrawn or stopped by a hold it can be asked for again."""
    hands = Hands(db)
    case_id = await hands.closed(f"person-{uuid4()}")
    first = await hands.asked(case_id)
    assert (await hands.asked(case_id)).id == first.id
    meant = confirmed(first, BORIS, NOON)
    assert await hands.book.change(meant, ErasureState.ASKED) is True
    assert await hands.book.change(meant, ErasureState.ASKED) is False
    assert [each.id for each in await hands.book.unfinished(10)] == [first.id]
    await hands.book.faulty(first.id, "legal_hold")
    stopped = await hands.book.get(first.id)
    assert stopped is not None
    assert (stopped.state, stopped.fault, stopped.confirmed_by, stopped.case_id) == (
        ErasureState.ASKED, "legal_hold", None, case_id,
    )  # fmt: skip


async def test_a_case_is_held_once(db: Database) -> None:
    """The hold that stands is answered; lifted, another may be set."""
    book = SqlErasures(db)
    first = await book.hold(LegalHold("1", "c", "court-1", "dpo", NOON))
    assert await book.hold(LegalHold("2", "c", "court-2", "dpo", NOON)) == first
    assert [hold.reason for hold in await book.held(["c", "d"])] == ["court-1"]
    assert await book.lift("c", "dpo", NOON) is True
    assert await book.lift("c", "dpo", NOON) is False
    assert (await book.hold(LegalHold("3", "c", "court-3", "dpo", NOON))).reason == "court-3"


async def test_the_book_of_keys_on_both_databases(db: Database) -> None:
    """Who has a key keeps it; destroyed it is known as such and its person is not; another wrapping is found."""
    book, now = SqlPersonKeys(db), datetime(2026, 3, 1, tzinfo=UTC)
    await book.add([StoredKey("k1", "anna", b"\3oldX"), StoredKey("k2", "boris", b"\3newX")])
    await book.add([StoredKey("k3", "anna", b"\3oldY")])
    assert (await book.standing(["anna", "nobody"]))["anna"].key_id == "k1"
    assert [key.key_id for key in await book.wrapped_otherwise(b"\3new", 10)] == ["k1"]
    assert (await book.count(), await book.count(b"\3new")) == (2, 1)
    await book.rewrap("k1", b"\3another", b"\3newZ")
    assert await book.count(b"\3new") == 1
    await book.rewrap("k1", b"\3oldX", b"\3newZ")
    assert await book.count(b"\3new") == 0
    assert await book.destroy(["anna"], now) == 1
    assert await book.get(["k1", "k2", "k9"]) == {
        "k1": StoredKey("k1", None, None),
        "k2": StoredKey("k2", "boris", b"\3newX"),
    }
    assert await book.standing(["anna"]) == {}


async def test_a_case_of_another_person_is_loose_again(db: Database) -> None:
    """When a case turns out to be about somebody else, what it holds waits to be bound to them."""
    hands = Hands(db)
    anna, boris = f"person-{uuid4()}", f"person-{uuid4()}"
    case_id = await hands.closed(anna)
    records = SqlLooseRecords(db)
    assert [each for each in await records.loose(50) if each.person in {anna, boris}] == []
    async with db.read() as conn:
        seq = await conn.scalar(sa.select(sa.func.max(journal.c.seq)).where(journal.c.case_id == case_id)) or 0
    told = intent(case_id)
    await hands.commands.intend(told, owner="a", lease_s=30)
    change = story([e.PersonChanged(person=boris)])[0].model_copy(update={"seq": seq + 1})
    await hands.commands.commit(told.id, [change])
    assert {each.person for each in await records.loose(50)} == {boris}


def test_only_closed_cases_that_nobody_holds() -> None:
    """One open case of several is enough to refuse, and so is one hold."""
    over = fold("c", story([opened(), e.CaseClosed(ending=Ending.DIED)]))
    check([over], [])
    with pytest.raises(Refused, match="case_open"):
        check([over, fold("d", story([opened()]))], [])
    with pytest.raises(Refused, match="legal_hold"):
        check([over], ["hold"])
