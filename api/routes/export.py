"""What is taken out of the system: figures as CSV, journals as OCEL 2.0 and XES for process mining; codes only.

Journals are streamed: whatever there is of them, memory holds a few cases. When SQL fails in the middle the answer
breaks off, and no reader takes half of it for the whole.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import Response, StreamingResponse

from api.access import Exporter
from api.filters import check_known
from api.kpi.counting import Days, checked, count, counted_hospitals
from api.kpi.csv import Language, Style, Table, written
from api.kpi.tables import kpi_view
from api.parts import ApiParts, Parts
from marshrut.ports import Caller, Portion

router = APIRouter(prefix="/api/v1/export", tags=["export"])

Since = Annotated[date, Query(alias="from", description="Cases opened from this day on, by each hospital's clock")]
Until = Annotated[date, Query(description="And before this day")]
Syntax = Annotated[Literal["json", "xml"], Query(description="Both are of the standard")]


@router.get("/ocel2", response_class=StreamingResponse)
async def ocel2(
    caller: Exporter, parts: Parts, since: Since, until: Until, hospital: str | None = None, syntax: Syntax = "json"
) -> Response:
    """The whole journals of the cases that were opened in the period: an object-centric event log, OCEL 2.0."""
    days, portions = _portions(caller, parts, since, until, hospital)
    stream = await _begun(parts.exports.ocel2(portions, xml=syntax == "xml"))
    return StreamingResponse(stream, media_type=f"application/{syntax}", headers=_named(days, f"ocel2.{syntax}"))


@router.get("/xes", response_class=StreamingResponse)
async def xes(caller: Exporter, parts: Parts, since: Since, until: Until, hospital: str | None = None) -> Response:
    """The whole journals of the cases that were opened in the period: a trace a case, XES (IEEE 1849)."""
    days, portions = _portions(caller, parts, since, until, hospital)
    stream = await _begun(parts.exports.xes(portions))
    return StreamingResponse(stream, media_type="application/xml", headers=_named(days, "xes"))


@router.get("/csv", response_class=Response)
async def figures(
    caller: Exporter,
    parts: Parts,
    since: Annotated[date, Query(alias="from", description="The first day, by each hospital's clock")],
    until: Annotated[date, Query(description="The day before which the period ends")],
    hospital: str | None = None,
    table: Annotated[Table, Query(description="All figures, or a row a hospital, or a row a step and term")] = "kpi",
    style: Annotated[
        Style, Query(description="`plain`: RFC 4180; `excel`: semicolons, decimal commas, a BOM")
    ] = "plain",
    language: Annotated[Language, Query(description="Of the titles")] = "ru",
) -> Response:
    """The figures of a period as a table."""
    check_known(parts, hospital=hospital)
    days, hospitals = checked(since, until), counted_hospitals(caller, parts, hospital)
    view = kpi_view(await count(parts, hospitals, days), parts.catalogue)
    text = written(view, table, style, parts.catalogue, language)
    return Response(text.encode(), media_type="text/csv; charset=utf-8", headers=_named(days, f"{table}.csv"))


def _portions(
    caller: Caller, parts: ApiParts, since: date, until: date, hospital: str | None
) -> tuple[Days, list[Portion]]:
    check_known(parts, hospital=hospital)
    days, hospitals = checked(since, until), counted_hospitals(caller, parts, hospital)
    periods = {code: days.at(parts.zones[code]) for code in hospitals}
    return days, [Portion(code, period.since, period.until) for code, period in periods.items()]


async def _begun(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream, once SQL has answered for the first time: what fails before is an answer of its own."""
    first = [piece async for piece in _some(stream, 2)]

    async def all_of_it() -> AsyncIterator[bytes]:
        for piece in first:
            yield piece
        async for piece in stream:
            yield piece

    return all_of_it()


async def _some(stream: AsyncIterator[bytes], number: int) -> AsyncIterator[bytes]:
    for _ in range(number):
        try:
            yield await anext(stream)
        except StopAsyncIteration:
            return


def _named(days: Days, ending: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="marshrut-{days.since}-{days.until}.{ending}"'}
