"""Resources as a hospital's system writes them."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

HOSPITAL = "GKB29"
STARTED = "2026-03-12T08:45:00+03:00"
NAME = [{"use": "official", "family": "Лебедева", "given": ["Нина", "Павловна"]}]


def patient(mrn: str | None = None, **more: Any) -> dict[str, Any]:
    """A patient with a record number of the hospital's."""
    number = {"type": {"coding": [{"code": "MR"}]}, "system": "http://gkb29.example/mrn", "value": mrn or token_hex(4)}
    return {
        "resourceType": "Patient",
        "identifier": [number],
        "name": NAME,
        "gender": "female",
        "birthDate": "1939-05-17",
        "telecom": [{"system": "phone", "value": "+7 495 000-01-01"}],
        "managingOrganization": {"identifier": {"value": HOSPITAL}},
        **more,
    }


def encounter(subject: dict[str, Any], visit: str | None = None, **more: Any) -> dict[str, Any]:
    """An emergency stay that has begun."""
    return {
        "resourceType": "Encounter",
        "identifier": [{"system": "http://gkb29.example/visit", "value": visit or f"26-{token_hex(4)}"}],
        "status": "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "EMER"},
        "subject": subject,
        "period": {"start": STARTED},
        "serviceProvider": {"identifier": {"value": HOSPITAL}},
        **more,
    }


def contained(person: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A stay that carries its patient within."""
    return encounter({"reference": "#p"}, contained=[{**person, "id": "p"}], **more)


def transaction(*resources: dict[str, Any], **requests: dict[str, Any]) -> dict[str, Any]:
    """Each of them is created; `requests`: more of the request, by the type of the resource."""
    entries = [
        {
            "fullUrl": f"urn:uuid:{each['resourceType'].lower()}",
            "resource": each,
            "request": {"method": "POST", "url": each["resourceType"], **requests.get(each["resourceType"], {})},
        }
        for each in resources
    ]
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def message(*resources: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    """A message about them."""
    header = {
        "resourceType": "MessageHeader",
        "id": name or token_hex(8),
        "eventCoding": {"system": "http://example.org/events", "code": "admission"},
        "source": {"endpoint": "http://his.example/fhir"},
    }
    entries = [
        {"fullUrl": f"urn:uuid:{each['resourceType'].lower()}", "resource": each} for each in (header, *resources)
    ]
    return {"resourceType": "Bundle", "type": "message", "timestamp": STARTED, "entry": entries}


BY_UUID = {"reference": "urn:uuid:patient"}


def related(**more: Any) -> dict[str, Any]:
    """The patient's son."""
    return {
        "resourceType": "RelatedPerson",
        "patient": BY_UUID,
        "relationship": [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "SON"}]}],
        "name": [{"family": "Лебедев", "given": ["Олег"]}],
        "telecom": [{"system": "phone", "value": "+7 495 000-01-02"}],
        **more,
    }


def flag(code: str = "lives_alone", **more: Any) -> dict[str, Any]:
    """Something about the patient's circumstances."""
    return {
        "resourceType": "Flag",
        "status": "active",
        "code": {"coding": [{"system": "urn:marshrut:flag", "code": code}]},
        "subject": BY_UUID,
        **more,
    }
