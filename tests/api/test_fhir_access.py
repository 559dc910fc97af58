"""Who may call what under `/fhir`, and that every fault is an OperationOutcome."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from starlette.routing import Mount, Route

from api.fhir.app import ROUTES
from marshrut.adapters.fhir.validation import faults
from marshrut.domain.words import Role
from tests.adapters.fhir.resources import BY_UUID, contained, encounter, flag, message, patient, related, transaction
from tests.api.fhir import Client, admitted, broken, code_of
from tests.api.test_access import ADMITTERS, CARE, EVERYBODY, READERS
from tests.fixtures.system import System

ALLOWED: dict[tuple[str, str], set[Role]] = {
    ("GET", "/metadata"): EVERYBODY | {Role.PARTNER},
    ("POST", "/"): ADMITTERS,
    ("POST", "/$process-message"): ADMITTERS,
    ("POST", "/{kind}"): ADMITTERS,
    ("PUT", "/Encounter/{name}"): ADMITTERS,
    ("PUT", "/Patient/{name}"): ADMITTERS,
    ("PUT", "/Task/{name}"): CARE | {Role.PARTNER},
    # Of a partner, who sees what it was asked for, tests/api/test_fhir_partners.py tells.
    ("GET", "/{kind}"): READERS,
    ("POST", "/{kind}/_search"): READERS,
    ("GET", "/{kind}/{name}"): READERS,
}


def operations(system: System) -> set[tuple[str, str]]:
    assert any(isinstance(each, Mount) and each.path == "/fhir" for each in system.app.routes)
    found = [route for part in ROUTES for route in part.router.routes if isinstance(route, Route)]
    return {(method, each.path) for each in found for method in each.methods or () if method != "HEAD"}


def test_every_operation_says_who_may_call_it(system: System) -> None:
    """The table above names each operation of `/fhir`, and no other."""
    assert operations(system) == set(ALLOWED)


@pytest.mark.parametrize(("method", "path"), sorted(ALLOWED))
async def test_a_role_outside_the_table_is_refused(system: System, method: str, path: str) -> None:
    """Without a token 401, in a role that is not named 403, in one that is neither."""
    case_id = await admitted(Client(system))
    place = path.format(kind="Encounter", name=case_id)
    bare = await system.http.request(method, f"/fhir{place}")
    assert (code_of(bare), bare.headers["www-authenticate"]) == ((401, "unauthenticated"), "Bearer")
    more = {"Content_Type": "application/x-www-form-urlencoded"} if path.endswith("_search") else {}
    for role in EVERYBODY | {Role.PARTNER}:
        answer = await Client(system, role).call(method, place, b"" if method != "GET" else None, **more)
        assert (answer.status_code == 403) is (role not in ALLOWED[method, path]), (role, answer.text)


@pytest.mark.parametrize(
    ("method", "path", "headers", "expected"),
    [
        ("GET", "/Observation", {}, (404, "unknown_resource_type")),
        ("GET", "/Observation/1", {}, (404, "unknown_resource_type")),
        ("GET", "/Encounter/1/_history/2", {}, (404, "not_found")),
        ("POST", "/Observation", {}, (404, "unknown_resource_type")),
        ("PUT", "/Observation/1", {}, (404, "unknown_resource_type")),
        ("POST", "/CarePlan", {}, (405, "method_not_allowed")),
        ("DELETE", "/Encounter/1", {}, (405, "method_not_allowed")),
        ("PATCH", "/Task/1", {}, (405, "method_not_allowed")),
        ("DELETE", "/", {}, (405, "method_not_allowed")),
        ("GET", "/metadata", {"Accept": "application/fhir+xml"}, (406, "not_acceptable")),
        ("GET", "/Encounter?_format=xml", {}, (406, "not_acceptable")),
        ("GET", "/Encounter/%00", {}, (422, "invalid")),
        ("GET", "/Encounter?_id=%00", {}, (422, "invalid")),
        ("POST", "/Encounter/_search", {}, (415, "unsupported_media_type")),
    ],
)  # fmt: skip
async def test_every_fault_is_an_operation_outcome(
    system: System, method: str, path: str, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    """Pages, methods, types and texts that are not there: FHIR's own form, with our stable code."""
    named = {name.replace("-", "_"): value for name, value in headers.items()}
    answer = await Client(system, Role.SUPERVISOR).call(method, path, **named)
    assert code_of(answer) == expected


async def test_faults_are_worded_in_both_languages(system: System) -> None:
    """`Accept-Language: ru` is answered in Russian."""
    answer = await Client(system).call("GET", "/Encounter/none", Accept_Language="ru")
    assert answer.json()["issue"][0]["details"]["text"] == "В вашей области нет такого ресурса"


async def test_the_capability_statement_tells_what_there_is(system: System) -> None:
    """Each interaction that it names is there, and those that it does not name are refused."""
    statement = await Client(system).get("/metadata")
    assert (statement["fhirVersion"], statement["format"][0]) == ("4.0.1", "application/fhir+json")
    can = {each["type"]: {one["code"] for one in each["interaction"]} for each in statement["rest"][0]["resource"]}
    client = Client(system, Role.SUPERVISOR)
    case_id = await admitted(Client(system))
    for kind in (
        "Patient",
        "Encounter",
        "EpisodeOfCare",
        "CarePlan",
        "ServiceRequest",
        "Task",
        "RelatedPerson",
        "Flag",
    ):
        answers = {
            "read": await client.call("GET", f"/{kind}/{case_id}"),
            "search-type": await client.call("GET", f"/{kind}?_count=1"),
            "create": await client.post(f"/{kind}", {}),
            "update": await client.put(f"/{kind}/{case_id}", {}),
        }
        refused = {"unknown_resource_type", "method_not_allowed"}
        there = {name for name, each in answers.items() if each.status_code == 200 or code_of(each)[1] not in refused}
        assert there == can[kind], kind
        for parameter in next(each for each in statement["rest"][0]["resource"] if each["type"] == kind).get(
            "searchParam", ()
        ):
            asked = f"{parameter['name']}=2026-01-01"
            answer = await client.call("GET", f"/{kind}?{asked}", Prefer="handling=strict")
            assert answer.status_code == (400 if "documentation" in parameter else 200), asked
            form = "application/x-www-form-urlencoded"
            answer = await client.post(f"/{kind}/_search", asked.encode(), Content_Type=form, Prefer="handling=strict")
            assert answer.status_code == 200, asked


SAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("/Patient", patient()),
    ("/Encounter", contained(patient())),
    ("/RelatedPerson", related(patient={"identifier": {"value": "1"}})),
    ("/Flag", flag(subject={"identifier": {"value": "1"}})),
    ("", transaction(patient(), encounter(BY_UUID), related(), flag())),
    ("", message(patient(), encounter(BY_UUID), related(), flag())),
]


@settings(max_examples=75, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sent=broken(SAMPLES))
async def test_however_broken_a_resource_is_it_is_answered(system: System, sent: tuple[str, bytes]) -> None:
    """No answer is a 5xx, each is FHIR R4, and what is refused says where."""
    answer = await Client(system, Role.INTEGRATOR, "fuzz").post(sent[0], sent[1])
    assert answer.status_code < 500
    if answer.status_code >= 400:
        outcome = answer.json()
        assert faults(outcome) == ()
        assert code_of(answer)[1] != "unreadable", (outcome, sent)
