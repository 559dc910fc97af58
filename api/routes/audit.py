"""The audit, for the auditor: searched and taken out, which is written down in it as everything else is."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response, StreamingResponse

from api.access import AuditReader
from api.audit.noted import noted
from api.filters import check_known
from api.http.paging import Cursor, Limit, page_of
from api.parts import Parts
from api.problems import Problem
from api.views.audit import AuditView, audit_view
from api.views.case import Listing
from marshrut.domain.auditing import Act, Outcome, Purpose, Row
from marshrut.domain.base import Code, Instant
from marshrut.domain.words import Role
from marshrut.ports import AuditFilter, Caller

router = APIRouter(prefix="/api/v1/audit", tags=["audit"])

COLUMNS = tuple(AuditView.model_fields)
Writer = Callable[[Sequence[Row]], bytes]
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _filters(
    caller: AuditReader,
    parts: Parts,
    user: Annotated[Code | None, Query(description="Who did or tried it")] = None,
    role: Role | None = None,
    case: Annotated[Code | None, Query(description="About which case; of an erased one the id in its place")] = None,
    act: Act | None = None,
    outcome: Outcome | None = None,
    purpose: Purpose | None = None,
    hospital: Code | None = None,
    since: Annotated[Instant | None, Query(alias="from", description="It happened at this time or later")] = None,
    until: Annotated[Instant | None, Query(description="And before this time")] = None,
) -> AuditFilter:
    check_known(parts, hospital=hospital)
    if since is not None and until is not None and until < since:
        raise Problem("ends_before_it_starts", {"field": "until"})
    return AuditFilter(scope(caller, hospital), since, until, user, role, case, act, outcome, purpose)


def scope(caller: Caller, hospital: str | None) -> frozenset[str] | None:
    """Whose entries are shown: an auditor of some hospitals sees what is of those."""
    if hospital is None:
        return caller.hospitals
    return frozenset({hospital}) if caller.sees(hospital) else frozenset()


Filtered = Annotated[AuditFilter, Depends(_filters)]


@router.get("")
async def audit(
    which: Filtered, caller: AuditReader, parts: Parts, limit: Limit = 50, cursor: Cursor = None
) -> Listing[AuditView]:
    """Who read, changed, searched, exported, tried and was refused, the newest first."""
    del caller
    page = await page_of(parts.audit_book.find(which, limit=limit, cursor=cursor))
    noted().found = len(page.items)
    return Listing(items=[audit_view(each) for each in page.items], next=page.next)


@router.get("/export", response_class=StreamingResponse)
async def export(
    which: Filtered,
    caller: AuditReader,
    parts: Parts,
    syntax: Annotated[Literal["ndjson", "csv"], Query(alias="format", description="A line an entry")] = "ndjson",
) -> Response:
    """All of them, the oldest first, as a file."""
    del caller
    portions = parts.audit_book.all_of(which)
    # No default of anext() that is a tuple: Python 3.11 takes it for an exception's arguments.
    first = await anext(portions, None) or ()
    lines, media_type = (_csv, "text/csv; charset=utf-8") if syntax == "csv" else (_ndjson, "application/x-ndjson")
    name = f"marshrut-audit-{parts.now():%Y%m%dT%H%M%SZ}.{syntax}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_lines(first, portions, lines, syntax), media_type=media_type, headers=headers)


async def _lines(
    first: Sequence[Row], more: AsyncIterator[Sequence[Row]], written: Writer, syntax: str
) -> AsyncIterator[bytes]:
    """The file: what SQL refuses before it begins is an answer of its own, and what breaks off is not whole."""
    if syntax == "csv":
        yield (",".join(COLUMNS) + "\r\n").encode()
    yield written(first)
    async for rows in more:
        yield written(rows)


def _ndjson(rows: Sequence[Row]) -> bytes:
    return "".join(f"{audit_view(row).model_dump_json()}\n" for row in rows).encode()


def _csv(rows: Sequence[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    for row in rows:
        told = audit_view(row).model_dump(mode="json")
        writer.writerow([_cell(told[name]) for name in COLUMNS])
    return text.getvalue().encode()


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text
