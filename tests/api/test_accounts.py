"""Accounts over HTTP: an administrator sees who may sign in, shuts somebody out and takes a second step away."""

from __future__ import annotations

import secrets
from typing import Any

from marshrut.domain.words import Role
from marshrut.ports import Account, SealedFactor, SignedIn
from marshrut.store.factors import SqlFactors
from tests.fixtures.system import HOSPITAL, System

PASSWORD = "четыре-красных-трамвая"


async def taken_on(system: System, *hospitals: str) -> str:
    """Somebody new; the user."""
    user = f"account-{secrets.token_hex(3)}"
    account = Account(user, "Орлова Е. В.", Role.COORDINATOR, frozenset(hospitals or (HOSPITAL,)))
    await system.parts.identity.put(account, PASSWORD)
    return user


async def call(system: System, method: str, path: str, user: str = "root") -> tuple[int, Any]:
    answer = await system.http.request(
        method, f"/api/v1/accounts{path}", headers=system.token(Role.ADMIN, user), json={} if method == "POST" else None
    )
    return answer.status_code, answer.json()


async def test_whoever_is_locked_is_out_at_once_and_comes_back_when_unlocked(system: System) -> None:
    """Their session is over, their password is worth nothing, and afterwards it is good again."""
    user = await taken_on(system)
    assert isinstance(await system.parts.identity.sign_in(user, PASSWORD, "10.1.1.1"), SignedIn)
    _, listed = await call(system, "GET", "?limit=500")
    (mine,) = [each for each in listed["items"] if each["user"] == user]
    assert (mine["state"], mine["sessions"], mine["factor"], mine["signs_in"]) == ("active", 1, False, "password")
    assert (await call(system, "POST", f"/{user}/lock"))[1]["state"] == "locked"
    assert await system.parts.identity.sessions_of(user) == []
    assert not isinstance(await system.parts.identity.sign_in(user, PASSWORD, "10.1.1.2"), SignedIn)
    assert (await call(system, "POST", f"/{user}/unlock"))[1]["state"] == "active"
    assert isinstance(await system.parts.identity.sign_in(user, PASSWORD, "10.1.1.3"), SignedIn)


async def test_a_second_step_is_taken_away_once(system: System) -> None:
    """Who had one has none and is signed out; who has none is told so."""
    user = await taken_on(system)
    now = system.parts.api.now()
    await SqlFactors(system.parts.db).put(SealedFactor(user, b"sealed", 0, frozenset({"x"}), now))
    assert (await call(system, "GET", f"/{user}"))[1]["factor"] is True
    assert (await call(system, "DELETE", f"/{user}/factor"))[1]["factor"] is False
    status, told = await call(system, "DELETE", f"/{user}/factor")
    assert (status, told["code"]) == (409, "no_factor")


async def test_nobody_shuts_themselves_out_and_others_are_not_there(system: System) -> None:
    """One's own account is refused; whoever works elsewhere too is not in an administrator's reach."""
    mine, theirs = await taken_on(system), await taken_on(system, HOSPITAL, "SKLIF")
    status, told = await call(system, "POST", f"/{mine}/lock", mine)
    assert (status, told["code"]) == (409, "own_account")
    for method, path in (("GET", ""), ("POST", "/lock"), ("POST", "/unlock"), ("DELETE", "/factor")):
        status, told = await call(system, method, f"/{theirs}{path}")
        assert (status, told["code"]) == (404, "user_not_found"), path
    _, listed = await call(system, "GET", "?limit=500")
    assert theirs not in {each["user"] for each in listed["items"]}
