"""Views that people have saved: the filters of a list, under a name of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class SavedView:
    """A view of a page. `name` is sealed; `place`: where it stands among the user's; `first`: shown by default."""

    id: str
    user: str
    page: str
    name: bytes
    filters: Mapping[str, str]
    place: int
    first: bool


class Views(Protocol):
    """Where views are kept. Reading raises Unavailable when SQL does not answer, writing Unavailable or Uncertain."""

    async def of(self, user: str, page: str | None = None) -> Sequence[SavedView]:
        """The user's, in their order."""
        ...

    async def get(self, view_id: str) -> SavedView | None:
        """One of them, whoever's it is."""
        ...

    async def put(self, view: SavedView, now: datetime) -> None:
        """Keep it, over what there was of it; of a page's views one is first."""
        ...

    async def remove(self, view_id: str) -> None:
        """Keep it no more."""
        ...
