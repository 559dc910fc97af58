"""Patient, Patient.contact and RelatedPerson become whom the case is about, and those near."""

from __future__ import annotations

from datetime import datetime

from marshrut.adapters.fhir.values import (
    DAY,
    Resource,
    address,
    born,
    coded,
    codes,
    emails,
    instant,
    many,
    names,
    nobody,
    parts,
    phones,
    unfit,
    worded,
)
from marshrut.adapters.hl7v2.people import TEXT_LIMIT, cut
from marshrut.domain.admission import Contact, Patient, PersonName
from marshrut.domain.kin_words import kin_of

# HL7 table 0203: the medical record, the facility's own number of the patient; and the number of a visit.
RECORD_TYPES, VISIT_TYPES = ("MR", "PI"), ("VN",)


def patient(resource: Resource, facility: str) -> Patient:
    """Whom it is about.

    Raises:
        Unfit: `missing_element`: no record number tells this patient from others.
    """
    told = [each for each in names(resource) if not nobody(each)]
    own, *others = told or [{}]
    family, given, patronymic = parts(own)
    aliases = (PersonName(family=f, given=g, patronymic=p) for f, g, p in map(parts, others) if f or g)
    return Patient(
        identified=family is not None or given is not None,
        mrn=number(resource, facility, RECORD_TYPES, "Patient.identifier"),
        family=family,
        given=given,
        patronymic=patronymic,
        aliases=tuple(dict.fromkeys(aliases)),
        birth_date=born(resource),
        sex=resource.get("gender"),
        address=address(resource),
        phones=phones(resource),
    )


def died_at(resource: Resource, zone: str) -> tuple[bool, datetime | None]:
    """Whether the patient has died, and when if all of the day is known."""
    at = resource.get("deceasedDateTime")
    if at is None:
        return resource.get("deceasedBoolean") is True, None
    return True, instant(at, zone, "Patient.deceasedDateTime") if len(at) >= DAY else None


def number(resource: Resource, facility: str, types: tuple[str, ...], place: str) -> str:
    """A facility's number of a patient or a visit: by type, the facility's own before others', else the first.

    Raises:
        Unfit: `missing_element` or `invalid_resource` (it is never cut).
    """
    numbers = [each for each in many(resource, "identifier") if each.get("value", "").strip()]
    current = [each for each in numbers if each.get("use") != "old"] or numbers
    for kind in types:
        marked = [each for each in current if coded(each.get("type", {}), kind)]
        own = [each for each in marked if _of(each, facility)]
        if marked:
            return _whole((own or marked)[0], place)
    if not current:
        raise unfit("missing_element", place, "the hospital's own number is needed", "required")
    return _whole(next((each for each in current if _of(each, facility)), current[0]), place)


def _of(identifier: Resource, facility: str) -> bool:
    """Whether a facility gave this number: by who assigned it, or as the end of its system."""
    assigner = identifier.get("assigner", {})
    told = {assigner.get("identifier", {}).get("value"), assigner.get("display")}
    system = identifier.get("system", "")
    return facility in told or system.replace(":", "/").rstrip("/").rpartition("/")[2] == facility


def _whole(identifier: Resource, place: str) -> str:
    value: str = identifier["value"].strip()
    if len(value) > TEXT_LIMIT:
        raise unfit("invalid_resource", place, f"no number has more than {TEXT_LIMIT} characters", "too-long")
    return value


def contacts(person: Resource | None, related: list[Resource]) -> tuple[Contact, ...]:
    """Everybody near whom the message names: as RelatedPerson, and as the patient's contacts, each once."""
    told = [_contact(each, None) for each in related if each.get("active") is not False]
    own = many(person or {}, "contact")
    told += [_contact(each, each.get("organization", {}).get("display")) for each in own]
    return tuple(dict.fromkeys(told))


def _contact(resource: Resource, organization: str | None) -> Contact:
    family, given, patronymic = parts((names(resource) or [{}])[0])
    relations = many(resource, "relationship")
    words = next(filter(None, map(worded, relations)), None)
    told = [code for each in relations for code in codes(each)]
    return Contact(
        family=family,
        given=given,
        patronymic=patronymic,
        relation=words or "unknown",
        relation_code=cut(told[0]) if told else None,
        kin=kin_of(*told, words),
        organization=cut(organization or ""),
        birth_date=born(resource),
        address=address(resource),
        phones=phones(resource),
        emails=emails(resource),
    )
