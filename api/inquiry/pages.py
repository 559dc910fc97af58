"""The answer to an applicant as JSON and as text, and which form is liked best; the page is `api.web.pages.status`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo

from api.inquiry.telling import StatusView
from api.inquiry.words import PAGE, STANDING, Words

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


def as_text(view: StatusView, words: Words) -> str:
    """Lines of plain text."""
    lines = [f"{line.text} ({line.detail or words(STANDING[line.standing])})" for line in view.lines]
    about = f"{words(PAGE['code'])} {view.code}, {words(PAGE['as_of'], day=view.as_of)}"
    return "\n".join((view.title, about, "", *lines, *([""] if lines else []), view.next, view.ask, ""))


Rendering = Callable[[StatusView, Words], str]
RENDERINGS: Mapping[str, Rendering] = {
    JSON: lambda view, _words: view.model_dump_json(),
    TEXT: as_text,
}


FORMS = {*RENDERINGS, HTML}


def preferred(accept: str) -> str:
    """The media type that a caller likes best of those that there are; JSON to whoever takes anything."""
    best, weight = JSON, 0.0
    for part in accept.split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        wanted = _weight(parameters)
        if name in FORMS and wanted > weight:
            best, weight = name, wanted
    return best


def _weight(parameters: list[str]) -> float:
    given = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    return float(given) if given.replace(".", "", 1).isdecimal() and given.isascii() else 0.0


def rendered(view: StatusView, media_type: str, *, russian: bool, zone: tzinfo) -> str:
    """The answer in that form."""
    return RENDERINGS[media_type](view, Words(russian=russian, zone=zone))
