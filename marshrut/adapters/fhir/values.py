"""What stands in the data types of FHIR: times, codes, references, names and how people are reached."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from marshrut.adapters.hl7v2.people import PLACEHOLDERS, cut
from marshrut.domain.base import FIRST_YEAR, LAST_YEAR
from marshrut.ports import Unfit

Resource = Mapping[str, Any]
DAY = len("2026-01-01")
PHONE_MIN, PHONE_MAX, MANY = 3, 40, 50
# Where names that are the patient's own come first; by the others somebody is known too (`name-use`).
USES = ("official", "usual", "temp", None)


# FHIR's `issue-type`, as far as something can be wrong so.
Issue = Literal[
    "invalid",
    "structure",
    "required",
    "value",
    "forbidden",
    "not-supported",
    "multiple-matches",
    "not-found",
    "too-long",
    "code-invalid",
    "conflict",
]


def unfit(code: str, place: str, words: str, issue: Issue = "invalid") -> Unfit:
    """The fault of an element."""
    return Unfit(code, {"field": place}, ({"field": place, "message": words, "issue": issue},))


def instant(text: str, zone: str, place: str) -> datetime:
    """A moment; of a day alone its first one in the hospital's zone.

    Raises:
        Unfit: `missing_element`: a year or a month is no moment.
    """
    if len(text) < DAY:
        raise unfit("missing_element", place, "a day is needed", "required")
    if len(text) == DAY:
        return datetime.combine(date.fromisoformat(text), time(), ZoneInfo(zone))
    moment = datetime.fromisoformat(text.replace(":60", ":59"))
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise unfit("invalid_resource", place, "this is no time of ours", "value")
    return moment


def born(resource: Resource) -> date | None:
    """A birth date of which all is known; a year or a month is not made up into a day."""
    text = resource.get("birthDate", "")
    return date.fromisoformat(text) if len(text) == DAY and text >= "1900" else None


def many(resource: Resource, name: str) -> list[Any]:
    """The values of a list, without what is told by extensions alone."""
    return [each for each in resource.get(name, ()) if each is not None][:MANY]


def codes(concept: Resource) -> Iterator[str]:
    """Every code of a concept (CodeableConcept, or Coding)."""
    for coding in many(concept, "coding") or [concept]:
        if coding.get("code"):
            yield coding["code"]


def coded(concept: Resource, *wanted: str) -> bool:
    """Whether any code of it is one of these, in capitals or not."""
    return not {code.casefold() for code in codes(concept)}.isdisjoint(map(str.casefold, wanted))


def worded(concept: Resource) -> str | None:
    """A concept in words: its text, else what its first code is called, else that code."""
    shown = (coding.get("display") or coding.get("code") for coding in many(concept, "coding"))
    return cut(concept.get("text") or next(filter(None, shown), ""))


def referred(reference: Resource) -> str:
    """What a reference names: an identifier, the id of a resource, or a name."""
    identifier = reference.get("identifier", {}).get("value")
    literal = reference.get("reference", "")
    if identifier or not literal:
        return str(identifier or reference.get("display", ""))
    return "" if literal.startswith(("#", "urn:")) else literal.split("/_history")[0].rpartition("/")[2]


def names(resource: Resource) -> list[Resource]:
    """The names of somebody, their own first; RelatedPerson and Patient have several, a contact one."""
    told = resource.get("name", [])
    found = [told] if isinstance(told, dict) else many(resource, "name")
    filled = [each for each in found if each.get("family") or many(each, "given") or each.get("text")]
    return sorted(filled, key=lambda each: USES.index(each.get("use")) if each.get("use") in USES else len(USES))


def parts(name: Resource) -> tuple[str | None, str | None, str | None]:
    """Family name, given name and patronymic: the further given names. A name of text alone is the family name."""
    given = many(name, "given")
    family = name.get("family") or ("" if given else name.get("text", ""))
    return cut(family), cut(given[0]) if given else None, cut(" ".join(given[1:]))


def nobody(name: Resource) -> bool:
    """Whether it stands for somebody whom nobody has identified."""
    first = (name.get("family") or name.get("text") or "").split()[:1]
    return name.get("use") == "anonymous" or bool(first and first[0].casefold() in PLACEHOLDERS)


def address(resource: Resource) -> str | None:
    """The first address that says anything, on one line."""
    told = resource.get("address", [])
    for each in [told] if isinstance(told, dict) else many(resource, "address"):
        rest = (each.get(part) for part in ("city", "district", "state", "postalCode", "country"))
        line = each.get("text") or ", ".join(filter(None, (*many(each, "line"), *rest)))
        if line.strip():
            return cut(" ".join(line.split()))
    return None


def reached(resource: Resource, *systems: str) -> tuple[str, ...]:
    """How somebody is reached by these systems (`contact-point-system`), each once."""
    told = [each for each in many(resource, "telecom") if each.get("system") in systems and each.get("use") != "old"]
    return tuple(dict.fromkeys(text for each in told if (text := each.get("value", "").strip())))


def phones(resource: Resource) -> tuple[str, ...]:
    """Telephones."""
    found = (number[:PHONE_MAX].strip() for number in reached(resource, "phone", "sms"))
    return tuple(number for number in found if len(number) >= PHONE_MIN)


def emails(resource: Resource) -> tuple[str, ...]:
    """Addresses of electronic mail."""
    return tuple(short for text in reached(resource, "email") if (short := cut(text)))
