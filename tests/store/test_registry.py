"""Whose words count of a person: by when they were so, and a hospital's before hearsay."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from marshrut.domain.amending import AMENDED
from marshrut.ports import CommandState
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.queries import SqlQueries
from marshrut.store.rebuild import rebuild
from marshrut.store.registry import MOST_OF_A_PERSON
from tests.store.stories import NOON, PERSON, admit, intent, message, short_story

EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)


class Registry:
    """A registry to be told."""

    def __init__(self, db: Database) -> None:
        self.queries = SqlQueries(db)
        self._commands = SqlCommands(db, clock=lambda: NOON)

    async def admitted(self, content: bytes, at: datetime | None = None, *, via: str = "admission") -> None:
        """An admission or a referral tells of the person."""
        body = admit().model_copy(update={"via": via})
        told = intent("c", body=body, private=content, occurred_at=at)
        await self._commands.intend(told, owner="a", lease_s=30)
        await self._commands.commit(told.id, short_story("c"))

    async def updated(self, content: bytes, at: datetime, *, person: str | None = PERSON) -> None:
        """A hospital's news of the person."""
        told = message("c", private=content, occurred_at=at, person=person)
        await self._commands.intend(told, owner="", lease_s=0)
        await self._commands.commit(told.id, [])

    async def known(self, person: str = PERSON) -> list[bytes]:
        """What was told, newest first."""
        return [sealed for _, sealed in (await self.queries.person_records([person])).get(person, [])]


async def test_the_newest_word_is_the_latest_that_was_so(db: Database) -> None:
    """An old update that comes late stands beneath what was so after it; a rebuild changes nothing."""
    registry = Registry(db)
    await registry.admitted(b"admission", NOON)
    await registry.updated(b"new", LATER)
    await registry.updated(b"late", EARLIER)
    assert await registry.known() == [b"new", b"admission", b"late"]
    await rebuild(db)
    assert await registry.known() == [b"new", b"admission", b"late"]


async def test_a_move_tells_nothing_of_the_person(db: Database) -> None:
    """Only who brings news of somebody is remembered as such."""
    registry = Registry(db)
    await registry.admitted(b"admission")
    await registry.updated(b"moved", LATER, person=None)
    assert await registry.known() == [b"admission"]


async def test_a_hospital_knows_better_than_hearsay(db: Database) -> None:
    """A referral that comes later stands beneath what the hospital said."""
    registry = Registry(db)
    await registry.admitted(b"hospital", NOON)
    await registry.admitted(b"hearsay", LATER, via="referral")
    assert await registry.known() == [b"hospital", b"hearsay"]


async def test_news_reaches_whom_a_referral_could_not_name(db: Database) -> None:
    """The case of a referral without a record number is about nobody known: its visit's messages tell who it is."""
    registry = Registry(db)
    nameless = intent("c", body=admit(person="case/c").model_copy(update={"via": "referral"}), private=b"words")
    commands = SqlCommands(db, clock=lambda: NOON)
    await commands.intend(nameless, owner="a", lease_s=30)
    await commands.commit(nameless.id, short_story("c"))
    await registry.updated(b"news", LATER)
    assert await registry.known("case/c") == [b"news", b"words"]


async def test_of_very_many_words_the_newest_are_put_together(db: Database) -> None:
    """A system that says the same every hour does not make a card slow."""
    registry = Registry(db)
    for number in range(MOST_OF_A_PERSON + 5):
        await registry.updated(str(number).encode(), NOON + timedelta(minutes=number))
    found = await registry.known()
    assert len(found) == MOST_OF_A_PERSON
    whole = await SqlQueries(db).person_records([PERSON], whole=True)
    assert len(whole[PERSON]) == MOST_OF_A_PERSON + 5
    assert found[0] == str(MOST_OF_A_PERSON + 4).encode()


async def test_what_was_put_right_is_never_too_old_to_count(db: Database) -> None:
    """A correction is done as it is stored, and is told however much a hospital's system has told since."""
    registry, commands = Registry(db), SqlCommands(db, clock=lambda: NOON)
    await registry.admitted(b"admission", EARLIER)
    righted = replace(
        intent("c", private=b"righted", person=PERSON, key="right"), body=None, state=CommandState.DONE, code=AMENDED
    )
    for _ in range(2):
        done = await commands.intend(righted, owner="a", lease_s=30)
        assert done.command.state is CommandState.DONE
    for number in range(MOST_OF_A_PERSON + 5):
        await registry.updated(f"news {number}".encode(), LATER + timedelta(minutes=number))
    known = await registry.known()
    assert known[-1] == b"righted"
    assert known.count(b"righted") == 1
    assert b"admission" not in known
