"""The cases: a list with filters, and the search for people, which comes by POST so that no address holds a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from api.audit.noted import noted
from api.filters import user_of
from api.people.search import Sought
from api.routes import cases as cases_route
from api.routes import search as search_route
from api.views.case import CaseSummary
from api.web.case_rows import UNREMARKABLE, CaseRow, case_rows
from api.web.choices import Choice, Filter, Options, choice_of, own_hospitals
from api.web.desk import Desk, OfPersonReader, OfReader
from api.web.forms import sent
from marshrut.domain.words import STAGES, Flag
from marshrut.names import other_forms
from marshrut.ports import CaseFilter

router = APIRouter()

PAGE = 50
LONGEST = 100
FILTERS = ("state", "hospital", "ward", "stage", "owner", "flag", "ready")
State = Literal["open", "paused", "closed"]
STATES: tuple[State, ...] = ("open", "paused", "closed")
ALL = "all"
# A number, a family's code or a name that fits one case alone is that case.
SURE = 95


@dataclass(frozen=True, slots=True)
class Cases:
    """The list. `count`: how many there are in all its pages."""

    count: int
    rows: tuple[CaseRow, ...]
    filters: tuple[Filter, ...]
    ready: bool
    filtered: bool
    more: str | None
    earlier: bool
    back: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found. `tried`: what else was looked for; `unknown`: unknown patients in the reader's hospitals."""

    q: str
    rows: tuple[CaseRow, ...]
    more: bool
    tried: str
    unknown: int


@router.get("/cases")
async def cases(request: Request, desk: OfReader) -> Response:
    """The list: those that are open, the newest first, unless something else is said."""
    return await desk.page("cases.html", await _page(desk, dict(request.query_params)), section="cases")


async def _page(desk: Desk, asked: Mapping[str, str]) -> Cases:
    chosen = {name: asked[name] for name in FILTERS if asked.get(name)}
    # Who says nothing wants what is going on: what is closed has to be asked for.
    standing = chosen.get("state", "open")
    state = next((each for each in STATES if each == standing), None)
    flag = next((each for each in Flag if each == chosen.get("flag")), None)
    ready = chosen.get("ready") == "true" or None
    listed = await cases_route.cases(
        desk.caller,
        desk.parts,
        state=state,
        hospital=chosen.get("hospital"),
        ward=chosen.get("ward"),
        stage=chosen.get("stage"),
        owner=chosen.get("owner"),
        flag=flag,
        medically_ready=ready,
        limit=PAGE,
        cursor=asked.get("cursor"),
    )
    noted().searched(chosen, len(listed.items))
    which = CaseFilter(
        hospitals=desk.caller.hospitals,
        who=desk.caller.onlooker,
        state=state,
        hospital=chosen.get("hospital"),
        ward=chosen.get("ward"),
        stage=chosen.get("stage"),
        owner=user_of(chosen.get("owner"), desk.caller),
        flag=flag,
        medically_ready=ready,
    )
    back = f"/desk/cases?{urlencode({**chosen, 'state': standing})}"
    return Cases(
        count=await desk.parts.queries.count_cases(which),
        rows=tuple(await case_rows(desk, listed.items)),
        filters=await _filters(desk, {**chosen, "state": standing}),
        ready=ready is not None,
        filtered=bool(chosen.keys() - {"state"}),
        more=None if listed.next is None else f"{back}&{urlencode({'cursor': listed.next})}",
        earlier="cursor" in asked,
        back=back,
    )


async def _filters(desk: Desk, chosen: Mapping[str, str]) -> tuple[Filter, ...]:
    t, hospitals = desk.t, own_hospitals(desk)
    wards = await desk.parts.search.finder.wards(
        [chosen["hospital"]] if chosen.get("hospital") in hospitals else desk.caller.hospitals
    )
    colleagues = [("me", t("cases.owner_me")), ("none", t("cases.senior"))]
    states = [*((state, t(f"cases.state_{state}")) for state in STATES), (ALL, t("cases.any_state"))]
    standing = tuple(Choice(value, text, value == chosen["state"]) for value, text in states)
    found: list[tuple[str, Options] | None] = [
        ("hospital", [(code, desk.hospital(code)) for code in hospitals]) if len(hospitals) > 1 else None,
        ("ward", [(ward, ward) for ward in wards]),
        ("stage", [(stage.value, t(f"terms.stage_{stage.value}")) for stage in STAGES]),
        ("owner", colleagues),
        ("flag", [(flag.value, t(f"terms.flag_{flag.value}")) for flag in Flag]),
    ]
    others = [choice_of(desk, "cases", name, options, chosen) for name, options in (each for each in found if each)]
    return (Filter("state", t("cases.state"), standing), *others)


@router.post("/cases")
async def search(request: Request, desk: OfPersonReader) -> Response:
    """Who is looked for: shown at once, and nowhere written down."""
    form = await sent(request)
    q = (form.text("q") or "")[:LONGEST]
    if not q:
        return desk.goes_to("/desk/cases")
    wanted = search_route.Searching(q=q, limit=PAGE)
    listed = await search_route.search(wanted, desk.caller, desk.parts)
    if (sure := _sure(listed.items)) is not None:
        return desk.goes_to(f"/desk/cases/{sure}")
    unknown = CaseFilter(desk.caller.hospitals, desk.caller.onlooker, state="open", flag=Flag.UNIDENTIFIED)
    found = Found(
        q=q,
        rows=tuple(await case_rows(desk, listed.items)),
        more=listed.next is not None,
        tried=_tried(desk, q),
        unknown=await desk.parts.queries.count_cases(unknown),
    )
    return await desk.page("found.html", found, section="cases")


def _sure(found: Sequence[CaseSummary]) -> str | None:
    """The case that is meant, where one alone was found and is written just so."""
    hit = found[0].match if len(found) == 1 else None
    if hit is None or hit.score < SURE or any(each.code not in UNREMARKABLE for each in hit.why):
        return None
    return found[0].case_id


def _tried(desk: Desk, q: str) -> str:
    """What the search looked for beside what was typed."""
    sought = Sought.of(q)
    if not sought.words:
        return desk.t("cases.tried_numbers")
    return ", ".join((*other_forms(sought.name), desk.t("cases.tried_always")))
