"""The real commands as processes of their own, and the embedded system started and stopped as people do."""

from __future__ import annotations

import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from tests.cli.forked import LIMIT_S, Process, environment, mother

MARSHRUT = (sys.executable, "-m", "marshrut.cli")


def marshrut(
    *arguments: object, cwd: Path | None = None, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end: the first of its kind as people do, later ones in a process that is forked for them."""
    line = [str(argument) for argument in arguments]
    if not _first(line[0]):
        return mother().run(line, cwd, environment(**more), stdin)
    return subprocess.run(
        [*MARSHRUT, *line],
        cwd=cwd,
        env=environment(**more),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )


def _first(command: str) -> bool:
    """Whether no test of this run has started a command of that name yet, in whichever of its processes.

    A name that is bound belongs to one process until that ends: nothing is left behind, and nobody has to tidy up.
    """
    claim = socket.socket(socket.AF_UNIX)
    try:
        claim.bind(f"\0marshrut-{os.environ.get('PYTEST_XDIST_TESTRUNUID', os.getpid())}-{command}")
    except OSError:
        claim.close()
        return False
    _CLAIMED.append(claim)
    return True


_CLAIMED: list[socket.socket] = []


def start(
    *arguments: object, output: Path, errors: Path | None = None, settings: Mapping[str, str] | None = None
) -> Process:
    """Start a command that goes on; what it says on both its outputs goes to one file, unless there is another."""
    more = settings or {}
    line = [str(argument) for argument in arguments]
    files = (Path(os.devnull), output, errors or output)
    for file in files[1:]:
        file.write_text("")
    if not _first(line[0]):
        return mother().start(line, environment(**more), files)
    with output.open("a") as out, files[2].open("a") as err:
        return subprocess.Popen(
            [*MARSHRUT, *line],
            env=environment(**more),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            process_group=0,
        )


@contextmanager
def started(*arguments: object, log: Path) -> Iterator[Process]:
    """A command that goes on, and that is gone at the end; its log."""
    process = start(*arguments, output=log.with_suffix(".out"), errors=log)
    try:
        yield process
    finally:
        process.kill()
        process.wait(LIMIT_S)


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses, below those that the system hands out by itself."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(15000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if port not in found and probe.connect_ex(("127.0.0.1", port)) != 0:
                found.append(port)
    return found


def eventually(check: Callable[[], bool], within_s: float = LIMIT_S) -> bool:
    """Whether it becomes so in time."""
    ends = time.monotonic() + within_s
    while time.monotonic() < ends:
        if check():
            return True
        time.sleep(0.05)
    return check()


@dataclass
class System:
    """`marshrut up` on a data folder; `settings` are variables of its environment."""

    data: Path
    ports: list[int] = field(default_factory=lambda: free_ports(4))
    process: Process | None = None
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.ports[0]}"

    @property
    def flags(self) -> list[str]:
        names = ("--port", "--temporal-port", "--temporal-ui-port", "--mllp-port")
        ports = [text for name, port in zip(names, self.ports, strict=True) for text in (name, str(port))]
        return ["--data", str(self.data), *ports]

    @property
    def output(self) -> Path:
        return self.data.with_name(f"{self.data.name}.out")

    @property
    def said(self) -> str:
        return self.output.read_text()

    @property
    def token(self) -> str:
        """The supervisor's, as it was printed last."""
        return str(re.findall(r"Bearer ([\w.-]+)", self.said)[-1])

    def start(self, *more: str) -> System:
        """Start, and wait until it says that it runs."""
        self.process = start("up", *self.flags, *more, output=self.output, settings=self.settings)
        process = self.process
        assert eventually(lambda: "Other tokens" in self.said or process.poll() is not None), self.said
        assert process.poll() is None, self.said
        return self

    def tree(self) -> list[psutil.Process]:
        """The process and all that it started."""
        assert self.process is not None
        main = psutil.Process(self.process.pid)
        return [main, *main.children(recursive=True)]

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send the signal; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        return self.process.wait(LIMIT_S)

    def get(self, path: str) -> httpx.Response:
        """Ask the API as the printed supervisor."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=10, trust_env=False)

    def post(self, path: str, body: object) -> httpx.Response:
        """Send to the API as the printed supervisor."""
        headers = {"Authorization": f"Bearer {self.token}"}
        return httpx.post(f"{self.url}{path}", json=body, headers=headers, timeout=10, trust_env=False)


@contextmanager
def system(data: Path) -> Iterator[System]:
    """A system that is gone at the end, whatever the test did."""
    made = System(data)
    try:
        yield made
    finally:
        if made.process is not None and made.process.poll() is None:
            made.process.kill()
            made.process.wait(LIMIT_S)
