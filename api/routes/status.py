"""Where a matter stands, for an applicant or the hotline: by its code, without signing in."""

from __future__ import annotations

from datetime import tzinfo

from fastapi import APIRouter, Request, Response

from api.audit.noted import noted
from api.gates import Open, open_to
from api.inquiry.pages import HTML, TEXT, preferred, rendered
from api.inquiry.telling import StatusView, told
from api.parts import ApiParts, Parts
from api.problems import Problem, in_russian
from api.web.pages.status import prose, refused, status_page
from marshrut.domain.ids import inquiry_of
from marshrut.domain.state import CaseState

router = APIRouter(tags=["status"])
FORMS = {TEXT: {"schema": {"type": "string"}}, HTML: {"schema": {"type": "string"}}}


@router.get(
    "/status/{code}", response_model=StatusView, responses={200: {"content": FORMS}}, dependencies=[open_to(Open.CODE)]
)
async def status(code: str, request: Request, parts: Parts) -> Response:
    """Where the matter stands, in plain words and without personal data: as JSON, plain text or a page (`Accept`).

    A code that nobody has and one that is none are answered alike, after the same look-up. One address may ask so
    many times a minute.
    """
    media_type = preferred(request.headers.get("accept", ""))
    try:
        case, zone = await _asked(code, request, parts)
    except Problem as fault:
        if media_type == HTML:
            return refused(fault, request, code)
        raise
    here, now = parts.catalogue.at(case.hospital or ""), parts.now()
    if media_type == HTML:
        f = prose(request, zone, now)
        view = told(case, here, zone, now, russian=f.language == "ru", days=f.prose_day)
        return status_page(view, request, zone)
    russian = in_russian(request)
    view = told(case, here, zone, now, russian=russian)
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": "ru" if russian else "en",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept, Accept-Language",
        "X-Robots-Tag": "noindex",
    }
    return Response(rendered(view, media_type, russian=russian, zone=zone), media_type=media_type, headers=headers)


async def _asked(code: str, request: Request, parts: ApiParts) -> tuple[CaseState, tzinfo]:
    """The case behind a code, and the zone of its hospital; an unknown code costs the same look-up as a known one."""
    wait_s = parts.inquiries.take(request.client.host if request.client else "")
    if wait_s is not None:
        raise Problem("too_many_requests", retry_after_s=wait_s)
    case = await parts.queries.case_by_inquiry(inquiry_of(code) or "none")
    if case is None or case.hospital is None:
        raise Problem("code_not_found")
    noted().about(case.case_id)
    return case, parts.zones[case.hospital]
