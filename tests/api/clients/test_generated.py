"""A client that a generator makes of docs/openapi.json works against the running system."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from api.openapi import FILE
from marshrut.domain.words import Role
from tests.api.clients.conftest import HERE, run
from tests.fixtures.outside import Outside

# What is no JSON a generator of JSON clients leaves out: lines, a hospital's message, a mail, XML.
LEFT_OUT = {
    "POST /api/v1/admissions/import",
    "GET /api/v1/cases/{case_id}/pfif",
    "POST /api/v1/cases/{case_id}/pfif",
    "POST /api/v1/enquiries/mail",
    "POST /hl7v2",
}


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_a_generated_client_works_with_the_running_system(outside: Outside, theirs: Path, tmp_path: Path) -> None:
    """Given the document alone, when a client is made of it, then it admits, reads, works, repeats and is told 412."""
    system = outside.system
    generate = theirs.parent / "openapi-python-client"
    made = ("generate", "--path", str(FILE), "--output-path", str(tmp_path / "made"), "--meta", "none")
    code, said = await run(generate, *made, cwd=tmp_path, within_s=120)
    assert code == 0, said
    assert set(re.findall(r"WARNING parsing (\w+ \S+) within", said)) == LEFT_OUT
    assert "Unable to" not in said
    shutil.copy(HERE / "driving.py", tmp_path)
    await system.admit()
    tokens = [
        system.token(role)["Authorization"].removeprefix("Bearer ") for role in (Role.INTEGRATOR, Role.COORDINATOR)
    ]
    code, said = await run(theirs, tmp_path / "driving.py", outside.url, *tokens, cwd=tmp_path, within_s=60)
    assert code == 0, said
    told = json.loads(said.splitlines()[-1])
    assert told["again"] == told["case_id"]
    assert told["family"] == "Соколова"
    assert told["assignee"] == "coordinator-1"
    assert told["late"] == [412, "version_differs"]
    assert told["item"] == ["need", "proposed"]
    assert told["page"] == [1, True]
