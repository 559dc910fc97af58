"""The Temporal server of the embedded system: a child that never outlives us, and is started again if it ends."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Self

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from marshrut.cli.exits import Exit, Stop
from marshrut.cli.running import LOOK_EVERY_S, when

PROBE = timedelta(seconds=1)
READY_WITHIN_S = 30.0
STOPS_WITHIN_S = 10.0
TRIES = 5
FIRST_PAUSE_S = 0.5
STEADY_S = 60.0  # whoever ran that long begins with new tries

# Linux kills the child when whoever started it ends, be it by SIGKILL; if that is over already, there is no child.
LEASH = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGKILL)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


async def answers(client: Client) -> bool:
    """Whether Temporal answers, and has the namespace."""
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request, timeout=PROBE)
    except (RPCError, RuntimeError):  # the latter while a lazy client cannot connect
        return False
    return True


class TemporalServer:
    """Runs while it is entered. `tell` says what people should know; `client` asks whether it is ready."""

    def __init__(
        self, command: list[str], log: Path, client: Client, tell: Callable[[str], None], hurried: asyncio.Event
    ) -> None:
        self._command = command
        self._log = log
        self._client = client
        self._tell = tell
        self._hurried = hurried
        self._process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._start()
        try:
            ready = await self._ready()
        except asyncio.CancelledError:
            await self._stop()
            raise
        if not ready:
            await self._stop()
            raise Stop(Exit.NO_TEMPORAL, f"Temporal did not start, see {self._log}")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stop()

    async def supervise(self) -> None:
        """Start it again whenever it ends.

        Raises:
            Stop: it ended too often.
        """
        loop, tried = asyncio.get_running_loop(), 0
        while True:
            began = loop.time()
            await when(lambda: not self._alive)
            if loop.time() - began > STEADY_S:
                tried = 0
            if tried == TRIES:
                raise Stop(
                    Exit.NO_TEMPORAL, f"Temporal ended by itself once more after {TRIES} starts, see {self._log}"
                )
            tried += 1
            self._tell(f"Temporal ended by itself; start {tried} of {TRIES}")
            await asyncio.sleep(FIRST_PAUSE_S * 2 ** (tried - 1))
            self._start()
            if await self._ready():
                self._tell("Temporal is ready again")

    @property
    def _alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def _start(self) -> None:
        leash = [sys.executable, "-I", "-S", "-c", LEASH, str(os.getpid())] if sys.platform == "linux" else []
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own child, and no shell
                [*leash, *self._command], stdin=subprocess.DEVNULL, stdout=log, stderr=log, process_group=0
            )

    async def _ready(self) -> bool:
        """Whether it became ready; False when it ended or took too long."""
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_WITHIN_S):
                while self._alive:
                    if await answers(self._client):
                        return True
                    await asyncio.sleep(LOOK_EVERY_S)
        return False

    async def _stop(self) -> None:
        process = self._process
        if process is None:
            return
        process.terminate()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOPS_WITHIN_S):
                await when(lambda: not self._alive or self._hurried.is_set())
        process.kill()
        process.wait()
