"""Where a matter stands, for an applicant or the hotline: by its code, without signing in."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.inquiry import StatusView, told
from api.inquiry_pages import HTML, TEXT, preferred, rendered
from api.parts import Parts
from api.problems import Problem, in_russian
from marshrut.domain.ids import inquiry_of

router = APIRouter(tags=["status"])
FORMS = {TEXT: {"schema": {"type": "string"}}, HTML: {"schema": {"type": "string"}}}


@router.get("/status/{code}", response_model=StatusView, responses={200: {"content": FORMS}})
async def status(code: str, request: Request, parts: Parts) -> Response:
    """Where the matter stands, in plain words and without personal data: as JSON, plain text or a page (`Accept`).

    A code that nobody has and one that is none are answered alike, after the same look-up. One address may ask so
    many times a minute.
    """
    wait_s = parts.inquiries.take(request.client.host if request.client else "")
    if wait_s is not None:
        raise Problem("too_many_requests", retry_after_s=wait_s)
    case = await parts.queries.case_by_inquiry(inquiry_of(code) or "none")
    if case is None or case.hospital is None:
        raise Problem("code_not_found")
    russian, zone = in_russian(request), parts.zones[case.hospital]
    view = told(case, parts.catalogue.at(case.hospital), zone, parts.now(), russian=russian)
    media_type = preferred(request.headers.get("accept", ""))
    headers = {
        "Cache-Control": "no-store",
        "Content-Language": "ru" if russian else "en",
        "Referrer-Policy": "no-referrer",
        "Vary": "Accept, Accept-Language",
        "X-Robots-Tag": "noindex",
    }
    return Response(rendered(view, media_type, russian=russian, zone=zone), media_type=media_type, headers=headers)
