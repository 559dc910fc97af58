"""How other systems connect: each way with its address here, what it needs, and examples that run as they stand."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response

from api.connect.ways import WAYS, Example, Place, Way
from api.web.desk import ADMINISTRATORS, Desk, OfInbox
from marshrut.domain.digest import home

router = APIRouter()

# Listening everywhere, or on this machine alone: whoever reads the page reaches it by the page's own host.
NO_HOST = frozenset({"0.0.0.0", "::", "", "127.0.0.1", "localhost"})  # noqa: S104 - told apart, not listened on


@dataclass(frozen=True, slots=True)
class Shown:
    """An example as it stands on the page."""

    name: str
    title: str
    how: str
    text: str
    answers: tuple[str, ...]
    means: str


@dataclass(frozen=True, slots=True)
class Section:
    """A way to connect. `caution`: what to mind here."""

    name: str
    title: str
    about: str
    address: str
    needs: str
    caution: str
    examples: tuple[Shown, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """Everything. `subscribes`: whether the reader may subscribe systems to events."""

    sections: tuple[Section, ...]
    subscribes: bool


@router.get("/connect")
async def connect(desk: OfInbox, request: Request) -> Response:
    """The ways in and out, with the addresses of this installation."""
    place = _place(desk, request)
    shown = Page(tuple(_section(desk, way, place) for way in WAYS), desk.caller.role in ADMINISTRATORS)
    return await desk.page("connect.html", shown, section="connect")


def _place(desk: Desk, request: Request) -> Place:
    api = desk.parts.public_url or f"{request.url.scheme}://{request.url.netloc}"
    door = desk.parts.mllp
    host = request.url.hostname or door.host
    hospital = home(desk.caller.hospitals, desk.parts.zones) or next(iter(desk.parts.zones))
    return Place(api, host if door.host in NO_HOST else door.host, door.port, hospital)


def _section(desk: Desk, way: Way, place: Place) -> Section:
    t = desk.t
    caution = t("connect.by_tls" if desk.parts.mllp.tls else "connect.in_the_clear") if way.name == "hl7" else ""
    return Section(
        name=way.name,
        title=t(f"connect.{way.name}_title"),
        about=t(f"connect.{way.name}_about"),
        address=place.fill(way.address),
        needs=t(f"connect.{way.name}_needs"),
        caution=caution,
        examples=tuple(_shown(desk, each, place) for each in way.examples),
    )


def _shown(desk: Desk, example: Example, place: Place) -> Shown:
    t, means = desk.t, f"connect.means_{example.name}"
    return Shown(
        name=example.name,
        title=t(f"connect.do_{example.name}"),
        how=t("connect.save_as", file=example.file) if example.file else t("connect.in_shell"),
        text=example.text(place),
        answers=example.answers,
        means=t(means) if t.knows(means) else "",
    )
