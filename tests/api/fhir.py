"""What the tests of `/fhir` share: a client, and whether what it is answered is FHIR R4."""

from __future__ import annotations

import json
from typing import Any

import httpx
from hypothesis import strategies as st

from marshrut.adapters.fhir.validation import faults
from marshrut.domain.words import Role
from tests.adapters.fhir.resources import BY_UUID, encounter, patient, transaction
from tests.fixtures.system import System

FHIR = "application/fhir+json"


class Client:
    """Somebody who speaks FHIR; every answer is checked by the official definitions."""

    def __init__(self, system: System, role: Role = Role.INTEGRATOR, user: str | None = None, *hospitals: str) -> None:
        self._http = system.http
        self._headers = {**system.token(role, user, *hospitals), "Content-Type": FHIR}

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """An answer, whatever it is."""
        content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self._http.request(method, f"/fhir{path}", content=content, headers={**self._headers, **named})
        assert answer.status_code < 500, answer.text
        if answer.content:
            assert answer.headers["content-type"] == f"{FHIR}; charset=utf-8"
            assert answer.headers["cache-control"] == "private, no-cache"
            assert faults(answer.json()) == (), answer.text
        return answer

    async def get(self, path: str, **headers: str) -> Any:
        """What is read."""
        answer = await self.call("GET", path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """A write."""
        return await self.call("POST", path, body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> httpx.Response:
        """An update."""
        return await self.call("PUT", path, body, **headers)

    async def all(self, path: str) -> list[dict[str, Any]]:
        """Everything that a search finds, page by page."""
        found: list[dict[str, Any]] = []
        for _ in range(200):
            page = await self.get(path)
            found += [each["resource"] for each in page.get("entry", ()) if each["search"]["mode"] == "match"]
            links = {each["relation"]: each["url"] for each in page["link"]}
            if "next" not in links:
                return found
            path = links["next"].split("/fhir", 1)[1]
        raise AssertionError("the pages do not end")


async def admitted(client: Client, **more: Any) -> str:
    """The id of a stay that a transaction has begun."""
    answer = await client.post("", transaction(patient(), encounter(BY_UUID, **more)))
    assert answer.status_code == 200, answer.text
    where: str = answer.json()["entry"][1]["response"]["location"]
    return where.rsplit("/", 1)[1]


def code_of(answer: httpx.Response) -> tuple[int, str]:
    """The status and our code of an OperationOutcome."""
    outcome = answer.json()
    assert outcome["resourceType"] == "OperationOutcome"
    return answer.status_code, outcome["issue"][0]["details"]["coding"][0]["code"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["#p", "2026", "x/y"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Every place in a resource."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, each in inner for place in places(each, (*path, key)))]


@st.composite
def broken(draw: st.DrawFn, samples: list[tuple[str, dict[str, Any]]]) -> tuple[str, bytes]:
    """One of the samples, of which up to three places hold anything at all, or are missing."""
    where, sample = draw(st.sampled_from(samples))
    resource: Any = json.loads(json.dumps(sample))
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(places(resource)))
        if not path:
            continue
        owner = resource
        for key in path[:-1]:
            owner = owner[key]
        if draw(st.booleans()):
            owner[path[-1]] = draw(JSON)
        elif isinstance(owner, dict):
            del owner[path[-1]]
    return where, json.dumps(resource).encode()
