"""Lists answer in pages."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

from fastapi import Query

from api.audit.noted import noted
from api.problems import Problem
from marshrut.ports import Page

Row = TypeVar("Row")

Limit = Annotated[int, Query(ge=1, le=500, description="How many items at most")]
Cursor = Annotated[str | None, Query(max_length=500, description="`next` of the page before")]


def paged(
    rows: Sequence[Row],
    of: Callable[[Row], str],
    *,
    limit: int,
    cursor: str | None,
    fits: Callable[[Row], bool] | None = None,
) -> Page[Row]:
    """A page of a list that is at hand, after the one whose id the cursor holds; `of`: the id of a row.

    `fits`: which of them are listed. One that fits no more since the page before still says where the next one begins.

    Raises:
        Problem: `bad_cursor`: there is none of that id.
    """
    begins = 0
    if cursor is not None:
        last = _read(cursor)
        begins = next((place for place, row in enumerate(rows, 1) if of(row) == last), 0)
        if begins == 0:
            raise Problem("bad_cursor", {"field": "cursor"})
    left = [row for row in rows[begins:] if fits is None or fits(row)]
    shown = left[:limit]
    return Page(shown, urlsafe_b64encode(of(shown[-1]).encode()).decode() if len(left) > limit else None)


def _read(cursor: str) -> str | None:
    try:
        return urlsafe_b64decode(cursor.encode("ascii")).decode()
    except ValueError:
        return None


async def page_of(asked: Awaitable[Page[Row]]) -> Page[Row]:
    """The page, or a problem when the cursor is none of this list's."""
    try:
        page = await asked
    except ValueError:
        raise Problem("bad_cursor", {"field": "cursor"}) from None
    note = noted()
    # The list that was asked for comes first; what a page shows beside it was not looked for.
    note.found = len(page.items) if note.found is None else note.found
    return page
