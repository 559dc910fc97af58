"""Two names weighed against each other: how far they agree, and what was taken into account."""

from __future__ import annotations

from datetime import date

from rapidfuzz.distance import OSA

from marshrut.names.family import NOTHING, Likeness, families_alike, words_alike
from marshrut.names.name import Match, Name, Reason
from marshrut.names.patronymic import fathers_alike
from marshrut.names.reading import Normalised, Reading, normalised

LIKELY = 85
POSSIBLE = 60

_WEIGHTS = (40, 35, 25)  # family, given, patronymic
_WEIGHTS_OF_TWO = (55, 45)
_ALIKE = 0.5  # below this a part differs
_VARIANT, _DIMINUTIVE, _DECLINED, _OTHER_NOMINATIVE = 0.96, 0.93, 0.98, 0.6

# What a pair may reach at most when something is against it, or when too little is said.
_ONLY_ONE_PART = 50
_TWO_WITHOUT_FAMILY_OR_GIVEN = 65
_FAMILY_DIFFERS, _FAMILY_DIFFERS_SAME_BIRTH = 45, 70
_GIVEN_DIFFERS = 40
_PATRONYMIC_DIFFERS = 50
_SEX_DIFFERS = 40
_BIRTH_DATE_DIFFERS, _BIRTH_DATE_CLOSE, _BIRTH_DATE_CLOSE_IN_FULL = 55, 80, 90

_ONE_HAS_NO_PATRONYMIC = 6  # points
_TRANSPOSED = 2


def match(a: Name | Normalised, b: Name | Normalised) -> Match:
    """How far two writings of a name agree; the order of the two does not matter.

    A name that holds a family and a given name, no initial, is 100 with itself; one that says less is not, since
    everybody called Anna is called Anna. 85 (`LIKELY`) and 60 (`POSSIBLE`) are worth showing to a person, who decides.
    Compare one with many by calling `normalised` once for each. Nothing is raised, whatever the text.
    """
    one = a if isinstance(a, Normalised) else normalised(a)
    other = b if isinstance(b, Normalised) else normalised(b)
    found = [_weigh(left, right, one, other) for left in one.readings for right in other.readings]
    if not found:
        return Match(0, ())
    best = max(found, key=lambda match: (match.score, -len(match.reasons), match.reasons))
    if one.says == other.says and any(map(_whole, one.readings)):
        return Match(100, best.reasons)
    return best


def _whole(reading: Reading) -> bool:
    return bool(reading.family and reading.given) and not reading.given[0].initial


def _weigh(one: Reading, other: Reading, a: Normalised, b: Normalised) -> Match:
    why: set[Reason] = set()
    most = 100
    family, given, father = _families(one, other, a, b), _givens(one, other), _fathers(one, other)
    for likeness, missing, differs, cap in (
        (family, Reason.NO_FAMILY, Reason.FAMILY_DIFFERS, _FAMILY_DIFFERS),
        (given, Reason.NO_GIVEN, Reason.GIVEN_DIFFERS, _GIVEN_DIFFERS),
        (father, Reason.NO_PATRONYMIC, Reason.PATRONYMIC_DIFFERS, _PATRONYMIC_DIFFERS),
    ):
        if likeness is None:
            why.add(missing)
        elif likeness[0] < _ALIKE:
            why.add(differs)
            most = min(most, cap)
        else:
            why |= likeness[1]
    score = _sum(family, given, father)
    if father is None and bool(one.patronymic) != bool(other.patronymic):
        score -= _ONE_HAS_NO_PATRONYMIC
    if one.transposed or other.transposed:
        why.add(Reason.TRANSPOSED)
        score -= _TRANSPOSED
    compared = sum(part is not None for part in (family, given, father))
    if compared < 2:  # noqa: PLR2004 - one part of a name is no name
        most = min(most, _ONLY_ONE_PART)
    elif family is None or given is None:
        most = min(most, _TWO_WITHOUT_FAMILY_OR_GIVEN)
    if one.sex and other.sex and one.sex != other.sex:
        why.add(Reason.SEX_DIFFERS)
        most = min(most, _SEX_DIFFERS)
    if a.birth_date and b.birth_date:
        born = _births(a.birth_date, b.birth_date)
        why.add(born)
        most, score = _with_birth(born, most, score, why)
    return Match(max(0, min(most, round(score))), tuple(sorted(reason.value for reason in why)))


def _sum(family: Likeness | None, given: Likeness | None, father: Likeness | None) -> float:
    if family and given and father is None:
        return family[0] * _WEIGHTS_OF_TWO[0] + given[0] * _WEIGHTS_OF_TWO[1]
    said = [(part[0], weight) for part, weight in zip((family, given, father), _WEIGHTS, strict=True) if part]
    total = sum(weight for _, weight in said)
    return 100 * sum(likeness * weight for likeness, weight in said) / total if total else 0.0


def _with_birth(born: Reason, most: int, score: float, why: set[Reason]) -> tuple[int, float]:
    if born is Reason.BIRTH_DATE_DIFFERS:
        return min(most, _BIRTH_DATE_DIFFERS), score
    if born is Reason.BIRTH_DATE_CLOSE:
        full = Reason.NO_PATRONYMIC not in why
        return min(most, _BIRTH_DATE_CLOSE_IN_FULL if full else _BIRTH_DATE_CLOSE), score
    against = why & {Reason.GIVEN_DIFFERS, Reason.SEX_DIFFERS, Reason.PATRONYMIC_DIFFERS}
    if Reason.FAMILY_DIFFERS in why and not against:  # she may have married
        return max(most, _FAMILY_DIFFERS_SAME_BIRTH), max(score, _FAMILY_DIFFERS_SAME_BIRTH)
    return most, score + (100 - score) * 0.4


def _births(one: date, other: date) -> Reason:
    if one == other:
        return Reason.BIRTH_DATE_EQUAL
    swapped = one.year == other.year and (one.month, one.day) == (other.day, other.month)
    if swapped or OSA.distance(one.isoformat(), other.isoformat()) == 1:
        return Reason.BIRTH_DATE_CLOSE
    return Reason.BIRTH_DATE_DIFFERS


def _families(one: Reading, other: Reading, a: Normalised, b: Normalised) -> Likeness | None:
    if not one.family or not other.family:
        return None
    best = families_alike(one.family, other.family)
    for mine, theirs in ((a.maiden, other.family), (one.family, b.maiden), (a.maiden, b.maiden)):
        for word in mine:
            for earlier in theirs:
                likeness, why = words_alike(word, earlier)
                if likeness * 0.92 > best[0]:
                    best = likeness * 0.92, why | {Reason.MAIDEN_NAME}
    return best


def _fathers(one: Reading, other: Reading) -> Likeness | None:
    if one.patronymic is None or other.patronymic is None:
        return None
    return fathers_alike(one.patronymic, other.patronymic)


def _givens(one: Reading, other: Reading) -> Likeness | None:
    if not one.given or not other.given:
        return None
    first, second = one.given[0], other.given[0]
    if first.text == second.text or first.initial or second.initial or not (one.senses and other.senses):
        return words_alike(first, second, "firstname")
    best = NOTHING
    for mine in one.senses:
        for theirs in other.senses:
            if (mine.name, mine.sex) != (theirs.name, theirs.sex):
                continue
            how = mine.how | theirs.how if mine.how != theirs.how else mine.how - {Reason.DECLINED}
            likeness = _VARIANT if Reason.VARIANT in how else 1.0
            likeness = min(likeness, _DIMINUTIVE if Reason.DIMINUTIVE in how else _DECLINED if how else 1.0)
            if likeness > best[0]:
                best = likeness, how
    if best[0] and _either_is_another_name(one, other, best[1]):
        best = _OTHER_NOMINATIVE, best[1]
    if best[0] and (first.latin or second.latin):
        layout = (
            first.latin != second.latin
            and first.key != second.key
            and {first.layout, second.layout} & {first.text, second.text}
        )
        best = best[0], best[1] | {Reason.KEYBOARD_LAYOUT if layout else Reason.TRANSLITERATED}
    return best


def _either_is_another_name(one: Reading, other: Reading, how: frozenset[Reason]) -> bool:
    """Александра is a woman, or a man looked for (кого?): only a case that hides a nominative is in doubt."""
    if Reason.DECLINED not in how:
        return False
    plain = [{sense.name for sense in reading.senses if not sense.how} for reading in (one, other)]
    return bool(plain[0] and plain[1]) and plain[0] != plain[1]
