"""Who looked at a case in need, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from secrets import token_hex

from marshrut.domain.breaking_glass import LASTS, Need, ended, opening
from marshrut.domain.moves import Actor
from marshrut.domain.words import Role
from marshrut.store.breaking_glass import SqlGlassBook
from marshrut.store.database import Database
from tests.fixtures.cases import NOON


async def test_a_case_is_open_once_to_one_person_until_its_time_or_earlier(db: Database) -> None:
    """Two at once are one; it is open to nobody else, and over when it is ended or its time has come."""
    book, user, case = SqlGlassBook(db), token_hex(4), token_hex(4)
    first = opening(
        name=token_hex(8),
        case_id=case,
        hospital="GKB29",
        actor=Actor(user=user, role=Role.DOCTOR),
        need=Need.LIFE,
        note=b"sealed",
        now=NOON,
    )
    twin = replace(first, id=token_hex(8))
    kept, other = await asyncio.gather(book.open(first), book.open(twin))
    assert kept == other
    assert await book.opened_to(user, NOON) == {case}
    assert await book.opened_to(user, NOON + LASTS) == frozenset()
    assert await book.opened_to("somebody", NOON) == frozenset()
    await book.end(ended(kept, "olga", NOON + timedelta(minutes=1)))
    await book.end(ended(kept, "igor", NOON + timedelta(minutes=2)))
    assert await book.opened_to(user, NOON) == frozenset()
    (told,) = (await book.of({"GKB29"}, None, case_id=case, limit=5)).items
    assert (told.ended_by, told.note, told.actor) == ("olga", b"sealed", first.actor)
    assert (await book.of({"SKLIF"}, None, case_id=case, limit=5)).items == []
    assert [each.id for each in (await book.of(None, user, case_id=None, limit=5)).items] == [kept.id]
    later = replace(first, id=token_hex(8), opened_at=NOON + LASTS, ends_at=NOON + 2 * LASTS)
    assert await book.open(later) == later
