"""The names in what hospitals and others told of a patient, ready to be compared."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from marshrut.names import Name

LONGEST = 250  # characters of a name that are looked at


def names_in(told: Mapping[str, Any]) -> list[Name]:
    """The names in what an admission told."""
    patient = told.get("patient") or {}
    born, sex = day(patient.get("birth_date")), _sex(patient.get("sex"))
    return [
        Name(
            family=each.get("family") or "",
            given=each.get("given") or "",
            patronymic=each.get("patronymic") or "",
            birth_date=born,
            sex=sex,
        )
        for each in (patient, *(patient.get("aliases") or ()))
        if each.get("family") or each.get("given")
    ]


def day(written: object) -> date | None:
    """A date as JSON has it."""
    return date.fromisoformat(written) if isinstance(written, str) else None


def _sex(code: object) -> Literal["male", "female"] | None:
    match code:
        case "male" | "female":
            return code
        case _:
            return None
