"""What is put right at the person's request (152-FZ, articles 14 and 21 [S]; GDPR, article 16), and what is not.

A correction is a record beside the others: the old value stays in it, sealed. It stands until another correction,
whatever a hospital's system tells later: where that differs from it, a person decides (`conflicts`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Literal

from pydantic import TypeAdapter

from marshrut.domain.admission import Phone, Text
from marshrut.domain.marks import Mark, plain

# What becomes of a request.
AMENDED, NOT_AMENDED = "amended", "not_amended"
# Why, where somebody decides that what is held is right after all (`rights.yaml`).
CONFIRMED = "confirmed"
# Under which name a sealed record holds what it puts right, or leaves as it is.
HELD_AS = "amends"

Record = Mapping[str, Any]
Value = str | list[str] | None


class Field(StrEnum):
    """What may be put right here: the rest is the hospital's own record, or a paper of the case's."""

    FAMILY = "family"
    GIVEN = "given"
    PATRONYMIC = "patronymic"
    BIRTH_DATE = "birth_date"
    SEX = "sex"
    ADDRESS = "address"
    PHONES = "phones"


_TYPES: Mapping[Field, TypeAdapter[Any]] = {
    **{name: TypeAdapter(Text) for name in (Field.FAMILY, Field.GIVEN)},
    **{name: TypeAdapter(Text | None) for name in (Field.PATRONYMIC, Field.ADDRESS)},
    Field.BIRTH_DATE: TypeAdapter(date),
    Field.SEX: TypeAdapter(Literal["male", "female", "other", "unknown"]),
    Field.PHONES: TypeAdapter(tuple[Phone, ...]),
}
MOST_PHONES = 10


def fitting(field: Field, value: Value, today: date | None) -> Value:
    """The value as records hold it; `today`: nobody is born later.

    Raises:
        ValueError: it does not fit the field.
    """
    read = _TYPES[field].validate_python(value)
    if isinstance(read, date) and today is not None and read > today:
        raise ValueError("a birth date does not lie ahead")
    if isinstance(read, tuple) and len(read) > MOST_PHONES:
        raise ValueError("too many telephones")
    told: Value = _TYPES[field].dump_python(read, mode="json")
    return told


@dataclass(frozen=True, slots=True)
class Conflict:
    """A hospital's system told something else after a correction. `by`: the place of its record among the newest."""

    field: Field
    held: Value
    told: Value
    by: int


def amended(records: Sequence[Record]) -> dict[str, Value]:
    """What stands as it was put right; `records`: the newest first."""
    return {field: _entry(records[place], field)["now"] for field, place in _newest(records).items()}


def conflicts(records: Sequence[Record]) -> list[Conflict]:
    """Where a record that is newer than a correction says otherwise, and nobody has decided on that."""
    found: list[Conflict] = []
    for field, place in _newest(records).items():
        entry = _entry(records[place], field)
        for number, record in enumerate(records[:place]):
            told = (record.get("patient") or {}).get(field)
            if not told or told == "unknown":
                continue
            if not _same(told, entry["now"]) and not any(_same(told, each) for each in entry.get("not", ())):
                found.append(Conflict(field, entry["now"], told, number))
            break  # the newest word of it counts
    return found


def put_right(records: Sequence[Record], known: Record, field: Field, value: Value) -> dict[str, Any] | None:
    """What a correction holds: what was, what is now, and what somebody decided against; None: it is so already.

    `lost`: numbers by which the person is not to be found any more, unless somebody near has the same.
    """
    held = (known.get("patient") or {}).get(field)
    open_ = next((each for each in conflicts(records) if each.field is field), None)
    if _same(held, value) and open_ is None:
        return None
    against = [] if open_ is None or _same(open_.told, value) else [open_.told]
    before = _newest(records).get(field)
    if open_ is not None and _same(held, value):
        against = [*(_entry(records[before], field).get("not", ()) if before is not None else ()), *against]
    entry: dict[str, Any] = {"was": open_.told if open_ is not None and _same(held, value) else held, "now": value}
    if against:
        entry["not"] = against
    if field is Field.PHONES:
        near = [phone for contact in known.get("contacts") or () for phone in contact.get("phones") or ()]
        gone = [phone for each in (entry["was"], *against) for phone in each or ()]
        has = {_number(each) for each in (*near, *(value or ()))}
        entry["lost"] = [phone for phone in gone if _number(phone) not in has]
    return {HELD_AS: {field.value: entry}}


def numbers_amended(record: Record) -> tuple[list[tuple[Mark, str]], list[tuple[Mark, str]]]:
    """By which numbers the person is found no more, and by which they are, because of a correction."""
    entry = (record.get(HELD_AS) or {}).get(Field.PHONES) or {}
    return _marks(entry.get("lost") or ()), _marks(entry.get("now") or ())


def _marks(phones: Iterable[str]) -> list[tuple[Mark, str]]:
    return [(Mark.PHONE, number) for phone in phones if (number := _number(phone)) is not None]


def _number(phone: str) -> str | None:
    return plain(Mark.PHONE, phone)


def _newest(records: Sequence[Record]) -> dict[Field, int]:
    """By field the place of its newest correction."""
    found: dict[Field, int] = {}
    for place, record in enumerate(records):
        for name, entry in (record.get(HELD_AS) or {}).items():
            if "now" in entry:
                found.setdefault(Field(name), place)
    return found


def _entry(record: Record, field: Field) -> dict[str, Any]:
    entry: dict[str, Any] = record[HELD_AS][field.value]
    return entry


def _same(one: Any, other: Any) -> bool:
    """Whether two values say the same; telephones in any order."""
    if isinstance(one, list) or isinstance(other, list):
        return {_number(each) or each for each in one or ()} == {_number(each) or each for each in other or ()}
    return (one or None) == (other or None)
