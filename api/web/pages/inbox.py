"""The inbox: one's own steps, the group's, those that nobody has; filtered, paged, and kept as views."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.audit.noted import noted
from api.filters import Whose, of_whom
from api.routes import steps as steps_route
from api.routes import views as views_route
from api.web.choices import Filter, Options, choice_of, own_hospitals
from api.web.desk import FORM_KEY, Desk, OfCare
from api.web.forms import made, sent
from api.web.lists import Tab, ViewLink, end_of_today, tabs_of, taken_row, views_of
from api.web.rows import Row, rows
from marshrut.domain.moves import CARE
from marshrut.domain.words import Role
from marshrut.ports import StepFilter, new_id

router = APIRouter()

PAGE = 50
FILTERS = ("whose", "hospital", "ward", "track", "role", "due", "overdue", "blocked")
WHOSE: tuple[Whose, ...] = ("mine", "group", "unclaimed")
# How far ahead, in days after today; the list is one comparison whichever is chosen.
DUE: Mapping[str, int] = {"today": 0, "tomorrow": 1, "week": 6}


@dataclass(frozen=True, slots=True)
class Inbox:
    """The page. `count`: how many steps the list has in all its pages; `back`: its address."""

    tabs: tuple[Tab, ...]
    whose: Whose
    filters: tuple[Filter, ...]
    overdue: bool
    blocked: bool
    filtered: bool
    count: int
    rows: tuple[Row, ...]
    more: str | None
    earlier: bool
    back: str
    views: tuple[ViewLink, ...]
    view: str | None
    taken: Row | None


@router.get("/inbox")
async def inbox(request: Request, desk: OfCare) -> Response:
    """The list; without a word said, as the reader's first view has it."""
    asked = dict(request.query_params)
    if not asked:
        first = next((view for view in await views_of(desk) if view.first), None)
        if first is not None:
            return RedirectResponse(first.path, 303)
    return await desk.page("inbox.html", await _page(desk, asked), section="my_day")


async def _page(desk: Desk, asked: Mapping[str, str]) -> Inbox:
    caller, parts = desk.caller, desk.parts
    chosen = {name: asked[name] for name in FILTERS if asked.get(name)}
    whose: Whose = next((each for each in WHOSE if each == chosen.get("whose")), "mine")
    role = next((each for each in Role if each == chosen.get("role")), None)
    days = DUE.get(chosen.get("due", ""))
    due = None if days is None else end_of_today(desk, days)
    overdue, blocked = chosen.get("overdue") == "true", chosen.get("blocked") == "true"
    listed = await steps_route.steps(
        caller,
        parts,
        state="live",
        role=role,
        hospital=chosen.get("hospital"),
        track=chosen.get("track"),
        ward=chosen.get("ward"),
        overdue=overdue or None,
        blocked=blocked or None,
        due_before=due,
        whose=whose,
        limit=PAGE,
        cursor=asked.get("cursor"),
    )
    noted().searched(chosen, len(listed.items))
    which = StepFilter(
        hospitals=caller.hospitals,
        who=caller.onlooker,
        state="live",
        role=role,
        hospital=chosen.get("hospital"),
        track=chosen.get("track"),
        ward=chosen.get("ward"),
        overdue_at=desk.now if overdue else None,
        blocked=blocked or None,
        due_before=due,
    )
    back = f"/desk/inbox?{urlencode({**chosen, 'whose': whose})}"
    return Inbox(
        tabs=await tabs_of(desk, whose),
        whose=whose,
        filters=await _filters(desk, chosen),
        overdue=overdue,
        blocked=blocked,
        filtered=bool(chosen.keys() - {"whose"}),
        count=await parts.queries.count_steps(of_whom(which, whose, caller)),
        rows=tuple(await rows(desk, listed.items)),
        more=None if listed.next is None else f"{back}&{urlencode({'cursor': listed.next})}",
        earlier="cursor" in asked,
        back=back,
        views=await views_of(desk),
        view=asked.get("view"),
        taken=await taken_row(desk, asked.get("taken")),
    )


async def _filters(desk: Desk, chosen: Mapping[str, str]) -> tuple[Filter, ...]:
    caller, catalogue, hospitals = desk.caller, desk.parts.catalogue, own_hospitals(desk)
    wards = await desk.parts.search.finder.wards(
        [chosen["hospital"]] if chosen.get("hospital") in hospitals else caller.hospitals
    )
    found: list[tuple[str, Options] | None] = [
        ("hospital", [(code, desk.hospital(code)) for code in hospitals]) if len(hospitals) > 1 else None,
        ("ward", [(ward, ward) for ward in wards]),
        ("track", [(code, desk.said(entry.title)) for code, entry in catalogue.tracks.items()]),
        ("role", [(role.value, desk.role(role)) for role in Role if role in CARE]) if desk.senior else None,
        ("due", [(name, desk.t(f"inbox.due_{name}")) for name in DUE]),
    ]
    return tuple(choice_of(desk, "inbox", name, options, chosen) for name, options in (each for each in found if each))


@router.post("/views")
async def keep(request: Request, desk: OfCare) -> Response:
    """Keep the filters that are shown under a name."""
    form = await sent(request)
    filters = {name: value for name in FILTERS if (value := form.text(name))}
    kept = await views_of(desk)
    given = made(
        views_route.Viewing,
        page="inbox",
        name=(form.text("name") or desk.t("inbox.unnamed"))[:60],
        filters=filters,
        place=len(kept),
        first=form.text("first") is not None,
    )
    key = form.text("key") or ""
    view = await views_route.put(key if FORM_KEY.fullmatch(key) else new_id(), given, desk.caller, desk.parts)
    return desk.goes_to(f"/desk/inbox?{urlencode({**filters, 'view': view.id})}")


@router.post("/views/change")
async def change(request: Request, desk: OfCare) -> Response:
    """Remove a view, make it the first one shown, or move it up in the order."""
    form = await sent(request)
    view_id, what = form.text("id") or "", form.text("what")
    if what == "remove":
        await views_route.remove(view_id, desk.caller, desk.parts)
        return desk.goes_to("/desk/inbox?whose=mine")
    kept = (await views_route.views(desk.caller, desk.parts, "inbox")).items
    order = [each.id for each in kept]
    if what == "up" and (place := order.index(view_id) if view_id in order else 0) > 0:
        order[place - 1], order[place] = order[place], order[place - 1]
    for each in kept:
        said = each.model_dump(exclude={"id"}) | {"place": order.index(each.id)}
        if what == "first" and each.id == view_id:
            said["first"] = not each.first
        await views_route.put(each.id, views_route.Viewing(**said), desk.caller, desk.parts)
    return desk.goes_to(f"/desk/inbox?{urlencode({'whose': 'mine', 'view': view_id})}")
