"""Whatever is sent to whichever operation: an answer below 500, and every refusal a problem with its code."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from api.openapi import FILE
from marshrut.domain.words import Role
from tests.api.test_access import at_hand
from tests.fixtures.system import System, admission, running

DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS = [(method.upper(), path) for path, each in DOCUMENT["paths"].items() for method in each]
WITH_IDS = [each for each in OPERATIONS if "{" in each[1]]

IDS = [
    "a%00b",
    "%00",
    "%ED%A0%80",
    "%FF",
    "x" * 5000,
    "..%2F..%2Fetc",
    "%F0%9F%92%A5",
    "'%20OR%201=1--",
    "9" * 400,
    "%0A",
]
QUERY = [
    "%00", "a%00b", "%ED%A0%80", "%FF", "", "x" * 5000, "-1", "0", "1e9", "9" * 400, "NaN", "null", "[]",
    "%F0%9F%92%A5", "2026-13-45T99:99:99Z", "0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00", "bm9uZTo",
]  # fmt: skip
# Values in the place of any field of a body, as JSON: what a lenient parser lets through and what it does not.
VALUES = [
    '"\\u0000"', '"a\\u0000b"', '"\\ud800"', '"\\udfff x"', '""', '" "', f'"{"x" * 9_000}"', "-1", "0", "1e400",
    "NaN", "9" * 400, "9" * 5000, "null", "true", "[]", "{}", '[["\\u0000"]]', '{"\\u0000": 1}',
    '{"\\ud800": {"a": "\\ud800"}}', "[" * 300 + "]" * 300, "[" * 5_000, '{"a":' * 500 + "1" + "}" * 500,
    '"2026-01-01"', '"9999-12-31T23:59:59-14:00"',
]  # fmt: skip
# Of these a database may hear; the others no parser, guard or model lets through, whichever database it is.
STORABLE = [value for value in VALUES if re.fullmatch(r'"[^\\]*"|-?\d{1,400}(e\d+)?', value)]
BODIES = [
    b"", b"null", b"[]", b'"x"', b"{", b"\x00", b"\xff\xfe", b'{"a": "\xed\xa0\x80"}',
    '{"reason": "x"}'.encode("utf-16"), b"[" * 900 + b"]" * 900, b'{"\\u0000": "\\u0000"}', b"-" * 1000,
    b"\xef\xbb\xbf{}", b'{"contacts": [' + b",".join([b"{}"] * 30_000) + b"]}",
    b"[" + b",".join([b'"\\u0000"'] * 30_000) + b"]",
]  # fmt: skip
HEADERS: list[dict[str, str | bytes]] = [
    {"Accept-Language": b"\xff;q=x,,,;"}, {"Accept-Language": "x" * 8000}, {"Accept-Language": ""},
    {"Content-Type": "image/png"}, {"Content-Type": "application/json; charset=klingon"}, {"Content-Type": ";"},
    {"Content-Type": "multipart/form-data"}, {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 300},
    {"Idempotency-Key": b"\xff\x80"}, {"Idempotency-Key": b"a\x00b"}, {"If-None-Match": b'"\xff", *,,W/'},
    {"Authorization": "Bearer \x00"}, {"Authorization": "Bearer " + "." * 5000}, {"Authorization": "Basic ü".encode()},
]  # fmt: skip


@pytest.fixture(scope="module")
async def postgres_system(
    postgres_server: Any, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[System]:
    """The running system on PostgreSQL."""
    postgres_server.execute(f"CREATE DATABASE hostile TEMPLATE {postgres_template}")
    async with running(tmp_path_factory.mktemp("hostile"), database=postgres_server.url("hostile")) as system:
        yield system
    postgres_server.execute("DROP DATABASE hostile WITH (FORCE)")


@pytest.fixture(scope="module", params=["system", pytest.param("postgres_system", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest) -> System:
    """The running system, on each kind of database."""
    found: System = request.getfixturevalue(request.param)
    return found


class Attacker:
    """Somebody who is signed in and may do much, with a case and a step at hand."""

    def __init__(self, system: System, ids: dict[str, str]) -> None:
        self._system = system
        self.ids = ids

    async def send(self, method: str, path: str, content: bytes | None = None, **headers: Any) -> httpx.Response:
        """Send it; the answer is checked for what holds of every answer."""
        whose = {
            "/hl7v2": Role.INTEGRATOR,
            "/api/v1/partner/": Role.PARTNER,
            **dict.fromkeys(("/api/v1/webhooks", "/api/v1/clients", "/api/v1/accounts/"), Role.ADMIN),
            "/api/v1/erasures": Role.ADMIN,
        }
        usual = Role.ADMIN if path.partition("?")[0].endswith(("/erasure", "/legal-hold")) else Role.SUPERVISOR
        role = next((role for start, role in whose.items() if path.startswith(start)), usual)
        own = {**self._system.token(role), "Content-Type": "application/json", **headers}
        answer = await self._system.http.request(method, path, content=content, headers=own)
        about = (method, path[:200], (content or b"")[:200], headers, answer.text[:300])
        assert answer.status_code < 500, about
        assert "Traceback" not in answer.text, about
        assert len(answer.content) < 1_000_000, about
        if answer.status_code >= 400 and path == "/oauth/token" and "error" in answer.json():  # as RFC 6749 says
            return answer
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", about
            assert answer.json()["code"], about
        return answer

    def place(self, path: str, **ids: str) -> str:
        """The path with the ids of what is there, or others."""
        return path.format(**{**self.ids, **ids})


@pytest.fixture(scope="module")
async def attacker(either: System) -> Attacker:
    """An attacker of either system."""
    case_id = await either.admit()
    code = (await either.get(f"/api/v1/cases/{case_id}"))["inquiry"]
    return Attacker(either, await at_hand(either, case_id) | {"code": code})


@pytest.fixture
def second(either: System, system: System) -> bool:
    """Whether it is the other database: what comes as far as none is tried on the first alone."""
    return either is not system


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
async def test_an_id_that_nothing_can_have_is_not_found(attacker: Attacker, method: str, path: str) -> None:
    """Whatever stands in the place of an id is no id of ours: 404, or 422 where it is no code at all."""
    name = re.findall(r"{(\w+)}", path)[0]
    for text in IDS:
        answer = await attacker.send(method, attacker.place(path, **{name: text}), b"{}")
        assert answer.status_code in {404, 405, 422}, (text[:20], answer.text)
        assert "%00" not in text or answer.json()["code"] == f"{name.removesuffix('_id')}_not_found"


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each[0] == "GET"])
async def test_no_query_is_answered_by_a_fault_of_ours(
    attacker: Attacker, second: bool, method: str, path: str
) -> None:
    """Each parameter with each value, known parameters and others: an answer, or a refusal that names the field."""
    described = DOCUMENT["paths"][path][method.lower()].get("parameters", ())
    names = [each["name"] for each in described if each["in"] == "query"]
    for name in (*names, *(() if second else ("unknown", "%00", "a%5B%5D"))):
        for value in QUERY:
            answer = await attacker.send(method, f"{attacker.place(path)}?{name}={value}")
            if name in names and "%00" in value:
                assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [name])
    for name in {"limit"} & set(names):
        for value in ("0", "-1", "501", "1000000000", "1.5", "ten"):
            answer = await attacker.send(method, f"{attacker.place(path)}?{name}={value}")
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")


def fields(schema: dict[str, Any]) -> Iterator[str]:
    """The names of a body's fields."""
    for each in (schema, *schema.get("anyOf", ())):
        known = DOCUMENT["components"]["schemas"][each["$ref"].rsplit("/", 1)[-1]] if "$ref" in each else each
        yield from known.get("properties", ())


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each[0] == "POST"])
async def test_no_body_is_answered_by_a_fault_of_ours(attacker: Attacker, second: bool, method: str, path: str) -> None:
    """Each field with each value, and whole bodies that are none: an answer, or a refusal that names the field."""
    place = attacker.place(path)
    for content in () if second else BODIES:
        await attacker.send(method, place, content)
    described = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    body = described.get("application/json", {}).get("schema")
    for name in () if body is None else (*fields(body), "unknown"):
        usual = admission() if path.endswith("admissions") else {"facility": "GKB29", "sentence": "x"}
        told = {key: value for key, value in usual.items() if key in set(fields(body or {})) - {name}}
        for value in STORABLE if second else VALUES:
            rest = json.dumps(told)[1:-1]
            content = f'{{"{name}": {value}{", " if rest else ""}{rest}}}'.encode()
            answer = await attacker.send(method, place, content)
            if value in {'"\\u0000"', '"\\ud800"'}:
                assert answer.status_code == 422, (name, value, answer.text)
                assert name in [each["field"] for each in answer.json()["errors"]]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_no_header_is_answered_by_a_fault_of_ours(
    attacker: Attacker, second: bool, method: str, path: str
) -> None:
    """Odd languages, media types, keys, tags and tokens: an answer or a refusal."""
    for headers in HEADERS:
        if not second or "Idempotency-Key" in headers:
            await attacker.send(method, attacker.place(path), None if method == "GET" else b"{}", **headers)
    if second or method == "GET":
        return
    answer = await attacker.send(method, attacker.place(path), b"x" * 1_100_000)
    assert answer.status_code in {200, 404, 413, 415}


async def test_a_forged_cursor_is_none(attacker: Attacker) -> None:
    """A cursor that says of itself which list it is of, with a key that no row can have: 422."""
    forged = {
        "/api/v1/messages": ("messages", ["99999999999999999999999", '"x"', "1e400", "null"]),
        "/api/v1/cases": ("cases", ['["2026-01-01T00:00:00Z","\\u0000"]', '["0001-01-01T00:00:00Z","x"]', "[]"]),
        "/api/v1/steps": ("steps", ['[null,"\\u0000"]', '[null,"\\ud800"]', '["9999-12-31T23:59:59-14:00","x"]']),
        "/api/v1/notifications": ("notifications", ['["2026-01-01T00:00:00Z","\\u0000"]']),
        "/api/v1/stuck": ("stuck", ['["2026-01-01T00:00:00Z",99999999999999999999999,"x"]', "[" * 300]),
        attacker.place("/api/v1/cases/{case_id}/events"): ("events", ["9223372036854775808"]),
    }
    for path, (name, keys) in forged.items():
        for key in keys:
            cursor = urlsafe_b64encode(f"{name}:{key}".encode()).decode()
            answer = await attacker.send("GET", f"{path}?cursor={cursor}")
            assert answer.status_code == 422, (path, key, answer.text)
