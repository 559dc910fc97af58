"""`python -m api.connect.page` writes docs/connect.md (`make connect`); a test compares it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from api.connect.ways import SANDBOX, WAYS, Example, Way
from api.web.typesetting import NARROW, NBSP
from api.web.words import Words

PAGE = Path(__file__).parents[2] / "docs" / "connect.md"

INTRODUCTION = """\
# How to connect

This page is made of `api/connect/` (`make connect`), and so is the page `/desk/connect`, which shows the same with the
addresses of its installation. A test runs the examples as they stand there, one after the other in one shell. They
open cases of made-up patients, so run them in a sandbox. What each way takes and answers in full stands in
[integration.md](integration.md).
"""
MORE = {
    "hl7": "[HL7 v2](integration.md#hl7-v2)",
    "rest": "[Admissions as JSON](integration.md#admissions-as-json), [openapi.json](openapi.json)",
    "fhir": "[FHIR](integration.md#fhir)",
    "webhooks": "[Webhooks](integration.md#webhooks), [events](events.md)",
}


def page() -> str:
    """docs/connect.md."""
    return INTRODUCTION + "\n".join(line for way in WAYS for line in _way(way)) + "\n"


def _way(way: Way) -> Iterator[str]:
    yield from ("", f"## {_said(f'{way.name}_title')}", "")
    yield _said(f"{way.name}_about")
    yield from (
        "",
        f"- {_said('address')}: `{SANDBOX.fill(way.address)}`",
        f"- {_said('needs')}: {_said(f'{way.name}_needs')}",
    )
    if way.name in MORE:
        yield f"- {_said('more')}: {MORE[way.name]}"
    for example in way.examples:
        yield from _example(example)


def _example(example: Example) -> Iterator[str]:
    yield from ("", f"**{_said(f'do_{example.name}')}**", "")
    yield from (f"```{example.language}", example.text().rstrip("\n"), "```")
    if example.answers:
        yield from ("", f"{_said('answer')}: {', '.join(f'`{each}`' for each in example.answers)}.")
    if _words.knows(f"connect.means_{example.name}"):
        yield from ("", _said(f"means_{example.name}"))


_words = Words("en")


def _said(key: str) -> str:
    return _words(f"connect.{key}").replace(NBSP, " ").replace(NARROW, " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
