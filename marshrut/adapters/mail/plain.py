"""The plain text of a mail's parts: of any charset, of HTML, of whatever a hostile sender writes; never a fault."""

from __future__ import annotations

import codecs
import re
from email.header import decode_header
from html import unescape

# Russian mail says one of these, or says nothing and is one of them.
GUESSES = ("utf-8", "cp1251")
# What the language decodes too and no mail is written in; the first takes hours for a megabyte of a hostile sender's.
_NO_CHARSETS = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape", "undefined"})
# What no text is made of: controls but tab and line break, marks that turn text round, halves of surrogate pairs.
_UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\u00ad\u200b]"
)
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+\n")
_TAG = re.compile(r"<(/?)([a-zA-Z!?][\w:-]{0,40})")
_SPACES = re.compile(r"[ \t\u00a0]+")

BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table", "ul", "ol", "hr"})
UNSEEN = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "math"})
MAX_WORD = 998


def decoded(content: bytes, charset: str | None) -> str:
    """The bytes as text; of an unknown charset the likeliest, with a mark in place of what it does not have."""
    for each in (charset, *GUESSES):
        if each is None:
            continue
        try:
            if codecs.lookup(each).name not in _NO_CHARSETS:
                return content.decode(each)
        except (LookupError, ValueError):
            continue
    return content.decode(GUESSES[-1], "replace")


def header(raw: str, limit: int = MAX_WORD) -> str:
    """A header's text, its encoded words decoded, in one line."""
    try:
        parts = decode_header(raw)
    except Exception:  # noqa: BLE001 - whatever a hostile header breaks in the library, it is only a text
        parts = [(raw, None)]
    text = "".join(
        decoded(part if isinstance(part, bytes) else part.encode("utf-8", "surrogateescape"), charset)
        for part, charset in parts
    )
    return _SPACES.sub(" ", cleaned(text).replace("\n", " ")).strip()[:limit]


def cleaned(text: str) -> str:
    """The text without what cannot be kept or shown, its lines ended alike."""
    return _UNFIT.sub(
        "", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    )


def tidied(text: str) -> str:
    """As `cleaned`, without trailing spaces and rows of blank lines."""
    lines = (line.rstrip() for line in cleaned(text).split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def of_html(html: str) -> str:
    """What a reader of the page would read. What is not closed goes to the end, so each letter is looked at once."""
    said: list[str] = []
    place, end = 0, len(html)
    while place < end:
        opens = html.find("<", place)
        text = html[place : end if opens < 0 else opens]
        said.append(_SPACES.sub(" ", unescape(text).replace("\n", " ")))
        if opens < 0:
            break
        place = _after(html, opens, said)
    return "".join(said)


def _after(html: str, opens: int, said: list[str]) -> int:
    """Where the text goes on after what opens there."""
    if html.startswith("<!--", opens):
        return _end(html, "-->", opens)
    tag = _TAG.match(html, opens)
    if tag is None:
        said.append("<")
        return opens + 1
    name, closing = tag[2].lower(), bool(tag[1])
    after = _end(html, ">", opens)
    if name in UNSEEN and not closing:
        return _unseen_until(html, name, after)
    if name in BREAKS:
        said.append("\n")
    return after


def _unseen_until(html: str, name: str, place: int) -> int:
    closes = re.compile(f"</{name}\\b[^>]{{0,100}}>", re.IGNORECASE).search(html, place)
    return len(html) if closes is None else closes.end()


def _end(html: str, mark: str, place: int) -> int:
    found = html.find(mark, place)
    return len(html) if found < 0 else found + len(mark)
