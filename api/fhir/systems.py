"""The names by which numbers and codes of ours are known outside, and those of others that we use."""

from __future__ import annotations

from typing import Any

FLAGS = "urn:marshrut:flag"
HOSPITALS = "urn:marshrut:hospital"
WARDS = "urn:marshrut:ward"
PARTNERS = "urn:marshrut:partner"
USERS = "urn:marshrut:user"
PROGRAMMES = "urn:marshrut:programme"
ENTRIES = "urn:marshrut:entry"
REASONS = "urn:marshrut:reason"
# Followed by the code of the hospital: its numbers of visits, and of patients.
VISITS = "urn:marshrut:visit:"
RECORDS = "urn:marshrut:mrn:"

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
DISPOSITION = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
PLACES = "http://terminology.hl7.org/CodeSystem/location-physical-type"
SECURITY = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue"
IDENTIFIERS = "http://terminology.hl7.org/CodeSystem/v2-0203"
# Marks a resource of which the caller is not shown all.
REDACTED = {"system": SECURITY, "code": "REDACTED"}


def logical(system: str, value: str, kind: str | None = None, display: str | None = None) -> dict[str, Any]:
    """A reference to what we keep no resource of: its number alone."""
    reference: dict[str, Any] = {"identifier": {"system": system, "value": value}}
    if kind is not None:
        reference["type"] = kind
    if display:
        reference["display"] = display
    return reference


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    """A code, and what it is called."""
    return {"coding": [{"system": system, "code": code}], **({"text": text} if text else {})}
