from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from marshrut.domain.stuck import day_ends as by_the_domain
from marshrut.store.database import Database
from marshrut.store.days import day_ends, offsets
from marshrut.store.types import Tick, tick, ticks

HOUR = timedelta(hours=1)
# Without changes; with summer time; with a change of the zone itself; not by whole hours.
ZONES = ("Europe/Moscow", "Asia/Vladivostok", "Europe/Berlin", "Europe/Volgograd", "Australia/Adelaide")


@pytest.mark.parametrize("zone", ZONES)
async def test_the_day_ends_when_the_domain_says_so(db: Database, zone: str) -> None:
    """Hour by hour around each change of the clocks, and some days a year, SQL knows the same midnight."""
    there = ZoneInfo(zone)
    changes = [since for since, _ in offsets(there)[1:7]] + [
        datetime(2018 + year, 5, 1, tzinfo=UTC) for year in range(3)
    ]
    hours = sa.select(sa.literal(0, sa.BigInteger).label("number")).cte("hours", recursive=True)
    hours = hours.union_all(sa.select(hours.c.number + 1).where(hours.c.number < 60))
    moment = sa.bindparam("first", type_=sa.BigInteger) + hours.c.number * ticks(HOUR)
    ends = sa.select(hours.c.number, sa.type_coerce(day_ends(moment, there), Tick))
    async with db.read() as conn:
        for change in changes:
            first = change - 30 * HOUR + timedelta(microseconds=1)
            rows = (await conn.execute(ends, {"first": tick(first)})).all()
            assert rows == [(number, by_the_domain(first + number * HOUR, there)) for number in range(61)]


def test_russia_changes_its_clocks_no_more() -> None:
    """Of a zone without changes one offset is known, and SQL counts with that alone."""
    assert [offset for _, offset in offsets(ZoneInfo("Europe/Moscow"))] == [3 * HOUR]
    assert len(offsets(ZoneInfo("Europe/Berlin"))) > 30
