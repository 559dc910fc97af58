from __future__ import annotations

import asyncio
from datetime import timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marshrut.domain.commands import Answer, Command, JourneyStart
from marshrut.domain.events import CaseClosed, Event, StepCommented
from marshrut.domain.evolve import fold
from marshrut.domain.state import CaseState
from marshrut.domain.words import Ending
from marshrut.ports import JournalBehind, JourneyGone
from marshrut.store.commands import SqlCommands
from marshrut.store.database import Database
from marshrut.store.journal import SqlJournal
from marshrut.store.queries import SqlQueries
from marshrut.store.rebuild import Finding, Trouble, rebuild, verify
from marshrut.store.tables import cases, figures, journal, notifications, outbox, referrals, steps
from tests.store.stories import event, fresh_id, histories, intent, notice, opened, short_story, story

Held = dict[str, list[tuple[object, ...]]]
PROPERTY = settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def held(db: Database) -> Held:
    """Every byte of the read model."""
    async with db.read() as conn:
        return {
            table.name: [tuple(row) for row in await conn.execute(sa.select(table).order_by(*table.primary_key))]
            for table in (cases, steps, notifications, referrals, figures)
        }


async def empty(db: Database) -> None:
    """Forget every case."""
    async with db.write() as conn:
        for table in (journal, steps, cases, notifications, referrals, figures, outbox):
            await conn.execute(table.delete())


async def findings(db: Database) -> list[Finding]:
    """What verify finds."""
    return [finding async for finding in verify(db)]


async def test_eight_writers_with_overlapping_answers_make_an_exact_journal(db: Database) -> None:
    """Commands and the journey itself write what they were answered, in any order: each event is held once."""
    told = short_story("c", 40)
    commands, writer = SqlCommands(db), SqlJournal(db)
    await writer.write("c", told[:1])
    ids = [fresh_id("command") for _ in range(4)]
    for command_id in ids:
        await commands.intend(intent("c", id=command_id), owner="a", lease_s=30)

    async def write(number: int) -> None:
        for upto in range(2 + number % 3, len(told) + 1, 3):
            overlap = told[max(0, upto - 8 - number) : upto]
            while True:
                try:
                    await (commands.commit(ids[number], overlap) if number < 4 else writer.write("c", overlap))
                    break
                except JournalBehind:
                    overlap = told[:upto]  # a journey answers all that SQL does not hold

    await asyncio.gather(*map(write, range(8)))
    await writer.write("c", told)
    page = await SqlQueries(db).events("c", limit=99, cursor=None)
    assert list(page.items) == told
    assert await SqlQueries(db).case("c") == fold("c", told)
    assert await findings(db) == []


async def test_write_answers_how_far_the_journal_is_held(db: Database) -> None:
    """Repeated, doubled or unsorted events change nothing and the highest number held is answered."""
    told = short_story("c", 4)
    writer = SqlJournal(db)
    assert await writer.write("c", []) == 0
    assert await writer.write("c", [*reversed(told[:3]), told[0]]) == 3
    assert await writer.write("c", told[:2]) == 3
    assert await writer.write("c", told) == 4


async def test_a_gap_is_refused(db: Database) -> None:
    """A journal never skips a number, neither before the told events nor among them."""
    told = short_story("c", 5)
    writer = SqlJournal(db)
    await writer.write("c", told[:1])
    for gap in ([told[2]], [told[1], told[3]]):
        with pytest.raises(JournalBehind):
            await writer.write("c", gap)
    assert len((await SqlQueries(db).events("c", limit=9, cursor=None)).items) == 1


async def test_an_offset_does_not_make_another_case(db: Database) -> None:
    """Events told in the hospital's time leave the bytes that a rebuild from the journal leaves."""
    zone = timezone(timedelta(hours=3))
    told = [
        one.model_copy(
            update={"recorded_at": one.recorded_at.astimezone(zone), "occurred_at": one.occurred_at.astimezone(zone)}
        )
        for one in short_story("c", 4)
    ]
    await SqlJournal(db).write("c", told)
    assert await findings(db) == []


@PROPERTY
@given(told=histories(), data=st.data())
async def test_incremental_is_rebuilt_byte_for_byte(db: Database, told: list[Event], data: st.DataObject) -> None:
    """However a journal came in, event by event or at once, the read model is that of a rebuild."""
    await empty(db)
    writer, start = SqlJournal(db), 0
    while start < len(told):
        start += data.draw(st.integers(1, len(told) - start))
        await writer.write("case", told[:start])
    incremental = await held(db)
    assert await findings(db) == []
    assert await rebuild(db) == []
    assert await held(db) == incremental
    assert await SqlQueries(db).case("case") == fold("case", told)


async def test_a_rebuild_removes_what_no_journal_explains(db: Database) -> None:
    """After a rebuild the read model holds the journal's cases and nothing else; progress counts them."""
    ids = [fresh_id("case") for _ in range(120)]
    for case_id in ids:
        await SqlJournal(db).write(case_id, short_story(case_id))
    right = await held(db)
    async with db.write() as conn:
        await conn.execute(cases.update().values(stage="wrong"))
        await conn.execute(steps.delete().where(steps.c.case_id == ids[0]))
        await conn.execute(cases.update().where(cases.c.case_id == ids[1]).values(case_id="ghost"))
        await conn.execute(steps.update().where(steps.c.case_id == ids[2]).values(case_id="phantom"))
    seen: list[int] = []
    assert await rebuild(db, seen.append) == []
    assert await held(db) == right
    assert seen[-1] == 121  # the ghost too; the phantom step had found home before its turn
    assert len(seen) > 1


@pytest.mark.parametrize(
    ("statement", "trouble"),
    [
        ("UPDATE cases SET ward = 'elsewhere'", Trouble.CASE_DIFFERS),
        ("UPDATE cases SET snapshot = snapshot || ' '", Trouble.CASE_DIFFERS),
        ("DELETE FROM cases", Trouble.CASE_MISSING),
        ("UPDATE steps SET due_at = NULL", Trouble.STEP_DIFFERS),
        ("UPDATE steps SET body = body || ' '", Trouble.STEP_DIFFERS),
        ("DELETE FROM steps", Trouble.STEP_MISSING),
        ("UPDATE notifications SET acknowledged_by = 'olga'", Trouble.NOTICE_DIFFERS),
        ("DELETE FROM notifications", Trouble.NOTICE_MISSING),
        ("UPDATE figures SET facts = NULL", Trouble.FIGURES_DIFFER),
        ("DELETE FROM figures", Trouble.FIGURES_MISSING),
        ("UPDATE journal SET seq = 7 WHERE seq = 2", Trouble.JOURNAL_BROKEN),
        ("UPDATE journal SET body = '{}' WHERE seq = 2", Trouble.JOURNAL_BROKEN),
        ('UPDATE journal SET body = \'{"kind"\\:"admission_repeated"}\' WHERE seq = 1', Trouble.JOURNAL_BROKEN),
    ],
)
async def test_verify_finds_what_was_tampered_with(db: Database, statement: str, trouble: Trouble) -> None:
    """Each change behind the store's back is found and named, and its neighbour is left in peace."""
    for case_id in ("a", "c"):
        await SqlJournal(db).write(case_id, [*short_story(case_id), event(4, notice("k"))])
    assert await findings(db) == []
    async with db.write() as conn:
        await conn.execute(sa.text(f"{statement} {'AND' if 'WHERE' in statement else 'WHERE'} case_id = 'c'"))
    found = await findings(db)
    assert [(one.trouble, one.case_id) for one in found] == [(trouble, "c")]


async def test_verify_finds_rows_that_no_journal_explains(db: Database) -> None:
    """Rows whose journal is gone are found, the case and each of its steps."""
    await SqlJournal(db).write("c", [*short_story("c", 4), event(5, notice("k"))])
    async with db.write() as conn:
        await conn.execute(journal.delete())
    expected = [Trouble.CASE_UNEXPLAINED, *[Trouble.STEP_UNEXPLAINED] * 2, Trouble.NOTICE_UNEXPLAINED]
    assert [one.trouble for one in await findings(db)] == [*expected, Trouble.FIGURES_UNEXPLAINED]


async def test_a_rebuild_sends_nothing_anew(db: Database) -> None:
    """A notice is put into the outbox with its journal, once; a rebuild makes its row anew and mails nobody again."""
    events = story([opened(), notice("k"), notice("k2")])
    await SqlJournal(db).write("c", events[:2])
    await SqlJournal(db).write("c", events)
    async with db.write() as conn:
        assert (await conn.scalars(sa.select(outbox.c.id).order_by(outbox.c.id))).all() == ["c/k", "c/k2"]
        await conn.execute(outbox.delete())
        await conn.execute(notifications.delete())
    assert await rebuild(db) == []
    assert await findings(db) == []
    async with db.read() as conn:
        assert (await conn.scalars(sa.select(notifications.c.id).order_by(notifications.c.id))).all() == ["c/k", "c/k2"]
        assert (await conn.scalars(sa.select(outbox.c.id))).all() == []


async def test_a_broken_journal_keeps_its_rows_in_a_rebuild(db: Database) -> None:
    """What cannot be folded is reported and not thrown away."""
    await SqlJournal(db).write("c", short_story("c", 4))
    right = await held(db)
    async with db.write() as conn:
        await conn.execute(journal.delete().where(journal.c.seq == 2))
    assert await rebuild(db) == [Finding(Trouble.JOURNAL_BROKEN, "c")]
    assert await held(db) == right


class Engine:
    """Journeys that know their state."""

    def __init__(self, *states: CaseState) -> None:
        self._states = {state.case_id: state for state in states}

    async def open(self, start: JourneyStart, command: Command) -> Answer:
        raise NotImplementedError

    async def send(self, case_id: str, command: Command) -> Answer:
        raise NotImplementedError

    async def state(self, case_id: str) -> CaseState:
        if case_id not in self._states:
            raise JourneyGone
        return self._states[case_id]

    async def ready(self) -> bool:
        return True


async def test_verify_asks_the_engine(db: Database) -> None:
    """A journey that is gone, behind, ahead or otherwise than its journal is found; one that left closed is not."""
    told = {case_id: short_story(case_id, 4) for case_id in ("ahead", "behind", "differs", "gone", "left", "same")}
    told["left"].append(event(5, CaseClosed(ending=Ending.DIED)))
    for case_id, events in told.items():
        await SqlJournal(db).write(case_id, events[:3] if case_id == "ahead" else events)
    lived = [
        fold("ahead", told["ahead"]),
        fold("behind", told["behind"][:3]),
        fold("differs", told["differs"]).but(ward="elsewhere"),
        fold("same", told["same"]),
    ]
    found = [finding async for finding in verify(db, engine=Engine(*lived))]
    assert [(one.case_id, one.trouble) for one in found] == [
        ("ahead", Trouble.ENGINE_AHEAD),
        ("behind", Trouble.ENGINE_BEHIND),
        ("differs", Trouble.ENGINE_DIFFERS),
        ("gone", Trouble.ENGINE_GONE),
    ]


async def test_a_comment_moves_the_case_on_and_no_step(db: Database) -> None:
    """Only rows that changed are written again."""
    await SqlJournal(db).write("c", short_story("c", 4))
    async with db.write() as conn:
        await conn.execute(steps.update().values(name="untouched"))
    await SqlJournal(db).write("c", [event(5, StepCommented(step_id="c.contact.first_contact.0"))])
    after = await held(db)
    assert {row[4] for row in after["steps"]} == {"untouched"}
    assert after["cases"][0][5] == 5
