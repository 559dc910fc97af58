"""My day: what is to be done now, what waits on others, what is new; and the shift that was handed over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.routes import cases as cases_route
from api.routes import delay as delay_route
from api.routes import handovers as handovers_route
from api.routes import steps as steps_route
from api.web.desk import Desk, OfAnybody, OfCare
from api.web.forms import sent
from api.web.lists import Tab, ViewLink, tabs_of, taken_row, views_of
from api.web.paths import own_path
from api.web.people import Who
from api.web.rows import Row, rows
from api.web.strip import Strip, strip
from marshrut.domain.handover import HandoverState
from marshrut.domain.moves import CARE
from marshrut.domain.words import Role

router = APIRouter()

# A day has no more; who has more than that needs the inbox and its filters.
MOST = 200
NEW_SHOWN, READY_SHOWN = 5, 8
# Who has no steps begins elsewhere.
ELSEWHERE = {
    Role.HOTLINE: "/desk/hotline",
    Role.AUDITOR: "/desk/cases",
    Role.ADMIN: "/desk/catalogue",
    Role.INTEGRATOR: "/desk/messages",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Some of the day's rows under a heading."""

    name: str
    title: str
    rows: tuple[Row, ...]
    count: int
    hint: str | None = None
    more: str | None = None


@dataclass(frozen=True, slots=True)
class ReadyPatient:
    """A patient who may leave and is still in the ward: since when, and what holds them."""

    who: Who
    path: str
    text: str
    days: int


@dataclass(frozen=True, slots=True)
class Offered:
    """A handover that waits for the reader."""

    id: str
    giver: str
    at: str
    note: str | None
    things: int


@dataclass(frozen=True, slots=True)
class MyDay:
    """The page. `rest`: steps of the reader's that are due later, shown in the inbox only.

    `all_ready`: the way to the list of which `ready` are the first.
    """

    today: str
    told: str
    tabs: tuple[Tab, ...]
    groups: tuple[Group, ...]
    rest: int
    shown: int
    total: int
    next_due: str | None
    strip: Strip
    ready: tuple[ReadyPatient, ...]
    ready_count: int
    all_ready: str
    offered: tuple[Offered, ...]
    views: tuple[ViewLink, ...]
    taken: Row | None


@router.get("/")
async def my_day(request: Request, desk: OfAnybody) -> Response:
    """The day of whoever is signed in."""
    if desk.caller.role not in CARE:
        return RedirectResponse(ELSEWHERE.get(desk.caller.role, "/desk/catalogue"), 303)
    return await desk.page("my_day.html", await _page(desk, request.query_params.get("taken")), section="my_day")


async def _page(desk: Desk, taken: str | None) -> MyDay:
    caller, parts = desk.caller, desk.parts
    listed = await steps_route.steps(caller, parts, state="live", whose="mine", limit=MOST)
    mine = await rows(desk, listed.items)
    fresh = await _unclaimed(desk, {row.step_id for row in mine})
    tabs = await tabs_of(desk, "day")
    total = tabs[0].count
    late = [row for row in mine if row.late]
    today = [row for row in mine if not row.late and row.due_at is not None and _today(desk, row) and not _still(row)]
    seen = {row.step_id for row in (*late, *today)}
    waiting = [row for row in mine if row.waits and row.step_id not in seen]
    seen |= {row.step_id for row in waiting}
    later = [row for row in mine if row.step_id not in seen]
    waits_for_nobody = [row for row in later if row.due_at is None]
    groups = (
        _group(desk, "late", late),
        _group(desk, "today", today),
        _group(desk, "waiting", waiting),
        _group(desk, "undated", waits_for_nobody),
        _fresh(desk, fresh, tabs[2].count - sum(row.takes and not row.mine for row in mine)),
    )
    in_cases = len({row.case_id for row in mine})
    due_later = [row for row in later if row.due_at is not None]
    ready, ready_count = await _ready(desk)
    return MyDay(
        today=desk.f.long_day(desk.now),
        told=desk.t("my_day.told", steps=desk.t("my_day.steps", n=total), cases=desk.t("my_day.cases", n=in_cases)),
        tabs=tabs,
        groups=tuple(group for group in groups if group.rows),
        rest=len(due_later) + max(0, total - len(mine)),
        shown=sum(len(group.rows) for group in groups[:4]),
        total=total,
        next_due=_next_due(desk, due_later),
        strip=strip([(row.due_at, row.chip.kind) for row in today if row.due_at is not None], len(late), desk.f),
        ready=ready,
        ready_count=ready_count,
        all_ready=f"/desk/cases?ready=true{'&owner=me' if _owns(desk) else ''}",
        offered=await _offered(desk),
        views=await views_of(desk),
        taken=await taken_row(desk, taken),
    )


def _today(desk: Desk, row: Row) -> bool:
    f = desk.at(row.hospital)
    return row.due_at is not None and f.local(row.due_at).date() <= f.today


def _still(row: Row) -> bool:
    return row.chip.kind == "paused"


def _group(
    desk: Desk,
    name: str,
    found: Sequence[Row],
) -> Group:
    hint = desk.t("my_day.waiting_hint") if name == "waiting" else None
    return Group(name, desk.t(f"my_day.{name}"), tuple(found), len(found), hint)


def _fresh(desk: Desk, found: Sequence[Row], count: int) -> Group:
    shown = tuple(found[:NEW_SHOWN])
    more = "/desk/inbox?whose=unclaimed" if count > len(shown) else None
    return Group("fresh", desk.t("my_day.fresh"), shown, count, more=more)


def _next_due(desk: Desk, later: Sequence[Row]) -> str | None:
    dues = sorted(row.due_at for row in later if row.due_at is not None)
    if not dues:
        return None
    day = desk.f.local(dues[0]).date()
    if day == desk.f.today + timedelta(days=1):
        return desk.t("my_day.tomorrow", time=desk.f.clock(dues[0]))
    return desk.f.when(dues[0])


async def _unclaimed(desk: Desk, mine: set[str]) -> list[Row]:
    """What nobody has, apart from what stands among one's own already."""
    listed = await steps_route.steps(desk.caller, desk.parts, state="live", whose="unclaimed", limit=NEW_SHOWN + 25)
    return [row for row in await rows(desk, listed.items) if row.step_id not in mine]


def _owns(desk: Desk) -> bool:
    """Whether it is the reader's work to answer for cases."""
    return desk.caller.role is Role.COORDINATOR


async def _ready(desk: Desk) -> tuple[tuple[ReadyPatient, ...], int]:
    """Medically ready and still in the ward: of one's own cases, for who owns none of all in their hospitals."""
    owner = "me" if _owns(desk) else None
    listed = await cases_route.cases(
        desk.caller, desk.parts, state="open", owner=owner, medically_ready=True, limit=READY_SHOWN + 1
    )
    ids = [case.case_id for case in listed.items][:READY_SHOWN]
    people = await desk.who(await desk.parts.search.finder.cases(ids)) if ids else {}
    found = [await _ready_patient(desk, case_id, people[case_id]) for case_id in ids if case_id in people]
    found.sort(key=lambda each: -each.days)
    return tuple(found), len(listed.items)


async def _ready_patient(desk: Desk, case_id: str, who: Who) -> ReadyPatient:
    known = await delay_route.delayed(case_id, desk.caller, desk.parts)
    reasons = ", ".join(desk.said(each.title).lower() for each in known.by_reason)
    if known.total == 0:
        text = desk.t("my_day.counts_from", day=desk.f.day(desk.f.today + timedelta(days=1)))
    else:
        text = reasons or desk.t("my_day.nothing_said")
    return ReadyPatient(who, f"/desk/cases/{case_id}", text, known.total)


async def _offered(desk: Desk) -> tuple[Offered, ...]:
    listed = await handovers_route.handovers(
        desk.caller, desk.parts, mine="to_take", state=HandoverState.OFFERED, limit=5
    )
    found = []
    for each in listed.items:
        if "acknowledge" not in each.can:
            continue
        whole = await handovers_route.handover(each.id, desk.caller, desk.parts)
        at = desk.at(each.hospital)
        when = at.clock(each.offered_at) if at.local(each.offered_at).date() == at.today else at.when(each.offered_at)
        found.append(Offered(each.id, desk.name_of(each.giver), when, whole.note, len(whole.items)))
    return tuple(found)


@router.post("/claim")
async def claim(request: Request, desk: OfCare) -> Response:
    """Take a step, and go back to the list that it stood in."""
    form = await sent(request)
    step_id = form.text("step") or ""
    await steps_route.claim(step_id, desk.caller, desk.parts, None, form.text("key"))
    back = own_path(form.text("back"))
    return desk.goes_to(f"{back}{'&' if '?' in back else '?'}taken={quote(step_id, safe='')}")


@router.post("/taken-over")
async def take_over(request: Request, desk: OfCare) -> Response:
    """Acknowledge a handover: all that is in it is the reader's from now on."""
    form = await sent(request)
    await handovers_route.acknowledge(form.text("id") or "", desk.caller, desk.parts)
    return desk.goes_to("/desk/")
