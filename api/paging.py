"""Lists answer in pages."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, TypeVar

from fastapi import Query

from api.problems import Problem
from marshrut.ports import Page

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=500, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


async def page_of(asked: Awaitable[Page[Row]]) -> Page[Row]:
    """The page, or a problem when the cursor is none of this list's."""
    try:
        return await asked
    except ValueError:
        raise Problem("bad_cursor", {"field": "cursor"}) from None
