"""The standard's own examples are sent to `/fhir`: what they tell is taken, or refused with the element at fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api.fhir.kinds import TAKEN
from marshrut.domain.words import Role
from tests.adapters.fhir import generate
from tests.adapters.fhir.resources import HOSPITAL
from tests.api.fhir import Client, code_of
from tests.fixtures.system import System

OURS = {"identifier": {"value": HOSPITAL}}
# What an example may lack that a hospital's system has: when it was, of whom, and a status that tells something.
LACKS = {"missing_element", "patient_unknown", "unsupported_status", "unknown_flag"}


@pytest.fixture(scope="module")
def official() -> Path:
    """The official package of FHIR R4."""
    return generate.official()


def examples(folder: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The examples of a type."""
    for path in sorted(folder.glob(f"{kind}-*.json")):
        yield json.loads(path.read_text())


async def test_the_standards_patients_and_what_is_about_them_are_answered(system: System, official: Path) -> None:
    """Sent as they are to a machine of one hospital, no example stumbles, and each fault names its place and code."""
    his = Client(system, Role.INTEGRATOR, "examples")
    answered: dict[str, int] = {}
    for kind in TAKEN:
        for resource in examples(official, kind):
            answer = await his.post(f"/{kind}", resource)
            answered[kind] = answered.get(kind, 0) + 1
            if answer.status_code >= 400:
                code, issue = code_of(answer)[1], answer.json()["issue"][0]
                assert code in LACKS | {"unknown_facility"}, (resource["id"], answer.text)
                assert issue["expression"], resource["id"]
    assert set(answered) == set(TAKEN)
    assert sum(answered.values()) > 35


async def test_the_standards_stays_open_cases(system: System, official: Path) -> None:
    """As emergencies of a hospital of ours that go on, each with its patient, stays of the standard open cases."""
    his, patients = Client(system), {each["id"]: each for each in examples(official, "Patient")}
    opened = 0
    for stay in examples(official, "Encounter"):
        name = stay.get("subject", {}).get("reference", "").removeprefix("Patient/")
        if name not in patients:
            continue
        number = [{"system": "urn:example:visit", "value": f"example-{stay['id']}"}]
        person = {**patients[name], "managingOrganization": OURS}
        person.setdefault("identifier", [{"value": f"example-{name}"}])
        goes_on = {
            "status": "in-progress",
            "class": {**stay["class"], "code": "EMER"},
            "serviceProvider": OURS,
            "identifier": number,
            "period": {"start": stay.get("period", {}).get("start", "2026-03-12")},
        }
        entries = [
            {
                "fullUrl": f"http://example.org/fhir/{each['resourceType']}/{each['id']}",
                "resource": each,
                "request": {"method": "POST", "url": each["resourceType"]},
            }
            for each in (person, {**stay, **goes_on})
        ]
        answer = await his.post("", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
        assert answer.status_code == 200, (stay["id"], answer.text)
        told = answer.json()["entry"][1]["response"]
        assert told["status"] == "201 Created", stay["id"]
        read = await Client(system, Role.COORDINATOR).get("/Encounter/" + told["location"].rsplit("/", 1)[1])
        assert read["identifier"][0]["value"] == f"example-{stay['id']}"
        opened += 1
    assert opened >= 5


async def test_the_standards_tasks_and_requests_change_nothing(system: System, official: Path) -> None:
    """Tasks of others, sent to be updated here, are answered as unknown; other resources as not taken."""
    care, his = Client(system, Role.COORDINATOR), Client(system)
    for task in examples(official, "Task"):
        answer = await care.put(f"/Task/{task['id']}", task, If_Match='W/"1"')
        assert code_of(answer) == (404, "resource_not_found"), task["id"]
    for kind in ("ServiceRequest", "CarePlan", "EpisodeOfCare"):
        for resource in examples(official, kind):
            assert code_of(await his.post(f"/{kind}", resource)) == (405, "method_not_allowed")
