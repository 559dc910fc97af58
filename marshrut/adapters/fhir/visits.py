"""Encounter becomes an admission, a stay that lies ahead, or the end of one, by its status."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshrut.adapters.fhir.gathering import Gathered
from marshrut.adapters.fhir.persons import VISIT_TYPES, died_at, number
from marshrut.adapters.fhir.values import Resource, coded, codes, instant, many, referred, unfit, worded
from marshrut.adapters.hl7v2.people import cut
from marshrut.adapters.hl7v2.sites import Site
from marshrut.adapters.hl7v2.visit import code
from marshrut.domain.admission import Admission, Contact, Patient, Preadmission, day_of
from marshrut.domain.age import flags_of_age
from marshrut.domain.hospital_event import Happening, HospitalEvent, TimeFrom
from marshrut.domain.words import Flag

HERE = frozenset({"arrived", "triaged", "in-progress", "onleave"})
CANCELLED = frozenset({"cancelled", "entered-in-error"})
# HL7 v3 ActCode and ActPriority, and HL7 v2 table 0007; FHIR's admit-source.
EMERGENCY_CLASS, URGENT, BY_EMERGENCY = "EMER", ("EM", "E"), "emd"
DIED = "exp"  # FHIR's discharge-disposition
WARD, ROOM, BED = "wa", "ro", "bd"  # FHIR's location-physical-type


@dataclass(frozen=True, slots=True)
class Stay:
    """An Encounter with all that is known beside it; `latest`: when it was told."""

    encounter: Resource
    told: Gathered
    facility: str
    site: Site
    latest: datetime

    @property
    def visit(self) -> str:
        """The number of the visit."""
        return number(self.encounter, self.facility, VISIT_TYPES, "Encounter.identifier")

    def said(
        self,
        patient: Patient,
        person: Resource | None,
        near: tuple[Contact, ...],
        flags: tuple[Flag, ...],
    ) -> tuple[Admission | HospitalEvent, datetime]:
        """What it says, and when that was so.

        Raises:
            Unfit: `unsupported_status`, `missing_element`.
        """
        status = self.encounter["status"]
        if status in HERE:
            admission = self._admission(patient, near, flags)
            return admission, max(self.latest, admission.admitted_at)
        if status == "planned":
            ahead = self._admission(patient, near, flags)
            planned = Preadmission(**{**dict(ahead), "admitted_at": self.latest}, planned_for=ahead.admitted_at)
            return planned, self.latest
        if status == "finished":
            return self._finished(patient, person, near)
        if status in CANCELLED:
            event = self._event(Happening.ADMISSION_CANCELLED, self.latest, TimeFrom.RECORDED, patient, near)
            return event, event.occurred_at
        raise unfit("unsupported_status", "Encounter.status", "this status tells nothing", "not-supported")

    def _finished(
        self, patient: Patient, person: Resource | None, near: tuple[Contact, ...]
    ) -> tuple[HospitalEvent, datetime]:
        """The patient has left, or has died."""
        end = self.encounter.get("period", {}).get("end")
        if end is None:
            raise unfit("missing_element", "Encounter.period.end", "when it ended is needed", "required")
        left = instant(end, self.site.zone, "Encounter.period.end")
        died, at = died_at(person or {}, self.site.zone)
        went = self.encounter.get("hospitalization", {}).get("dischargeDisposition", {})
        died = died or coded(went, DIED, *self.site.death.discharge_disposition)
        when, source = (at or left, TimeFrom.DEATH) if died else (left, TimeFrom.OCCURRED)
        event = self._event(Happening.DISCHARGED, when, source, patient, near, died=died)
        return event, event.occurred_at

    def _event(  # noqa: PLR0913 - what an event is made of
        self,
        kind: Happening,
        at: datetime,
        source: TimeFrom,
        patient: Patient,
        near: tuple[Contact, ...],
        *,
        died: bool = False,
    ) -> HospitalEvent:
        return HospitalEvent(
            facility=self.facility,
            visit=self.visit,
            kind=kind,
            occurred_at=at,
            time_from=source,
            died=died,
            patient=patient,
            contacts=near,
        )

    def _admission(self, patient: Patient, near: tuple[Contact, ...], flags: tuple[Flag, ...]) -> Admission:
        start = self.encounter.get("period", {}).get("start")
        if start is None:
            raise unfit("missing_element", "Encounter.period.start", "when it began is needed", "required")
        admitted_at = instant(start, self.site.zone, "Encounter.period.start")
        ward, bed = self._place()
        return Admission(
            facility=self.facility,
            visit=self.visit,
            admitted_at=admitted_at,
            emergency=self.encounter["status"] != "planned" and self._emergency(),
            ward=ward,
            bed=bed,
            diagnosis=self._diagnosis(),
            patient=patient,
            contacts=near,
            flags=_flags(patient, near, day_of(admitted_at, ZoneInfo(self.site.zone)), flags),
        )

    def _emergency(self) -> bool:
        stay = self.encounter
        return (
            coded(stay["class"], EMERGENCY_CLASS, *self.site.emergency.patient_class)
            or coded(stay.get("priority", {}), *URGENT, *self.site.emergency.admission_type)
            or coded(stay.get("hospitalization", {}).get("admitSource", {}), BY_EMERGENCY)
            or any(coded(kind, *self.site.emergency.patient_type) for kind in many(stay, "type"))
        )

    def _place(self) -> tuple[str | None, str | None]:
        """Ward, and room and bed: of the places that are not left yet the last one of each kind."""
        found: dict[str, str] = {}
        for each in many(self.encounter, "location"):
            if each.get("status") in {"completed", "reserved", "planned"} or "end" in each.get("period", {}):
                continue
            found |= self._named(each["location"], each.get("physicalType", {}))
        room = "-".join(filter(None, (found.get(ROOM), found.get(BED))))
        return code(found.get(WARD, "")), code(room)

    def _named(self, reference: Resource, kind: Resource) -> Mapping[str, str]:
        """A place by its kind, and the places that it is a part of; what says nothing of its kind is a ward."""
        found: dict[str, str] = {}
        for _ in range(4):  # a bed in a room of a ward of a building
            place = self.told.find(reference, self.encounter)
            kinds = set(codes(kind or (place or {}).get("physicalType", {})))
            name = _own_name(place) or referred(reference)
            sort = next(iter(kinds & {WARD, ROOM, BED}), None if kinds else WARD)
            if sort is not None and name:
                found.setdefault(sort, name)
            if place is None or "partOf" not in place:
                break
            reference, kind = place["partOf"], {}
        return found

    def _diagnosis(self) -> str | None:
        """Why the patient came: in words or codes, else the first condition that came along."""
        stay: Any = self.encounter
        for reason in many(stay, "reasonCode"):
            if shown := _coded_words(reason):
                return shown
        reasons = [each["condition"] for each in many(stay, "diagnosis")] + many(stay, "reasonReference")
        for each in reasons:
            condition = self.told.find(each, self.encounter) or {}
            if shown := _coded_words(condition.get("code", {})):
                return shown
        return None


def _own_name(place: Resource | None) -> str:
    """What a place is called: by its own number, or its name."""
    if place is None:
        return ""
    numbers = (each["value"] for each in many(place, "identifier") if each.get("value"))
    return str(next(numbers, "") or place.get("name", ""))


def _coded_words(concept: Resource) -> str | None:
    """A code and its words."""
    first, words = next(codes(concept), None), worded(concept)
    return cut(" ".join(dict.fromkeys(filter(None, (first, words)))))


def _flags(patient: Patient, near: tuple[Contact, ...], admitted_on: date, told: tuple[Flag, ...]) -> tuple[Flag, ...]:
    """What was told, and that a child is alone when nobody near can be named or called."""
    child = Flag.CHILD in flags_of_age(patient.birth_date, admitted_on)
    reachable = any(each.family or each.given or each.phones for each in near)
    alone = (Flag.CHILD_WITHOUT_CARER,) if child and not reachable else ()
    return tuple(flag for flag in Flag if flag in {*told, *alone})
