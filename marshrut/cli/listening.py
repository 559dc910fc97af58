"""The MLLP listener inside a process that has more to do, or nothing else: `marshrut up` and `marshrut mllp`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from marshrut.adapters.hl7v2.clients import Clients
from marshrut.adapters.hl7v2.doors import Door, Files, Open, Tls
from marshrut.adapters.hl7v2.mllp import MllpServer
from marshrut.cli.exits import Exit, Stop
from marshrut.cli.running import ended
from marshrut.ports import MessageReceiver
from marshrut.settings import Settings


def door_of(settings: Settings, hospitals: Collection[str]) -> Door:
    """Who may send, as the settings say.

    Raises:
        TlsError, ClientsError: a file cannot be used.
    """
    if settings.mllp_certificate is None:
        return Open()
    files = Files(settings.mllp_certificate, settings.mllp_key, settings.mllp_clients_ca, settings.mllp_clients)
    return Tls(files, lambda path: Clients.read(path, hospitals))


@asynccontextmanager
async def listening(
    settings: Settings, receiver: MessageReceiver, door: Door, flag: str, hurried: asyncio.Event
) -> AsyncIterator[MllpServer]:
    """Listen while the block runs; at its end messages in hand are answered, unless somebody is in a hurry.

    Raises:
        Stop: the address is taken or not allowed.
    """
    server = MllpServer(receiver.converse, settings.mllp_host, settings.mllp_port, door=door)
    try:
        await server.start()
    except OSError as fault:
        raise Stop(Exit.PORT_BUSY, f"MLLP cannot listen ({fault.strerror}); {flag} chooses another") from None
    try:
        yield server
    finally:
        await ended(asyncio.create_task(server.stop()), hurried, None)
