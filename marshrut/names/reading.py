"""Which word of a name is what: fields as filled in, one string in any order, fields confused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from marshrut.names.family import FEMALE, MALE, looks_like_family
from marshrut.names.given import Senses, senses
from marshrut.names.letters import Word, clean, word
from marshrut.names.name import Name, Reason, Sex
from marshrut.names.patronymic import PARTICLES, Patronymic, child_of, patronymic

_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_EARLIER = re.compile(r"\(([^()]*)\)|\b(?:урожд\w*|в девичестве|ранее|née|nee)\b\.?\s*([\w'-]+)")
_ABOUT = re.compile(
    r"(?:урожд|разыскива|гражданин|гражданк|пациент|девич)\w*|и(?:щу|щем|щет)|девичестве|ранее|бывш\w*|гр|господин\w?|"
    r"госпож\w|мужчин\w|женщин\w|фио|n[eé]e|mrs?|ms|herr|frau"
)
_EITHER = 3  # readings, when any of the words may be the given name
_MANY, _LONG, _TEXT = 8, 60, 500  # words, letters of one, of a field: a pasted page must not cost minutes


class Parts(NamedTuple):
    """Words by what they are."""

    family: tuple[Word, ...]
    given: tuple[Word, ...]
    patronymic: Patronymic | None


@dataclass(frozen=True, slots=True, repr=False)
class Reading:
    """One way to understand a name. `senses` are of the first given name, those of the other sex left out."""

    family: tuple[Word, ...]
    given: tuple[Word, ...]
    patronymic: Patronymic | None
    sex: Sex | None
    senses: Senses
    transposed: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Normalised:
    """A name ready to be compared with many; `says` is what it says, in any spelling of case, ё and spaces."""

    readings: tuple[Reading, ...]
    maiden: tuple[Word, ...]
    birth_date: date | None
    sex: Sex | None
    says: tuple[str, ...] = field(default=())


def normalised(name: Name) -> Normalised:
    """Every sensible reading of a name; none of one without a single letter."""
    fields = [clean(text[:_TEXT]) for text in (name.family, name.given, name.patronymic)]
    maiden = [clean(text[:_TEXT]) for text in name.maiden[:_MANY]]
    for number, text in enumerate(fields):
        maiden += [either or other for either, other in _EARLIER.findall(text)]
        fields[number] = _EARLIER.sub(" ", text) if _WORDS.search(_EARLIER.sub(" ", text)) else text
    family, given, last = (words_of(text) for text in fields)
    filled = sum(map(bool, (family, given, last)))
    if filled <= 1:
        readings = [_reading(parts, name.sex) for parts in _sorted_out((*family, *given, *last))]
    else:
        told = _told(family, given, last)
        readings = [_reading(told, name.sex)]
        for parts in _sorted_out((*family, *given, *last))[:1]:
            if _places(parts) != _places(told):
                readings.append(_reading(parts, name.sex, transposed=True))
    earlier = tuple(found for text in maiden for found in words_of(text))
    says = [*(" ".join(sorted(found.text for found in group)) for group in (family, given, last, earlier))]
    return Normalised(tuple(readings), earlier, name.birth_date, name.sex, (*says, str(name.birth_date), str(name.sex)))


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a field that `clean` made, those that only speak about a name left out."""
    found = [word(spelt[:_LONG]) for spelt in _WORDS.findall(text)]
    plain = [written for written in found if not _ABOUT.fullmatch(written.spelt)]
    return tuple((plain or found)[:_MANY])


def _told(family: tuple[Word, ...], given: tuple[Word, ...], last: tuple[Word, ...]) -> Parts:
    """The fields as they were filled in; `Анна Петровна` in the field of the given name is split."""
    if not last and any(patronymic(part) or part.key in PARTICLES for part in given[1:]):
        given, rest = given[:1], given[1:]
        return Parts(family, given, _father(rest))
    return Parts(family, given, _father(last))


def _father(words: tuple[Word, ...]) -> Patronymic | None:
    sex = next((PARTICLES[part.key] for part in words if part.key in PARTICLES), None)
    plain = [part for part in words if part.key not in PARTICLES]
    if not plain:
        return None
    return (patronymic(plain[0]) if sex is None else None) or child_of(plain[0], sex)


def _sorted_out(words: tuple[Word, ...]) -> list[Parts]:
    """One string: the readings that its words allow, whatever their order; the likeliest first."""
    if not words:
        return []
    father, rest = _take_father(words)
    initials = [part for part in rest if part.initial]
    plain = sorted((part for part in rest if not part.initial), key=lambda part: part.text)
    if not plain:
        return [Parts((), tuple(initials[:1]), father or _father(tuple(initials[1:2])))]
    if initials:
        named = tuple(initials[:1])
        best = max(plain, key=_given_ness)
        if len(plain) > 1 and _given_ness(best) > 1:
            return [Parts(tuple(part for part in plain if part is not best), (best,), father or _father(named))]
        return [Parts(tuple(plain), named, father or _father(tuple(initials[1:2])))]
    if len(plain) == 1:
        found = _alone(plain[0], father)
        if father and father.sex and not father.written.latin and senses(plain[0]):
            found.append(Parts((father.written,), (plain[0],), None))
        return found
    ranked = sorted(plain, key=lambda part: (-_given_ness(part), part.text))
    maybe = [part for part in ranked if _given_ness(ranked[0]) - _given_ness(part) < 1]
    return [Parts(tuple(part for part in plain if part is not given), (given,), father) for given in maybe[:_EITHER]]


def _alone(plain: Word, father: Patronymic | None) -> list[Parts]:
    if _given_ness(plain) > 0:
        return [Parts((), (plain,), father)]
    return [Parts((plain,), (), father)]


def _take_father(words: tuple[Word, ...]) -> tuple[Patronymic | None, list[Word]]:
    """The patronymic among the words, and the others."""
    for number, part in enumerate(words[1:], start=1):
        if part.key in PARTICLES:
            rest = [other for place, other in enumerate(words) if place not in {number, number - 1}]
            return child_of(words[number - 1], PARTICLES[part.key]), rest
    if len(words) == 1:
        return None, [*words]
    fathers = [found for part in words if (found := patronymic(part)) and not senses(part)]
    if not fathers:
        return None, [*words]
    # Of two (Рабинович Лев Абрамович) the one that fits the sex less is a family name: it has no feminine.
    best = max(fathers, key=lambda found: (found.sex == "female", _usual(found), found.written.text))
    rest = [*words]
    rest.remove(best.written)
    return best, rest


def _usual(found: Patronymic) -> bool:
    return bool(re.search(r"[oe]viC|[oe]vn", found.written.key)) and bool(senses(word(found.father)))


def _given_ness(part: Word) -> float:
    """How much a word looks like a given name."""
    known = senses(part)
    score = -1.0 if looks_like_family(part) else 0.0
    if known:
        score += 3.0 if any(not sense.how - {Reason.DECLINED} for sense in known) else 2.0
    return score


def _places(parts: Parts) -> tuple[list[str], list[str], str]:
    father = parts.patronymic.written.text if parts.patronymic else ""
    return sorted(part.text for part in parts.family), sorted(part.text for part in parts.given), father


def _reading(parts: Parts, told: Sex | None, *, transposed: bool = False) -> Reading:
    known = senses(parts.given[0]) if parts.given else frozenset()
    sex = told or (parts.patronymic.sex if parts.patronymic else None)
    if sex is None:
        sexes = {sense.sex for sense in known}
        endings: tuple[tuple[re.Pattern[str], Sex], ...] = ((MALE, "male"), (FEMALE, "female"))
        for ending, whose in endings:
            if len(sexes) > 1 and any(ending.search(part.key) and not part.latin for part in parts.family):
                sexes = {whose}
        sex = sexes.pop() if len(sexes) == 1 else None
    fitting = frozenset(sense for sense in known if sense.sex == sex) if sex else known
    return Reading(*parts, sex, fitting or known, transposed)
