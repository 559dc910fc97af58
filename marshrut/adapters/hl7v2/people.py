"""Names, addresses, telephones and birth dates, as HL7 writes them (v2.5: XPN, XAD, XTN, TS)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marshrut.adapters.hl7v2.message import Segment, Value
from marshrut.adapters.hl7v2.times import birth

TEXT_LIMIT = 250
MANY = 50  # names or telephones of one person; more is a fault of the sender's, and stays in the sealed message
_PHONE_MIN, _PHONE_MAX = 3, 40

# How hospitals write "we do not know who this is" where a family name belongs; the first word decides.
PLACEHOLDERS = frozenset({"неизвестный", "неизвестная", "неизвестно", "unknown"})
UNSPECIFIED = "U"  # table 0200
LEGAL = "L"
NOT_A_PHONE = frozenset({"internet", "x.400"})  # XTN.3, table 0202: an address of another kind


@dataclass(frozen=True, slots=True)
class Name:
    """A name. `known` is False when it stands for somebody whom nobody has identified."""

    family: str | None
    given: str | None
    patronymic: str | None
    known: bool


_NOBODY = Name(None, None, None, known=False)


def cut(text: str) -> str | None:
    """The text within the domain's limit: a long remark never turns a patient away."""
    return text[:TEXT_LIMIT].strip() or None


def name(segment: Segment, *fields: int) -> Name:
    """Of the first field that holds any: the legal name if one is marked so, else the first."""
    for field in fields:
        if chosen := _chosen(segment.values(field)[:MANY]):
            return _name(chosen)
    return _NOBODY


def other_names(segment: Segment, field: int, *more: int) -> tuple[Name, ...]:
    """The names of `field` beside the one that `name` chooses, and all those of the other fields, each once."""
    values = segment.values(field)[:MANY]
    chosen = _chosen(values)
    others = [_name(value) for value in values if value is not chosen]
    others += [_name(value) for further in more for value in segment.values(further)[:MANY]]
    first = _name(chosen) if chosen else _NOBODY
    told = {(first.family, first.given, first.patronymic), (None, None, None)}
    found = {(one.family, one.given, one.patronymic): one for one in others}
    return tuple(one for parts, one in found.items() if parts not in told)


def _chosen(values: tuple[Value, ...]) -> Value | None:
    """A repetition that says nothing is passed over, unless there is no other."""
    filled = [value for value in values if value.text(1) or value.text(2) or value.text(7)]
    return next((value for value in filled if value.text(7).upper() == LEGAL), filled[0] if filled else None)


def _name(value: Value) -> Name:
    family = cut(value.text(1))
    placeholder = family is not None and family.split()[0].casefold() in PLACEHOLDERS
    return Name(
        family=None if placeholder else family,
        given=cut(value.text(2)),
        patronymic=cut(value.text(3)),
        known=family is not None and not placeholder and value.text(7).upper() != UNSPECIFIED,
    )


def address(segment: Segment, *fields: int) -> str | None:
    """The first address that says anything, on one line: street, other designation, city, region, code, country."""
    for value in (value for field in fields for value in segment.values(field)[:MANY]):
        # Since 2.4 the street has parts: the whole, or its name and the number of the house.
        street = value.text(1) or " ".join(filter(None, (value.text(1, 2), value.text(1, 3))))
        line = ", ".join(filter(None, (street, *(value.text(component) for component in range(2, 7)))))
        if line:
            return cut(" ".join(line.split()))
    return None


def born(segment: Segment, field: int) -> date | None:
    """A birth date of which all is known. One that cannot be read is as good as none: it is not the patient's."""
    try:
        return birth(segment.text(field))[0]
    except ValueError:
        return None


def phones(segment: Segment, *fields: int) -> tuple[str, ...]:
    """Every telephone of the fields, once."""
    found = (_phone(value) for field in fields for value in segment.values(field)[:MANY])
    return tuple(dict.fromkeys(_usable(found)))


def emails(segment: Segment, *fields: int) -> tuple[str, ...]:
    """Every address of electronic mail of the fields, once: XTN.4, or the whole where the type says so."""
    values = [value for field in fields for value in segment.values(field)[:MANY]]
    texts = (value.text(4) or (value.text(1) if _elsewhere(value) else "") for value in values)
    return tuple(dict.fromkeys(short for text in texts if "@" in text and (short := cut(text))))


def _elsewhere(value: Value) -> bool:
    return value.text(3).casefold() in NOT_A_PHONE or value.text(2).upper() == "NET"


def _phone(value: Value) -> str:
    """XTN: the whole number as text if given, else country, area, number and extension."""
    if _elsewhere(value):
        return ""
    if whole := value.text(1) or value.text(12):
        return whole
    country, area, number, extension = (value.text(component) for component in range(5, 9))
    if not number:
        return ""
    prefix = f"+{country.lstrip('+')}" if country else ""
    return " ".join(part for part in (prefix, area, number, f"доб. {extension}" if extension else "") if part)


def _usable(numbers: Iterable[str]) -> Iterable[str]:
    for number in numbers:
        short = number[:_PHONE_MAX].strip()
        if len(short) >= _PHONE_MIN:
            yield short
