"""The codec endpoint, an application of its own at `/desk/codec`, where the pages' session reaches it.

Temporal's UI sends what it would show and shows what is answered. It speaks from one origin that the settings name;
whoever looks is signed in as an administrator, by the pages' session or by a token, and each look is audited.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, Field
from starlette.datastructures import State
from starlette.middleware.cors import CORSMiddleware

from api import problems
from api.audit.noted import noted
from api.gates import lets
from api.parts import ApiParts, Parts
from api.problems import Problem
from api.web.session import reader
from marshrut.domain.words import Role
from marshrut.ports import Caller

router = APIRouter()

MOST = 5000
BEARER = "Bearer "


class Payloads(BaseModel):
    """What is to be opened, or was."""

    payloads: list[Mapping[str, Any]] = Field(max_length=MOST)


async def _caller(request: Request, parts: ApiParts) -> Caller:
    given = request.headers.get("authorization", "")
    if given.startswith(BEARER):
        known = await parts.authenticate(given.removeprefix(BEARER))
    else:
        session = await reader(request, parts)
        known = None if session is None else session.caller
    if known is None:
        raise Problem("unauthenticated")
    noted().caller = known
    return known


@lets({Role.ADMIN})
async def _administrator(request: Request, parts: Parts) -> Caller:
    caller = await _caller(request, parts)
    # What Temporal holds is of every hospital; and it is codes of cases, which are somebody's.
    if caller.role is not Role.ADMIN or caller.hospitals is not None:
        raise Problem("role_not_allowed", {"role": caller.role})
    return caller


@router.post("/decode")
async def decode(given: Payloads, _caller: Annotated[Caller, Depends(_administrator)], parts: Parts) -> Payloads:
    """The payloads in clear."""
    try:
        opened = await parts.opener.opened(given.payloads)
    except ValueError:
        raise Problem("unreadable_payload") from None
    noted().found = len(opened)
    return Payloads(payloads=list(opened))


def create_codec(state: State, origin: str) -> FastAPI:
    """The application; `state` is that of the application around it, `origin` Temporal's UI."""
    codec = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    codec.state = state
    codec.include_router(router)
    problems.install(codec)
    codec.add_middleware(
        CORSMiddleware,
        allow_origins=[origin],
        allow_methods=["POST"],
        allow_headers=["Authorization", "Content-Type", "X-Namespace"],
        allow_credentials=True,
    )
    return codec
