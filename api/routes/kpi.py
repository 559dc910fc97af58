"""What was done in a period, in figures: people, cases, issues, services and terms kept; no personal data."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query

from api.access import Overseer
from api.filters import check_known
from api.kpi.counting import checked, count, counted_hospitals
from api.kpi.tables import kpi_view
from api.kpi.views import KpiView
from api.parts import Parts

router = APIRouter(prefix="/api/v1/kpi", tags=["kpi"])

Since = Annotated[date, Query(alias="from", description="The first day, by each hospital's clock")]
Until = Annotated[date, Query(description="The day before which the period ends")]


@router.get("")
async def kpi(
    caller: Overseer,
    parts: Parts,
    since: Since,
    until: Until,
    hospital: str | None = None,
    *,
    compare: Annotated[bool, Query(description="Also the period before, and the course of the weeks")] = False,
) -> KpiView:
    """The figures of the caller's hospitals, or of one of them, as the cases are known now."""
    check_known(parts, hospital=hospital)
    days, hospitals = checked(since, until), counted_hospitals(caller, parts, hospital)
    return kpi_view(await count(parts, hospitals, days, compare=compare), parts.catalogue)
