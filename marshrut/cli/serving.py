"""The HTTP server inside a process that has more to do: it leaves signals and logging to its host."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from socket import socket

import uvicorn
from fastapi import FastAPI

from marshrut.cli.running import ended, when

GRACE_S = 10  # for answers on their way


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """End what would go on for ever, then wait for the answers on their way."""
        self._app.state.parts.feed.close()
        await super().shutdown(sockets)


@asynccontextmanager
async def serving(app: FastAPI, on: socket, hurried: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """Serve while the block runs; the task ends before that only by a fault."""
    config = uvicorn.Config(
        app,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config, app)
    task = asyncio.create_task(server.serve(sockets=[on]))
    try:
        await when(lambda: server.started or task.done())
        yield task
    finally:
        server.should_exit = True
        await ended(task, hurried, GRACE_S + 2)
