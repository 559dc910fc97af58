"""What HTTP itself asks of `/fhir`: types, versions and character sets, methods, and faults of our own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from marshrut.domain.words import Role
from tests.adapters.fhir.resources import contained, patient
from tests.api.fhir import FHIR, Client, admitted, code_of
from tests.fixtures.system import System


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("*/*", 200),
        ("application/fhir+json;fhirVersion=4.0", 200),
        ("application/fhir+json; charset=UTF-8", 200),
        ("application/fhir+xml;q=0.9, application/fhir+json;q=0.5", 200),
        ("application/fhir+json;q=0", 406),
        ("application/fhir+json; fhirVersion=5.0", 406),
        ("text/html", 406),
    ],
)
async def test_what_is_asked_for_is_json_of_this_version(system: System, accept: str, status: int) -> None:
    """An answer is given to who takes FHIR R4 in JSON, and refused to who wants XML alone, or another version."""
    answer = await Client(system).call("GET", "/metadata", Accept=accept)
    assert answer.status_code == status


@pytest.mark.parametrize(
    "headers",
    [
        {"Content_Type": f"{FHIR}; charset=windows-1251"},
        {"Content_Type": f"{FHIR}; fhirVersion=3.0"},
        {"Content_Type": "application/fhir+xml"},
        {"Content_Encoding": "gzip"},
    ],
)
async def test_what_is_sent_otherwise_is_refused_and_not_guessed_at(system: System, headers: dict[str, str]) -> None:
    """Another character set, version or form, and what is packed, are 415, for messages and Tasks alike."""
    answer = await Client(system).post("/Patient", patient(), **headers)
    assert code_of(answer) == (415, "unsupported_media_type")
    task = await Client(system, Role.COORDINATOR).put("/Task/x", {"resourceType": "Task"}, **headers)
    assert code_of(task) == (415, "unsupported_media_type")


async def test_text_is_utf_8(system: System) -> None:
    """A body in UTF-16 is no JSON that is taken, though a parser might guess it; a mark before UTF-8 does no harm."""
    body = '{"resourceType": "Patient", "identifier": [{"value": "1"}]}'
    assert code_of(await Client(system).post("/Patient", body.encode("utf-16"))) == (400, "malformed")
    answer = await Client(system).post("/Patient", body.encode("utf-8-sig"))
    assert answer.status_code in {200, 201}


async def test_head_is_get_without_its_body(system: System) -> None:
    """HEAD tells of a resource, a list and the capabilities what GET does, but for the content."""
    his = Client(system)
    case_id = await admitted(his)
    for path in (f"/Encounter/{case_id}", f"/Encounter?_id={case_id}", "/metadata", "/Encounter/none"):
        whole, head = await his.call("GET", path), await his.call("HEAD", path)
        assert (head.status_code, head.content) == (whole.status_code, b"")
        assert dict(head.headers) == dict(whole.headers)


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("DELETE", "/Encounter/1", "GET, PUT, HEAD"),
        ("PUT", "/CarePlan/1", "GET, HEAD"),
        ("POST", "/CarePlan", "GET, HEAD"),
        ("PUT", "/Encounter", "GET, POST, HEAD"),
        ("PUT", "/CarePlan/_search", "POST"),
        ("OPTIONS", "/Encounter", "GET, POST, HEAD"),
        ("GET", "", "POST"),
        ("PATCH", "/metadata", "GET, HEAD"),
    ],
)
async def test_who_uses_a_method_that_is_not_there_is_told_which_are(
    system: System, method: str, path: str, allow: str
) -> None:
    """405 names them in `Allow`, as HTTP asks."""
    answer = await Client(system, Role.SUPERVISOR).call(method, path)
    assert (*code_of(answer), answer.headers["allow"]) == (405, "method_not_allowed", allow)


class Stumbling:
    """Queries that fall over."""

    async def case(self, _case_id: str) -> Any:
        raise RuntimeError("Лебедева")


async def test_a_fault_of_our_own_is_an_operation_outcome_too(system: System) -> None:
    """When our code stumbles, the client is told so in FHIR, and nothing of what it was about."""
    with system.over(replace(system.parts.api, queries=Stumbling())) as app:  # type: ignore[arg-type]  # as far as asked
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as http:
            answer = await http.get("/fhir/Encounter/x", headers=system.token(Role.SUPERVISOR))
    assert (answer.status_code, answer.headers["content-type"]) == (500, f"{FHIR}; charset=utf-8")
    assert (answer.json()["issue"][0]["code"], "Лебедева" in answer.text) == ("exception", False)


async def test_a_number_that_is_none_is_refused(system: System) -> None:
    """A decimal beyond all numbers is no JSON number to us, wherever it stands, so no answer can stumble over it."""
    raw = (
        b'{"resourceType": "Patient", "identifier": [{"value": "1"}], "extension": [{"url": "x", "valueDecimal": %s}]}'
    )
    assert (await Client(system).post("/Patient", raw % (b"9" * 400))).status_code in {200, 201}
    answer = await Client(system).post("/Patient", raw % b"1e999")
    assert code_of(answer) == (400, "invalid_resource")


async def test_what_an_extension_stands_for_is_not_there(system: System) -> None:
    """A status of which only an extension is told is a status that is missing."""
    stay = contained(patient())
    stay["_status"] = {"extension": [{"url": "http://example.org/why", "valueString": "unknown"}]}
    del stay["status"]
    answer = await Client(system).post("/Encounter", stay)
    assert (*code_of(answer), answer.json()["issue"][0]["expression"]) == (
        400,
        "invalid_resource",
        ["Encounter.status"],
    )
