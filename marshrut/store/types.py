"""What both databases must store alike: instants, numbers that count up, and today's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

# SQLite counts up only in an INTEGER PRIMARY KEY.
Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class UtcTime(sa.types.TypeDecorator[datetime]):
    """An instant; always an aware datetime in UTC.

    SQLite has no such type: there it is text of a fixed width with microseconds, so that text sorts as time does.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: sa.Dialect) -> sa.types.TypeEngine[Any]:
        return dialect.type_descriptor(sa.String(32) if dialect.name == "sqlite" else sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs an offset")
        moment = value.astimezone(UTC)
        return moment.isoformat(timespec="microseconds") if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = datetime.fromisoformat(value) if dialect.name == "sqlite" else value
        return moment.astimezone(UTC)


class Tick(sa.types.TypeDecorator[datetime]):
    """An instant, kept as whole microseconds since 1970: both databases compare it and count with it alike.

    For instants that lists reckon with; always an aware datetime in UTC.
    """

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> int | None:  # noqa: ARG002 - theirs
        return None if value is None else tick(value)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> datetime | None:  # noqa: ARG002 - theirs
        return None if value is None else _EPOCH + value * _MICROSECOND


def tick(moment: datetime) -> int:
    """An instant as `Tick` keeps it."""
    if moment.tzinfo is None:
        raise ValueError("an instant needs an offset")
    return (moment - _EPOCH) // _MICROSECOND


def ticks(span: timedelta) -> int:
    """How many of them a span has."""
    return span // _MICROSECOND
