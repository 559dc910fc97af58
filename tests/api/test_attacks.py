"""Ways around the rules of who may do what: fields that nobody offers, methods and addresses not quite ours."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel

from api.scopes import covered
from marshrut.domain.words import Role
from tests.api.test_access import ALLOWED, BODIES, at_hand
from tests.api.test_hostile import DOCUMENT
from tests.api.web.test_desk_by_role import cookie_of
from tests.fixtures.system import HOSPITAL, System, admission

# What somebody would like to be, or to have said.
WISHES: dict[str, Any] = {
    "role": "head",
    "roles": ["head"],
    "hospital": "SKLIF",
    "hospitals": None,
    "user": "olga",
    "actor": {"user": "olga", "role": "head"},
    "case_id": "another",
    "step_id": "another",
    "state": "done",
    "closed_at": "2026-01-01T00:00:00Z",
    "approved_by": "olga",
    "seq": 0,
    "command_id": "mine",
    "__class__": "x",
    "_method": "DELETE",
}


FAMILY = "Нетакая"


def _body(path: str) -> Any:
    return BODIES.get(path, BODIES.get(path.rsplit("/", 1)[-1]))


def _schema(method: str, path: str) -> dict[str, Any]:
    content: dict[str, Any] = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    return schema


def _offered(method: str, path: str) -> set[str]:
    """The fields of the operation's body."""
    schema = _schema(method, path)
    found: set[str] = set()
    for each in schema.get("oneOf", [schema]):
        named = DOCUMENT["components"]["schemas"][each["$ref"].rsplit("/", 1)[-1]] if "$ref" in each else each
        found |= set(named.get("properties", {}))
    return found


WRITES = sorted((method, path) for method, path in ALLOWED if _schema(method, path) and _body(path))
OVERRIDES = ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override")


@pytest.fixture(scope="module")
async def there(system: System) -> dict[str, str]:
    """A case with something of everything, of somebody whose name nobody else here has."""
    patient = {"identified": True, "mrn": token_hex(4), "family": FAMILY, "given": "Антонина"}
    return await at_hand(system, await system.admit(patient=patient))


@pytest.mark.parametrize(("method", "path"), WRITES)
async def test_nobody_assigns_what_is_not_offered(
    system: System, there: dict[str, str], method: str, path: str
) -> None:
    """Fields that a body does not have are refused by name, not dropped: of a role, a hospital, an author, a state."""
    body: dict[str, Any] = {**_body(path)}
    case = f"/api/v1/cases/{there['case_id']}"
    before = (await system.get(case))["seq"]
    role = next(role for role in (Role.SUPERVISOR, Role.ADMIN, Role.PARTNER) if role in ALLOWED[method, path])
    wishes = {name: value for name, value in WISHES.items() if name not in _offered(method, path)}
    sent = {**body, **wishes}
    answer = await system.http.request(method, path.format(**there), json=sent, headers=system.token(role))
    assert answer.status_code == 422, answer.text
    assert wishes.keys() <= {each["field"].rpartition(".")[2] for each in answer.json()["errors"]}, answer.text
    assert (await system.get(case))["seq"] == before


def test_every_body_refuses_what_it_does_not_know(system: System) -> None:
    """Of every endpoint that takes JSON, also of one that does not exist yet."""
    taken = [
        field.field_info.annotation
        for route in iter_route_contexts(system.app.routes)
        if isinstance(route.original_route, APIRoute)
        for field in route.dependant.body_params
    ]
    models = [each for each in taken if isinstance(each, type) and issubclass(each, BaseModel)]
    assert len(models) > 20
    assert [each.__name__ for each in models if each.model_config.get("extra") != "forbid"] == []


async def test_an_admission_does_not_say_who_sends_it(system: System) -> None:
    """Neither beside its fields nor within: nothing is stored."""
    for wish in ({"actor": "olga"}, {"role": "head"}, {"person": "x"}, {"case_id": "x"}):
        for sent in (admission(**wish), admission(patient={"identified": True, "mrn": "m-1", **wish})):
            answer = await system.post("/api/v1/admissions", sent, role=Role.INTEGRATOR)
            assert answer.status_code == 422, answer.text
    elsewhere = await system.post("/api/v1/admissions", admission(facility="SKLIF"), role=Role.INTEGRATOR)
    assert elsewhere.status_code in {403, 404, 422}, elsewhere.text


@pytest.mark.parametrize("override", OVERRIDES)
async def test_a_method_is_what_it_is(system: System, there: dict[str, str], override: str) -> None:
    """No header, query or field turns a look into a write, nor a write into another."""
    headers, view = {**system.token(Role.SUPERVISOR), override: "DELETE"}, "/api/v1/views/kept"
    own = system.token(Role.SUPERVISOR)
    made = await system.http.put(view, json={"page": "inbox", "name": "x"}, headers=own)
    assert made.status_code == 200, made.text
    for method in ("GET", "POST", "PUT"):
        await system.http.request(method, view, params={"_method": "DELETE"}, headers=headers)
    kept = (await system.http.get("/api/v1/views", headers=own)).json()
    assert "kept" in {each["id"] for each in kept["items"]}
    case = f"/api/v1/cases/{there['case_id']}"
    looked = await system.http.get(case, headers={**own, override: "POST"})
    assert (looked.status_code, looked.json()["case_id"]) == (200, there["case_id"])


def tricks(path: str) -> list[str]:
    """Addresses that another program than ours might take for this one."""
    first, last = path.rsplit("/", 1)
    return [
        path + "/", path.upper(), path.replace("/api/", "/API/"), path.replace("/api/", "//api//"), "/." + path,
        "/healthz/.." + path, "/status/x/../.." + path, path + "/.", path + "/..", path + "%00", path + "%20",
        path + ";jsessionid=1", path + ".json", path + "?/healthz", path + "%3F", path + "#/healthz",
        path.replace("/api", "/%61pi"), path.replace("/", "%2F"), "/desk/static/.." + path,
        "/desk/static/..%2F.." + path,
        "/fhir/.." + path, f"{first}/%2e%2e/{last}", f"{first}%2F{last}", path.replace("/", "\\"), path + "%0d%0a",
    ]  # fmt: skip


@pytest.mark.parametrize("tail", ["", "/events", "/relatives"])
async def test_no_spelling_of_an_address_goes_round_the_rules(system: System, there: dict[str, str], tail: str) -> None:
    """Whoever is nobody, of another hospital or in a role without a mark reads the case by none of them."""
    path = f"/api/v1/cases/{there['case_id']}{tail}"
    callers: tuple[dict[str, str], ...] = (
        {},
        system.token(Role.SUPERVISOR, "stranger", "SKLIF"),
        system.token(Role.HOTLINE),
    )
    for each in tricks(path):
        for headers in callers:
            for method in ("GET", "HEAD", "POST") if not tail else ("GET",):
                answer = await system.http.request(method, each, headers=headers, follow_redirects=True)
                still_means_it = there["case_id"] in str(answer.request.url)  # a client shortens `/..` itself
                assert not (answer.is_success and still_means_it), (each, method, headers, answer.text)
                assert not (answer.is_success and there["case_id"] in answer.text)
                assert answer.status_code < 500
                assert FAMILY not in answer.text
    assert (await system.http.get(path, headers=system.token(Role.SUPERVISOR))).status_code == 200


@pytest.mark.parametrize("start", ["/desk/cases/", "/fhir/Encounter/"])
async def test_nor_at_the_desk_nor_under_fhir(system: System, there: dict[str, str], start: str) -> None:
    """The same addresses of the pages, by the session of a colleague elsewhere, and of FHIR, by a foreign token."""
    path = f"{start}{there['case_id']}"
    session = await cookie_of(system, Role.COORDINATOR, "SKLIF")
    for each in [*tricks(path), path.replace("/desk", "/DESK"), path.replace("/desk/", "/desk//"), f"{path}?case_id=x"]:
        for headers in ({}, session, system.token(Role.SUPERVISOR, "stranger", "SKLIF")):
            answer = await system.http.get(each, headers=headers, follow_redirects=True)
            assert FAMILY not in answer.text, (each, headers)
            assert answer.status_code < 500


async def test_a_form_says_nothing_of_who_sends_it_or_where(system: System, there: dict[str, str]) -> None:
    """Fields that a page does not have change nothing: neither another case, nor who did it, nor how it stands."""
    case, other = await system.admit(), there["case_id"]
    before = (await system.get(f"/api/v1/cases/{other}"))["seq"]
    wishes = {"case_id": other, "actor": "olga", "user": "olga", "role": "head", "hospital": "SKLIF", "state": "closed"}
    session = await cookie_of(system, Role.COORDINATOR)
    fields = {"type": "medically_ready", "key": "wishes", **wishes}
    done = await system.http.post(f"/desk/cases/{case}/events", data=fields, headers=session)
    assert done.status_code == 303, done.text
    told = (await system.get(f"/api/v1/cases/{case}/events"))["items"][-1]
    assert told["actor"] == "coordinator-desk"
    card = await system.get(f"/api/v1/cases/{case}")
    assert (card["hospital"], card["closed_at"]) == (HOSPITAL, None)
    assert (await system.get(f"/api/v1/cases/{other}"))["seq"] == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/fhir/Patient/_search"),
        ("PUT", "/fhir/Encounter/_search"),
        ("PUT", "/fhir/Task/_search"),
        ("PUT", "/api/v1/views/search"),
        ("DELETE", "/api/v1/views/search"),
        ("PUT", "/api/v1/staff/search"),
        ("POST", "/api/v1/cases/x/events"),
        ("POST", "/api/v1/clients/search"),
    ],
)
def test_a_key_that_only_reads_writes_nothing_by_what_a_thing_is_called(method: str, path: str) -> None:
    """An id may be `search`; only a POST to a search looks."""
    assert not covered(["read"], method, path)
    assert covered(["read"], "POST", "/fhir/Patient/_search")
    assert covered(["read"], "POST", "/api/v1/cases/search")


async def test_a_host_is_no_part_of_what_a_key_covers(system: System) -> None:
    """What the header of the host says of an address decides nothing."""
    made = await system.http.post(
        "/api/v1/clients",
        json={"name": "x", "user": "his-host", "hospitals": [HOSPITAL], "scopes": ["intake"]},
        headers=system.token(Role.ADMIN),
    )
    key = {"Authorization": f"Bearer {made.json()['key']}"}
    for host in ("marshrut.test/api/v1/commands/?", "x/hl7v2#", "x@y/api/v1/commands/", ""):
        answer = await system.http.get("/api/v1/cases", headers={**key, "Host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_not_allowed"), host
