"""What is compared, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Literal, Self

Sex = Literal["male", "female"]


class Reason(StrEnum):
    """What was taken into account; stable codes, of which `Match.reasons` are the values."""

    YO = "yo"
    VARIANT = "variant"
    DIMINUTIVE = "diminutive"
    TRANSLITERATED = "transliterated"
    KEYBOARD_LAYOUT = "keyboard_layout"
    DECLINED = "declined"
    COLLOQUIAL = "colloquial"
    SOUNDS_ALIKE = "sounds_alike"
    TYPO = "typo"
    INITIAL = "initial"
    DOUBLE_NAME = "double_name"
    MAIDEN_NAME = "maiden_name"
    TRANSPOSED = "transposed"
    NO_FAMILY = "no_family"
    NO_GIVEN = "no_given"
    NO_PATRONYMIC = "no_patronymic"
    FAMILY_DIFFERS = "family_differs"
    GIVEN_DIFFERS = "given_differs"
    PATRONYMIC_DIFFERS = "patronymic_differs"
    SEX_DIFFERS = "sex_differs"
    BIRTH_DATE_EQUAL = "birth_date_equal"
    BIRTH_DATE_CLOSE = "birth_date_close"
    BIRTH_DATE_DIFFERS = "birth_date_differs"


@dataclass(frozen=True, slots=True, repr=False)
class Name:
    """A name as somebody wrote it; any field may be missing, declined, in Latin letters or in another's place.

    `maiden` are earlier family names. It never prints itself: it is personal data.
    """

    family: str = ""
    given: str = ""
    patronymic: str = ""
    maiden: tuple[str, ...] = ()
    birth_date: date | None = None
    sex: Sex | None = None

    @classmethod
    def of(cls, text: str, *, birth_date: date | None = None, sex: Sex | None = None) -> Self:
        """A name written as one string, in any order: `Петрова Анна (урожд. Сидорова)`, `А. С. Пушкин`."""
        return cls(family=text, birth_date=birth_date, sex=sex)


@dataclass(frozen=True, slots=True)
class Match:
    """How far two writings agree, 0 to 100, and why; the codes are those of `Reason`, in alphabetical order."""

    score: int
    reasons: tuple[str, ...]
