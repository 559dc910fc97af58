"""Names, addresses and telephones, as HL7 writes them (v2.5: XPN, XAD, XTN)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from marshrut.adapters.hl7v2.message import Segment, Value

TEXT_LIMIT = 250
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


def cut(text: str) -> str | None:
    """The text within the domain's limit: a long remark never turns a patient away."""
    return text[:TEXT_LIMIT].strip() or None


def name(segment: Segment, field: int) -> Name:
    """The legal name if one is marked so, else the first."""
    values = segment.values(field)
    chosen = next((value for value in values if value.text(7) == LEGAL), values[0] if values else None)
    if chosen is None:
        return Name(None, None, None, known=False)
    family = cut(chosen.text(1))
    placeholder = family is not None and family.split()[0].casefold() in PLACEHOLDERS
    return Name(
        family=None if placeholder else family,
        given=cut(chosen.text(2)),
        patronymic=cut(chosen.text(3)),
        known=family is not None and not placeholder and chosen.text(7) != UNSPECIFIED,
    )


def address(segment: Segment, field: int) -> str | None:
    """The first address that says anything, on one line: street, other designation, city, region, code, country."""
    for value in segment.values(field):
        line = ", ".join(part for part in (value.text(component) for component in range(1, 7)) if part)
        if line:
            return cut(" ".join(line.split()))
    return None


def phones(segment: Segment, *fields: int) -> tuple[str, ...]:
    """Every telephone of the fields, once."""
    found = (_phone(value) for field in fields for value in segment.values(field))
    return tuple(dict.fromkeys(_usable(found)))


def _phone(value: Value) -> str:
    """XTN: the whole number as text if given, else country, area, number and extension."""
    if value.text(3).casefold() in NOT_A_PHONE:
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
