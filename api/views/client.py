"""Machines as the API takes and shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from api.scopes import Scope
from marshrut.domain.base import Code, Model
from marshrut.domain.words import Role
from marshrut.ports import Client, SessionSeen

# A key that nobody has renewed for a year is one that nobody looks after.
MOST_DAYS = 366
# A machine that decides for people is made by whoever has the installation's keys (`marshrut client`).
MachineRole = Literal[Role.INTEGRATOR, Role.PARTNER, Role.AUDITOR, Role.ADMIN]


class Taking(Model):
    """A machine to take on. Without `hospitals` it is for all of the administrator's."""

    name: Annotated[str, Field(min_length=1, max_length=100, description="What people call it")]
    user: Annotated[Code, Field(description="What journeys know it by; a partner's is its code in the catalogue")]
    role: MachineRole = Role.INTEGRATOR
    hospitals: Annotated[tuple[Code, ...], Field(min_length=1)] | None = None
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    days: Annotated[int, Field(ge=1, le=MOST_DAYS, description="For how long its key is good")] = 180


class MachineView(Model):
    """A machine: its key begins with `prefix`. `state`: whether the key is good, and if not, why."""

    id: str
    prefix: str
    name: str
    user: str
    role: Role
    hospitals: list[str] | None
    scopes: list[str]
    state: Literal["active", "expired", "revoked"]
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class ClientKey(Model):
    """A machine that was taken on, and its key: shown here, once, and kept nowhere."""

    client: MachineView
    key: str


class SessionView(Model):
    """Where somebody is signed in."""

    id: str
    started_at: datetime
    seen_at: datetime
    until: datetime
    browser: str


class Ended(Model):
    """How many sessions are over."""

    ended: int


def client_view(client: Client, prefix: str, now: datetime) -> MachineView:
    """A machine as it is shown."""
    state: Literal["active", "expired", "revoked"] = "revoked" if client.revoked_at is not None else "expired"
    return MachineView(
        id=client.id,
        prefix=prefix,
        name=client.name,
        user=client.user,
        role=client.role,
        hospitals=None if client.hospitals is None else sorted(client.hospitals),
        scopes=sorted(client.scopes),
        state="active" if client.holds(now) else state,
        created_at=client.created_at,
        created_by=client.created_by,
        expires_at=client.expires_at,
        used_at=client.used_at,
        revoked_at=client.revoked_at,
    )


def session_view(session: SessionSeen) -> SessionView:
    """A session as it is shown."""
    return SessionView(
        id=session.handle,
        started_at=session.started_at,
        seen_at=session.seen_at,
        until=session.until,
        browser=session.agent,
    )
