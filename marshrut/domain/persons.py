"""What is known of a person, put together from all that hospitals and others told: the newest word counts.

What a newer word leaves out stays known; the same name with less of it is no other name. What was put right at the
person's request stands whatever hospitals tell later (amending.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from marshrut.domain.amending import amended

Record = Mapping[str, Any]

NAME = ("family", "given", "patronymic")
SAID_ONCE = ("mrn", "birth_date", "sex", "address", "phones")
UNSAID = frozenset({"", "unknown"})


def known(records: Sequence[Record]) -> dict[str, Any]:
    """What is known, as one record; `records`: JSON as it was sealed, the newest first. Nothing told: nothing known."""
    told = [record for record in records if record.get("patient")]
    if not told:
        return {}
    patient = _patient([record["patient"] for record in told]) | amended(records)
    return {**told[0], "patient": patient, "contacts": _contacts(told)}


def _patient(told: Sequence[Record]) -> dict[str, Any]:
    """The newest word, with what it leaves out; who once had a name keeps it until another one is told."""
    named = next((each for each in told if _named(each)), told[0])
    filled = {**told[0], **{part: named.get(part) for part in (*NAME, "identified")}}
    for part in SAID_ONCE:
        filled[part] = next((each[part] for each in told if _said(each.get(part))), filled.get(part))
    for other in told:
        if _agree(filled, other):
            filled |= {part: filled.get(part) or other.get(part) for part in NAME}
    aliases = [alias for each in told for alias in each.get("aliases") or ()]
    return filled | {"aliases": _each_once(aliases)}


def _contacts(told: Sequence[Record]) -> list[dict[str, Any]]:
    """Everybody whom anybody named, each once; of one, the newest word with what it leaves out."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for record in told:
        for contact in record.get("contacts") or ():
            known_so_far = found.setdefault(_who(contact), dict(contact))
            known_so_far |= {part: value for part, value in contact.items() if not _said(known_so_far.get(part))}
    return list(found.values())


def _who(contact: Record) -> tuple[str, ...]:
    """What tells contacts apart: their name; of one without, what they are to the patient and how they are reached."""
    name = tuple(_plain(contact.get(part)) for part in NAME)
    if any(name):
        return name
    return ("", _plain(contact.get("organization")), _plain(contact.get("relation")), *(contact.get("phones") or ()))


def _agree(one: Record, other: Record) -> bool:
    """Whether two names say the same, as far as both say anything, and at least something."""
    both = [(_plain(one.get(part)), _plain(other.get(part))) for part in NAME]
    said = [(left, right) for left, right in both if left and right]
    return bool(said) and all(left == right for left, right in said)


def _named(patient: Record) -> bool:
    return any(patient.get(part) for part in NAME)


def _said(value: object) -> bool:
    return bool(value) and value not in UNSAID if isinstance(value, str) else bool(value)


def _plain(text: object) -> str:
    return text.casefold().replace("ё", "е") if isinstance(text, str) else ""


def _each_once(values: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [value for number, value in enumerate(values) if value not in values[:number]]
