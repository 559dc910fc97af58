"""What a monitoring system scrapes."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from api.access import Scraper
from api.metrics import exposed
from api.parts import Parts

router = APIRouter(tags=["metrics"])

TEXT: dict[int | str, dict[str, Any]] = {
    200: {"description": "Figures in Prometheus' text format, or in OpenMetrics", "content": {"text/plain": {}}}
}


@router.get("/metrics", response_class=Response, responses=TEXT)
async def metrics(caller: Scraper, parts: Parts, request: Request) -> Response:
    """The figures of the caller's hospitals, by hospital: no more often than every ten seconds anew."""
    told = await request.app.state.scrapes.of(parts, caller)
    text, content_type = exposed(told, request.headers.get("accept", ""))
    return Response(text, headers={"Content-Type": content_type, "Cache-Control": "no-store"})
