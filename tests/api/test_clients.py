"""Machines over HTTP: taken on, calling by key or token within their scopes, and let go."""

from __future__ import annotations

from secrets import token_hex
from typing import Any

import httpx
import pytest

from marshrut.domain.words import Role
from marshrut.ports import Account
from tests.fixtures.system import HOSPITAL, System, admission

CLIENT = {"name": "МИС", "user": "his-1", "hospitals": [HOSPITAL], "scopes": ["intake"]}


async def taken_on(system: System, **changes: Any) -> dict[str, Any]:
    """A machine, and its key."""
    body = {**CLIENT, **changes}
    headers = system.token(Role.ADMIN, None, *body["hospitals"])
    answer = await system.http.post("/api/v1/clients", json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


async def code_of(system: System, method: str, path: str, key: str, **sent: Any) -> tuple[int, str | None]:
    answer = await system.http.request(method, path, headers=bearer(key), **sent)
    return answer.status_code, answer.json().get("code") if answer.content else None


async def test_a_machine_does_what_its_scopes_cover_and_nothing_else(system: System) -> None:
    """A hospital's system sends admissions and hears what became of them; it reads, changes and keeps nothing."""
    made = await taken_on(system)
    key = made["key"]
    assert key.startswith(made["client"]["prefix"])
    answer = await system.http.post("/api/v1/admissions", json=admission(), headers=bearer(key))
    assert answer.status_code == 201
    case_id = answer.json()["case_id"]
    for method, path in (
        ("GET", "/api/v1/cases"),
        ("GET", f"/api/v1/cases/{case_id}"),
        ("GET", "/api/v1/clients"),
        ("POST", "/api/v1/clients"),
        ("GET", "/metrics"),
        ("GET", "/fhir/Encounter"),
        ("GET", "/api/v1/webhooks"),
    ):
        answer = await system.http.request(method, path, headers=bearer(key), json={})
        assert answer.status_code == 403, path
    paused = {"type": "paused"}
    assert (await code_of(system, "POST", f"/api/v1/cases/{case_id}/events", key, json=paused))[0] == 200
    reader = (await taken_on(system, scopes=["read"]))["key"]
    assert (await code_of(system, "GET", f"/api/v1/cases/{case_id}", reader))[0] == 200
    assert await code_of(system, "POST", f"/api/v1/cases/{case_id}/events", reader, json=paused) == (
        403,
        "scope_not_allowed",
    )


@pytest.mark.parametrize("scope", ["intake", "read", "write", "metrics", "webhooks", "partner"])
async def test_no_scope_lets_a_machine_keep_machines_or_people(system: System, scope: str) -> None:
    """An administrator's machine makes no other, signs nobody out, and is no second person to confirm an erasure."""
    key = (await taken_on(system, role="admin", scopes=[scope]))["key"]
    for method, path in (
        ("GET", "/api/v1/clients"),
        ("POST", "/api/v1/clients"),
        ("DELETE", "/api/v1/accounts/anna/sessions"),
        ("POST", "/api/v1/cases/x/erasure"),
        ("POST", "/api/v1/erasures/x/confirm"),
    ):
        assert await code_of(system, method, path, key, json=CLIENT) == (403, "scope_not_allowed")


async def test_a_scope_gives_no_role_and_no_hospital(system: System) -> None:
    """Role and hospitals are checked as of everybody: scopes only narrow."""
    key = (await taken_on(system, hospitals=["SKLIF"], scopes=["intake", "read", "write"]))["key"]
    case_id = await system.admit()
    assert await code_of(system, "GET", f"/api/v1/cases/{case_id}", key) == (404, "case_not_found")
    assert await code_of(system, "POST", "/api/v1/cases/search", key, json={"q": "x"}) == (403, "role_not_allowed")


async def test_a_machine_that_sends_sees_what_it_sent_and_nothing_of_another(system: System) -> None:
    """With `intake` alone: its own message in the inbox, by list, address and count, not that of the system beside."""
    own, other = [await taken_on(system, user=f"his-{token_hex(4)}") for _ in range(2)]
    said = {}
    for made in (own, other):
        sent = await system.http.post("/api/v1/admissions", content=b"{", headers=bearer(made["key"]))
        assert sent.status_code == 400, sent.text
        listed = await system.http.get("/api/v1/messages", headers=bearer(made["key"]))
        assert (listed.status_code, listed.json()["parked"]) == (200, 1)
        (said[made["key"]],) = [each["id"] for each in listed.json()["items"]]
    mine, theirs = said[own["key"]], said[other["key"]]
    assert mine != theirs
    assert (await code_of(system, "GET", f"/api/v1/messages/{mine}", own["key"]))[0] == 200
    for each in ("", "/masked", "/raw"):
        path = f"/api/v1/messages/{theirs}{each}"
        assert await code_of(system, "GET", path, own["key"]) == (404, "message_not_found")
    assert await code_of(system, "POST", f"/api/v1/messages/{mine}/replay", own["key"]) == (403, "scope_not_allowed")


async def granted(system: System, made: dict[str, Any], **more: str) -> httpx.Response:
    form = {"grant_type": "client_credentials", "client_id": made["client"]["id"], "client_secret": made["key"], **more}
    return await system.http.post("/oauth/token", data=form)


async def test_a_key_is_exchanged_for_a_token(system: System) -> None:
    """RFC 6749, 4.4: in the form or by Basic; answered uncached; for less when less is asked for."""
    made = await taken_on(system, scopes=["intake", "read"])
    answer = await granted(system, made, scope="read")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    said = answer.json()
    assert (said["token_type"], said["expires_in"], said["scope"]) == ("Bearer", 900, "read")
    assert (await code_of(system, "GET", "/api/v1/cases", said["access_token"]))[0] == 200
    assert (await code_of(system, "POST", "/api/v1/admissions", said["access_token"], json={}))[0] == 403
    basic = httpx.BasicAuth(made["client"]["id"], made["key"])
    answer = await system.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=basic)
    assert answer.json()["scope"] == "intake read"


async def test_a_wrong_exchange_is_refused_as_the_rfc_says(system: System) -> None:
    """Which client it was, or whether there is one, is not told."""
    made = await taken_on(system)
    for changes, status, error in (
        ({"client_secret": "mrk_x"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"scope": "write"}, 400, "invalid_scope"),
    ):
        answer = await granted(system, made, **changes)
        assert (answer.status_code, answer.json()) == (status, {"error": error})
        assert ("www-authenticate" in answer.headers) is (status == 401)
    for header in ("Basic !", "Basic eDp5", "Basic"):
        answer = await system.http.post(
            "/oauth/token", data={"grant_type": "client_credentials"}, headers={"Authorization": header}
        )
        assert answer.status_code == 401
    answer = await system.http.post("/oauth/token", json={"grant_type": "client_credentials"})
    assert answer.json() == {"error": "invalid_request"}


async def test_whoever_is_revoked_is_out_at_once_and_stays_in_the_list(system: System) -> None:
    """Key and token are worth nothing from then on; who made it, and until when it was good, is still told."""
    made = await taken_on(system)
    token = (await granted(system, made)).json()["access_token"]
    path = f"/api/v1/clients/{made['client']['id']}"
    answer = await system.http.delete(path, headers=system.token(Role.ADMIN))
    assert answer.status_code == 204
    for key in (made["key"], token):
        assert await code_of(system, "POST", "/api/v1/admissions", key, json={}) == (401, "unauthenticated")
    shown = await system.get(path, Role.ADMIN)
    assert (shown["state"], shown["created_by"]) == ("revoked", "admin-1")
    assert made["client"]["id"] in {each["id"] for each in (await system.get("/api/v1/clients", Role.ADMIN))["items"]}
    assert "key" not in shown


async def test_an_administrator_gives_no_more_than_they_have(system: System) -> None:
    """No role that decides for people, no hospital of others, no partner whom all hospitals ask, no person's name."""
    await system.parts.identity.put(Account("colleague", "К.", Role.DOCTOR, frozenset({HOSPITAL})), "семь-чайников-тут")
    for changes, status, code in (
        ({"role": "supervisor"}, 422, "invalid"),
        ({"role": "system"}, 422, "invalid"),
        ({"hospitals": ["SKLIF"]}, 403, "hospital_not_allowed"),
        ({"hospitals": ["NOWHERE"]}, 422, "unknown_hospital"),
        ({"hospitals": []}, 422, "invalid"),
        ({"user": "colleague"}, 409, "user_taken"),
        ({"role": "partner", "user": "nobody"}, 422, "unknown_name"),
        ({"scopes": []}, 422, "invalid"),
        ({"scopes": ["everything"]}, 422, "invalid"),
        ({"days": 1000}, 422, "invalid"),
        ({"created_by": "somebody"}, 422, "invalid"),
    ):
        answer = await system.post("/api/v1/clients", {**CLIENT, **changes}, role=Role.ADMIN)
        if changes == {"hospitals": ["SKLIF"]}:
            headers = system.token(Role.ADMIN, "other", HOSPITAL)
            answer = await system.http.post("/api/v1/clients", json={**CLIENT, **changes}, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (status, code), changes
    everywhere = {**CLIENT, "role": "partner", "user": "post_boarding_service", "scopes": ["partner"]}
    headers = system.token(Role.ADMIN, "other", HOSPITAL)
    answer = await system.http.post("/api/v1/clients", json=everywhere, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "hospital_not_allowed")
    whole = await system.http.post(
        "/api/v1/clients",
        json={name: value for name, value in CLIENT.items() if name != "hospitals"},
        headers=system.token(Role.ADMIN, "other", HOSPITAL),
    )
    assert whole.json()["client"]["hospitals"] == [HOSPITAL]


async def test_a_machine_that_was_made_twice_was_made_once(system: System) -> None:
    """The same idempotency key makes no second one; the key, which was shown, is not shown again."""
    headers = {**system.token(Role.ADMIN), "Idempotency-Key": "make-1"}
    first = await system.http.post("/api/v1/clients", json=CLIENT, headers=headers)
    again = await system.http.post("/api/v1/clients", json=CLIENT, headers=headers)
    assert (first.status_code, again.status_code, again.json()["code"]) == (201, 409, "client_made")


async def test_an_administrator_sees_and_ends_sessions(system: System) -> None:
    """Of people of their own hospitals; of others there is nobody to see."""
    user, password = "signs-in-twice", "семь-чайников-тут"
    await system.parts.identity.put(Account(user, "К.", Role.DOCTOR, frozenset({HOSPITAL})), password)
    for _ in range(2):
        await system.parts.identity.sign_in(user, password, "10.0.0.9")
    path = f"/api/v1/accounts/{user}/sessions"
    shown = (await system.get(path, Role.ADMIN))["items"]
    assert len(shown) == 2
    gone = await system.http.delete(f"{path}/{shown[0]['id']}", headers=system.token(Role.ADMIN))
    assert gone.status_code == 204
    stranger = await system.http.get(path, headers=system.token(Role.ADMIN, "other", "SKLIF"))
    assert stranger.json()["code"] == "user_not_found"
    ended = await system.http.delete(path, headers=system.token(Role.ADMIN))
    assert ended.json() == {"ended": 1}
