"""My day: what is to be done now."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Response

from api.web.desk import OfAnybody

router = APIRouter()


@dataclass(frozen=True, slots=True)
class MyDay:
    """`today`: the day, written out."""

    today: str


@router.get("/")
async def my_day(desk: OfAnybody) -> Response:
    """The day of whoever is signed in."""
    return await desk.page("my_day.html", MyDay(desk.f.long_day(desk.now)), section="my_day")
