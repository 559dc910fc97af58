"""Machines that call: each by a key of its own, which says what it may do, where, and until when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from marshrut.domain.words import Role
from marshrut.ports.identity import Caller

# Whoever finds a key somewhere, or scans for it, knows it by this; so many letters of its machine's id follow.
KEY_PREFIX, CLIENT_ID = "mrk_", 12


@dataclass(frozen=True, slots=True)
class Client:
    """A machine. `id` begins its key and is no secret; `name` is for people, `user` what journeys know it by."""

    id: str
    name: str
    user: str
    role: Role
    hospitals: frozenset[str] | None
    scopes: frozenset[str]
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """As the API knows it."""
        return Caller(self.user, self.role, self.hospitals, self.scopes)

    def holds(self, now: datetime) -> bool:
        """Whether its key is good."""
        return self.revoked_at is None and now < self.expires_at


@dataclass(frozen=True, slots=True)
class KeptClient:
    """A machine as it is kept: its name sealed, its key as a hash. `client.name` is empty here."""

    client: Client
    name: bytes
    secret: str


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What client credentials are exchanged for."""

    token: str
    expires_in_s: int
    scopes: frozenset[str]


class ClientBook(Protocol):
    """Where machines are kept. Raises Unavailable when SQL does not answer, in writing also Uncertain."""

    async def client(self, client_id: str) -> KeptClient | None:
        """One of them, also when it is over."""
        ...

    async def every(self) -> Sequence[KeptClient]:
        """All of them, the newest first."""
        ...

    async def add(self, kept: KeptClient) -> bool:
        """Keep a new one, unless there is one of that id; whether it was kept."""
        ...

    async def used(self, client_id: str, at: datetime) -> None:
        """It calls."""
        ...

    async def revoke(self, client_id: str, at: datetime) -> None:
        """It may call no more."""
        ...


class Clients(Protocol):
    """Vouches for machines. Raises as `ClientBook`."""

    async def make(self, client: Client) -> str | None:
        """Take it on; the key, which is shown once and kept nowhere. None: there is one of that id."""
        ...

    async def every(self) -> Sequence[Client]:
        """All of them, the newest first."""
        ...

    async def get(self, client_id: str) -> Client | None:
        """One of them."""
        ...

    async def revoke(self, client_id: str) -> None:
        """It may call no more, from now on."""
        ...

    async def token(self, client_id: str, secret: str, scopes: frozenset[str] | None) -> AccessToken | str:
        """A short-lived token for its key (RFC 6749, 4.4); else the code of what is wrong."""
        ...
