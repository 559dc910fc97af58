"""When a hospital's day ends, said to SQL: `marshrut.domain.stuck.day_ends`; a test holds the two together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from marshrut.domain.stuck import DAY
from marshrut.store.types import tick, ticks

Number = sa.ColumnElement[Any]

# Offsets are known to SQL for the years in which anybody can lie in a ward.
FIRST, LAST = datetime(2018, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)


@lru_cache
def offsets(zone: tzinfo) -> tuple[tuple[datetime, timedelta], ...]:
    """From when which offset holds: one entry for a zone that changes its clocks no more, as all in Russia today."""
    found = [(FIRST, _offset(zone, FIRST))]
    for day in range(1, (LAST - FIRST).days):
        moment = FIRST + day * DAY
        if _offset(zone, moment) != found[-1][1]:
            found.append((_change(zone, moment - DAY, moment), _offset(zone, moment)))
    return tuple(found)


def day_ends(moment: Number, zone: tzinfo) -> Number:
    """The midnight that ends the day of a `Tick`, in the zone."""
    day = ticks(DAY)
    local = moment + _known(moment, zone)
    midnight = (local // day + 1) * day
    # Clocks may be changed between the two.
    return midnight - _known(midnight - _known(moment, zone), zone)


def _known(moment: Number, zone: tzinfo) -> Number:
    (_, first), *later = offsets(zone)
    if not later:
        return _number(first)
    changes = [(moment >= _tick(since), _number(offset)) for since, offset in reversed(later)]
    return sa.case(*changes, else_=_number(first))


def _offset(zone: tzinfo, moment: datetime) -> timedelta:
    return moment.astimezone(zone).utcoffset() or timedelta()


def _change(zone: tzinfo, before: datetime, after: datetime) -> datetime:
    """The first minute after which the offset is the later one."""
    while after - before > timedelta(minutes=1):
        middle = before + (after - before) // timedelta(minutes=2) * timedelta(minutes=1)
        if _offset(zone, middle) == _offset(zone, before):
            before = middle
        else:
            after = middle
    return after


def _number(span: timedelta) -> Number:
    return sa.literal(ticks(span), sa.BigInteger)


def _tick(moment: datetime) -> Number:
    return sa.literal(tick(moment), sa.BigInteger)
