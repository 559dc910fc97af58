"""What is known of a hospital before its message is read."""

from __future__ import annotations

from dataclasses import dataclass

from marshrut.adapters.hl7v2.message import Segment


@dataclass(frozen=True, slots=True)
class EmergencyRule:
    """Which codes say that the patient came as an emergency; any one of them does, in capitals or not."""

    patient_class: frozenset[str] = frozenset()  # PV1-2, table 0004
    admission_type: frozenset[str] = frozenset()  # PV1-4, table 0007
    patient_type: frozenset[str] = frozenset()  # PV1-18, the hospitals' own

    def holds(self, visit: Segment) -> bool:
        """Whether this visit is an emergency."""
        meant = ((2, self.patient_class), (4, self.admission_type), (18, self.patient_type))
        return any(says(visit, field, codes) for field, codes in meant)


@dataclass(frozen=True, slots=True)
class DeathRule:
    """Which codes of a discharge say that the patient died, in capitals or not."""

    discharge_disposition: frozenset[str] = frozenset()  # PV1-36, table 0112

    def holds(self, visit: Segment) -> bool:
        """Whether this visit ended so."""
        return says(visit, 36, self.discharge_disposition)


@dataclass(frozen=True, slots=True)
class Site:
    """A hospital's IANA zone, and its codes of an emergency and of a death."""

    zone: str
    emergency: EmergencyRule
    death: DeathRule = DeathRule()


def says(segment: Segment, field: int, codes: frozenset[str]) -> bool:
    """Whether a field holds any of the codes: some versions send a text and a second code beside the first (CWE)."""
    sent = {value.text(component).casefold() for value in segment.values(field) for component in (1, 4)}
    return not sent.isdisjoint(map(str.casefold, codes))
