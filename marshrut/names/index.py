"""Many names, of which those are found at once that one may be: by sound, by form, by beginning, by a slip of the pen.

It finds whom `match` should look at and has it look at them; so what it finds, and why, is what `match` says. It holds
names as they are written, so whoever fills it keeps it in memory and nowhere else.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from marshrut.names.family import stem
from marshrut.names.given import forms, senses
from marshrut.names.letters import Word, clean, word
from marshrut.names.matching import POSSIBLE, match
from marshrut.names.name import Match, Name, Reason
from marshrut.names.patronymic import patronymic
from marshrut.names.reading import Normalised, normalised, words_of

Key = TypeVar("Key", bound=Hashable)

# So many are looked at one by one: that takes some 60 ms.
MOST = 400
# A single word is no name: who has it is shown all the same, the better it fits the sooner.
ONE_WORD, BEGINS_ONE, BEGINS_ALL = 40, 45, 75
SHORTEST_BEGINNING = 2
_SLIPS = ((9, 2), (4, 1), (0, 0))  # from which length on how many slips are looked for


@dataclass(frozen=True, slots=True)
class Found(Generic[Key]):
    """Whose name it may be, how well it fits (0 to 100), and why; no reasons: it is written so, or begins so."""

    key: Key
    score: int
    reasons: tuple[str, ...]


class NameIndex(Generic[Key]):
    """Names by key; a key may have several."""

    def __init__(self) -> None:
        self._names: dict[Key, tuple[Name, ...]] = {}
        self._ready: dict[Key, tuple[tuple[Normalised, tuple[Word, ...]], ...]] = {}
        self._terms: dict[str, set[Key]] = {}
        self._stems: list[str] | None = None

    def __len__(self) -> int:
        return len(self._names)

    def put(self, key: Key, names: Iterable[Name]) -> None:
        """Know the key by these names, and no longer by others."""
        self.drop(key)
        known = tuple(names)
        if not known:
            return
        self._names[key] = known
        for term in _terms_of(known):
            self._terms.setdefault(term, set()).add(key)
        self._stems = None

    def drop(self, key: Key) -> None:
        """Know the key no longer."""
        self._ready.pop(key, None)
        for term in _terms_of(self._names.pop(key, ())):
            held = self._terms[term]
            held.discard(key)
            if not held:
                del self._terms[term]
                self._stems = None

    def find(self, sought: Name, *, most: int = MOST) -> list[Found[Key]]:
        """Who may be meant, the best first."""
        told = [each for each in _words(sought) if not each.initial]
        whole = normalised(sought)
        found = [hit for key in self._candidates(told)[:most] if (hit := self._hit(key, whole, told)) is not None]
        return sorted(found, key=lambda hit: hit.score, reverse=True)

    def _candidates(self, told: list[Word]) -> list[Key]:
        """Whoever has any of the words in any form: who has most of them first, and of these who has rare ones."""
        counts: Counter[Key] = Counter()
        weights: defaultdict[Key, float] = defaultdict(float)
        for each in told:
            holders = self._holders(each)
            weight = 1 / math.log2(2 + len(holders))
            for key in holders:
                counts[key] += 1
                weights[key] += weight
        return sorted(counts, key=lambda key: (-counts[key], -weights[key]))

    def _holders(self, told: Word) -> set[Key]:
        stems = self._stems
        if stems is None:
            stems = self._stems = [term for term in self._terms if term[0] not in "=^"]
        terms = set(_terms(told))
        for root in {stem(told.key), told.key, *([stem(word(told.layout).key)] if told.layout else [])}:
            slips = next(slips for length, slips in _SLIPS if len(root) >= length)
            if slips:
                near = extract(root, stems, scorer=OSA.distance, score_cutoff=slips, limit=200)
                terms.update(term for term, _, _ in near)
            if len(root) >= SHORTEST_BEGINNING:
                terms.update(term for term in stems if term.startswith(root))
        return set().union(*(self._terms.get(term, ()) for term in terms))

    def _hit(self, key: Key, whole: Normalised, told: list[Word]) -> Found[Key] | None:
        ready = self._ready.get(key)
        if ready is None:
            ready = self._ready[key] = tuple((normalised(name), tuple(_words(name))) for name in self._names[key])
        best = max((match(whole, name) for name, _ in ready), key=lambda each: each.score)
        score = best.score if _worth_showing(best, len(told)) else 0
        beginning = BEGINS_ONE if len(told) == 1 else BEGINS_ALL
        may_begin = score < beginning and Reason.BIRTH_DATE_DIFFERS not in best.reasons
        if may_begin and any(_begin(told, words) for _, words in ready):
            return Found(key, beginning, ())
        return Found(key, score, best.reasons) if score else None


def other_forms(sought: Name) -> tuple[str, ...]:
    """Other forms of the given names in a text, as they were looked for too: of each kind the most usual."""
    found: list[str] = []
    for each in _words(sought):
        meant = sorted(senses(each), key=lambda sense: (len(sense.how), sense.name))[:1]
        for sense in meant:
            known = forms().get(sense.name, {})
            one_of_each = [sense.name.lower(), *(known[kind][0] for kind in (*_KINDS, None) if kind in known)]
            found += [form for form in one_of_each if form not in {each.text, *found}]
    return tuple(form.capitalize() for form in found)


_KINDS = (Reason.VARIANT, Reason.DIMINUTIVE)


def _worth_showing(found: Match, words: int) -> bool:
    if found.score >= POSSIBLE:
        return True
    if Reason.BIRTH_DATE_DIFFERS in found.reasons or found.score < ONE_WORD:
        return False
    # Of the two one says less than a name: what it says agrees.
    against = {Reason.FAMILY_DIFFERS, Reason.GIVEN_DIFFERS, Reason.PATRONYMIC_DIFFERS, Reason.SEX_DIFFERS}
    lacks = words == 1 or {Reason.NO_FAMILY, Reason.NO_GIVEN} & set(found.reasons)
    return bool(lacks) and not against & set(found.reasons)


def _begin(told: list[Word], words: tuple[Word, ...]) -> bool:
    """Whether each word is the beginning of another one of the name's."""
    left = list(words)
    for each in told:
        fits = next((other for other in left if _begins(each, other)), None)
        if fits is None:
            return False
        left.remove(fits)
    return bool(told)


def _begins(beginning: Word, whole: Word) -> bool:
    if len(beginning.text) < SHORTEST_BEGINNING:
        return False
    if senses(beginning) and patronymic(whole):
        return False  # Пётр is no beginning of Петровна
    texts = (beginning.text, beginning.layout) if beginning.layout else (beginning.text,)
    return whole.text.startswith(texts) or whole.key.startswith(beginning.key)


def _words(name: Name) -> list[Word]:
    fields = (name.family, name.given, name.patronymic, *name.maiden)
    return [each for text in fields for each in words_of(clean(text[:500]))]


def _terms_of(names: Iterable[Name]) -> set[str]:
    return {term for name in names for term in _terms_in(name)}


def _terms_in(name: Name) -> Iterable[str]:
    fathers = {each for each in words_of(clean(name.patronymic[:500])) if patronymic(each) is not None}
    for each in _words(name):
        # By its sound every Ивановна would be found for an Иванова.
        yield from _father(each) if each in fathers else _terms(each)


def _father(each: Word) -> Iterable[str]:
    father = patronymic(each)
    return () if father is None else (f"^{father.father}",)


def _terms(each: Word) -> Iterable[str]:
    """Under what a word is found: its sound, every name that it may be a form of, the father of a patronymic."""
    yield stem(each.key)
    yield from (f"={sense.name}" for sense in senses(each))
    yield from _father(each)
    if each.layout:
        yield stem(word(each.layout).key)
        yield from (f"={sense.name}" for sense in senses(word(each.layout)))
