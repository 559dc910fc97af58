"""What resources come to: an admission, an event, circumstances; field by field as docs/integration.md says."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from marshrut.adapters.fhir.messages import FhirMessages
from marshrut.adapters.hl7v2 import DeathRule, EmergencyRule, Site
from marshrut.domain.admission import Admission, Kin, Patient, Preadmission
from marshrut.domain.circumstances import Circumstances
from marshrut.domain.hospital_event import Happening, HospitalEvent
from marshrut.domain.words import Flag, Role
from marshrut.ports import Arrived, Caller, Format, KnownPatient, Unfit
from tests.adapters.fhir.resources import (
    BY_UUID,
    contained,
    encounter,
    flag,
    message,
    patient,
    related,
    transaction,
)

NOW = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)
SITES = {
    code: Site(zone, EmergencyRule(patient_type=frozenset({"EMR"})), DeathRule(frozenset({"20"})))
    for code, zone in (("GKB29", "Europe/Moscow"), ("KKB1", "Asia/Vladivostok"))
}
HIS = Caller("his", Role.INTEGRATOR, frozenset({"GKB29"}))


class NoIntake:
    """Reading needs nowhere to go."""


async def nobody(_person: str) -> None:
    return None


READER = FhirMessages(NoIntake(), SITES, nobody, lambda: NOW, id_key=b"key")  # type: ignore[arg-type]  # only read from


def read(resource: dict[str, Any], caller: Caller = HIS, **more: Any) -> Any:
    return READER.read(Arrived(json.dumps(resource).encode(), Format.FHIR, caller, **more))


def refused(resource: dict[str, Any], caller: Caller = HIS) -> tuple[str, str]:
    with pytest.raises(Unfit) as fault:
        read(resource, caller)
    return fault.value.code, fault.value.errors[0]["field"]


def admission(resource: dict[str, Any]) -> Admission:
    said = read(resource).what
    assert isinstance(said, Admission)
    return said


def event(resource: dict[str, Any]) -> HospitalEvent:
    said = read(resource).what
    assert isinstance(said, HospitalEvent)
    return said


def test_an_encounter_with_its_patient_is_an_admission() -> None:
    """Facility, visit, time, names, place and diagnosis stand where the hospital wrote them."""
    person = patient(
        "900101",
        name=[
            {"use": "old", "family": "Соколова"},
            {"use": "official", "family": "Лебедева", "given": ["Нина", "Павловна"]},
        ],
        address=[{"line": ["ул. Тестовая, 1"], "city": "Москва"}],
        contact=[{"relationship": [{"text": "соседка"}], "name": {"family": "Орлова"}}],
    )
    bed = {"resourceType": "Location", "id": "b", "identifier": [{"value": "3"}], "partOf": {"reference": "#w"},
           "physicalType": {"coding": [{"code": "bd"}]}}  # fmt: skip
    ward = {"resourceType": "Location", "id": "w", "identifier": [{"value": "Т 1"}],
            "physicalType": {"coding": [{"code": "wa"}]}}  # fmt: skip
    stay = contained(person, visit="26-1", reasonCode=[{"coding": [{"code": "S72.0"}], "text": "Перелом"}])
    stay["contained"] += [bed, ward]
    stay["location"] = [
        {"location": {"display": "приёмное"}, "period": {"end": "2026-03-12T09:00:00+03:00"}},
        {"location": {"reference": "#b"}},
    ]
    said = admission(stay)
    assert (said.facility, said.visit, said.emergency) == ("GKB29", "26-1", True)
    assert said.admitted_at == datetime(2026, 3, 12, 5, 45, tzinfo=UTC)
    assert (said.ward, said.bed, said.diagnosis) == ("Т-1", "3", "S72.0 Перелом")
    assert said.patient.model_dump(exclude={"aliases"}) == {
        "identified": True, "mrn": "900101", "family": "Лебедева", "given": "Нина", "patronymic": "Павловна",
        "birth_date": date(1939, 5, 17), "sex": "female", "address": "ул. Тестовая, 1, Москва",
        "phones": ("+7 495 000-01-01",),
    }  # fmt: skip
    assert [alias.family for alias in said.patient.aliases] == ["Соколова"]
    assert [(each.family, each.relation, each.kin) for each in said.contacts] == [("Орлова", "соседка", Kin.NEIGHBOUR)]


@pytest.mark.parametrize("made", [transaction, message])
def test_bundles_say_the_same_as_a_resource_alone(made: Any) -> None:
    """A transaction and a message bring patient, relatives and flags beside the stay."""
    said = admission(made(patient("1"), encounter(BY_UUID, "26-1"), related(), flag(), flag("no_documents")))
    assert said.flags == (Flag.LIVES_ALONE, Flag.NO_DOCUMENTS)
    (son,) = said.contacts
    assert (son.family, son.given, son.kin, son.phones) == ("Лебедев", "Олег", Kin.SON, ("+7 495 000-01-02",))
    assert said.patient.family == "Лебедева"


@pytest.mark.parametrize(
    ("changes", "emergency"),
    [
        ({}, True),
        ({"class": {"code": "IMP"}}, False),
        ({"class": {"code": "IMP"}, "priority": {"coding": [{"code": "EM"}]}}, True),
        ({"class": {"code": "IMP"}, "hospitalization": {"admitSource": {"coding": [{"code": "emd"}]}}}, True),
        ({"class": {"code": "IMP"}, "type": [{"coding": [{"code": "EMR"}]}]}, True),
        ({"class": {"code": "AMB"}, "priority": {"coding": [{"code": "R"}]}}, False),
    ],
)  # fmt: skip
def test_an_emergency_is_told_by_codes(changes: dict[str, Any], emergency: bool) -> None:
    """By the class, the priority, who sent the patient, or the hospital's own types of patients."""
    assert admission(contained(patient(), **changes)).emergency is emergency


def test_a_status_says_what_happened() -> None:
    """Planned lies ahead, finished has left, cancelled never was; of unknown nothing follows."""
    ahead = admission(contained(patient(), status="planned", period={"start": "2026-03-20"}))
    assert isinstance(ahead, Preadmission)
    assert (ahead.planned_for, ahead.admitted_at) == (datetime(2026, 3, 19, 21, tzinfo=UTC), NOW)
    ended = {"start": "2026-03-01", "end": "2026-03-12T10:00:00+03:00"}
    left = event(contained(patient(), status="finished", period=ended))
    assert (left.kind, left.died, left.occurred_at) == (
        Happening.DISCHARGED,
        False,
        datetime(2026, 3, 12, 7, tzinfo=UTC),
    )
    cancelled = event(contained(patient(), status="entered-in-error"))
    assert (cancelled.kind, cancelled.occurred_at) == (Happening.ADMISSION_CANCELLED, NOW)
    assert refused(contained(patient(), status="unknown")) == ("unsupported_status", "Encounter.status")
    assert refused(contained(patient(), status="finished", period={})) == ("invalid_resource", "Encounter.period")
    began = {"start": "2026-03-01"}
    assert refused(contained(patient(), status="finished", period=began))[0] == "missing_element"


@pytest.mark.parametrize("code", ["exp", "20"])
def test_a_death_is_told_by_the_disposition_or_the_patient(code: str) -> None:
    """At the time of the death if that is told, else when the stay ended."""
    ended = {"start": "2026-03-01", "end": "2026-03-12T10:00:00+03:00"}
    went = {"dischargeDisposition": {"coding": [{"code": code}]}}
    died = event(contained(patient(), status="finished", period=ended, hospitalization=went))
    assert (died.died, died.occurred_at.hour) == (True, 10)
    told = event(contained(patient(deceasedDateTime="2026-03-11T23:00:00+03:00"), status="finished", period=ended))
    assert (told.died, told.occurred_at.day) == (True, 11)
    alone = event(patient(deceasedBoolean=True))
    assert (alone.died, alone.visit, alone.kind) == (True, None, Happening.UPDATED)


def test_a_person_is_news_of_a_person() -> None:
    """A Patient, or somebody near, by themselves go to each open case of the record number."""
    said = event(transaction(patient("7"), related()))
    assert (said.kind, said.visit, said.patient.mrn, len(said.contacts)) == (Happening.UPDATED, None, "7", 1)


def test_flags_come_with_a_stay_or_alone() -> None:
    """A flag by itself is told of the person; one that holds no more, or is not ours, is refused."""
    by_number = {"identifier": {"value": "900101"}}
    told = read(flag(subject=by_number)).what
    assert told == Circumstances(facility="GKB29", visit=None, mrn="900101", add=(Flag.LIVES_ALONE,), occurred_at=NOW)
    assert refused(flag(subject=by_number, status="inactive"))[0] == "unsupported_status"
    assert refused(flag("tattooed", subject=by_number)) == ("unknown_flag", "Flag.code")
    assert refused(transaction(patient(), flag()))[0] == "unsupported_bundle"


def test_who_is_not_named_is_unidentified() -> None:
    """No name, a placeholder, or an anonymous one: nobody has identified this patient."""
    for name in ([], [{"family": "Неизвестный"}], [{"use": "anonymous", "family": "Икс"}]):
        said = admission(
            contained({**patient(), "name": name} if name else {k: v for k, v in patient().items() if k != "name"})
        )
        assert said.patient.identified is False
        assert Flag.UNIDENTIFIED in said.with_flags().flags
    named_by_number = encounter({"identifier": {"value": "9"}}, "26-9")
    assert admission(named_by_number).patient == Patient(mrn="9")


def test_a_lone_child_is_told_from_its_contacts() -> None:
    """A child whose relatives can neither be named nor called is without a carer."""
    child = patient(birthDate="2020-01-01")
    assert Flag.CHILD_WITHOUT_CARER in admission(contained(child)).flags
    assert Flag.CHILD_WITHOUT_CARER not in admission(transaction(child, encounter(BY_UUID), related())).flags


def test_the_hospital_is_named_or_is_the_only_one_of_the_sender() -> None:
    """The provider of the stay, the patient's organization, or the one hospital that the sender speaks for."""
    stay = {k: v for k, v in contained(patient()).items() if k != "serviceProvider"}
    assert admission(stay).facility == "GKB29"
    organization = {"resourceType": "Organization", "id": "o", "identifier": [{"value": "x"}, {"value": "GKB29"}]}
    named = contained(patient(), serviceProvider={"reference": "#o"})
    named["contained"].append(organization)
    assert admission(named).facility == "GKB29"
    other = contained(patient(), serviceProvider={"identifier": {"value": "KKB1"}})
    assert refused(other) == ("hospital_not_allowed", "Encounter.serviceProvider")
    nowhere = contained(patient(), serviceProvider={"identifier": {"value": "NOWHERE"}})
    assert refused(nowhere) == ("unknown_facility", "Encounter.serviceProvider")


def test_a_patient_of_before_is_named_by_the_id_here() -> None:
    """Whom we know need not be described again; whom nobody knows is refused with the place."""
    stay = encounter({"reference": "Patient/known"}, "26-1")
    known = {"known": KnownPatient("GKB29", Patient(mrn="900101", family="Лебедева"))}
    assert read(stay, known=known).what.patient.family == "Лебедева"
    assert refused(stay) == ("patient_unknown", "Encounter.subject")


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (transaction(patient(), encounter(BY_UUID), encounter(BY_UUID)), "many_visits"),
        (transaction(patient(), patient()), "many_visits"),
        (transaction(patient(), {"resourceType": "Observation", "status": "final"}), "unsupported_resource"),
        ({"resourceType": "Observation"}, "unsupported_resource"),
        ({"resourceType": "Bundle", "type": "batch"}, "unsupported_bundle"),
        ({"resourceType": "Bundle", "type": "transaction"}, "unsupported_bundle"),
        ({"resourceType": "Bundle", "type": "message", "entry": [{"resource": patient()}]}, "unsupported_bundle"),
        (transaction(patient(), Patient={"method": "DELETE"}), "unsupported_bundle"),
        (contained({k: v for k, v in patient().items() if k != "identifier"}), "missing_element"),
        (contained(patient(birthDate="2027-01-01")), "invalid_resource"),
        (contained(patient(), period={"start": "2026-03-20"}), "in_the_future"),
        (contained(patient(), period={"start": "2026-03"}), "missing_element"),
        (contained(patient(), period={"start": "1200-01-01T00:00:00Z"}), "invalid_resource"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told_with_its_place(resource: dict[str, Any], code: str) -> None:
    """Each refusal has a code and the element that is at fault."""
    told, place = refused(resource)
    assert (told, bool(place)) == (code, True)


def test_a_message_is_known_again_by_its_header() -> None:
    """The same message has the same key, so it counts once; what stands in a transaction has none."""
    assert read(message(patient(), name="m-1")).key == "m-1"
    assert read(transaction(patient())).key is None


THERE = "http://his.example/fhir/Patient/7"


@pytest.mark.parametrize(
    ("full_url", "name", "reference"),
    [
        ("urn:uuid:0b1c", None, "urn:uuid:0b1c"),
        (THERE, "7", THERE),
        (THERE, "7", "Patient/7"),
        (THERE, "7", f"{THERE}/_history/2"),
        (THERE, None, "Patient/7"),
        ("urn:uuid:0b1c", "7", "Patient/7"),
    ],
)
def test_a_reference_finds_its_entry(full_url: str, name: str | None, reference: str) -> None:
    """By the whole address, relative to it, in a version, by an id or by a name of the Bundle's own."""
    person = patient("900107", **({} if name is None else {"id": name}))
    bundle = transaction(person, encounter({"reference": reference}))
    bundle["entry"][0]["fullUrl"] = full_url
    assert admission(bundle).patient.mrn == "900107"


@pytest.mark.parametrize("other", [THERE, "http://elsewhere.example/fhir/Patient/7"])
def test_a_reference_that_finds_several_finds_none(other: str) -> None:
    """Of two entries under one address, or one relative address, nobody chooses by chance."""
    stay = encounter(BY_UUID, serviceProvider={"reference": "Organization/7"})
    organizations = [{"resourceType": "Organization", "id": "7", "name": name} for name in ("GKB29", "KKB1")]
    bundle = transaction(patient(managingOrganization={"display": "x"}), stay, *organizations)
    for entry, url in zip(bundle["entry"][2:], (THERE, other), strict=True):
        entry["fullUrl"] = url.replace("Patient", "Organization")
    both = Caller("his", Role.INTEGRATOR, frozenset({"GKB29", "KKB1"}))
    assert refused(bundle, both) == ("unknown_facility", "Bundle.entry[1].resource.serviceProvider")
