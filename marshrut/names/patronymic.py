"""Patronymics: whose child, son or daughter, whatever the ending and the case."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from marshrut.names.given import table
from marshrut.names.letters import Word
from marshrut.names.name import Reason, Sex

# On keys (letters.py): C is ч, S is ш.
_SON = re.compile(r"^(?P<father>.{2,}?)(?:[oe]vi|i)C(?P<case>a|u|em|om|e|i)?$")
_DAUGHTER = re.compile(r"^(?P<father>.{2,}?)(?:[oea]v|ini[CS]|i[CS])n(?P<case>a|i|e|u|oi|oiu)$")
_SON_OF = re.compile(r"^(?P<father>.{2,}?)[ou]?(?:gli|glu|lu|li)$")
_DAUGHTER_OF = re.compile(r"^(?P<father>.{2,}?)[kg]izi$")
PARTICLES: dict[str, Sex] = {
    **dict.fromkeys(("ogli", "oglu", "ugli", "uli", "ogl"), "male"),
    **dict.fromkeys(("kizi", "gizi"), "female"),
}
_LONG = 5  # a stem of fewer letters has too many neighbours for a slip of the pen


@dataclass(frozen=True, slots=True, repr=False)
class Patronymic:
    """A father by the sketch of his name without endings; `sex` is the child's."""

    written: Word
    father: str
    sex: Sex | None
    declined: bool = False


@lru_cache(maxsize=8192)
def patronymic(written: Word) -> Patronymic | None:
    """The word as a patronymic, if its ending says so."""
    for pattern, sex, nominative in ((_SON, "male", None), (_DAUGHTER, "female", "a")):
        if found := pattern.match(written.key):
            return Patronymic(written, _stem(found["father"]), _SEXES[sex], found["case"] != nominative)
    for pattern, sex in ((_SON_OF, "male"), (_DAUGHTER_OF, "female")):
        if (found := pattern.match(written.key)) and _attached(written.key):
            return Patronymic(written, _stem(found["father"]), _SEXES[sex])
    return None


_SEXES: dict[str, Sex] = {"male": "male", "female": "female"}


def _attached(key: str) -> bool:
    return any(key.endswith(particle) and len(key) > len(particle) + 2 for particle in PARTICLES)


def child_of(father: Word, sex: Sex | None) -> Patronymic:
    """A patronymic that has no ending of its own: `Мамед оглы`, or whatever else stands in its field."""
    return Patronymic(father, _stem(father.key), sex)


def _stem(father: str) -> str:
    father = father.rstrip("aeiou") or father
    return table().fathers.get(father, father)


def fathers_alike(one: Patronymic, other: Patronymic) -> tuple[float, frozenset[Reason]]:
    """How far two patronymics name the same father, 0 to 1, and why."""
    if one.written.initial or other.written.initial:
        short, full = sorted((one.written, other.written), key=lambda word: len(word.key))
        return (0.85, frozenset({Reason.INITIAL})) if full.key.startswith(short.key) else (0.0, frozenset())
    why = set()
    if one.written.latin or other.written.latin:
        why.add(Reason.TRANSLITERATED)
    if one.declined != other.declined:
        why.add(Reason.DECLINED)
    if one.father == other.father:
        if one.written.text == other.written.text:
            why = {Reason.YO} if one.written.spelt != other.written.spelt else set()
        elif not why and one.sex == other.sex and one.declined == other.declined:
            why.add(Reason.COLLOQUIAL)
        return 1.0, frozenset(why)
    names, others = _names(one.father), _names(other.father)
    if names & others:
        return 0.95, frozenset(why | {Reason.VARIANT})
    if names and others:
        return 0.0, frozenset()
    length = max(len(one.father), len(other.father))
    if length >= _LONG and OSA.distance(one.father, other.father) == 1:
        return 0.85, frozenset(why | {Reason.TYPO})
    return 0.0, frozenset()


def _names(father: str) -> frozenset[str]:
    return _by_stem().get(father, frozenset())


@lru_cache(maxsize=1)
def _by_stem() -> dict[str, frozenset[str]]:
    """The stems that patronymics of the table's male names have, and whose they are."""
    found: dict[str, set[str]] = {"pavl": {"Павел"}, "lv": {"Лев"}}
    for key, senses in table().keys.items():
        for sense in senses:
            if sense.sex == "male" and not sense.how - {Reason.VARIANT}:
                found.setdefault(_stem(key), set()).add(sense.name)
    return {stem: frozenset(names) for stem, names in found.items()}
