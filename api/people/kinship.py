"""Whether two names may be of one person, for a caller who may see persons; scores and reasons, never a decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.confidential import opened
from api.parts import ApiParts
from api.people.told_names import LONGEST, day, names_in
from api.views.case import case_records
from api.views.titles import Title, Worded
from marshrut.domain.admission import Text
from marshrut.domain.kin import Reach
from marshrut.domain.state import CaseState, Item
from marshrut.names import Match, Name, Reason, match
from marshrut.ports import Caller, SoughtPerson


class PersonNamed(BaseModel):
    """A person as somebody names them: what is known of the name, in any spelling."""

    model_config = ConfigDict(extra="forbid")

    family: Text | None = None
    given: Text | None = None
    patronymic: Text | None = None
    maiden: tuple[Text, ...] = Field(default=(), max_length=5)
    birth_date: date | None = None
    sex: Literal["male", "female"] | None = None

    @model_validator(mode="after")
    def _named(self) -> PersonNamed:
        if not (self.family or self.given):
            raise ValueError("names nobody")
        return self

    @property
    def name(self) -> Name:
        """What is compared."""
        return Name(
            family=self.family or "",
            given=self.given or "",
            patronymic=self.patronymic or "",
            maiden=self.maiden,
            birth_date=self.birth_date,
            sex=self.sex,
        )

    @property
    def whole(self) -> str:
        """The name as one string, as `Name.of` reads it."""
        before = f"(урожд. {', '.join(self.maiden)})" if self.maiden else None
        return " ".join(part for part in (self.family, self.given, self.patronymic, before) if part)


def best(names: Iterable[Name], known: Iterable[Name]) -> Match | None:
    """The best of all the pairs; None where nothing is known of one side."""
    other = list(known)
    found = [match(name, one) for name in names for one in other]
    return max(found, key=lambda each: each.score, default=None)


def names_of(person: SoughtPerson) -> list[Name]:
    """All names of somebody whom others tell of."""
    born, sex = person.birth_date, person.sex
    others = [Name.of(name[:LONGEST], birth_date=born, sex=sex) for name in (person.name, *person.others[:5])]
    if person.family is None:
        return others
    parts = Name(family=person.family[:LONGEST], given=(person.given or "")[:LONGEST], birth_date=born, sex=sex)
    return [parts, *others]


async def patient_names(case: CaseState, caller: Caller, parts: ApiParts) -> list[Name]:
    """The patient's name with every other name that is known; none of a patient whom nobody could name."""
    _, told = await case_records(parts, caller, case)
    return names_in(told)


async def item_facts(item: Item, caller: Caller, parts: ApiParts) -> dict[str, Any]:
    """What people wrote of somebody near, the newest word of each field."""
    private = await opened(parts, caller, list(item.refs))
    told: dict[str, Any] = {}
    for ref in item.refs:
        told |= private.get(ref, {}).get("facts", {})
    return told


async def relative_names(item: Item, caller: Caller, parts: ApiParts) -> list[Name]:
    """The name of somebody who is looked for, where somebody wrote it down."""
    told = await item_facts(item, caller, parts)
    name = told.get("name")
    return [Name.of(name[:LONGEST], birth_date=day(told.get("birth_date")))] if isinstance(name, str) else []


def why(codes: Iterable[str]) -> list[Worded]:
    """Reasons of a score in words."""
    return [Worded(code=code, title=REASONS[Reason(code)]) for code in codes if code in set(Reason)]


def against(code: Reach | None) -> Worded | None:
    """In words what stands against telling somebody."""
    return None if code is None else Worded(code=code, title=AGAINST[code])


def _title(ru: str, en: str) -> Title:
    return Title(ru=ru, en=en)


REASONS: Mapping[Reason, Title] = {
    Reason.YO: _title("е вместо ё", "е for ё"),
    Reason.VARIANT: _title("Другая форма имени", "Another form of the name"),
    Reason.DIMINUTIVE: _title("Уменьшительное имя", "A diminutive"),
    Reason.TRANSLITERATED: _title("Латинскими буквами", "In Latin letters"),
    Reason.KEYBOARD_LAYOUT: _title("Набрано в другой раскладке", "Typed in the other keyboard layout"),
    Reason.DECLINED: _title("В другом падеже", "In another grammatical case"),
    Reason.COLLOQUIAL: _title("Разговорная форма отчества", "A colloquial patronymic"),
    Reason.SOUNDS_ALIKE: _title("Звучит похоже", "Sounds alike"),
    Reason.TYPO: _title("Возможна опечатка", "Possibly a typing error"),
    Reason.INITIAL: _title("Только инициал", "Only an initial"),
    Reason.DOUBLE_NAME: _title("Двойная фамилия", "A double family name"),
    Reason.MAIDEN_NAME: _title("Прежняя фамилия", "An earlier family name"),
    Reason.TRANSPOSED: _title("Части имени переставлены", "Parts of the name are transposed"),
    Reason.NO_FAMILY: _title("Нет фамилии", "No family name"),
    Reason.NO_GIVEN: _title("Нет имени", "No given name"),
    Reason.NO_PATRONYMIC: _title("Нет отчества", "No patronymic"),
    Reason.FAMILY_DIFFERS: _title("Фамилия другая", "The family name differs"),
    Reason.GIVEN_DIFFERS: _title("Имя другое", "The given name differs"),
    Reason.PATRONYMIC_DIFFERS: _title("Отчество другое", "The patronymic differs"),
    Reason.SEX_DIFFERS: _title("Пол другой", "The sex differs"),
    Reason.BIRTH_DATE_EQUAL: _title("Дата рождения совпадает", "The birth date is the same"),
    Reason.BIRTH_DATE_CLOSE: _title("Дата рождения почти совпадает", "The birth date is nearly the same"),
    Reason.BIRTH_DATE_DIFFERS: _title("Дата рождения другая", "The birth date differs"),
}
AGAINST: Mapping[Reach, Title] = {
    Reach.NAMED: _title("Пациент назвал, кому можно сообщить", "The patient named who may know"),
    Reach.NOT_ASKED: _title("Пациента ещё не спросили", "The patient has not been asked yet"),
    Reach.CANNOT_SAY: _title("Пациент не может ответить", "The patient cannot say"),
    Reach.NOBODY: _title("Пациент просит никому не сообщать", "The patient wants nobody to know"),
    Reach.DANGER: _title("Близкие могут быть опасны", "Somebody near may be a danger"),
    Reach.UNPUBLISHED: _title("Пациент против публикаций", "The patient wants nothing to be made public"),
    Reach.UNFIT: _title("Этому человеку ребёнка передать нельзя", "The child may not be given to this person"),
}
