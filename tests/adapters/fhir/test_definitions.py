import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from api.fhir.faults import ISSUES, PRECISELY
from marshrut.adapters.fhir.definitions import FILE, r4
from marshrut.adapters.fhir.validation import faults
from marshrut.adapters.fhir.values import Issue
from tests.adapters.fhir import generate
from tests.adapters.fhir.resources import contained, patient

LARGEST = 2_000_000  # a Bundle of all definitions tells nothing about messages


@pytest.fixture(scope="module")
def official() -> Path:
    """The official package of FHIR R4."""
    return generate.official()


def examples(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(folder.glob("*.json")):
        if path.name.partition("-")[0] in r4().types and path.stat().st_size < LARGEST:
            yield path.name, json.loads(path.read_text())


@pytest.mark.slow
def test_the_table_is_what_the_official_definitions_say(official: Path) -> None:
    """The table in git is made of the package of the standard's authors, version 4.0.1, and of nothing else."""
    assert json.loads((official / "package.json").read_text())["fhirVersions"] == [r4().version]
    assert FILE.read_text() == generate.written()


def test_every_official_example_is_valid(official: Path) -> None:
    """Of the resources that we take, give or read, each example of the standard is FHIR R4 to us too."""
    looked_at = {name: faults(resource) for name, resource in examples(official)}
    assert {name: found for name, found in looked_at.items() if found} == {}
    assert len(looked_at) > 150


def test_every_official_example_without_what_is_needed_is_not(official: Path) -> None:
    """Without a needed element, with one that nobody knows, or with a code of no value set, no example is valid."""
    broken = 0
    for name, resource in examples(official):
        elements = r4().types[resource["resourceType"]]
        for key, element in elements.items():
            if element.needed and key in resource:
                less = {each: value for each, value in resource.items() if each != key}
                assert [(fault.code, fault.place) for fault in faults(less)] == [
                    ("required", f"{resource['resourceType']}.{element.group or key}")
                ], name
                broken += 1
            if element.codes is not None and isinstance(resource.get(key), str):
                assert [fault.code for fault in faults({**resource, key: "no-such-code"})] == ["code-invalid"], name
                broken += 1
        assert [fault.code for fault in faults({**resource, "nobodyKnows": "x"})] == ["structure"], name
    assert broken > 200


@pytest.mark.parametrize(
    ("changes", "place", "code"),
    [
        ({"birthDate": "1939-02-30"}, "Patient.birthDate", "value"),
        ({"birthDate": 1939}, "Patient.birthDate", "value"),
        ({"gender": "f"}, "Patient.gender", "code-invalid"),
        ({"name": {"family": "x"}}, "Patient.name", "structure"),
        ({"name": []}, "Patient.name", "structure"),
        ({"name": [{}]}, "Patient.name[0]", "structure"),
        ({"name": [None]}, "Patient.name[0]", "structure"),
        ({"name": [{"given": ["", "x"]}]}, "Patient.name[0].given[0]", "value"),
        ({"name": [{"given": [None]}]}, "Patient.name[0].given[0]", "value"),
        ({"active": "true"}, "Patient.active", "value"),
        ({"multipleBirthInteger": True}, "Patient.multipleBirthInteger", "value"),
        ({"multipleBirthInteger": 2**31}, "Patient.multipleBirthInteger", "value"),
        ({"deceasedBoolean": True, "deceasedDateTime": "2026"}, "Patient.deceasedDateTime", "structure"),
        ({"deceasedDateTime": "2026-01-01T10:00:00"}, "Patient.deceasedDateTime", "value"),
        ({"id": "a b"}, "Patient.id", "value"),
        ({"contact": [{"name": {"use": "x"}}]}, "Patient.contact[0].name.use", "code-invalid"),
        ({"contained": [{"resourceType": "Nobody"}]}, "Patient.contained[0].resourceType", "structure"),
        ({"extension": [{"valueString": "x"}]}, "Patient.extension[0].url", "required"),
        ({"name": [{"text": "x\x07y"}]}, "Patient.name[0].text", "value"),
        ({"photo": [{"data": "*"}]}, "Patient.photo[0].data", "value"),
        ({"_name": [{"id": "x"}]}, "Patient._name", "structure"),
    ],
)  # fmt: skip
def test_a_fault_is_named_where_it_is(changes: dict[str, Any], place: str, code: str) -> None:
    """What does not fit is told by its place and by FHIR's own code, and what stood there is not."""
    (found,) = faults({**patient(), **changes})
    assert (found.place, found.code) == (place, code)


def test_an_element_that_is_none_is_told_to_its_sender_alone() -> None:
    """A key may be anything, also somebody's name: what is kept says only where it was."""
    (found,) = faults({**patient(), "Иванова": 1})
    assert (found.place, found.known) == ("Patient.Иванова", "Patient.?")


def test_a_primitive_may_say_by_extension_why_it_is_missing() -> None:
    """An element that is needed may be told by an extension alone, as FHIR in JSON allows."""
    why = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
    stay = contained(patient())
    told = {name: value for name, value in stay.items() if name != "status"}
    assert faults({**told, "_status": why}) == ()
    (missing,) = faults({**told, "_status": why}, values=True)  # but nobody can read it
    assert (missing.code, missing.place) == ("required", "Encounter.status")
    assert faults({**patient(), "name": [{"given": [None, "x"], "_given": [why, None]}]}) == ()


def test_what_goes_too_deep_is_refused() -> None:
    """However deep something is nested, it is answered and not stumbled over."""
    deep: dict[str, Any] = {"url": "x", "valueString": "x"}
    for _ in range(300):
        deep = {"url": "x", "extension": [deep]}
    (found,) = faults({**patient(), "extension": [deep]})
    assert found.words == "this goes too deep"


def test_every_fault_is_of_a_kind_that_fhir_knows() -> None:
    """The issue types that we tell, for elements and by HTTP status, are codes of the standard's value set."""
    known = r4().types["OperationOutcome.issue"]["code"].codes
    assert known is not None
    assert {*get_args(Issue), *ISSUES.values(), *PRECISELY.values()} <= known
