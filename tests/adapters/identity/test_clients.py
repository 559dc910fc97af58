"""Machines and their keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from marshrut.adapters.identity.clients import VALID, new_client_id
from marshrut.domain.words import Role
from marshrut.ports import KEY_PREFIX, AccessToken, Caller, Client, KeptClient
from marshrut.store.clients import SqlClients
from marshrut.store.database import Database
from marshrut.store.tables import clients
from tests.adapters.identity.front import ORLOVA, PASSWORD, WARD, Front

SCOPES = frozenset({"intake", "read"})


@pytest.fixture
async def front(db: Database) -> Front:
    """Somebody has an account too."""
    made = Front(db)
    await made.identity.put(ORLOVA, PASSWORD)
    return made


async def taken_on(front: Front, **changes: object) -> tuple[str, str]:
    """A hospital's system; its id and key."""
    about = {
        "id": new_client_id(),
        "name": "МИС ГКБ 29",
        "user": "his-gkb29",
        "role": Role.INTEGRATOR,
        "hospitals": frozenset({"GKB29"}),
        "scopes": SCOPES,
        "created_at": front.now,
        "created_by": "admin",
        "expires_at": front.now + timedelta(days=30),
    }
    made = Client(**{**about, **changes})  # type: ignore[arg-type]  # values of a table
    key = await front.clients.make(made)
    assert key is not None
    return made.id, key


async def test_a_key_is_the_machine_and_no_copy_of_the_database_tells_it(front: Front) -> None:
    """It is known by how it begins, kept as a hash, and its name is sealed."""
    client_id, key = await taken_on(front)
    assert key.startswith(f"{KEY_PREFIX}{client_id}_")
    assert await front.bearers.caller(key) == Caller("his-gkb29", Role.INTEGRATOR, frozenset({"GKB29"}), SCOPES)
    async with front.db.read() as conn:
        kept = str((await conn.execute(sa.select(clients))).all())
    assert key not in kept
    assert "МИС" not in kept
    (shown,) = await front.clients.every()
    assert (shown.name, shown.used_at) == ("МИС ГКБ 29", front.now)


async def test_a_key_ends_by_itself_and_by_hand_and_its_tokens_with_it(front: Front) -> None:
    """After its day, and from the moment it is revoked, neither key nor token opens anything."""
    client_id, key = await taken_on(front)
    token = await front.clients.token(client_id, key, None)
    assert isinstance(token, AccessToken)
    assert await front.bearers.caller(token.token) is not None
    await front.clients.revoke(client_id)
    assert await front.bearers.caller(key) is None
    assert await front.bearers.caller(token.token) is None
    assert await front.clients.token(client_id, key, None) == "invalid_client"
    _, key = await taken_on(front)
    front.now += timedelta(days=30)
    assert await front.bearers.caller(key) is None


async def test_a_token_may_be_for_less_and_is_for_a_quarter_of_an_hour(front: Front) -> None:
    """Scopes narrow and never widen; the token ends before the key does."""
    client_id, key = await taken_on(front)
    token = await front.clients.token(client_id, key, frozenset({"read"}))
    assert isinstance(token, AccessToken)
    known = await front.bearers.caller(token.token)
    assert known is not None
    assert known.scopes == frozenset({"read"})
    assert await front.clients.token(client_id, key, frozenset({"read", "write"})) == "invalid_scope"
    front.now += VALID
    assert await front.bearers.caller(token.token) is None
    front.now += timedelta(days=30) - VALID - timedelta(minutes=5)
    late = await front.clients.token(client_id, key, None)
    assert isinstance(late, AccessToken)
    assert late.expires_in_s == 300


async def test_another_key_and_half_a_key_open_nothing(front: Front) -> None:
    """Every part of it counts, and the id is the key's own."""
    client_id, key = await taken_on(front)
    other_id, other = await taken_on(front, user="his-sklif")
    for wrong in (key[:-1], f"{key}x", KEY_PREFIX, f"{KEY_PREFIX}{client_id}_", key.replace(client_id, other_id), ""):
        assert await front.bearers.caller(wrong) is None
    assert await front.clients.token(client_id, other, None) == "invalid_client"
    assert await front.clients.token("", key, None) == "invalid_client"


async def test_a_machine_sits_at_no_desk(front: Front) -> None:
    """Neither its key nor its token begins a session of the pages."""
    client_id, key = await taken_on(front)
    token = await front.clients.token(client_id, key, None)
    assert isinstance(token, AccessToken)
    for bearer in (key, token.token):
        found = await front.identity.sign_in_with_token(bearer, WARD)
        assert not hasattr(found, "secret")


@pytest.mark.parametrize("name", ["\x00" * 12, "A" * 12, "é" * 12, "%" * 12])
async def test_what_is_no_id_is_asked_for_nowhere(front: Front, name: str) -> None:
    """Not every database takes every letter: such a key is refused before any is asked."""

    class Unasked(SqlClients):
        async def client(self, client_id: str) -> KeptClient | None:
            raise AssertionError(client_id)

    front.clients._book = Unasked(front.db)
    assert await front.clients.token(name, f"{KEY_PREFIX}{name}_x", None) == "invalid_client"
