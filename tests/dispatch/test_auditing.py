"""The queue of what is to be written down."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from structlog.testing import capture_logs

from marshrut.dispatch.auditing import HeadNoted, QueuedAudit
from marshrut.domain.auditing import START, Act, Entry, Head, Purpose
from marshrut.ports import Unavailable

LOOKED = Entry(datetime(2026, 3, 2, tzinfo=UTC), Act.READ, "GET /x", Purpose.CARE)


@dataclass
class Book:
    """A book that remembers its batches; away while it is told to be."""

    batches: list[list[str]] = field(default_factory=list)
    away: bool = False
    hates: str = ""

    async def append(self, entries: Sequence[Entry]) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise Unavailable("sql")
        if self.hates in {each.what for each in entries}:
            raise ValueError("no database takes it")
        self.batches.append([each.what for each in entries])

    async def head(self) -> Head:
        return START

    @property
    def written(self) -> list[str]:
        """All of it, in order."""
        return [what for batch in self.batches for what in batch]


def named(*names: str) -> list[Entry]:
    """Entries of these names."""
    return [replace(LOOKED, what=name) for name in names]


async def test_whoever_waits_takes_along_what_was_read_before() -> None:
    """A change is written when it is answered, in order behind the reads before it, in one batch."""
    audit = QueuedAudit(book := Book(), every_s=60)
    read, changed = named("read", "changed")
    async with audit.running():
        assert not await audit.record(read, kept=False)
        assert book.written == []
        assert await audit.record(changed)
        assert book.batches == [["read", "changed"]]


async def test_what_is_only_read_follows_by_itself_and_at_the_end() -> None:
    """Within its time without anybody waiting; and what is left when the process ends is written first."""
    audit = QueuedAudit(book := Book(), every_s=0.01)
    first, second = named("first", "second")
    async with audit.running():
        await audit.record(first, kept=False)
        async with asyncio.timeout(5):
            while not book.written:
                await asyncio.sleep(0.01)
        await audit.record(second, kept=False)
    assert book.written == ["first", "second"]


async def test_what_sql_does_not_take_is_kept_and_the_answer_goes_on() -> None:
    """Nobody waits for ever, nothing is lost, and a full queue says so."""
    audit = QueuedAudit(book := Book(away=True), most=2, every_s=0.01, waits_s=0.05)
    async with audit.running():
        for entry in named("a", "b"):
            assert not await audit.record(entry)
        assert audit.full
        book.away = False
        async with asyncio.timeout(5):
            while audit.full:
                await asyncio.sleep(0.01)
    assert book.written == ["a", "b"]


async def test_one_that_cannot_be_written_holds_up_no_other() -> None:
    """It is told by its code, and the others of its batch stand."""
    audit = QueuedAudit(book := Book(hates="bad"), every_s=0.01)
    with capture_logs() as lines:
        async with audit.running():
            for entry in named("a", "bad", "b"):
                await audit.record(entry, kept=False)
            assert await audit.record(*named("c"))
    assert book.written == ["a", "b", "c"]
    assert [line["what"] for line in lines if line["event"] == "audit.unwritable"] == ["bad"]


async def test_an_end_that_sql_does_not_hear_of_is_said_aloud() -> None:
    """So many entries were lost: an error, with their number."""
    audit = QueuedAudit(Book(away=True), every_s=0.01, last_s=0.05)
    with capture_logs() as lines:
        async with audit.running():
            await audit.record(LOOKED, kept=False)
    assert [line["entries"] for line in lines if line["event"] == "audit.lost"] == [1]


async def test_the_head_goes_into_the_log_when_it_has_moved() -> None:
    """Once; whoever keeps the log elsewhere finds a cut end by it."""
    noted = HeadNoted(Book())
    with capture_logs() as lines:
        await noted.round()
        await noted.round()
    assert [line["head"] for line in lines] == [START.text]
