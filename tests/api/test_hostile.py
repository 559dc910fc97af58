"""Whatever is sent to whichever operation: an answer below 500, and every refusal a problem with its code."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

from api.http.texts import ID
from api.http.too_large import INTAKE
from api.openapi import FILE
from marshrut.domain.words import Role
from tests.adapters.hl7v2.messages import OMIT
from tests.api.inboxes import er7
from tests.api.odd import turned
from tests.api.test_access import at_hand
from tests.fixtures.system import System, admission, running

DOCUMENT = json.loads(FILE.read_text(encoding="utf-8"))
OPERATIONS = [(method.upper(), path) for path, each in DOCUMENT["paths"].items() for method in each]
WITH_IDS = [each for each in OPERATIONS if "{" in each[1]]

# What is odd, by what it might break: every place meets one of each line, the next place the next one of that line.
IDS = [
    ["%00", "a%00b"], ["%ED%A0%80", "%FF", "%0A"], ["9" * 400],
    ["..%2F..%2F%F0%9F%92%A5", "'%20OR%201=1--%F0%9F%92%A5", "x" * 5000],
]  # fmt: skip
QUERY = [
    ["%00", "a%00b"], ["%ED%A0%80", "%FF"], [""], ["-1", "0", "1e9", "9" * 400, "NaN"],
    ["%F0%9F%92%A5" + "x" * 5000, "[%F0%9F%92%A5]", "bm9uZTo", "2026-13-45T99:99:99Z"],
    ["0001-01-01T00:00:00%2B14:00", "9999-12-31T23:59:59-14:00"],
]  # fmt: skip
# Values in the place of any field of a body, as JSON: what a lenient parser lets through and what it does not.
VALUES = [
    ['"\\u0000"', '"\\ud800"'], ['""', '" "', '"2026-01-01"'], ['"9999-12-31T23:59:59-14:00"'], [f'"{"x" * 9_000}"'],
    ["-1", "0", "null", "true"], ["9" * 400], ["1e400", "NaN"], ["[]", "{}", '{"a":' * 500 + "1" + "}" * 500],
]  # fmt: skip
# What parser and guard refuse before any model sees it: in one field of a body, and in each where there is no guard.
ONCE = [
    ['"a\\u0000b"', '"\\udfff x"', '[["\\u0000"]]', '{"\\u0000": 1}', '{"\\ud800": {"a": "\\ud800"}}'],
    ["9" * 5000, "[" * 300 + "]" * 300, "[" * 5_000],
]
# Of these a database may hear; the others no parser, guard or model lets through, whichever database it is.
STORABLE = [value for line in VALUES for value in line if re.fullmatch(r'"[^\\]*"|-?\d{1,400}(e\d+)?', value)]
BODIES = [
    [b"", b"null", b"[]", b'"x"'], [b"{", b"-" * 1000, b"\xef\xbb\xbf{}"],
    [b"\xff\xfe", b'{"a": "\xed\xa0\x80"}', '{"reason": "x"}'.encode("utf-16")],
    [b"[" * 900 + b"]" * 900, b"\x00", b'{"\\u0000": "\\u0000"}'],
]  # fmt: skip
# Many things at once: for those who read them, and for the intake, which no guard looks over.
LONG = [
    b'{"contacts": [' + b",".join([b"{}"] * 30_000) + b"]}",
    b"[" + b",".join([b'"\\u0000"'] * 30_000) + b"]",
]
Said = dict[str, str | bytes]
HEADERS: list[list[Said]] = [
    [
        {"Accept-Language": b"\xff;q=x,,,;"}, {"Accept-Language": "x" * 8000}, {"Accept-Language": ""},
        {"Authorization": "Bearer \x00"}, {"Authorization": "Bearer " + "." * 5000},
        {"Authorization": "Basic ü".encode()},
    ],
    [{"If-None-Match": b'"\xff", *,,W/'}],
]  # fmt: skip
KEYS: list[Said] = [
    {"Idempotency-Key": ""}, {"Idempotency-Key": "k" * 300}, {"Idempotency-Key": b"\xff\x80"},
    {"Idempotency-Key": b"a\x00b"},
]  # fmt: skip
# Of something sent, so not of a GET.
TYPES: list[Said] = [
    {"Content-Type": "image/png"}, {"Content-Type": "application/json; charset=klingon"}, {"Content-Type": ";"},
    {"Content-Type": "multipart/form-data"},
]  # fmt: skip
# What the first system refused for its shape alone comes as far as no database, so the second is not asked.
SHAPELESS: set[tuple[str, str, str]] = set()


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


# Whose one message is tried again by those who try many.
SENDER, MANY = "one-message", "/api/v1/messages/replay"


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
            **dict.fromkeys(("/api/v1/webhooks", "/api/v1/clients", "/api/v1/accounts"), Role.ADMIN),
            **dict.fromkeys(("/api/v1/erasures", "/api/v1/legal-holds", "/api/v1/retention/due"), Role.ADMIN),
            "/api/v1/audit": Role.AUDITOR,
        }
        usual = Role.ADMIN if path.partition("?")[0].endswith(("/erasure", "/legal-hold")) else Role.SUPERVISOR
        role = next((role for start, role in whose.items() if path.startswith(start)), usual)
        # Trying again all that is parked would be to try all that the other tests sent, each time.
        user, role = (SENDER, Role.INTEGRATOR) if path.startswith(MANY) else (None, role)
        own = {**self._system.token(role, user), "Content-Type": "application/json", **headers}
        answer = await self._system.http.request(method, path, content=content, headers=own)
        about = (method, path[:200], (content or b"")[:200], headers, answer.text[:300])
        assert answer.status_code < 500, about
        assert "Traceback" not in answer.text, about
        whole = answer.status_code == 200 and path.partition("?")[0].endswith("/audit/export")  # all that was done here
        assert whole or len(answer.content) < 1_000_000, about
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
    sent = {**either.token(Role.INTEGRATOR, SENDER), "Content-Type": "text/plain"}
    await either.http.post("/hl7v2", content=er7(pid=OMIT), headers=sent)
    return Attacker(either, await at_hand(either, case_id) | {"code": code})


@pytest.fixture
def second(either: System, system: System) -> bool:
    """Whether it is the other database: what comes as far as none is tried on the first alone."""
    return either is not system


def refused(answer: httpx.Response) -> bool:
    """Whether it does not fit, whatever there is."""
    return answer.status_code == 422 and answer.json()["code"] == "invalid"


@pytest.mark.parametrize(("method", "path"), WITH_IDS)
async def test_an_id_that_nothing_can_have_is_not_found(
    attacker: Attacker, second: bool, method: str, path: str
) -> None:
    """Whatever stands in the place of an id is no id of ours: 404, or 422 where it is no code at all."""
    name = re.findall(r"{(\w+)}", path)[0]
    for text in turned(IDS, WITH_IDS.index((method, path))):
        if second and not ID.fullmatch(text):
            continue
        answer = await attacker.send(method, attacker.place(path, **{name: text}), b"{}")
        assert answer.status_code in {404, 405, 422}, (text[:20], answer.text)
        assert "%00" not in text or answer.json()["code"] == f"{name.removesuffix('_id')}_not_found"


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each[0] == "GET"])
async def test_no_query_is_answered_by_a_fault_of_ours(
    attacker: Attacker, second: bool, method: str, path: str
) -> None:
    """Each parameter with a value of each kind, and unknown ones: an answer, or a refusal that names the field."""
    described = DOCUMENT["paths"][path][method.lower()].get("parameters", ())
    names = [each["name"] for each in described if each["in"] == "query"]
    turn = OPERATIONS.index((method, path))
    for number, name in enumerate(names, turn):
        for value in turned(QUERY, number):
            if second and (path, name, value) in SHAPELESS:
                continue
            answer = await attacker.send(method, f"{attacker.place(path)}?{name}={value}")
            if refused(answer):
                SHAPELESS.add((path, name, value))
            if "%00" in value:
                assert (answer.status_code, [each["field"] for each in answer.json()["errors"]]) == (422, [name])
    if second:
        return
    # Of parameters that it does not know an operation sees nothing.
    name, value = ("unknown", "%00", "a%5B%5D")[turn % 3], turned(QUERY, turn)[turn % len(QUERY)]
    await attacker.send(method, f"{attacker.place(path)}?{name}={value}")
    for name in {"limit"} & set(names):
        for value in ("0", "-1", "501", "9" * 400, "1.5", "ten"):
            answer = await attacker.send(method, f"{attacker.place(path)}?{name}={value}")
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "limit")


def fields(schema: dict[str, Any]) -> Iterator[str]:
    """The names of a body's fields."""
    for each in (schema, *schema.get("anyOf", ())):
        known = DOCUMENT["components"]["schemas"][each["$ref"].rsplit("/", 1)[-1]] if "$ref" in each else each
        yield from known.get("properties", ())


@pytest.mark.parametrize(("method", "path"), [each for each in OPERATIONS if each[0] == "POST"])
async def test_no_body_is_answered_by_a_fault_of_ours(attacker: Attacker, second: bool, method: str, path: str) -> None:
    """Each field with a value of each kind, and bodies that are none: an answer, or a refusal that names the field."""
    place = attacker.place(path)
    described = DOCUMENT["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
    body = described.get("application/json", {}).get("schema")
    known = list(fields(body or {}))
    turn = OPERATIONS.index((method, path))
    for content in () if second else turned(BODIES, turn):
        await attacker.send(method, place, content)
    for content, fits in zip(LONG, ("contacts" in known, path in INTAKE), strict=True):
        if fits and not second:
            await attacker.send(method, place, content)
    for number, name in enumerate(() if body is None else (*known, "unknown"), turn):
        usual = admission() if path.endswith("admissions") else {"facility": "GKB29", "sentence": "x"}
        told = {key: value for key, value in usual.items() if key in {*known} - {name}}
        unguarded = turned(ONCE, number) if path in INTAKE or name in known[:1] else ()
        for value in (*turned(VALUES, number), *unguarded):
            if second and (value not in STORABLE or (path, name, value) in SHAPELESS):
                continue
            rest = json.dumps(told)[1:-1]
            content = f'{{"{name}": {value}{", " if rest else ""}{rest}}}'.encode()
            answer = await attacker.send(method, place, content)
            if refused(answer):
                SHAPELESS.add((path, name, value))
            if value in {'"\\u0000"', '"\\ud800"'}:
                assert answer.status_code == 422, (name, value, answer.text)
                assert name in [each["field"] for each in answer.json()["errors"]]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
async def test_no_header_is_answered_by_a_fault_of_ours(
    attacker: Attacker, second: bool, method: str, path: str
) -> None:
    """Odd languages, media types, keys, tags and tokens: an answer or a refusal."""
    writes, turn = method != "GET", OPERATIONS.index((method, path))
    of_writes = [KEYS] if second else [KEYS, TYPES]
    for headers in turned([*(() if second else HEADERS), *(of_writes if writes else ())], turn):
        await attacker.send(method, attacker.place(path), b"{}" if writes else None, **headers)
    if second or not writes:
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
