"""What my day and the inbox share: whose steps, saved views, the step that was just taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from urllib.parse import urlencode

from api.filters import of_whom
from api.problems import Problem
from api.routes import steps as steps_route
from api.routes import views as views_route
from api.web.desk import Desk
from api.web.rows import Row, rows
from marshrut.ports import StepFilter


@dataclass(frozen=True, slots=True)
class Tab:
    """Whose steps are shown, and how many there are."""

    name: str
    path: str
    count: int
    current: bool


@dataclass(frozen=True, slots=True)
class ViewLink:
    """A saved view."""

    id: str
    name: str
    path: str
    first: bool


async def tabs_of(desk: Desk, current: str) -> tuple[Tab, ...]:
    """Mine, the group's, nobody's: each with the count of the list behind it."""
    paths = {"mine": "/desk/" if current == "day" else "/desk/inbox?whose=mine"}
    found = []
    for whose in ("mine", "group", "unclaimed"):
        which = StepFilter(desk.caller.hospitals, desk.caller.onlooker, state="live")
        count = await desk.parts.queries.count_steps(of_whom(which, whose, desk.caller))
        is_here = current == whose or (current == "day" and whose == "mine")
        found.append(Tab(whose, paths.get(whose, f"/desk/inbox?whose={whose}"), count, is_here))
    return tuple(found)


async def views_of(desk: Desk, page: views_route.Page = "inbox") -> tuple[ViewLink, ...]:
    """The reader's saved views of a page, as links."""
    kept = await views_route.views(desk.caller, desk.parts, page)
    return tuple(
        ViewLink(each.id, each.name, f"/desk/{page}?{urlencode({**each.filters, 'view': each.id})}", each.first)
        for each in kept.items
    )


async def taken_row(desk: Desk, step_id: str | None) -> Row | None:
    """The step that has just been taken, if it is theirs; it may have gone to another hospital since."""
    if step_id is None:
        return None
    try:
        view = await steps_route.step_now(step_id, desk.caller, desk.parts)
    except Problem:
        return None
    found = await rows(desk, [view])
    return found[0] if found and found[0].mine else None


def end_of_today(desk: Desk, days: int = 0) -> datetime:
    """The midnight that ends today, or a day after it, where the reader works."""
    return datetime.combine(desk.f.today + timedelta(days=days + 1), time(), desk.f.zone)
