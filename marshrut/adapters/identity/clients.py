"""Machines and their keys (port `Clients`): a key is shown once, kept as a hash, and known by how it begins.

A key is the id of its machine and 256 bits of chance: nobody guesses it, so a plain hash is enough.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from marshrut.adapters.identity.tokens import Read, Tokens
from marshrut.ports import (
    CLIENT_ID,
    KEY_PREFIX,
    AccessToken,
    Caller,
    Client,
    ClientBook,
    Clock,
    KeptClient,
    Unavailable,
    Uncertain,
    Vault,
)

VALID = timedelta(minutes=15)
# Each call would else write that it came.
USED_EVERY = timedelta(minutes=1)
# Whatever is no id of ours is asked for nowhere: not every database takes every letter.
_IDS = re.compile(rf"[0-9a-z]{{{CLIENT_ID}}}")


class LocalClients:
    """Vouches for machines of this installation."""

    def __init__(self, book: ClientBook, tokens: Tokens, vault: Vault, now: Clock) -> None:
        self._book = book
        self._tokens = tokens
        self._vault = vault
        self._now = now

    async def make(self, client: Client) -> str | None:
        """Take it on; the key, which is shown once and kept nowhere. None: there is one of that id."""
        key = f"{KEY_PREFIX}{client.id}_{secrets.token_urlsafe(32)}"
        name = self._vault.seal({"name": client.name}, about=f"client/{client.id}")
        kept = await self._book.add(KeptClient(replace(client, name=""), name, _hash(key)))
        return key if kept else None

    async def every(self) -> Sequence[Client]:
        """All of them, the newest first."""
        return [self._named(each) for each in await self._book.every()]

    async def get(self, client_id: str) -> Client | None:
        """One of them."""
        kept = await self._book.client(client_id)
        return None if kept is None else self._named(kept)

    async def revoke(self, client_id: str) -> None:
        """It may call no more, from now on."""
        await self._book.revoke(client_id, self._now())

    async def caller(self, key: str) -> Caller | None:
        """The machine whose key it is."""
        known = await self._holding(key)
        return None if known is None else known.caller

    async def still(self, read: Read) -> Caller | None:
        """The machine that got a token, if its key is still good."""
        known = None if read.client is None else await self._book.client(read.client)
        if known is None or not known.client.holds(self._now()):
            return None
        return read.caller

    async def token(self, client_id: str, secret: str, scopes: frozenset[str] | None) -> AccessToken | str:
        """A short-lived token for its key (RFC 6749, 4.4); else the code of what is wrong."""
        known = await self._holding(secret)
        if known is None or not hmac.compare_digest(known.id.encode(), client_id.encode()):
            return "invalid_client"
        if scopes is not None and not scopes <= known.scopes:
            return "invalid_scope"
        valid = min(VALID, known.expires_at - self._now())
        caller = known.caller if scopes is None else replace(known.caller, scopes=scopes)
        token = self._tokens.issue_for(known.id, caller, valid=valid)
        return AccessToken(token, int(valid.total_seconds()), caller.scopes or frozenset())

    async def _holding(self, key: str) -> Client | None:
        client_id = key.removeprefix(KEY_PREFIX).partition("_")[0]
        kept = await self._book.client(client_id) if _IDS.fullmatch(client_id) else None
        right = hmac.compare_digest((kept.secret if kept else _hash("")).encode(), _hash(key).encode())
        now = self._now()
        if kept is None or not right or not kept.client.holds(now):
            return None
        if kept.client.used_at is None or now - kept.client.used_at >= USED_EVERY:
            with suppress(Unavailable, Uncertain):
                await self._book.used(kept.client.id, now)
        return kept.client

    def _named(self, kept: KeptClient) -> Client:
        name = str(self._vault.open(kept.name, about=f"client/{kept.client.id}")["name"])
        return replace(kept.client, name=name)


def new_client_id() -> str:
    """What a key begins with, after the prefix."""
    return secrets.token_hex(CLIENT_ID // 2)


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
