"""A page of a list whose newest rows come first, by a time and, where that is the same, by the id."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa

from marshrut.domain.base import Instant
from marshrut.ports import Page
from marshrut.store.cursors import Cursor
from marshrut.store.database import Database

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Newest(Generic[Row]):
    """A list of that name: `at` and `id` are its sort key, `read` makes of a row what it says."""

    name: str
    at: sa.Column[datetime]
    id: sa.Column[str]
    read: Callable[[Any], Row]

    async def page(self, db: Database, query: sa.Select[Any], limit: int, cursor: str | None) -> Page[Row]:
        """A page of what the query finds.

        Raises:
            ValueError: the cursor is none of this list's.
        """
        of: Cursor[tuple[Instant, str]] = Cursor(self.name, tuple[Instant, str])
        if (after := of.read(cursor)) is not None:
            at, name = after
            query = query.where(sa.or_(self.at < at, sa.and_(self.at == at, self.id > name)))
        async with db.read() as conn:
            rows = (await conn.execute(query.order_by(self.at.desc(), self.id).limit(limit + 1))).all()
        return of.page(rows, limit, self.read, lambda row: (getattr(row, self.at.name), row.id))
