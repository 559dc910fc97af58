"""A FHIR client that we did not write drives the service, unchanged, over real HTTP."""

from __future__ import annotations

import asyncio
import json
import socket
from secrets import token_hex

import pytest

from marshrut.cli.serving import serving
from marshrut.domain.words import Role
from tests.adapters.fhir.resources import BY_UUID, encounter, patient, transaction
from tests.api.fhir import Client, admitted
from tests.architecture.tree import ROOT
from tests.fixtures.npm import modules
from tests.fixtures.system import System

FOLDER = ROOT / "tests" / "fhir"


@pytest.mark.slow
async def test_fhir_kit_client_works_unchanged(system: System) -> None:
    """It reads capabilities, creates, sends a transaction, searches page by page, closes a referral's loop."""
    installed = modules(FOLDER, "the tests of FHIR")
    referral = await admitted(Client(system))
    await system.item(referral, "referral", "home_care", facts={"partner": "home_care_provider"})
    number = f"26-{token_hex(4)}"
    callers = ((Role.INTEGRATOR, None), (Role.COORDINATOR, None), (Role.PARTNER, "home_care_provider"))
    his, care, partner = (system.token(role, user)["Authorization"].removeprefix("Bearer ") for role, user in callers)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        told = {
            "base": f"http://127.0.0.1:{listening.getsockname()[1]}/fhir",
            "his": his,
            "care": care,
            "partner": partner,
            "patient": patient(),
            "bundle": transaction(patient(), encounter(BY_UUID, number)),
            "condition": f"identifier=http://gkb29.example/visit|{number}",
            "referral": referral,
        }
        async with serving(system.app, listening, asyncio.Event()):
            client = await asyncio.create_subprocess_exec(
                *("node", str(FOLDER / "drive.mjs"), str(installed / "node_modules"), json.dumps(told)),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            out, err = await asyncio.wait_for(client.communicate(), 60)
    assert client.returncode == 0, err.decode()
    assert json.loads(out) == {
        "version": "4.0.1",
        "patient": [201, "Лебедева"],
        "transaction": ["201 Created", "201 Created"],
        "again": [200, True],
        "about": "Patient",
        "found": True,
        "posted": 1,
        "task": "accepted",
        "partner": [["Task", "ServiceRequest"], False, "in-progress"],
        "refused": [412, "OperationOutcome"],
    }
