"""What holds for every answer and every call."""

from __future__ import annotations

from dataclasses import replace

import httpx
import pytest

from api.http.limits import Buckets
from marshrut.domain.words import Role
from tests.fixtures.system import System


@pytest.mark.parametrize(
    "path", ["/healthz", "/api/v1/cases", "/api/v1/nowhere", "/fhir/Encounter", "/oauth/token", "/"]
)
async def test_every_answer_is_safe_for_a_browser_that_is_led_to_it(system: System, path: str) -> None:
    """Data, faults and what is not there: no type is guessed, nothing runs, is framed, or is shown again unasked."""
    answer = await system.http.get(path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] in {"no-store", "private, no-cache"}
    assert "strict-transport-security" not in answer.headers
    by_tls = await system.http.get(path, headers={"X-Forwarded-Proto": "https"})
    assert by_tls.headers["strict-transport-security"] == "max-age=31536000"


async def test_pages_and_copies_keep_their_own_rules(system: System) -> None:
    """A page may run our scripts, and what may be asked for again with an ETag says so itself."""
    assert "script-src 'self'" in (await system.http.get("/desk/signin")).headers["content-security-policy"]
    case_id = await system.admit()
    answer = await system.http.get(f"/api/v1/cases/{case_id}", headers=system.token(Role.SUPERVISOR))
    assert answer.headers["cache-control"] == "private, no-cache"


async def test_an_address_that_asks_too_much_waits_and_others_do_not(system: System) -> None:
    """Beyond its share it is told when to come again, also with a valid token; whoever looks for life is answered."""
    narrow = replace(system.parts.api, requests=Buckets(3))
    with system.over(narrow) as app:

        def of(address: str) -> httpx.AsyncClient:
            return httpx.AsyncClient(transport=httpx.ASGITransport(app, client=(address, 1)), base_url="http://x")

        headers = system.token(Role.SUPERVISOR)
        async with of("10.0.0.1") as greedy, of("10.0.0.2") as other:
            told = [(await greedy.get("/api/v1/cases", headers=headers)).status_code for _ in range(5)]
            assert told == [200, 200, 200, 429, 429]
            shut = await greedy.get("/desk/signin")
            assert (shut.status_code, shut.json()["code"]) == (429, "too_many_requests")
            assert int(shut.headers["retry-after"]) >= 1
            assert (await greedy.get("/healthz")).status_code == 200
            assert (await other.get("/api/v1/cases", headers=headers)).status_code == 200


async def test_tokens_are_not_asked_for_without_end(system: System) -> None:
    """Whoever tries keys is told to wait; so is whoever has us send people to the provider."""
    with system.over(replace(system.parts.api, credentials=Buckets(2))) as app:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as http:
            told = [(await http.post("/oauth/token", data={"grant_type": "client_credentials"})) for _ in range(3)]
    assert [each.status_code for each in told] == [401, 401, 429]
    assert told[-1].json()["code"] == "too_many_requests"


def test_a_household_is_one_address_and_those_of_version_4_are_many() -> None:
    """A network of version 6 has one bucket; addresses of version 4 have one each, however the socket writes them."""
    narrow = Buckets(1)
    assert [narrow.take(f"2001:db8:0:1::{number}") is None for number in (1, 2)] == [True, False]
    assert narrow.take("2001:db8:0:2::1") is None
    assert [narrow.take(f"::ffff:10.0.0.{number}") is None for number in (1, 2, 1)] == [True, True, False]
    assert narrow.take("10.0.0.2") is not None
