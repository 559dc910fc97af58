"""Given names: which name a written form may stand for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

from petrovich.enums import Case, Gender  # type: ignore[import-untyped]  # it ships no types
from petrovich.main import Petrovich  # type: ignore[import-untyped]  # the same

from marshrut.names.letters import Word, word
from marshrut.names.name import Reason, Sex
from marshrut.yamlfile import Value, YamlFile

_GENDERS: dict[Sex, str] = {"male": Gender.MALE, "female": Gender.FEMALE}
_CASES = (Case.GENITIVE, Case.DATIVE, Case.ACCUSATIVE, Case.INSTRUMENTAL, Case.PREPOSITIONAL)


@dataclass(frozen=True, slots=True)
class Sense:
    """A name that a form may stand for, whose it then is, and what was done to it."""

    name: str
    sex: Sex
    how: frozenset[Reason]


Senses = frozenset[Sense]


@dataclass(frozen=True)
class Table:
    """What each form may mean, by its letters and by its sound, and colloquial fathers by sound."""

    texts: dict[str, Senses]
    keys: dict[str, Senses]
    fathers: dict[str, str]


def senses(written: Word) -> Senses:
    """Every name that the word may stand for; none of a word that the table lacks."""
    known = table()
    if not written.latin:
        return known.texts.get(written.text, frozenset())
    return known.keys.get(written.key) or known.texts.get(written.layout, frozenset())


@lru_cache(maxsize=1)
def table() -> Table:
    """The package's own table, with every case of every form."""
    read = _file()
    texts: dict[str, dict[tuple[str, Sex], frozenset[Reason]]] = {}
    keys: dict[str, dict[tuple[str, Sex], frozenset[Reason]]] = {}
    for sex in _GENDERS:
        for name, entry in _mapping(read, sex).items():
            for form, how in _nominatives(name, entry):
                _learn(texts, keys, (name, sex), form, how)
                for case in declined(form, "firstname", "female" if form[-1] in "ая" else sex):
                    _learn(texts, keys, (name, sex), case, how | {Reason.DECLINED})
    colloquial = {
        word(said.lower()).key: word(str(meant).lower()).key for said, meant in _mapping(read, "fathers").items()
    }
    return Table(_frozen(texts), _frozen(keys), colloquial)


@lru_cache(maxsize=1)
def forms() -> dict[str, dict[Reason | None, tuple[str, ...]]]:
    """By name its other forms in the table's order: variants and diminutives; under None those in Latin letters."""
    found: dict[str, dict[Reason | None, tuple[str, ...]]] = {}
    for sex in _GENDERS:
        for name, entry in _mapping(_file(), sex).items():
            kinds: dict[Reason | None, tuple[str, ...]] = {}
            for form, how in list(_nominatives(name, entry))[1:]:
                kind = None if form.isascii() else next(iter(how))
                kinds[kind] = (*kinds.get(kind, ()), form)
            found[name] = kinds
    return found


def _file() -> YamlFile:
    return YamlFile(Path(str(files("marshrut.names") / "data" / "given.yaml")))


def _mapping(read: YamlFile, key: str) -> dict[str, Value]:
    found = read.data.get(key) if isinstance(read.data, dict) else None
    return found if isinstance(found, dict) else {}


def _nominatives(name: str, entry: Value) -> Iterator[tuple[str, frozenset[Reason]]]:
    yield word(name.lower()).text, frozenset()
    kinds = {"also": Reason.VARIANT, "short": Reason.DIMINUTIVE, "abroad": Reason.VARIANT}
    for kind, listed in entry.items() if isinstance(entry, dict) else ():
        for form in listed if isinstance(listed, list) else ():
            yield word(str(form).lower()).text, frozenset({kinds[kind]})


def _learn(
    texts: dict[str, dict[tuple[str, Sex], frozenset[Reason]]],
    keys: dict[str, dict[tuple[str, Sex], frozenset[Reason]]],
    whose: tuple[str, Sex],
    form: str,
    how: frozenset[Reason],
) -> None:
    """Keep the plainest way in which a form may mean a name."""
    for index, letters in ((texts, form), (keys, word(form).key)):
        known = index.setdefault(letters, {})
        if whose not in known or len(how) < len(known[whose]):
            known[whose] = how


def _frozen(index: dict[str, dict[tuple[str, Sex], frozenset[Reason]]]) -> dict[str, Senses]:
    return {
        letters: frozenset(Sense(name, sex, how) for (name, sex), how in known.items())
        for letters, known in index.items()
    }


@lru_cache(maxsize=8192)
def declined(text: str, part: str, sex: Sex) -> frozenset[str]:
    """The other cases of a nominative; `part` as Petrovich calls it: firstname, lastname."""
    inflect = getattr(_petrovich(), part)
    return frozenset(inflect(text, case, _GENDERS[sex]) for case in _CASES) - {text}


@lru_cache(maxsize=1)
def _petrovich() -> Petrovich:
    # Its own constructor reads the rules in whatever encoding the machine prefers.
    found = Petrovich.__new__(Petrovich)
    found.data = json.loads((files("petrovich") / "rules" / "rules.json").read_text(encoding="utf-8"))
    return found
