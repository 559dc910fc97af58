"""Patients that somebody else's generator made: their resources are FHIR R4 to us, and their stays open cases."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from marshrut.adapters.fhir.validation import faults
from marshrut.domain.words import Role
from tests.adapters.fhir.resources import HOSPITAL
from tests.api.fhir import Client
from tests.fixtures.apart import interpreter
from tests.fixtures.system import System

REQUIREMENTS = Path(__file__).parents[1] / "adapters" / "fhir" / "requirements.txt"
OURS = {"identifier": {"value": HOSPITAL}}
STAYS = 4  # of each patient


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """The Bundle of each patient, always the same."""
    folder = tmp_path_factory.mktemp("synthea")
    command = interpreter(REQUIREMENTS, "synthea").parent / "synthea"
    done = subprocess.run(
        [command, "-p", "2", "-s", "7", "-a", "20-30", "-o", folder], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    bundles = [json.loads(path.read_text()) for path in sorted((folder / "fhir").glob("*.json"))]
    return [each for each in bundles if each["entry"][0]["resource"]["resourceType"] == "Patient"]


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_made_patients_come_in(system: System, made: list[dict[str, Any]]) -> None:
    """A Patient and some stays of each Bundle are taken as emergencies of a hospital of ours that go on."""
    his = Client(system)
    opened: set[str] = set()
    for bundle in made:
        person, *others = bundle["entry"]
        stays = [each for each in others if each["resource"]["resourceType"] == "Encounter"]
        assert [faults(each["resource"]) for each in (person, *stays)] == [()] * (len(stays) + 1)
        for first, stay in zip([True, *[False] * STAYS], stays[:STAYS], strict=False):
            emergency = {**stay["resource"]["class"], "code": "EMER"}
            goes_on = {"status": "in-progress", "serviceProvider": OURS, "class": emergency}
            number = [{"system": "urn:made:visit", "value": stay["resource"]["id"]}]
            resource = {**stay["resource"], **goes_on, "identifier": number}
            sent = {"resourceType": "Bundle", "type": "transaction", "entry": [person, {**stay, "resource": resource}]}
            answer = await his.post("", sent)
            assert answer.status_code == 200, answer.text
            told = [each["response"] for each in answer.json()["entry"]]
            assert [each["status"] for each in told] == ["201 Created" if first else "200 OK", "201 Created"]
            case_id = told[1]["location"].rsplit("/", 1)[1]
            opened.add(case_id)
            card = await system.get(f"/api/v1/cases/{case_id}", Role.COORDINATOR)
            family = next(each for each in person["resource"]["name"] if each["use"] == "official")["family"]
            assert card["patient"]["family"] == family
    assert len(opened) == sum(
        min(STAYS, sum(each["resource"]["resourceType"] == "Encounter" for each in bundle["entry"])) for bundle in made
    )
    assert len(made) >= 2
