"""What all tables share."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

# A partial index serves a query only when both spell the condition alike, so conditions are spelt out and not bound.
PENDING = sa.text("state = 'pending'")
UNSETTLED = sa.text("finished_at IS NULL")


def partial(name: str, *columns: str, where: sa.TextClause, unique: bool = False) -> sa.Index:
    """An index of the rows for which the condition holds, in either database."""
    return sa.Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)
