"""What a caller may see of some cases, gathered once for all resources that are made of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from api.access import SEE_PERSONS
from api.confidential import opened
from api.parts import ApiParts
from api.people.known import known_persons
from marshrut.domain.state import CaseState
from marshrut.domain.words import Role
from marshrut.ports import Caller

# An FHIR id has no slash; whom nobody has numbered is known by their case.
NAMELESS, OURS = "case.", "case/"


@dataclass(frozen=True, slots=True)
class Seen:
    """Of cases when they changed last, and what their admissions and persons told, as far as the caller may know."""

    caller: Caller
    parts: ApiParts
    changed: Mapping[str, datetime]
    admissions: Mapping[str, Mapping[str, Any]]
    persons: Mapping[str, Mapping[str, Any]]

    @property
    def names(self) -> bool:
        """Whether the caller may see of whom it is."""
        return self.caller.role in SEE_PERSONS

    @property
    def of_partner(self) -> bool:
        """Whether a partner organisation looks, which sees what it was asked for and nobody whom it is about."""
        return self.caller.role is Role.PARTNER

    def admission(self, case: CaseState) -> Mapping[str, Any]:
        """What the admission told of the visit."""
        return self.admissions.get(case.admission_ref or "", {})

    def person(self, case: CaseState) -> Mapping[str, Any]:
        """What is known of the person."""
        return self.persons.get(case.person or "", {})

    def meta(self, case: CaseState) -> dict[str, Any]:
        """Version and time of whatever is made of a case."""
        at = self.changed.get(case.case_id) or case.opened_at
        meta: dict[str, Any] = {"versionId": str(case.seq)}
        if at is not None:
            meta["lastUpdated"] = instant(at)
        return meta


async def seen(cases: Sequence[CaseState], caller: Caller, parts: ApiParts) -> Seen:
    """All of it, in three questions."""
    changed = await parts.queries.changed_at([case.case_id for case in cases])
    names = caller.role in SEE_PERSONS
    refs = [case.admission_ref for case in cases if case.admission_ref is not None]
    admissions = await opened(parts, caller, refs) if names else {}
    persons = await known_persons(parts, {case.person for case in cases}) if names else {}
    return Seen(caller, parts, changed, admissions, persons)


def instant(at: datetime) -> str:
    """A time as FHIR writes it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def patient_id(person: str | None) -> str:
    """The id of a Patient."""
    return (person or "unknown").replace(OURS, NAMELESS, 1)


def person_of(patient: str) -> str:
    """Whom a Patient's id means."""
    return OURS + patient.removeprefix(NAMELESS) if patient.startswith(NAMELESS) else patient


def subject(case: CaseState) -> dict[str, str]:
    """The reference to whom the case is about."""
    return {"reference": f"Patient/{patient_id(case.person)}"}
