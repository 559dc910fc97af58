"""News of a visit without a case: held, released by whoever opens the case, given up when nobody did."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from marshrut.domain import events as e
from marshrut.domain.commands import ReportFact
from marshrut.domain.words import Ending, Report
from marshrut.ports import CaseFilter, CommandState, Format, Intent, JournalBehind, MessageFilter, Sight
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.inbox import SqlInbox
from marshrut.store.journal import SqlJournal
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import commands as table
from tests.store.stories import ANNA, HOSPITAL, NOON, PERSON, admit, event, fresh_id, message, opened, short_story

UNTIL = NOON + timedelta(days=7)
EVERYTHING = Sight(None, ANNA)


class Hands:
    """The stores of a database, at a time that stands."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.now = NOON
        self.commands = SqlCommands(db, clock=lambda: self.now)
        self.journal = SqlJournal(db)

    async def tell(self, case_id: str | None, **changes: Any) -> Intent:
        """A hospital tells something that waits for its case."""
        given: dict[str, Any] = {"state": CommandState.HELD, "held_until": UNTIL, "format": Format.HL7V2} | changes
        told = replace(message("", fingerprint=fresh_id("body")), **{"case_id": case_id, **given})
        await self.commands.intend(told, owner="", lease_s=0)
        return told

    async def open(self, case_id: str, **changes: Any) -> None:
        """The case opens, whoever writes it."""
        await self.journal.write(case_id, [event(1, opened().model_copy(update=changes))])

    async def stands(self, told: Intent) -> tuple[CommandState, str | None, str | None]:
        """State, code and case."""
        found = await self.commands.get(told.id)
        assert found is not None
        return found.state, found.code, found.case_id

    async def due(self) -> list[str]:
        """What a relay is given now."""
        return [each.command.id for each in await self.commands.lease_due(owner="relay", lease_s=30, limit=99)]


@pytest.fixture
def hands(db: Database) -> Hands:
    """Hands on a fresh database."""
    return Hands(db)


async def test_what_came_first_is_held_and_due_once_the_case_opens(hands: Hands) -> None:
    """Two messages before their admission, one of another visit: the admission goes first, then they, in order."""
    early, later = await hands.tell("c"), await hands.tell("c")
    other = await hands.tell("another")
    assert await hands.due() == []
    admission = replace(message("c", format=Format.HL7V2), body=admit())
    await hands.commands.intend(admission, owner="", lease_s=0)
    assert await hands.due() == [admission.id]
    await hands.commands.commit(admission.id, short_story("c"))
    assert await hands.due() == [early.id]
    assert await hands.due() == []  # one of a visit at a time
    await hands.commands.commit(early.id, [])
    assert await hands.due() == [later.id]
    assert await hands.stands(other) == ("held", None, "another")


async def test_what_comes_after_its_admission_is_never_held(hands: Hands) -> None:
    """The case is there: the message is due at once, also of a case that is over."""
    await hands.open("c")
    first = await hands.tell("c")
    assert await hands.due() == [first.id]
    await hands.journal.write("c", [event(2, e.CaseClosed(ending=Ending.DIED))])
    assert (await hands.stands(await hands.tell("c")))[0] is CommandState.PENDING


async def test_nothing_is_released_when_the_case_is_not_written(hands: Hands) -> None:
    """Whoever dies while the case opens leaves the message held, for the next who opens it."""
    early = await hands.tell("c")
    with pytest.raises(JournalBehind):
        await hands.journal.write("c", [event(1, opened()), event(3, e.AdmissionRepeated())])
    assert await hands.stands(early) == ("held", None, "c")
    await hands.open("c")
    assert await hands.stands(early) == ("pending", None, "c")


async def test_none_is_held_beside_its_case(hands: Hands) -> None:
    """Messages and the opening of their case, all at once: whoever comes first, each message is due in the end."""
    for number in range(12):
        name = f"c{number}"
        told, _ = await asyncio.gather(hands.tell(name), hands.open(name))
        assert (await hands.stands(told))[0] is CommandState.PENDING, number


async def test_the_same_message_again_is_the_same_message(hands: Hands) -> None:
    """A held message's key is its own: sent again it is held once, and after its case opened it is no second one."""
    first = await hands.tell("c", key="m1", fingerprint="said")
    again = await hands.tell("c", key="m1", fingerprint="said")
    await hands.open("c")
    await hands.tell("c", key="m1", fingerprint="said")
    assert await hands.due() == [first.id]
    assert await hands.commands.get(again.id) is None


async def test_what_is_held_too_long_is_done_without_a_case(hands: Hands) -> None:
    """After its term it is closed with a code, keeps its bytes, and what it told of a person is not kept twice."""
    told = await hands.tell("c", raw=b"bytes", private=b"person")
    hands.now = UNTIL - timedelta(seconds=1)
    assert await hands.commands.give_up_held() == 0
    hands.now = UNTIL
    assert await hands.commands.give_up_held() == 1
    assert await hands.stands(told) == ("done", "no_case", None)
    assert await SqlInbox(hands.db).raw(told.id) == b"bytes"
    assert await SqlQueries(hands.db).private([told.id]) == {}
    await hands.open("c")
    assert await hands.due() == []
    assert await hands.commands.give_up_held() == 0


async def test_news_of_a_person_goes_to_each_of_their_open_cases_there(hands: Hands) -> None:
    """Of two open cases, a closed one and one elsewhere two are told; the message is one row of the inbox."""
    for name in ("a", "b", "closed"):
        await hands.open(name)
    await hands.open("elsewhere", hospital="h2")
    await hands.journal.write("closed", [event(2, e.CaseClosed(ending=Ending.HOME_ALONE))])
    news = ReportFact(report=Report.UPDATED)
    told = await hands.tell(None, person=PERSON, private=b"news", body=news)
    due = await hands.commands.lease_due(owner="relay", lease_s=30, limit=99)
    assert {each.command.case_id for each in due} == {"a", "b"}
    assert {each.command.body for each in due} == {news}
    assert [each.command.private for each in due if each.command.id != told.id] == [None]
    page = await SqlInbox(hands.db).messages(MessageFilter(EVERYTHING), limit=9, cursor=None)
    assert [each.id for each in page.items] == [told.id]
    for each in due:
        await hands.commands.commit(each.command.id, [])
    records = await SqlQueries(hands.db).person_records([PERSON])
    assert list(records[PERSON]) == [(told.id, b"news")]


async def test_what_waits_of_a_person_can_be_asked_for(hands: Hands) -> None:
    """The newest first, with its hospital and its sealed words; once a case has it, it waits no more."""
    queries, news = SqlQueries(hands.db), ReportFact(report=Report.UPDATED)
    first = await hands.tell(None, person=PERSON, private=b"first", body=news)
    second = await hands.tell(None, person=PERSON, private=b"second", body=news)
    await hands.tell(None, person="person-2", private=b"another's", body=news)
    await hands.tell("c", private=b"of a visit", body=news)
    held = await queries.held_of(PERSON)
    assert [(each.command_id, each.hospital, each.content) for each in held] == [
        (second.id, second.hospital, b"second"),
        (first.id, first.hospital, b"first"),
    ]
    await hands.open("c")
    assert await queries.held_of(PERSON) == []


async def test_cases_are_found_by_id_by_person_and_by_when_they_changed(hands: Hands) -> None:
    """Each of these narrows a list of cases, and when a case changed last is told beside it."""
    queries = SqlQueries(hands.db)
    await hands.open("a")
    await hands.open("b", person="person-2")
    changed = await queries.changed_at(["a", "b", "none"])
    assert set(changed) == {"a", "b"}
    at = changed["a"]
    for which, found in (
        ({"case_ids": ("a", "none")}, ["a"]),
        ({"persons": ("person-2",)}, ["b"]),
        ({"changed_from": at, "case_ids": ("a",)}, ["a"]),
        ({"changed_before": at, "case_ids": ("a",)}, []),
        ({"changed_from": at + timedelta(seconds=1), "case_ids": ("a",)}, []),
    ):
        given: dict[str, Any] = which
        page = await queries.cases(CaseFilter(None, None, **given), limit=9, cursor=None)
        assert [case.case_id for case in page.items] == found, which


async def test_news_of_a_person_waits_for_their_case(hands: Hands) -> None:
    """It came before the admission: the case that opens is told, another hospital's and another person's are not."""
    told = await hands.tell(None, person=PERSON, body=ReportFact(report=Report.UPDATED))
    await hands.open("elsewhere", hospital="h2")
    await hands.open("theirs", person="person-2")
    assert await hands.stands(told) == ("held", None, None)
    await hands.open("c")
    assert await hands.stands(told) == ("pending", None, "c")


async def test_a_merge_is_held_whatever_opens(hands: Hands) -> None:
    """It is about no visit and no one person: no admission makes it due."""
    told = await hands.tell(None, body=None)
    await hands.open("c")
    assert (await hands.stands(told))[0] is CommandState.HELD


async def test_held_messages_are_found_in_the_inbox(hands: Hands) -> None:
    """By their own word; a case that is not there is not shown."""
    told = await hands.tell("c")
    which = MessageFilter(Sight(frozenset(), HOSPITAL), states=(CommandState.HELD,))
    (found,) = (await SqlInbox(hands.db).messages(which, limit=9, cursor=None)).items
    assert (found.id, found.state, found.case_id) == (told.id, "held", None)


async def test_what_is_passed_over_is_done_by_its_holder_only(hands: Hands) -> None:
    """The case was over: the message is done, for that reason; who has no lease says nothing of it."""
    await hands.open("c")
    told = await hands.tell("c")
    await hands.due()
    assert await hands.commands.pass_over(told.id, "case_closed", owner="another") is CommandState.PENDING
    assert await hands.commands.pass_over(told.id, "case_closed", owner="relay") is CommandState.DONE
    assert await hands.stands(told) == ("done", "case_closed", "c")


async def test_the_lanes_of_held_messages_are_free(hands: Hands) -> None:
    """A message that waits for its case keeps nobody from going: the admission behind it is due at once."""
    await hands.tell("c")
    behind = message("c")
    await hands.commands.intend(behind, owner="", lease_s=0)
    assert await hands.due() == [behind.id]
    async with hands.db.read() as conn:
        waiting = sa.select(sa.func.count()).select_from(table).where(table.c.state == CommandState.HELD)
        assert await conn.scalar(waiting) == 1
