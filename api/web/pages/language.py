"""The switch of the language."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from api.gates import Open, open_to
from api.parts import Parts
from api.web import session
from api.web.languages import remember
from api.web.paths import own_path
from api.web.words import Language
from marshrut.ports import Language as Spoken

router = APIRouter()


@router.get("/language/{language}", dependencies=[open_to(Open.DOOR)])
async def switch(language: Language, request: Request, parts: Parts) -> RedirectResponse:
    """Show this page, and all others, in that language from now on; with the account it goes to other computers."""
    signed_in = await session.reader(request, parts)
    if signed_in is not None:
        await parts.identity.speak(signed_in.caller.user, Spoken(language))
    response = RedirectResponse(own_path(request.query_params.get("next")), 303)
    remember(response, language)
    return response
