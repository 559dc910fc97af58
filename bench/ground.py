"""What the bench stands on: a Temporal server, workers and an API, each in a process of its own."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.converter import DataConverter

from marshrut.adapters.keys import Keys
from marshrut.adapters.temporal.codec import data_converter
from marshrut.composition import Composition, compose
from marshrut.settings import Settings
from marshrut.store.migrate import upgrade

HOST = "127.0.0.1"
NAMESPACE = "default"
WORKERS = ("marshrut", "bare", "sealed")
READY_WITHIN_S = 180  # six processes start at once, on a machine that may be busy
_ACTION = re.compile(
    r'^action\{action_type="(?P<type>[^"]+)"[^}]*namespace="default".*\} (?P<count>\S+)$', re.MULTILINE
)


@dataclass(frozen=True)
class Ground:
    """Everything that runs while the bench measures."""

    address: str
    metrics_url: str
    settings: Settings
    keys: Keys
    parts: Composition
    server: psutil.Process
    workers: dict[str, psutil.Process]
    api_url: str

    async def bare_client(self, name: str) -> Client:
        """A client as the baseline of that name needs it."""
        return await Client.connect(self.address, data_converter=converter(name, self.keys))

    def actions(self) -> Counter[str]:
        """How many actions of each type the server has counted so far."""
        with urllib.request.urlopen(self.metrics_url, timeout=10) as answer:  # noqa: S310 - a local address
            found = _ACTION.finditer(answer.read().decode())
        counted: Counter[str] = Counter()
        for each in found:
            counted[each["type"]] += int(float(each["count"]))
        return counted


def converter(name: str, keys: Keys) -> DataConverter:
    """`bare`: what temporalio brings for pydantic; `sealed`: the one of ours, with its codec."""
    return data_converter(keys) if name == "sealed" else pydantic_data_converter


def settings_for(folder: Path, address: str, database: str = "", keys: str = "") -> Settings:
    """The settings of production, but for places."""
    places: dict[str, Any] = {"database_url": database} if database else {}
    if keys:
        places["key_file"] = Path(keys)
    return Settings(data=folder, temporal_address=address, temporal_namespace=NAMESPACE, **places)


@asynccontextmanager
async def ground(names: Sequence[str] = WORKERS) -> AsyncIterator[Ground]:
    """Start everything, with the workers of these names, and stop it at the end."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="marshrut-bench-")))
        address, metrics_port, api_port = f"{HOST}:{free_port()}", free_port(), free_port()
        settings = settings_for(folder, address)
        keys = Keys.fresh()
        keys.write(settings.keys)
        await upgrade(settings.database)
        server = stack.enter_context(_temporal(address, metrics_port))
        workers = {name: stack.enter_context(child(name, address, folder)) for name in names}
        stack.enter_context(child("api", address, folder, api_port))
        api_url = f"http://{HOST}:{api_port}"
        async with asyncio.timeout(READY_WITHIN_S):
            await answers(address)
            await _ready(f"{api_url}/readyz")
        async with compose(settings) as parts:
            metrics_url = f"http://{HOST}:{metrics_port}/metrics"
            yield Ground(address, metrics_url, settings, keys, parts, server, workers, api_url)


@contextmanager
def _temporal(address: str, metrics_port: int) -> Iterator[psutil.Process]:
    program = Path(sys.executable).with_name("temporal")
    port = address.rpartition(":")[2]
    options = ["--headless", "--ip", HOST, "--port", port, "--metrics-port", str(metrics_port), "--log-level", "never"]
    process = subprocess.Popen([program, "server", "start-dev", *options], stdout=sys.stderr)  # noqa: S603 - ours
    try:
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait()


@contextmanager
def child(  # noqa: PLR0913 - what the process is told
    name: str, address: str, folder: Path, port: int = 0, *, database: str = "", keys: Path | None = None
) -> Iterator[psutil.Process]:
    """A process of `bench.serve`; it goes when its input ends, so it cannot outlive this one.

    `database` and `keys`: others than those of the folder.
    """
    command = [sys.executable, "-m", "bench.serve", name, address, str(folder), str(port), database, str(keys or "")]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("MARSHRUT_")}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=sys.stderr, env=environment)  # noqa: S603 - ours
    try:
        yield psutil.Process(process.pid)
    finally:
        process.communicate()


async def answers(address: str) -> None:
    """Wait until somebody listens there."""
    host, _, port = address.partition(":")
    while True:
        try:
            _, writer = await asyncio.open_connection(host, int(port))
            writer.close()
            await writer.wait_closed()
        except OSError:
            await asyncio.sleep(0.1)
        else:
            return


async def _ready(url: str) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        while True:
            try:
                if (await client.get(url)).is_success:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server((HOST, 0)) as taken:
        port: int = taken.getsockname()[1]
    return port
