"""Why a step is due when it is: the API's explanation, day by day, as a page and as a popover of any clock."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.routes import clock as endpoint
from api.routes import steps
from api.web.case.deadline import ClockPage, clock_page
from api.web.case.steps import slug_of
from api.web.desk import OfReader
from api.web.naming import Voice, names_of

router = APIRouter()


@router.get("/steps/{step_id}/clock")
async def clock(step_id: str, desk: OfReader) -> Response:
    """The explanation; where a part of a page is asked for, shorter."""
    row = await steps.step_in_scope(step_id, desk.caller, desk.parts)
    told = await endpoint.explained(row, desk.caller, desk.parts)
    case = await desk.parts.queries.case(row.case_id)
    if case is None:  # it was there a moment ago
        return desk.goes_to("/desk/")
    view = await steps.step_now(step_id, desk.caller, desk.parts)
    voice = Voice(await names_of(case, desk.parts, desk.language), desk.at(row.hospital), desk.t)
    who = (await desk.who([case]))[row.case_id]
    page: ClockPage = clock_page(
        told,
        case,
        voice,
        chip=desk.chip(view.clock, row.hospital),
        unpaused=await endpoint.if_never_paused(row, desk.parts),
        who=who.name,
        back=f"/desk/cases/{row.case_id}?step={step_id}#{slug_of(step_id)}",
    )
    if desk.partial:
        return desk.part("parts/clock_pop.html", page)
    return await desk.page("clock.html", page, section="cases")
