"""Whether the service is alive, and whether it can work."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.gates import Open, open_to
from api.parts import Parts

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """Whether each part that the service needs answers. `temporal`: the server, and a worker that polls."""

    status: Literal["ready", "not_ready"]
    sql: bool
    temporal: bool


@router.get("/healthz", dependencies=[open_to(Open.PROBE)])
async def healthz() -> Alive:
    """The process is alive."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Ready}}, dependencies=[open_to(Open.PROBE)])
async def readyz(parts: Parts, response: Response) -> Ready:
    """SQL answers with the right schema, Temporal answers, and a worker polls."""
    sql, temporal = await parts.queries.ready(), await parts.journeys.ready()
    if not (sql and temporal):
        response.status_code = 503
    return Ready(status="ready" if sql and temporal else "not_ready", sql=sql, temporal=temporal)
