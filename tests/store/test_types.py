from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy.dialects import sqlite

from marshrut.store.database import Database
from marshrut.store.statements import insert_new
from marshrut.store.tables import outbox
from marshrut.store.types import UtcTime

SQLITE = sqlite.dialect()
INSTANTS = st.datetimes(timezones=st.timezones()).filter(lambda moment: 1 < moment.year < 9999)


@given(INSTANTS, INSTANTS)
@example(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 2, 0, 0, 0, 1, tzinfo=UTC))
def test_text_sorts_as_time_does(one: datetime, other: datetime) -> None:
    """On SQLite two instants compare as their texts do, whatever their offsets."""
    texts = [UtcTime().process_bind_param(moment, SQLITE) for moment in (one, other)]
    assert (texts[0] < texts[1]) == (one.astimezone(UTC) < other.astimezone(UTC))
    assert len(texts[0]) == len(texts[1])


async def test_an_instant_comes_back_in_utc_to_the_microsecond(db: Database) -> None:
    """What is stored with any offset is read as the same instant, aware and in UTC."""
    at = datetime(2026, 3, 2, 3, 4, 5, 678901, tzinfo=timezone(timedelta(hours=3)))
    row = {"id": "1", "state": "pending", "due_at": at, "attempts": 0, "told": ""}
    async with db.write() as conn:
        await conn.execute(insert_new(conn, outbox), row)
    async with db.read() as conn:
        read = await conn.scalar(sa.select(outbox.c.due_at))
    assert read == at
    assert read is not None
    assert read.utcoffset() == timedelta(0)


def test_a_time_without_offset_is_no_instant() -> None:
    """A naive time is refused, for nobody knows when it was."""
    with pytest.raises(ValueError, match="offset"):
        UtcTime().process_bind_param(datetime(2026, 3, 2), SQLITE)  # noqa: DTZ001 - the point of the test
