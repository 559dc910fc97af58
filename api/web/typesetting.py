"""Typography of what the pages say, done once when words are loaded and never by hand in a text.

A space that must not break becomes one: after short prepositions and numbers, before units, a dash and per cent, in
initials (ui.md, "Words").
"""

from __future__ import annotations

import re

NBSP, NARROW = "\u00a0", "\u202f"

# Words of one to three letters that must not end a line.
_SHORT_RU = (
    *("а", "в", "во", "для", "до", "за", "и", "из", "к", "ко", "на", "над", "не", "ни", "но", "о", "об", "обо", "от"),
    *("по", "под", "при", "про", "с", "со", "у"),
)
_SHORT_EN = ("a", "an", "the", "of", "in", "on", "to", "by", "at")
_RU = re.compile(rf"(?<![\w-])({'|'.join(_SHORT_RU)}) (?=\S)", re.IGNORECASE)
_EN = re.compile(rf"(?<![\w-])({'|'.join(_SHORT_EN)}) (?=\S)", re.IGNORECASE)
_UNIT = re.compile(r"(?<=[\d}]) (?=(?:ч|мин|д|дн|раб|нед|с|лет|год|h|min|d|wk|s|%)\b|%)")
_NUMBER = re.compile("(№|§|ИБ) ")
_DASH = re.compile(r" (?=—)")
_INITIALS = re.compile(r"\b(\w\.) ?(?=\w\.(?:\s|$))")


def typeset(text: str, language: str) -> str:
    """The text with the spaces that a printer would set."""
    text = (_RU if language == "ru" else _EN).sub(rf"\1{NBSP}", text)
    for pattern, instead in ((_UNIT, NBSP), (_NUMBER, rf"\1{NBSP}"), (_DASH, NBSP), (_INITIALS, rf"\1{NBSP}")):
        text = pattern.sub(instead, text)
    return text
