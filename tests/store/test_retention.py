"""What goes when its time is over, what stays, and what is held, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from marshrut.catalogue.loader import load
from marshrut.dispatch.retention import Retention
from marshrut.domain.erasing import Basis, Erasure, ErasureState
from marshrut.domain.moves import Actor
from marshrut.domain.retention import FATES, Fate, Kept
from marshrut.domain.watching import Mended
from marshrut.domain.words import Role
from marshrut.ports import LegalHold
from marshrut.store.database import Database
from marshrut.store.erasures import SqlErasures
from marshrut.store.journal import SqlJournal
from marshrut.store.retention import SqlRetention
from marshrut.store.tables import (
    commands,
    findings,
    handover_items,
    handovers,
    message_acts,
    outbox,
    repairs,
    sessions,
    sign_in_tries,
)
from marshrut.store.watch_book import SqlWatchBook
from tests.store.stories import NOON, opened, story
from tests.store.test_severing import Hands

LATER = NOON + timedelta(days=100)
OLD, YOUNG = NOON, LATER - timedelta(hours=1)
PERIOD = timedelta(days=30)


class Store:
    """A database with rows of a kind: an old one, a young one, and an old one of a case under a legal hold."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.retention = SqlRetention(db, b"key")

    async def hold(self, case_id: str) -> None:
        await SqlErasures(self.db).hold(LegalHold(str(uuid4()), case_id, "court-17", "dpo", NOON))

    async def add(self, table: sa.Table, **row: Any) -> None:
        async with self.db.write() as conn:
            await conn.execute(table.insert(), row)

    async def column(self, column: sa.Column[Any]) -> list[Any]:
        async with self.db.read() as conn:
            return sorted(await conn.scalars(sa.select(column)), key=str)

    async def run(self, kind: Kept, now: datetime = LATER) -> int:
        done = await Retention(self.retention, {kind: PERIOD}, now=lambda: now).run()
        return done[kind]

    async def tried(self, kind: Kept, now: datetime = LATER) -> int:
        return (await Retention(self.retention, {kind: PERIOD}, now=lambda: now).tried())[kind]


@pytest.fixture
async def store(db: Database) -> Store:
    """With one case held."""
    made = Store(db)
    await made.hold("held")
    return made


def test_every_kind_has_a_period_and_a_fate() -> None:
    """The shipped catalogue says of each kind how long it is kept, by what source, and what becomes of it is one."""
    entries = load().retention
    assert set(entries) == set(Kept) == set(FATES)
    assert all(entry.mark in "SMA" and entry.source and entry.title.ru != entry.title.en for entry in entries.values())
    assert [kind for kind, fate in FATES.items() if fate is Fate.PROPOSED] == [Kept.CLOSED_CASES]


async def test_mail_that_is_over_goes(store: Store) -> None:
    """Not what waits, however old, nor what is young; and of a held case neither notices nor answers."""
    blank = {"due_at": OLD, "attempts": 0, "told": ""}
    for name, state, finished in (
        ("c1/old", "sent", OLD),
        ("c1/young", "sent", YOUNG),
        ("c1/waits", "pending", None),
        ("held/old", "sent", OLD),
        ("answer/held.step", "sent", OLD),
        ("answer/c1.step", "sent", OLD),
    ):
        await store.add(outbox, id=name, state=state, finished_at=finished, **blank)
    assert await store.tried(Kept.MAIL) == 2
    assert await store.run(Kept.MAIL) == 2
    assert await store.column(outbox.c.id) == ["answer/held.step", "c1/waits", "c1/young", "held/old"]
    assert await store.run(Kept.MAIL) == 0
    assert (await store.retention.swept())[Kept.MAIL].count == 2


async def test_repairs_go_and_stay_counted(store: Store) -> None:
    """How often something was ever mended is the same before and after."""
    code = next(iter(Mended))
    for number, case_id, at in ((1, "c1", OLD), (2, "c1", OLD), (3, "c1", YOUNG), (1, "held", OLD)):
        await store.add(repairs, round=number, case_id=case_id, code=code, hospital="h1", at=at)
    before = await SqlWatchBook(store.db).counts(None)
    assert await store.run(Kept.REPAIRS) == 2
    assert await store.column(repairs.c.round) == [1, 3]
    assert await SqlWatchBook(store.db).counts(None) == before
    assert await SqlWatchBook(store.db).counts(frozenset({"h1"})) == before
    assert before[1] == {("h1", code): 4}


async def test_findings_that_are_over_go(store: Store) -> None:
    """Whatever stands stays, however old."""
    for case_id, resolved in (("old", OLD), ("young", YOUNG), ("stands", None), ("held", OLD)):
        row = {"code": "row_differs", "hospital": "h1", "since": OLD, "last_seen": OLD}
        await store.add(findings, case_id=case_id, resolved_at=resolved, **row)
    assert await store.run(Kept.FINDINGS) == 1
    assert await store.column(findings.c.case_id) == ["held", "stands", "young"]


async def test_sessions_and_tries_go_though_nobody_signs_in(store: Store) -> None:
    """They are looked for by the clock too."""
    for name, at in (("old", OLD), ("young", YOUNG)):
        await store.add(sessions, id=name, user="anna", started_at=OLD, seen_at=OLD, ends_at=at, agent="")
        await store.add(sign_in_tries, id=name, tries=1000, last_at=at)
    assert (await store.run(Kept.SESSIONS), await store.run(Kept.TRIES)) == (1, 1)
    assert await store.column(sessions.c.id) == await store.column(sign_in_tries.c.id) == ["young"]


async def test_of_old_messages_the_content_goes_and_the_row_stays(store: Store) -> None:
    """Of those taken the original goes, of those refused everything; what waits, and what is held, keeps both."""
    for name, state, case_id, at in (
        ("taken", "done", "c1", OLD),
        ("fresh", "done", "c1", YOUNG),
        ("held", "done", "held", OLD),
        ("refused", "rejected", None, OLD),
        ("aside", "discarded", None, None),
        ("aside now", "discarded", None, None),
        ("parked", "parked", None, None),
    ):
        row = {"kind": "message", "source": "his", "fingerprint": name, "actor": "his", "role": "integrator"}
        times = {"received_at": OLD, "finished_at": at, "details": "{}", "attempts": 0, "format": "hl7v2"}
        sealed = {"raw": b"\1raw", "private": b"\1private"}
        await store.add(commands, id=name, hospital="h1", state=state, case_id=case_id, **row, **times, **sealed)
    act = {"act": "discarded", "actor": "anna", "role": "supervisor"}
    for name, at in (("aside", OLD), ("aside now", YOUNG)):
        await store.add(message_acts, message_id=name, at=at, **act)
    assert await store.run(Kept.ORIGINALS) == 1
    assert await store.run(Kept.REFUSED) == 2
    async with store.db.read() as conn:
        rows = {row.id: (row.raw, row.private) for row in await conn.execute(sa.select(commands))}
    whole = (b"\1raw", b"\1private")
    assert rows == {
        "taken": (None, b"\1private"),
        "fresh": whole,
        "held": whole,
        "refused": (None, None),
        "aside": (None, None),
        "aside now": whole,
        "parked": whole,
    }


async def test_notes_on_messages_go(store: Store) -> None:
    """What was done stays, and what was written about it goes."""
    for at in (OLD, YOUNG):
        row = {"message_id": "m", "act": "discard", "actor": "anna", "role": "supervisor", "note": b"\1note"}
        await store.add(message_acts, at=at, **row)
    assert await store.run(Kept.MESSAGE_NOTES) == 1
    async with store.db.read() as conn:
        notes = {row.at: row.note for row in await conn.execute(sa.select(message_acts))}
    assert notes == {OLD: None, YOUNG: b"\1note"}


async def test_notes_of_handovers_go(store: Store) -> None:
    """Those of old handovers, on the whole and on each thing; not when one of its cases is held."""
    for name, case_id in (("h-old", "c1"), ("h-held", "held")):
        who = {"hospital": "h1", "giver": name, "role": "coordinator", "offered_by": "anna", "state": "taken"}
        times = dict.fromkeys(("offered_at", "recorded_at", "senior_at", "head_at", "finished_at"), OLD)
        await store.add(handovers, id=name, note=b"\1note", urgent=False, **who, **times)
        thing = {"item_id": "i", "thing": "step", "state": "taken", "note": b"\1one"}
        await store.add(handover_items, handover_id=name, case_id=case_id, **thing)
    assert await store.run(Kept.HANDOVER_NOTES) == 2
    async with store.db.read() as conn:
        whole = {row.id: row.note for row in await conn.execute(sa.select(handovers))}
        parts = {row.case_id: row.note for row in await conn.execute(sa.select(handover_items))}
    assert whole == {"h-old": None, "h-held": b"\1note"}
    assert parts == {"c1": None, "held": b"\1one"}


async def test_of_closed_cases_people_hear_and_nothing_goes(store: Store) -> None:
    """Not of a case that is held, nor of one for which erasure is asked already, nor of a young one."""
    hands = Hands(store.db)
    old, held, asked = [await hands.closed(f"person-{uuid4()}") for _ in range(3)]
    await store.hold(held)
    await SqlErasures(store.db).ask(
        Erasure(
            str(uuid4()),
            ErasureState.ASKED,
            "h1",
            Basis.PURPOSE_REACHED,
            Actor(user="dpo", role=Role.AUDITOR),
            NOON,
            asked,
        )
    )
    assert await store.tried(Kept.CLOSED_CASES) == 1
    assert [each.case_id for each in (await store.retention.due(LATER - PERIOD, None, limit=10)).items] == [old]
    assert (await store.retention.due(LATER - PERIOD, ["h2"], limit=10)).items == []
    assert (await store.retention.due(NOON - PERIOD, None, limit=10)).items == []
    whole = Retention(store.retention, {Kept.CLOSED_CASES: PERIOD}, now=lambda: LATER)
    assert await whole.run() == {}
    assert await store.tried(Kept.CLOSED_CASES) == 1


async def test_a_person_with_a_case_that_goes_on_is_not_proposed(store: Store) -> None:
    """Who came again is somebody whose data are needed."""
    hands = Hands(store.db)
    person = f"person-{uuid4()}"
    first = await hands.closed(person)
    assert [each.case_id for each in (await store.retention.due(LATER, None, limit=10)).items] == [first]
    await SqlJournal(store.db).write("again", story([opened(person=person)]))
    assert (await store.retention.due(LATER, None, limit=10)).items == []
