"""A process of the bench: `python -m bench.serve NAME ADDRESS FOLDER PORT`. It goes when its input ends.

Each loads only what it needs: of a dozen processes only the API loads all of HTTP.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bench.ground import HOST, answers, converter, settings_for
from marshrut.adapters.keys import Keys
from marshrut.ports import Caller
from marshrut.settings import Settings
from marshrut.store.database import Database

if TYPE_CHECKING:
    from fastapi import FastAPI

    from marshrut.composition import Composition


async def marshrut(settings: Settings) -> None:
    """The worker of the service, as it runs in production."""
    import worker

    stopped = asyncio.Event()
    asyncio.get_running_loop().create_task(_input_ends()).add_done_callback(lambda _: stopped.set())
    await worker.run(settings, stopped)


async def clear(settings: Settings) -> None:
    """The worker of the service, with nothing sealed."""
    import worker
    from bench.in_clear import InClear, client_in_clear, settings_in_clear
    from marshrut.composition import compose

    stopped = asyncio.Event()
    asyncio.get_running_loop().create_task(_input_ends()).add_done_callback(lambda _: stopped.set())
    plain = settings_in_clear(settings)
    async with compose(plain, client=await client_in_clear(plain), vault=InClear()) as parts:
        await worker.work(parts, stopped)


async def baseline(name: str, settings: Settings) -> None:
    """The worker of a baseline."""
    from temporalio.client import Client

    import worker
    from bench import bare
    from bench.rows import Rows

    client = await Client.connect(settings.temporal_address, data_converter=converter(name, Keys.read(settings.keys)))
    db = Database(settings.database)
    baseline = bare.build_worker(
        client,
        name,
        activities=[Rows(db).write],
        workflow_slots=settings.workflow_slots,
        cached=worker.CACHED,
    )
    try:
        async with baseline:
            await _input_ends()
    finally:
        await db.close()


async def api(settings: Settings, port: int) -> None:
    """The API, as it runs in production."""
    import uvicorn

    from api.app import create_app

    config = uvicorn.Config(
        create_app(settings), host=settings.api_host, port=port, log_level="warning", access_log=False
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    await _input_ends()
    server.should_exit = True
    await serving


async def unaudited(settings: Settings, port: int) -> None:
    """The API, with nothing written down of who asks."""
    from api.app import create_app
    from bench.audited import Unwritten
    from marshrut.composition import compose

    async with compose(settings, lazy=True) as parts:
        app = create_app(settings, replace(parts, api=replace(parts.api, audit=Unwritten())))
        await _served(app, parts, port)


async def unchecked(settings: Settings, port: int) -> None:
    """The API, with nobody asked who they are and what they may."""
    from api.app import create_app
    from bench.authorised import unchecked as without_checks
    from marshrut.composition import compose

    async with compose(settings, lazy=True) as parts:
        app = create_app(settings, parts)
        without_checks(app)
        await _served(app, parts, port)


async def _served(app: FastAPI, parts: Composition, port: int) -> None:
    import uvicorn

    config = uvicorn.Config(app, host=parts.settings.api_host, port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    serving, relay = asyncio.create_task(server.serve()), asyncio.create_task(parts.relay.run())
    await _input_ends()
    relay.cancel()
    server.should_exit = True
    await serving


async def mllp(settings: Settings, port: int) -> None:
    """The MLLP listener, as it runs in production."""
    from bench.messages import SENDER
    from marshrut.adapters.hl7v2 import MllpServer
    from marshrut.adapters.hl7v2.doors import Open
    from marshrut.composition import compose

    async with compose(settings) as parts:
        server = MllpServer(parts.api.receiver.converse, HOST, port, door=Open(SENDER))
        await server.start()
        await _input_ends()
        await server.stop()


async def mllp_rows(settings: Settings, port: int) -> None:
    """A listener of the same framing that only reads a message and commits a row."""
    from bench.rows import Rows
    from marshrut.adapters.hl7v2 import MllpServer, accepted, parse

    db = Database(settings.database)
    rows = Rows(db)
    await rows.create()

    async def handle(raw: bytes, _caller: Caller) -> tuple[bytes, ...]:
        message = parse(raw)
        await rows.add(message.control_id, raw)
        return (accepted(message.header, now=datetime.now(UTC)),)

    async with MllpServer(handle, HOST, port):
        await _input_ends()
    await db.close()


async def _input_ends() -> None:
    await asyncio.to_thread(sys.stdin.read)


async def _main(  # noqa: PLR0913, PLR0917 - as the command line has them
    name: str, address: str, folder: str, port: str, database: str = "", keys: str = ""
) -> None:
    settings = settings_for(Path(folder), address, database, keys)
    await answers(address)
    match name:
        case "marshrut":
            await marshrut(settings)
        case "clear":
            await clear(settings)
        case "api":
            await api(settings, int(port))
        case "unaudited":
            await unaudited(settings, int(port))
        case "unchecked":
            await unchecked(settings, int(port))
        case "mllp":
            await mllp(settings, int(port))
        case "mllp_rows":
            await mllp_rows(settings, int(port))
        case _:
            await baseline(name, settings)
    # A process that leaves within milliseconds of a call to Temporal may abort.
    await asyncio.sleep(0.2)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
