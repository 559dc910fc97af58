from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command

from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.ports import CommandState, Format, Intent, MessageFilter, Sight, Taken
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.inbox import SqlInbox
from marshrut.store.migrate import _config, current, head, upgrade
from marshrut.store.queries import SqlQueries
from marshrut.store.tables import commands as table
from tests.store.stories import HOSPITAL, NOON, PERSON, admit, fresh_id, intent, message, short_story

EVERYTHING = Sight(None, HOSPITAL)
OLGA = Actor(user="olga", role=Role.SUPERVISOR)


@pytest.fixture
def inbox(db: Database) -> SqlInbox:
    """The inbox at noon."""
    return SqlInbox(db, clock=lambda: NOON)


async def arrive(db: Database, *, minutes: float = 0, **changes: Any) -> Intent:
    """A message arrives, some minutes after noon."""
    told = message("c", state=CommandState.PARKED, code="bad_time", fingerprint=fresh_id("body"), format=Format.HL7V2)
    told = replace(told, case_id=None, **changes)
    commands = SqlCommands(db, clock=lambda: NOON + timedelta(minutes=minutes))
    await commands.intend(told, owner="a", lease_s=0)
    return told


async def test_messages_are_listed_newest_first_and_page_by_page(db: Database, inbox: SqlInbox) -> None:
    """Every message once, and nothing that is no message."""
    told = [await arrive(db, minutes=number) for number in range(5)]
    await SqlCommands(db).intend(intent(), owner="a", lease_s=30)
    seen, cursor = [], None
    while True:
        page = await inbox.messages(MessageFilter(EVERYTHING), limit=2, cursor=cursor)
        seen += [each.id for each in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == [each.id for each in reversed(told)]
    with pytest.raises(ValueError):  # noqa: PT011 - whatever is wrong with a cursor
        await inbox.messages(MessageFilter(EVERYTHING), limit=2, cursor="nonsense")


async def test_filters_and_sight_narrow_alike(db: Database, inbox: SqlInbox) -> None:
    """Each filter keeps what fits; sight keeps one's hospitals and what one sent oneself."""
    other = Actor(user="other", role=Role.INTEGRATOR)
    late = await arrive(db, minutes=10, source="late")
    coded = await arrive(db, code="unparsable", hospital="h2")
    done = await arrive(db, state=CommandState.DONE, code=None, actor=other)

    async def found(sight: Sight = EVERYTHING, **given: Any) -> set[str]:
        page = await inbox.messages(MessageFilter(sight, **given), limit=9, cursor=None)
        assert [await inbox.message(each.id, sight) for each in page.items] == list(page.items)
        return {each.id for each in page.items}

    assert await found() == {late.id, coded.id, done.id}
    assert await found(source="late") == await found(since=NOON + timedelta(minutes=9)) == {late.id}
    assert await found(code="unparsable") == await found(hospital="h2") == {coded.id}
    assert await found(states=(CommandState.DONE,)) == {done.id}
    assert await found(states=(CommandState.DONE, CommandState.PARKED)) == {late.id, coded.id, done.id}
    assert await found(until=NOON + timedelta(minutes=9)) == {coded.id, done.id}
    assert await found(Sight(frozenset({"h2"}), other)) == {coded.id, done.id}
    assert await found(Sight(frozenset(), HOSPITAL)) == {late.id, coded.id}
    assert await found(Sight(frozenset(), Actor(user="other", role=Role.COORDINATOR))) == set()
    assert await inbox.message(late.id, Sight(frozenset({"h2"}), other)) is None
    sights = (EVERYTHING, Sight(frozenset({"h2"}), other), Sight(frozenset(), other))
    assert [await inbox.parked(sight) for sight in sights] == [2, 1, 0]


async def test_a_parked_message_is_mended_once(db: Database, inbox: SqlInbox) -> None:
    """Tried again it tells today's fault; taken, it is done for good and says as what."""
    told = await arrive(db, raw=b"sealed")
    assert await inbox.raw(told.id) == b"sealed"
    await inbox.still_parked(told.id, "unknown_facility", {"place": "PV1-3"}, OLGA)
    still = await inbox.message(told.id, EVERYTHING)
    assert still is not None
    assert (still.state, still.code, still.details, still.attempts) == (
        "parked", "unknown_facility", {"place": "PV1-3"}, 1
    )  # fmt: skip
    await inbox.mended(told.id, Taken("new", "case", CommandState.PENDING, created=False, reason=None), OLGA)
    await inbox.mended(told.id, Taken("newer", "other", CommandState.DONE, created=True, reason="x"), OLGA)
    await inbox.still_parked(told.id, "late", {}, OLGA)
    done = await inbox.message(told.id, EVERYTHING)
    assert done is not None
    assert (done.state, done.code, done.details, done.attempts) == ("done", None, {}, 2)
    assert (done.case_id, done.replayed_as) == ("case", "new")
    assert await inbox.raw("nobody") is None


async def test_a_referral_never_stands_in_the_way_of_an_admission(db: Database) -> None:
    """What a hospital said of a person stays, and it names the person of a visit whom a referral could not name."""
    commands, queries = SqlCommands(db), SqlQueries(db)

    async def told(person: str, via: str, content: bytes) -> None:
        body = admit(person=person).model_copy(update={"via": via})
        named = intent("c", body=body, private=content)
        await commands.intend(named, owner="a", lease_s=30)
        await commands.commit(named.id, short_story("c"))

    async def known(person: str) -> list[bytes]:
        return [sealed for _, sealed in (await queries.person_records([person]))[person]]

    await told("case/c", "referral", b"words")
    assert await known("case/c") == [b"words"]
    await told(PERSON, "admission", b"hospital")
    await told("case/c", "referral", b"more words")
    await told(PERSON, "referral", b"hearsay")
    assert await known("case/c") == [b"hospital", b"more words", b"words"]
    assert await known(PERSON) == [b"hospital", b"hearsay"]


async def test_messages_of_the_first_schema_are_in_the_inbox(tmp_path: Path) -> None:
    """An upgrade tells hospital messages, JSON admissions and other commands apart by what was kept of them."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    db = Database(url)
    config = _config()

    def first(connection: sa.Connection) -> None:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")

    async with db.write() as conn:
        await conn.run_sync(first)
        for name, raw, kind in (("hl7", b"x", None), ("json", None, "admit"), ("claim", None, "claim")):
            row = {"id": name, "raw": raw, "type": kind, "kind": "message", "source": "s", "idem_key": name}
            fixed = {"fingerprint": name, "actor": "his", "role": "integrator", "hospital": "h1", "state": "done"}
            rest = {"details": "{}", "attempts": 0, "received_at": NOON}
            values = {**row, **fixed, **rest}
            columns = [column for column in table.columns if column.name in values]
            old = sa.table("commands", *(sa.column(column.name, column.type) for column in columns))
            await conn.execute(old.insert().values(**values))
    await upgrade(url)
    assert await current(url) == head()
    page = await SqlInbox(db).messages(MessageFilter(EVERYTHING), limit=9, cursor=None)
    assert {each.id: each.format for each in page.items} == {"hl7": Format.HL7V2, "json": Format.ADMISSION}
    await db.close()
