"""What was done in a period, in figures: people, cases, issues, services and terms kept; no personal data."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, tzinfo
from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Overseer
from api.filters import check_known
from api.kpi_views import HospitalFigures, KpiView, definitions, figures_view
from api.parts import ApiParts, Parts
from api.problems import Problem
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR
from marshrut.domain.delay import delay
from marshrut.domain.kpi import Figures, Period, delayed, figures, total
from marshrut.ports import Caller, CaseFilter

router = APIRouter(prefix="/api/v1/kpi", tags=["kpi"])

# Cases are read whole, about a millisecond each (2,000 in 2 s on one core); between two pages others are served.
PAGE = 50


@router.get("")
async def kpi(
    caller: Overseer,
    parts: Parts,
    since: Annotated[date, Query(alias="from", description="The first day, by each hospital's clock")],
    until: Annotated[date, Query(description="The day before which the period ends")],
    hospital: str | None = None,
) -> KpiView:
    """The figures of the caller's hospitals, or of one of them, as the cases are known now."""
    check_known(parts, hospital=hospital)
    if not all(FIRST_YEAR <= day.year <= LAST_YEAR for day in (since, until)):
        raise Problem("invalid", errors=({"field": "from", "message": "No such year is counted"},))
    if until <= since:
        raise Problem("ends_before_it_starts", {"field": "until"})
    periods = {
        code: Period(_midnight(since, zone), _midnight(until, zone))
        for code, zone in _zones(caller, parts, hospital).items()
    }
    counted = {code: await _of(code, period, parts) for code, period in periods.items()}
    return KpiView(
        since=since,
        until=until,
        total=figures_view(total(counted.values())),
        hospitals=[HospitalFigures(hospital=code, figures=figures_view(each)) for code, each in counted.items()],
        definitions=definitions(),
    )


def _zones(caller: Caller, parts: ApiParts, hospital: str | None) -> Mapping[str, tzinfo]:
    """The hospitals that are counted, each with its zone."""
    allowed = parts.zones.keys() if caller.hospitals is None else parts.zones.keys() & caller.hospitals
    if hospital is not None and hospital not in allowed:
        raise Problem("hospital_not_allowed")
    return {code: parts.zones[code] for code in sorted(allowed) if hospital in {None, code}}


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone)


async def _of(hospital: str, period: Period, parts: ApiParts) -> Figures:
    """A hospital's figures, read page by page."""
    now, found, cursor = parts.now(), Figures(), None
    zone, paused_days = parts.zones[hospital], parts.catalogue.at(hospital).stay.paused_days.value
    days = period.since.astimezone(zone).date(), period.until.astimezone(zone).date()
    which = CaseFilter(hospitals=None, hospital=hospital, alive_from=period.since, alive_until=period.until)
    while True:
        page = await parts.queries.cases(which, limit=PAGE, cursor=cursor)
        found += total(figures(case, period, now) for case in page.items)
        found += total(
            delayed(delay(case, zone, now, paused_days=paused_days), *days)
            for case in page.items
            if case.via != "enquiry"
        )
        if page.next is None:
            return found
        cursor = page.next
