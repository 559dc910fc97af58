"""Words compared letter by letter: family names, and given names that the table lacks."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz.distance import OSA

from marshrut.names.given import declined
from marshrut.names.letters import Word
from marshrut.names.name import Reason

Likeness = tuple[float, frozenset[Reason]]
NOTHING: Likeness = (0.0, frozenset())

# On keys: -ов, -ев, -ин in either sex and any case, and the adjectives (-ский, -ая, -ой).
_POSSESSIVE = re.compile(r"^(.{2,}(?:[oe]v|in))(?:a|oi|oiu|u|im|om|e|i|ih|imi)$")
_ADJECTIVE = re.compile(r"^(.{3,}?)(?:aia|uiu|ogo|omu|oiu|oi|im|om|i|ih)$")
MALE = re.compile(r"(?:[oe]v|in|ski|Qki)$")
FEMALE = re.compile(r"(?:aia|uiu)$")  # -ова is also кого? of -ов; -ая and -ую are hers alone
_FAMILY = re.compile(r"(?:[oe]v|in|sk|Qk)(?:a|oi|u|im|om|e|i|aia|ogo|omu|uiu)?$|(?:nko|uk|ak|ik|iC|ian|dze|Svili|ih)$")

# Likeness by the length of the longer word: (from length, one slip, two slips).
_SLIPS = ((12, 0.92, 0.8), (9, 0.92, 0.6), (7, 0.9, 0.6), (6, 0.86, 0.5), (5, 0.8, 0.2), (4, 0.62, 0.0), (0, 0.3, 0.0))
_SHORT = 5
_FIRST_LETTER = 0.3  # whoever errs seldom errs in the first letter


@lru_cache(maxsize=8192)
def stem(key: str) -> str:
    """What stays of a family name in every case and for both sexes."""
    found = _POSSESSIVE.match(key) or _ADJECTIVE.match(key)
    return found[1] if found else key


def looks_like_family(word: Word) -> bool:
    """Whether the word ends as family names here end."""
    return bool(_FAMILY.search(word.key))


def words_alike(one: Word, other: Word, part: str = "lastname") -> Likeness:
    """How far two words are one name, 0 to 1, and why."""
    if one.initial or other.initial:
        short, full = sorted((one, other), key=lambda word: len(word.key))
        return (0.7, frozenset({Reason.INITIAL})) if full.key.startswith(short.key) else NOTHING
    if one.text == other.text:
        return 1.0, frozenset({Reason.YO} if one.spelt != other.spelt else ())
    if other.text == one.layout or one.text == other.layout:
        return 0.96, frozenset({Reason.KEYBOARD_LAYOUT})
    why = frozenset({Reason.TRANSLITERATED}) if one.latin or other.latin else frozenset()
    if one.key == other.key:
        return 0.97, why or frozenset({Reason.SOUNDS_ALIKE})
    if stem(one.key) == stem(other.key) or _case_of(one, other, part) or _case_of(other, one, part):
        return 0.96, why | {Reason.DECLINED}
    likeness, slips = _slips(one, other, why)
    if part == "firstname" and max(len(one.text), len(other.text)) <= _SHORT:
        likeness *= 0.8  # a letter makes another name of a short one
    return likeness, slips


def _case_of(one: Word, other: Word, part: str) -> bool:
    """Whether one is another case of the other, which is the nominative."""
    close = one.text[:2] == other.text[:2] and abs(len(one.text) - len(other.text)) <= 2  # noqa: PLR2004 - the endings
    return close and not one.latin and one.text in declined(other.text, part, "male")


def _slips(one: Word, other: Word, why: frozenset[Reason]) -> Likeness:
    """What is left: slips of the pen, few enough for the length."""
    if abs(len(one.key) - len(other.key)) > 4:  # noqa: PLR2004 - two slips and an ending
        return NOTHING
    stems = stem(one.key), stem(other.key)
    bare = OSA.distance(*stems, score_cutoff=2)
    whole = OSA.distance(one.key, other.key, score_cutoff=2)
    words, slips = (stems, bare) if bare < whole else ((one.key, other.key), whole)
    length = max(map(len, words))
    _, first, second = next(row for row in _SLIPS if length >= row[0])
    likeness = {1: first, 2: second}.get(slips, 0.0)
    if likeness and words[0][:1] != words[1][:1]:
        likeness -= _FIRST_LETTER
    if likeness <= 0:
        return NOTHING
    return likeness, why | {Reason.TYPO} | ({Reason.DECLINED} if bare < whole else set())


def families_alike(ones: tuple[Word, ...], others: tuple[Word, ...]) -> Likeness:
    """The best pairing of the parts of two family names; a part that has no pair costs something."""
    best = NOTHING
    for one in ones:
        for other in others:
            found = words_alike(one, other)
            if found[0] > best[0]:
                best = found
    if len(ones) == len(others) == 1 or not best[0]:
        return best
    if len(ones) == len(others):
        pairs = [max((words_alike(one, other) for other in others), key=lambda pair: pair[0]) for one in ones]
        back = [max((words_alike(one, other) for one in ones), key=lambda pair: pair[0]) for other in others]
        if min(likeness for likeness, _ in pairs + back) > 0:
            both = frozenset().union(*(why for _, why in pairs))
            return sum(likeness for likeness, _ in pairs + back) / len(pairs + back), both
    return best[0] * 0.85, best[1] | {Reason.DOUBLE_NAME}
