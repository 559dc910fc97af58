"""The audit for the auditor's eyes: who did or tried what, in words, and the same as a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from api.audit.noted import noted
from api.problems import KINDS as PROBLEMS
from api.routes import audit as route
from api.views.audit import AuditView
from api.web.choices import Filter, choice_of, own_hospitals
from api.web.desk import Desk, OfAuditor
from marshrut.domain.auditing import CASE_ID, Act, Outcome, Purpose
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR
from marshrut.ports import AuditFilter

router = APIRouter(prefix="/audit")

PAGE = 50
# What the page is asked by; `from` and `until` are days, the last one included.
FILTERS = ("user", "case", "act", "outcome", "purpose", "hospital", "from", "until")
LONGEST = 64
# What was written down so soon was written down at once.
AT_ONCE = timedelta(seconds=5)
KINDS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.DONE: ("done", "done"),
    Outcome.PENDING: ("plain", "glass"),
    Outcome.REFUSED: ("late", "block"),
    Outcome.FAILED: ("amber", "late"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in words: who, what, for what, what came of it, and both times."""

    seq: int
    at: str
    recorded: str
    who: str
    user: str
    role: str
    act: str
    what: str
    outcome: str
    kind: str
    sign: str
    why: str
    case_id: str
    hospital: str
    purpose: str
    more: str
    thing: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """The page. `wrong`: a filter that could not be read; `export`: the addresses of the same as files."""

    lines: tuple[Line, ...]
    filters: tuple[Filter, ...]
    chosen: Mapping[str, str]
    wrong: str
    more: str | None
    earlier: bool
    export: tuple[tuple[str, str], ...]


@router.get("")
async def audit(
    request: Request, desk: OfAuditor, cursor: Annotated[str | None, Query(max_length=500)] = None
) -> Response:
    """What was done and tried, the newest first."""
    chosen = _chosen(request)
    which, wrong = _which(desk, chosen)
    listed = await route.audit(which, desk.caller, desk.parts, limit=PAGE, cursor=cursor)
    noted().searched(chosen, len(listed.items))
    page = AuditPage(
        lines=tuple(_line(desk, each) for each in listed.items),
        filters=_filters(desk, chosen),
        chosen={name: chosen.get(name, "") for name in FILTERS},
        wrong=wrong,
        more=None if listed.next is None else _way("/desk/audit", chosen, cursor=listed.next),
        earlier=cursor is not None,
        export=tuple(
            (kind.upper(), _way("/desk/audit/export", chosen, format=kind)) for kind in ("csv", "ndjson") if not wrong
        ),
    )
    return await desk.page("audit.html", page, section="audit", status=422 if wrong else 200)


@router.get("/export")
async def export(
    request: Request, desk: OfAuditor, syntax: Annotated[Literal["ndjson", "csv"], Query(alias="format")] = "csv"
) -> Response:
    """The same as a file, all of it."""
    chosen = _chosen(request)
    which, _ = _which(desk, chosen)
    noted().searched(chosen, None)
    return await route.export(which, desk.caller, desk.parts, syntax)


def _chosen(request: Request) -> dict[str, str]:
    given = {name: request.query_params.get(name, "").strip()[:LONGEST] for name in FILTERS}
    return {name: value for name, value in given.items() if value}


def _which(desk: Desk, chosen: Mapping[str, str]) -> tuple[AuditFilter, str]:
    """What is asked for, and which field could not be read: then nothing is asked for."""
    wrong = ""
    since, until = _day(chosen.get("from")), _day(chosen.get("until"))
    for name, day in (("from", since), ("until", until)):
        wrong = desk.t("audit.wrong_day") if name in chosen and day is None else wrong
    if since is not None and until is not None and until < since:
        wrong = desk.t("audit.wrong_period")
    case = chosen.get("case")
    if case is not None and CASE_ID.fullmatch(case) is None:
        wrong = desk.t("audit.wrong_case")
    act, outcome, purpose, hospital = (chosen.get(name) for name in ("act", "outcome", "purpose", "hospital"))
    which = AuditFilter(
        hospitals=frozenset() if wrong else route.scope(desk.caller, hospital),
        since=None if since is None else _midnight(desk, since),
        until=None if until is None else _midnight(desk, until + timedelta(days=1)),
        user=chosen.get("user"),
        case_id=case,
        act=Act(act) if act in set(Act) else None,
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        purpose=Purpose(purpose) if purpose in set(Purpose) else None,
    )
    return which, wrong


def _day(text: str | None) -> date | None:
    try:
        day = None if text is None else date.fromisoformat(text)
    except ValueError:
        return None
    return day if day is not None and FIRST_YEAR <= day.year < LAST_YEAR else None


def _midnight(desk: Desk, day: date) -> datetime:
    return datetime.combine(day, time(), desk.f.zone)


def _way(path: str, chosen: Mapping[str, str], **more: str) -> str:
    asked = urlencode({**chosen, **more})
    return f"{path}?{asked}" if asked else path


def _filters(desk: Desk, chosen: Mapping[str, str]) -> tuple[Filter, ...]:
    acts = [(each.value, desk.t(f"audit.act_{each.value}")) for each in Act]
    outcomes = [(each.value, desk.t(f"audit.outcome_{each.value}")) for each in Outcome]
    purposes = [(each.value, desk.t(f"audit.purpose_{each.value}")) for each in Purpose]
    hospitals = [(code, desk.hospital(code)) for code in own_hospitals(desk)]
    named = (("act", acts), ("outcome", outcomes), ("purpose", purposes), ("hospital", hospitals))
    return tuple(choice_of(desk, "audit", name, options, chosen) for name, options in named)


def _line(desk: Desk, view: AuditView) -> Line:
    kind, sign = KINDS[view.outcome]
    f = desk.at(view.hospital)
    said = [desk.t("audit.by_fields", fields=", ".join(view.fields))] if view.fields else []
    said += [desk.t("audit.found", n=view.found)] if view.found is not None else []
    return Line(
        seq=view.seq,
        at=f"{f.day(view.at)} {f.local(view.at):%H:%M:%S}",
        recorded=_recorded(desk, view),
        who=desk.t("audit.stranger") if view.user is None else desk.name_of(view.user),
        user=view.user or "",
        role="" if view.role is None else desk.role(view.role),
        act=desk.t(f"audit.act_{view.act.value}"),
        what=view.what,
        outcome=desk.t(f"audit.outcome_{view.outcome.value}"),
        kind=kind,
        sign=sign,
        why=_why(desk, view.code),
        case_id=view.case_id or "",
        hospital=desk.hospital(view.hospital),
        purpose=desk.t(f"audit.purpose_{view.purpose.value}"),
        more=" · ".join(said),
        thing=view.thing or "",
    )


def _recorded(desk: Desk, view: AuditView) -> str:
    """When it was written down, where that was not at once."""
    f, gap = desk.at(view.hospital), view.recorded_at - view.at
    if gap < AT_ONCE:
        return ""
    day = "" if f.local(view.recorded_at).date() == f.local(view.at).date() else f"{f.day(view.recorded_at)} "
    return desk.t("audit.recorded", at=f"{day}{f.local(view.recorded_at):%H:%M:%S}")


def _why(desk: Desk, code: str | None) -> str:
    """Why it was refused: as whoever was refused read it, and the code, by which it is found in an export."""
    kind = PROBLEMS.get(code or "")
    if kind is None:
        return code or ""
    said = kind.ru if desk.language == "ru" else kind.en
    return f"{said} ({code})"
