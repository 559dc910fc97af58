"""The inbox of whoever connects hospitals' systems: what arrived, why some of it waits, how long it took, from whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response

from api.access import REPLAYERS
from api.bodies.message import SummaryView
from api.routes import messages as route
from api.web.choices import Choice, Filter, own_hospitals
from api.web.desk import Desk, OfInbox
from api.web.formats import Formats
from api.web.messages.faults import reason_of
from api.web.messages.numbers import FaultRow, SourceRow, Stat, fault_rows, source_rows, stats, way
from api.web.messages.picture import Picture, picture
from api.web.messages.rows import Row, row_of, source_of
from marshrut.domain.words import Role
from marshrut.ports import UNKNOWN, CommandState

router = APIRouter()

PAGE = 30
FILTERS = ("show", "period", "hospital", "source", "code")
LONGEST = 200
SHOWN: Mapping[str, tuple[CommandState, ...]] = {
    "all": (),
    "parked": (CommandState.PARKED,),
    "waiting": (CommandState.PENDING, CommandState.HELD),
    "failed": (CommandState.REJECTED, CommandState.EXPIRED),
    "repeated": (),
    "discarded": (CommandState.DISCARDED,),
}
# What waits to be mended, or was put aside, is shown whenever it came; the rest is of the period.
WHENEVER = frozenset({"parked", "waiting", "discarded"})
PERIODS: Mapping[str, tuple[route.By, int]] = {"day": ("hour", 24), "week": ("day", 7), "month": ("day", 31)}


@dataclass(frozen=True, slots=True)
class Tab:
    """Some of the messages, and how many there are of them; None where nobody counts."""

    name: str
    path: str
    count: int | None
    current: bool


@dataclass(frozen=True, slots=True)
class Messages:
    """The page. `acts`: whether the reader may try messages again and put them aside."""

    where: str
    stats: tuple[Stat, ...]
    faults: tuple[FaultRow, ...]
    picture: Picture | None
    by_day: bool
    sources: tuple[SourceRow, ...]
    tabs: tuple[Tab, ...]
    filters: tuple[Filter, ...]
    show: str
    filtered: bool
    rows: tuple[Row, ...]
    more: str | None
    back: str
    earlier: bool
    acts: bool
    chosen: Mapping[str, str]


@router.get("/messages")
async def messages(request: Request, desk: OfInbox) -> Response:
    """What arrived, in numbers, in a picture and as a list."""
    return await desk.page("messages.html", await _page(desk, dict(request.query_params)), section="messages")


async def _page(desk: Desk, asked: Mapping[str, str]) -> Messages:
    chosen = {name: asked[name][:LONGEST] for name in FILTERS if asked.get(name)}
    show = chosen.get("show", "all") if chosen.get("show", "all") in SHOWN else "all"
    period = chosen.get("period", "day") if chosen.get("period", "day") in PERIODS else "day"
    hospital, source, code = (chosen.get(name) for name in ("hospital", "source", "code"))
    by, many = PERIODS[period]
    f = desk.at(hospital)
    since = _since(f, by, many)
    summary = await route.summary(
        desk.request, desk.caller, desk.parts, since=since, until=desk.now, by=by, source=source, hospital=hospital
    )
    listed = await route.messages(
        desk.request,
        desk.caller,
        desk.parts,
        state=list(SHOWN[show]),
        code=code,
        source=source,
        hospital=hospital,
        since=None if show in WHENEVER else since,
        repeated=show == "repeated",
        limit=PAGE,
        cursor=asked.get("cursor"),
    )
    back = way(chosen)
    next_page = None if listed.next is None else way(chosen, cursor=listed.next)
    return Messages(
        where=_where(desk),
        stats=stats(desk, summary, _without(chosen, "show", "code"), desk.t(f"messages.period_{period}")),
        faults=fault_rows(desk, summary, _without(chosen, "show", "code")),
        picture=picture(desk, summary, route.STRETCH[by], f) if summary.received else None,
        by_day=by == "day",
        sources=source_rows(desk, summary, _without(chosen, "source", "hospital")),
        tabs=_tabs(desk, summary, show, chosen),
        filters=_filters(desk, summary, chosen, period),
        show=show,
        filtered=bool(chosen.keys() - {"show", "period"}),
        rows=tuple(row_of(desk, each) for each in listed.items),
        more=next_page,
        back=back,
        earlier="cursor" in asked,
        acts=desk.caller.role in REPLAYERS,
        chosen=chosen,
    )


def _without(chosen: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in chosen.items() if name not in names}


def _since(f: Formats, by: route.By, many: int) -> datetime:
    """When the first of so many stretches began, by the reader's clock; the last is the present one."""
    here = f.local(f.now)
    begins = here.replace(minute=0, second=0, microsecond=0)
    if by == "day":
        begins = begins.replace(hour=0)
    # Clocks may be changed between the two: counted in UTC, as the picture counts.
    offset = here.utcoffset() or timedelta()
    whole = (begins.replace(tzinfo=None) - offset).replace(tzinfo=f.now.tzinfo)
    return whole - (many - 1) * route.STRETCH[by]


def _where(desk: Desk) -> str:
    """Whose messages the reader sees."""
    if desk.caller.role is Role.INTEGRATOR:
        return desk.t("messages.own", user=desk.caller.user)
    scope = desk.caller.hospitals
    if scope is not None and len(scope) == 1:
        return desk.hospital(next(iter(scope)))
    return desk.t("messages.every")


def _tabs(desk: Desk, view: SummaryView, show: str, chosen: Mapping[str, str]) -> tuple[Tab, ...]:
    counted = {
        "all": view.received,
        "parked": view.now.get(CommandState.PARKED, 0),
        "waiting": sum(view.now.get(state, 0) for state in SHOWN["waiting"]),
        "failed": sum(view.states.get(state, 0) for state in SHOWN["failed"]),
        "repeated": view.repeated,
        "discarded": view.now.get(CommandState.DISCARDED, 0),
    }
    # A reason narrows the list and not the counts, so with one nothing is counted.
    known = {} if chosen.get("code") else counted
    rest = _without(chosen, "show")
    return tuple(
        Tab(desk.t(f"messages.tab_{name}"), way(rest, show=name), known.get(name), name == show) for name in SHOWN
    )


def _filters(desk: Desk, view: SummaryView, chosen: Mapping[str, str], period: str) -> tuple[Filter, ...]:
    t = desk.t
    periods = tuple(Choice(name, t(f"messages.period_{name}"), name == period) for name in PERIODS)
    hospitals = [(code, desk.hospital(code)) for code in own_hospitals(desk)]
    unknown = [(UNKNOWN, t("messages.unknown_hospital"))]
    sources = sorted({(each.source, source_of(each.source)) for each in view.sources}, key=lambda each: each[1])
    codes = [(each.code, reason_of(desk, each.code, UNKNOWN)) for each in view.faults]
    named = (("hospital", [*hospitals, *unknown]), ("source", sources), ("code", codes))
    found = [_filter(desk, name, options, chosen.get(name)) for name, options in named]
    return (Filter("period", t("messages.period"), periods), *found)


def _filter(desk: Desk, name: str, options: list[tuple[str, str]], given: str | None) -> Filter:
    choices = [
        Choice("", desk.t(f"messages.any_{name}"), given is None),
        *(Choice(value, text, value == given) for value, text in options),
    ]
    if given is not None and all(value != given for value, _ in options):
        text = reason_of(desk, given, UNKNOWN) if name == "code" else source_of(given)
        choices.append(Choice(given, text, chosen=True))  # there is none of it in this period
    return Filter(name, desk.t(f"messages.{name}"), tuple(choices))
