"""What was put right at the person's request, what was not and why, and where a system says otherwise since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from api.parts import ApiParts
from api.views.titles import Title, Worded
from marshrut.catalogue.entries import Title as Wording
from marshrut.domain.amending import AMENDED, HELD_AS, Field, Value, conflicts
from marshrut.domain.persons import known
from marshrut.domain.words import Role
from marshrut.ports import Caller

# Who is shown what stood there before.
SHOWN_VALUES = frozenset({Role.SUPERVISOR})


class CorrectionView(BaseModel):
    """A request to put something right. `was` and `now` (or what was `asked` for) are for supervisors: null otherwise.

    `checked`: by what it was seen who asks; `request`: the number of what they wrote.
    """

    id: str
    at: datetime
    user: str
    role: Role
    answer: Literal["amended", "not_amended"]
    field: Field
    title: Title
    reason: Worded
    checked: str | None
    request: str | None
    shown: bool
    was: Value
    now: Value
    asked: Value


class ConflictView(BaseModel):
    """A system told something else after a correction: what is `held` stands until somebody decides."""

    field: Field
    title: Title
    held: Value
    told: Value
    at: datetime
    source: str


class FieldView(BaseModel):
    """What may be put right, and what stands there now."""

    field: Field
    title: Title
    value: Value


class CorrectionsView(BaseModel):
    """The newest first."""

    items: list[CorrectionView]
    conflicts: list[ConflictView]
    fields: list[FieldView]


@dataclass(frozen=True, slots=True)
class Records:
    """What was told of a person, the newest first: by the command that told it."""

    names: Sequence[str]
    told: Sequence[Mapping[str, Any]]

    @property
    def known(self) -> dict[str, Any]:
        """What is known of them."""
        return known(self.told)


async def records_of(person: str | None, parts: ApiParts) -> Records:
    """Opened."""
    sealed = (await parts.queries.person_records([person] if person else [])).get(person or "", ())
    words = await parts.vault.opened(dict(sealed))
    names = [name for name, _ in sealed]
    return Records(names, [words[name] for name in names])


async def corrections_view(records: Records, caller: Caller, parts: ApiParts) -> CorrectionsView:
    """All of it, for a caller who may see the person."""
    found: list[CorrectionView] = []
    for name, told in zip(records.names, records.told, strict=True):
        for field, entry in (told.get(HELD_AS) or {}).items():
            found.append(await _correction(name, Field(field), entry, told, caller, parts))
    patient = records.known.get("patient") or {}
    return CorrectionsView(
        items=found,
        conflicts=[
            await _conflict(each.field, each.held, each.told, records.names[each.by], parts)
            for each in conflicts(records.told)
        ],
        fields=[FieldView(field=field, title=FIELDS[field], value=patient.get(field)) for field in Field],
    )


async def _correction(  # noqa: PLR0913, PLR0917 - all that it is shown by
    name: str, field: Field, entry: Mapping[str, Any], told: Mapping[str, Any], caller: Caller, parts: ApiParts
) -> CorrectionView:
    command = await parts.commands.get(name)
    if command is None:
        raise LookupError(name)
    # Whoever looks in need at another hospital's case is nobody of that hospital.
    shown = caller.role in SHOWN_VALUES and not caller.opened
    reasons = parts.catalogue.amended_because if command.code == AMENDED else parts.catalogue.not_amended_because
    reason = command.details["reason"]
    return CorrectionView(
        id=name,
        at=command.received_at,
        user=command.actor.user,
        role=command.actor.role,
        answer="amended" if command.code == AMENDED else "not_amended",
        field=field,
        title=FIELDS[field],
        reason=Worded(code=reason, title=_titled(reasons.get(reason), reason)),
        checked=told["checked"],
        request=told["request"],
        shown=shown,
        was=entry.get("was") if shown else None,
        now=entry.get("now") if shown else None,
        asked=entry.get("asked") if shown else None,
    )


async def _conflict(field: Field, held: Value, told: Value, by: str, parts: ApiParts) -> ConflictView:
    command = await parts.commands.get(by)
    if command is None:
        raise LookupError(by)
    at = command.occurred_at or command.received_at
    return ConflictView(field=field, title=FIELDS[field], held=held, told=told, at=at, source=command.source)


def _titled(wording: Wording | None, code: str) -> Title:
    return Title(ru=code, en=code) if wording is None else Title(ru=wording.ru, en=wording.en)


FIELDS: Mapping[Field, Title] = {
    Field.FAMILY: Title(ru="Фамилия", en="Family name"),
    Field.GIVEN: Title(ru="Имя", en="Given name"),
    Field.PATRONYMIC: Title(ru="Отчество", en="Patronymic"),
    Field.BIRTH_DATE: Title(ru="Дата рождения", en="Birth date"),
    Field.SEX: Title(ru="Пол", en="Sex"),
    Field.ADDRESS: Title(ru="Адрес", en="Address"),
    Field.PHONES: Title(ru="Телефоны", en="Telephones"),
}
