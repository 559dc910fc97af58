"""A case as FHIR shows it: the stay in hospital (Encounter), our journey with it (EpisodeOfCare), and whose it is."""

from __future__ import annotations

from typing import Any

from api.fhir import systems
from api.fhir.seen import Seen, instant, patient_id, subject
from marshrut.domain.disposition import DISPOSITIONS
from marshrut.domain.state import CaseState
from marshrut.domain.stuck import left_at
from marshrut.domain.words import Ending, Report

NAME_PARTS = ("family", "given", "patronymic")
CLASSES = {"EMER": "emergency", "IMP": "inpatient encounter", "PRENC": "pre-admission"}


def encounter_status(case: CaseState) -> str:
    """How the stay stands."""
    if case.ending is Ending.ADMISSION_CANCELLED:
        return "cancelled"
    if case.awaited:
        return "planned"
    return "finished" if case.closed or left_at(case) is not None else "in-progress"


def encounter(case: CaseState, seen: Seen) -> dict[str, Any]:
    """The stay. The number of the visit and the diagnosis are for those who may see persons."""
    told, hospital = seen.admission(case), case.hospital or ""
    status = encounter_status(case)
    sort = "PRENC" if status == "planned" else "EMER" if case.emergency else "IMP"
    resource: dict[str, Any] = {
        "resourceType": "Encounter",
        "id": case.case_id,
        "meta": seen.meta(case),
        "status": status,
        "class": {"system": systems.ACT, "code": sort, "display": CLASSES[sort]},
        "subject": subject(case),
        "episodeOfCare": [{"reference": f"EpisodeOfCare/{case.case_id}"}],
        "serviceProvider": systems.logical(systems.HOSPITALS, hospital, "Organization", _hospital(hospital, seen)),
    }
    if told.get("visit"):
        resource["identifier"] = [_number("VN", f"{systems.VISITS}{hospital}", told["visit"])]
    if told.get("diagnosis"):
        resource["reasonCode"] = [{"text": told["diagnosis"]}]
    resource["period"] = _stay(case)
    if case.ward:
        resource["location"] = [_place("wa", case.ward), *([_place("bd", case.bed)] if case.bed else [])]
    if case.ending is not None and status == "finished":
        code = DISPOSITIONS[case.ending].fhir
        resource["hospitalization"] = {"dischargeDisposition": systems.concept(systems.DISPOSITION, code)}
    return resource


def episode_status(case: CaseState) -> str:
    """How the journey stands."""
    if case.closed:
        return "cancelled" if case.ending is Ending.ADMISSION_CANCELLED else "finished"
    if case.awaited:
        return "planned"
    return "active" if case.paused_since is None else "onhold"


def episode(case: CaseState, seen: Seen) -> dict[str, Any]:
    """The journey, from the case's opening to its end."""
    hospital = case.hospital or ""
    resource: dict[str, Any] = {
        "resourceType": "EpisodeOfCare",
        "id": case.case_id,
        "meta": seen.meta(case),
        "status": episode_status(case),
        "patient": subject(case),
        "managingOrganization": systems.logical(systems.HOSPITALS, hospital, "Organization", _hospital(hospital, seen)),
        "period": _period(case.opened_at, case.closed_at),
    }
    if case.owner is not None:
        resource["careManager"] = systems.logical(systems.USERS, case.owner, "Practitioner")
    return resource


def patient(case: CaseState, seen: Seen) -> dict[str, Any]:
    """Whom the case is about. Who may not see persons is told that there is somebody."""
    hospital = case.hospital or ""
    meta = {name: value for name, value in seen.meta(case).items() if name != "versionId"}
    resource = {"resourceType": "Patient", "id": patient_id(case.person), "meta": meta}
    resource["managingOrganization"] = systems.logical(
        systems.HOSPITALS, hospital, "Organization", _hospital(hospital, seen)
    )
    if not seen.names:
        return {**resource, "meta": {**meta, "security": [systems.REDACTED]}}
    if (died := case.reports.get(Report.DIED)) is not None and case.ending is Ending.DIED:
        resource["deceasedDateTime"] = instant(died)
    return {**resource, **person_fields(seen.person(case), hospital)}


def person_fields(told: Any, hospital: str) -> dict[str, Any]:
    """What is known of a person, in the elements of Patient."""
    known = told.get("patient") or {}
    shown: dict[str, Any] = {}
    if known.get("mrn"):
        shown["identifier"] = [_number("MR", f"{systems.RECORDS}{hospital}", known["mrn"])]
    names = [_name(known, "official"), *(_name(alias, "old") for alias in known.get("aliases") or ())]
    if any(names):
        shown["name"] = [name for name in names if name]
    if known.get("phones"):
        shown["telecom"] = [{"system": "phone", "value": phone} for phone in known["phones"]]
    if known.get("sex"):
        shown["gender"] = known["sex"]
    if known.get("birth_date"):
        shown["birthDate"] = str(known["birth_date"])
    if known.get("address"):
        shown["address"] = [{"text": known["address"]}]
    if contacts := [_contact(each) for each in told.get("contacts") or ()]:
        shown["contact"] = contacts
    return shown


def _contact(told: Any) -> dict[str, Any]:
    shown: dict[str, Any] = {"relationship": [{"text": told["relation"]}]}
    if name := _name(told, None):
        shown["name"] = name
    phones = [{"system": "phone", "value": phone} for phone in told.get("phones") or ()]
    emails = [{"system": "email", "value": mail} for mail in told.get("emails") or ()]
    if phones or emails:
        shown["telecom"] = [*phones, *emails]
    if told.get("address"):
        shown["address"] = {"text": told["address"]}
    return shown


def _name(told: Any, use: str | None) -> dict[str, Any]:
    given = [part for part in (told.get("given"), told.get("patronymic")) if part]
    shown = {"family": told.get("family"), "given": given or None}
    filled = {name: value for name, value in shown.items() if value}
    return {"use": use, **filled} if filled and use else filled


def _number(kind: str, system: str, value: str) -> dict[str, Any]:
    return {"use": "official", "type": systems.concept(systems.IDENTIFIERS, kind), "system": system, "value": value}


def _place(kind: str, code: str) -> dict[str, Any]:
    return {"location": systems.logical(systems.WARDS, code), "physicalType": systems.concept(systems.PLACES, kind)}


def _stay(case: CaseState) -> dict[str, Any]:
    """From the admission, or the day for which it is planned, to the leaving."""
    if case.awaited and case.planned_for is not None:
        return {"start": instant(case.planned_for)}
    left = left_at(case) or (case.reports.get(Report.DIED) if case.ending is Ending.DIED else None)
    return _period(case.came_in_at or case.admitted_at, left)


def _period(start: Any, end: Any) -> dict[str, Any]:
    shown = {"start": start, "end": end}
    return {name: instant(at) for name, at in shown.items() if at is not None}


def _hospital(code: str, seen: Seen) -> str | None:
    hospital = seen.parts.catalogue.hospitals.get(code)
    return None if hospital is None else hospital.title.ru
