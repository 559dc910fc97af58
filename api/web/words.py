"""What the pages say, in Russian and English: a file a page under `words/`, loaded and checked once.

An entry is `key: {ru: ..., en: ...}`. Where a number decides the form, the sides are tables by plural category
(`one, few, many, other`; English `one, other`), chosen by the value `n`. `{name}` is filled in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import Literal, TypeAlias, cast

import yaml
from babel import Locale

from api.web.typesetting import typeset

Language: TypeAlias = Literal["ru", "en"]
LANGUAGES: tuple[Language, ...] = ("ru", "en")
Side: TypeAlias = str | Mapping[str, str]

LOCALES = {language: Locale.parse(language) for language in LANGUAGES}


class WordsError(Exception):
    """A file of words is at fault."""


@dataclass(frozen=True, slots=True)
class Words:
    """Says things in one language."""

    language: Language

    def __call__(self, key: str, /, **values: object) -> str:
        """What the key says.

        Raises:
            KeyError: there is no such key, or a value is missing.
        """
        said = _book()[key][self.language]
        text = said if isinstance(said, str) else _form(said, values["n"], self.language)
        return text.format_map(values) if values else text

    def forms(self, key: str) -> Mapping[str, str]:
        """The key's forms by plural category with their places unfilled, for a script; of a plain text `other`."""
        said = _book()[key][self.language]
        return {"other": said} if isinstance(said, str) else said

    def knows(self, key: str) -> bool:
        """Whether there is such a key."""
        return key in _book()


def _form(forms: Mapping[str, str], number: object, language: Language) -> str:
    category = LOCALES[language].plural_form(abs(cast("float", number)))
    return forms.get(category, forms["other"])


def keys() -> frozenset[str]:
    """Every key that there is."""
    return frozenset(_book())


@cache
def _book() -> Mapping[str, Mapping[Language, Side]]:
    """All words by key: the file's name, a dot, and the key in it.

    Raises:
        WordsError: an entry lacks a language, a plural form, or its sides name different values.
    """
    book: dict[str, Mapping[Language, Side]] = {}
    for file in sorted(resources.files("api.web").joinpath("words").iterdir(), key=lambda each: each.name):
        if not file.name.endswith(".yaml"):
            continue
        page = file.name.removesuffix(".yaml")
        for name, entry in (yaml.safe_load(file.read_text("utf-8")) or {}).items():
            book[f"{page}.{name}"] = _checked(f"{page}.{name}", entry)
    return book


def _checked(key: str, entry: Mapping[str, Side]) -> Mapping[Language, Side]:
    if set(entry) != set(LANGUAGES):
        raise WordsError(f"{key}: ru and en are needed")
    sides: dict[Language, Side] = {}
    for language in LANGUAGES:
        side = entry[language]
        if isinstance(side, str):
            sides[language] = typeset(side, language)
            continue
        needed = {"one", "few", "many", "other"} if language == "ru" else {"one", "other"}
        if set(side) != needed:
            raise WordsError(f"{key}: {language} needs the forms {', '.join(sorted(needed))}")
        sides[language] = {form: typeset(text, language) for form, text in side.items()}
    first, second = (_values(sides[language]) for language in LANGUAGES)
    if first != second:
        raise WordsError(f"{key}: the two languages name different values")
    return sides


def _values(side: Side) -> frozenset[str]:
    texts = [side] if isinstance(side, str) else side.values()
    named = {name for text in texts for _, name, _, _ in Formatter().parse(text) if name}
    return frozenset(named - ({"n"} if not isinstance(side, str) else set()))
