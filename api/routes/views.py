"""Views that people have saved: the filters of a list, under a name and in an order of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from api.access import Insider
from api.http.paging import Cursor, Limit, paged
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.views.case import Listing
from marshrut.domain.base import Code
from marshrut.ports import Caller, SavedView

router = APIRouter(prefix="/api/v1/views", tags=["views"])

Page = Literal["inbox", "cases", "board"]
# Nobody finds anything among more.
MOST = 40


class Viewing(BaseModel):
    """A view. `filters` as the list's own parameters have them: codes only, no words of anybody's."""

    model_config = ConfigDict(extra="forbid")

    page: Page
    name: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    filters: Annotated[dict[Code, Code], Field(max_length=20)] = {}
    place: int = Field(default=0, ge=0, lt=1000)
    first: bool = Field(default=False, description="Shown when the page is opened without filters")


class ViewView(Viewing):
    """A view as it is kept."""

    id: str


@router.get("")
async def views(
    caller: Insider,
    parts: Parts,
    page: Annotated[Page | None, Query(description="Only those of a page")] = None,
    limit: Limit = 500,
    cursor: Cursor = None,
) -> Listing[ViewView]:
    """The caller's own, in their order."""
    kept = await parts.views.of(caller.user, page)
    shown = paged(kept, lambda each: each.id, limit=limit, cursor=cursor)
    return Listing(items=[_shown(each, parts) for each in shown.items], next=shown.next)


@router.put("/{view_id}")
async def put(view_id: Code, given: Viewing, caller: Insider, parts: Parts) -> ViewView:
    """Keep a view under an id of the caller's choice. The same again changes nothing; the newest that is first is."""
    known = await parts.views.get(view_id)
    if known is not None and known.user != caller.user:
        raise Problem("view_not_found")
    if known is None and len(await parts.views.of(caller.user)) >= MOST:
        raise Problem("too_many_views")
    kept = SavedView(
        id=view_id,
        user=caller.user,
        page=given.page,
        name=parts.vault.seal({"name": given.name}, about=f"view/{view_id}"),
        filters=given.filters,
        place=given.place,
        first=given.first,
    )
    await parts.views.put(kept, parts.now())
    return _shown(kept, parts)


@router.delete("/{view_id}", status_code=204)
async def remove(view_id: Code, caller: Insider, parts: Parts) -> Response:
    """Keep it no more."""
    await own(view_id, caller, parts)
    await parts.views.remove(view_id)
    return Response(status_code=204)


async def own(view_id: str, caller: Caller, parts: ApiParts) -> SavedView:
    """The view, if it is the caller's."""
    known = await parts.views.get(view_id)
    if known is None or known.user != caller.user:
        raise Problem("view_not_found")
    return known


def _shown(kept: SavedView, parts: ApiParts) -> ViewView:
    told: Mapping[str, str] = parts.vault.open(kept.name, about=f"view/{kept.id}")
    return ViewView.model_validate(
        {
            "id": kept.id,
            "page": kept.page,
            "name": told["name"],
            "filters": dict(kept.filters),
            "place": kept.place,
            "first": kept.first,
        }
    )
