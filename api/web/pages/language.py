"""The switch of the language."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from api.web.languages import remember
from api.web.paths import own_path
from api.web.words import Language

router = APIRouter()


@router.get("/language/{language}")
async def switch(language: Language, request: Request) -> RedirectResponse:
    """Show this page, and all others, in that language from now on."""
    response = RedirectResponse(own_path(request.query_params.get("next")), 303)
    remember(response, language)
    return response
