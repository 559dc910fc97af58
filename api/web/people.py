"""Whom a row is about, in short: name and age, ward and record number, as far as the caller may see them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from api.access import SEE_PERSONS
from api.confidential import opened
from api.parts import ApiParts
from api.people.known import known_persons
from api.web.typesetting import NBSP
from api.web.words import Words
from marshrut.domain.age import age as full_years
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag
from marshrut.ports import Caller


@dataclass(frozen=True, slots=True)
class Who:
    """`name`: "Ковалёв И. С., 67"; `full`: all of it; `place`: "неврология, 412 · ИБ 48213"."""

    name: str
    full: str
    place: str


async def who(cases: Iterable[CaseState], parts: ApiParts, caller: Caller, words: Words) -> dict[str, Who]:
    """By case id whom it is about. Roles that see no persons are told so in place of a name."""
    known = list(cases)
    admissions = await opened(parts, caller, [case.admission_ref for case in known if case.admission_ref is not None])
    persons = await known_persons(parts, {case.person for case in known}) if caller.role in SEE_PERSONS else {}
    now = parts.now()
    return {
        case.case_id: _who(
            case,
            persons.get(case.person or "", {}).get("patient", {}),
            admissions.get(case.admission_ref or "", {}),
            now.astimezone(parts.zones.get(case.hospital or "", UTC)).date(),
            words,
            sees=caller.role in SEE_PERSONS,
        )
        for case in known
    }


def _who(  # noqa: PLR0913 - all that a line is made of
    case: CaseState,
    patient: Mapping[str, Any],
    admission: Mapping[str, Any],
    today: date,
    words: Words,
    *,
    sees: bool,
) -> Who:
    number = admission.get("visit")
    place = [part for part in (_bed(case, words), words("shell.record", number=number) if number else None) if part]
    if not sees:
        return Who(words("shell.hidden"), words("shell.hidden"), " · ".join(place))
    years = age(patient.get("birth_date"), today)
    full = " ".join(str(patient[part]) for part in ("family", "given", "patronymic") if patient.get(part))
    name = short_name(patient) if full else _nameless(case, patient, words)
    if years is not None:
        name = words("shell.aged", name=name, years=years)
    return Who(name, full or name, " · ".join(place))


def _nameless(case: CaseState, patient: Mapping[str, Any], words: Words) -> str:
    if Flag.UNIDENTIFIED not in case.flags:
        return words("shell.nameless")
    return words("shell.unknown_woman" if patient.get("sex") == "female" else "shell.unknown_man")


def _bed(case: CaseState, words: Words) -> str | None:
    if case.ward is None:
        return None
    return words("shell.bed", ward=case.ward, bed=case.bed) if case.bed else case.ward


def short_name(patient: Mapping[str, Any]) -> str:
    """`Ковалёв И. С.`: the family name and initials; what is missing is left out."""
    initials = [f"{str(patient[part])[0]}." for part in ("given", "patronymic") if patient.get(part)]
    return NBSP.join([str(part) for part in (patient.get("family"),) if part] + initials)


def age(born: object, today: date) -> int | None:
    """Full years; None when the birth date is not known."""
    if born is None:
        return None
    day = born if isinstance(born, date) else date.fromisoformat(str(born)[:10])
    return full_years(day, today)
