"""What the tests of inbox and referrals share: messages, senders, and readers of the inbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx

from marshrut.adapters.hl7v2.doors import Open
from marshrut.adapters.hl7v2.mllp import MllpServer
from marshrut.composition import Composition
from marshrut.domain.words import Role
from marshrut.ports import Caller
from tests.adapters.hl7v2.messages import adt
from tests.fixtures.engine import eventually
from tests.fixtures.system import System

MESSAGES = "/api/v1/messages"
ADMISSIONS = "/api/v1/admissions"
REFERRALS = "/api/v1/referrals"


@asynccontextmanager
async def relaying(parts: Composition) -> AsyncIterator[None]:
    """A relay carries what is stored, as it does in every process."""
    relay = asyncio.create_task(parts.relay.run())
    yield
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay


def er7(control_id: str | None = None, *, facility: str = "GKB29", **changes: Any) -> bytes:
    """An admission of a visit of its own, sent now."""
    name = control_id or f"M-{token_hex(4)}"
    now = datetime.now(UTC).strftime("%Y%m%d%H%M%S+0000")
    visit = {3: f"ТРАВМ^308^3^{facility}", 19: name, 44: now} | changes.pop("pv1", {})
    return adt(header={7: now, 10: name} | changes.pop("header", {}), pv1=visit, **changes)


@dataclass
class Reader:
    """Somebody who reads the inbox."""

    http: httpx.AsyncClient
    headers: dict[str, str]

    async def all(self, **params: Any) -> list[dict[str, Any]]:
        """Every message in sight, page by page."""
        found: list[dict[str, Any]] = []
        cursor: dict[str, str] = {}
        while True:
            answer = await self.http.get(MESSAGES, headers=self.headers, params={"limit": 7, **params, **cursor})
            assert answer.status_code == 200, answer.text
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            cursor = {"cursor": answer.json()["next"]}

    async def one(self, **params: Any) -> dict[str, Any]:
        """The one message in sight."""
        (found,) = await self.all(**params)
        return found

    async def raw(self, message_id: str) -> bytes:
        """Its bytes."""
        answer = await self.http.get(f"{MESSAGES}/{message_id}/raw", headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.content

    async def replay(self, message_id: str) -> httpx.Response:
        """Have it tried again."""
        return await self.http.post(f"{MESSAGES}/{message_id}/replay", headers=self.headers)

    async def settled(self, message_id: str) -> dict[str, Any]:
        """The message once it is not pending any more."""

        async def look() -> dict[str, Any] | None:
            shown = (await self.http.get(f"{MESSAGES}/{message_id}", headers=self.headers)).json()
            return shown if shown["state"] != "pending" else None

        found = await eventually(look)
        assert found is not None
        return found


def reader(system: System, role: Role = Role.SUPERVISOR, user: str = "chief", *hospitals: str) -> Reader:
    """By default somebody who sees every hospital."""
    return Reader(system.http, system.token(role, user, *(hospitals or tuple(system.parts.catalogue.hospitals))))


def integrator(user: str | None = None, *hospitals: str) -> Caller:
    """A hospital's system."""
    return Caller(user or f"his-{token_hex(4)}", Role.INTEGRATOR, frozenset(hospitals or ("GKB29",)))


@asynccontextmanager
async def mllp(system: System, caller: Caller) -> AsyncIterator[MllpServer]:
    """MLLP as the embedded system serves it."""
    async with MllpServer(system.parts.api.receiver.converse, "127.0.0.1", 0, door=Open(caller)) as server:
        yield server


async def send(server: MllpServer, raw: bytes) -> str:
    """Send a message in a connection of its own; the acknowledgement."""
    reading, writing = await asyncio.open_connection("127.0.0.1", server.port)
    writing.write(b"\x0b" + raw + b"\x1c\r")
    await writing.drain()
    answer = await asyncio.wait_for(reading.readuntil(b"\x1c\r"), 10)
    writing.close()
    return answer.decode()


def ahead(**span: float) -> str:
    """A time to come."""
    return (datetime.now(UTC) + timedelta(**span)).isoformat()
