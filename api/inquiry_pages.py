"""The answer to an applicant as text and as a plain page that reads without a style and without a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import tzinfo
from html import escape

from api.inquiry import StatusView
from api.inquiry_words import PAGE, STANDING, Words

JSON, TEXT, HTML = "application/json", "text/plain", "text/html"


def as_text(view: StatusView, words: Words) -> str:
    """Lines of plain text."""
    lines = [f"{line.text} ({words(STANDING[line.standing])})" for line in view.lines]
    about = f"{words(PAGE['code'])} {view.code}, {words(PAGE['as_of'], day=view.as_of)}"
    return "\n".join((view.title, about, "", *lines, *([""] if lines else []), view.next, view.ask, ""))


def as_page(view: StatusView, words: Words) -> str:
    """A page. Everything that is told is escaped, though it is all our own words."""
    language = "ru" if words.russian else "en"
    items = "".join(
        f"<li{' aria-current=step' if line.standing == 'now' else ''}>{escape(line.text)} "
        f"<small>({escape(words(STANDING[line.standing]))})</small></li>"
        for line in view.lines
    )
    way = f"<h2>{escape(words(PAGE['lines']))}</h2><ul>{items}</ul>" if items else ""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(words(PAGE['title']))}</title></head><body><main>"
        f"<p>{escape(words(PAGE['code']))} {escape(view.code)} · {escape(words(PAGE['as_of'], day=view.as_of))}</p>"
        f"<h1>{escape(view.title)}</h1>{way}"
        f"<h2>{escape(words(PAGE['next']))}</h2><p>{escape(view.next)}</p>"
        f"<h2>{escape(words(PAGE['ask']))}</h2><p>{escape(view.ask)}</p>"
        f"<p><small>{escape(words(PAGE['shown']))}</small></p></main></body></html>"
    )


Rendering = Callable[[StatusView, Words], str]
RENDERINGS: Mapping[str, Rendering] = {
    JSON: lambda view, _words: view.model_dump_json(),
    TEXT: as_text,
    HTML: as_page,
}


def preferred(accept: str) -> str:
    """The media type that a caller likes best of those that there are; JSON to whoever takes anything."""
    best, weight = JSON, 0.0
    for part in accept.split(","):
        name, *parameters = (text.strip().lower() for text in part.split(";"))
        wanted = _weight(parameters)
        if name in RENDERINGS and wanted > weight:
            best, weight = name, wanted
    return best


def _weight(parameters: list[str]) -> float:
    given = next((text[2:] for text in parameters if text.startswith("q=")), "1")
    return float(given) if given.replace(".", "", 1).isdecimal() and given.isascii() else 0.0


def rendered(view: StatusView, media_type: str, *, russian: bool, zone: tzinfo) -> str:
    """The answer in that form."""
    return RENDERINGS[media_type](view, Words(russian=russian, zone=zone))
