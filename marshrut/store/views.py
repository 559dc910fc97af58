"""Saved views in SQL. They follow from no journal; no rebuild touches them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from marshrut.ports import SavedView
from marshrut.store.database import Database
from marshrut.store.statements import upsert
from marshrut.store.tables import views


class SqlViews:
    """The views (port `Views`)."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def of(self, user: str, page: str | None = None) -> Sequence[SavedView]:
        """The user's, in their order."""
        query = sa.select(views).where(views.c.user == user)
        if page is not None:
            query = query.where(views.c.page == page)
        async with self._db.read() as conn:
            rows = await conn.execute(query.order_by(views.c.page, views.c.place, views.c.saved_at, views.c.id))
            return [_view(row) for row in rows]

    async def get(self, view_id: str) -> SavedView | None:
        """One of them, whoever's it is."""
        async with self._db.read() as conn:
            row = (await conn.execute(sa.select(views).where(views.c.id == view_id))).one_or_none()
        return None if row is None else _view(row)

    async def put(self, view: SavedView, now: datetime) -> None:
        """Keep it, over what there was of it; of a page's views one is first."""
        row = {
            "id": view.id,
            "user": view.user,
            "page": view.page,
            "name": view.name,
            "filters": json.dumps(dict(sorted(view.filters.items()))),
            "place": view.place,
            "first": view.first,
            "saved_at": now,
        }
        others = sa.and_(views.c.user == view.user, views.c.page == view.page, views.c.id != view.id)
        async with self._db.write() as conn:
            if view.first:
                await conn.execute(views.update().where(others).values(first=False))
            await conn.execute(upsert(conn, views), row)

    async def remove(self, view_id: str) -> None:
        """Keep it no more."""
        async with self._db.write() as conn:
            await conn.execute(views.delete().where(views.c.id == view_id))


def _view(row: Any) -> SavedView:
    return SavedView(row.id, row.user, row.page, row.name, json.loads(row.filters), row.place, row.first)
