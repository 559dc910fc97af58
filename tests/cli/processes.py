"""The real commands as processes of their own, and the embedded system started and stopped as people do."""

from __future__ import annotations

import atexit
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Timer

import httpx
import psutil

ROOT = Path(__file__).resolve().parents[2]
MARSHRUT = (sys.executable, "-m", "marshrut.cli")
LIMIT_S = 60


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: nothing of the developer's own settings, and bytecode kept between runs."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MARSHRUT_") and k != "PYTHONDONTWRITEBYTECODE"}
    return clean | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | more


def marshrut(
    *arguments: object, cwd: Path | None = None, stdin: str = "", **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end: the first of its kind as people do, later ones in a process that is forked for them."""
    line = [str(argument) for argument in arguments]
    if line[0] in _SEEN:
        return _mother().run(line, cwd, environment(**more), stdin)
    _SEEN.add(line[0])
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


_SEEN: set[str] = set()


class Mother:
    """Starts commands ten times quicker than they start by themselves (`tests.cli.mother`)."""

    def __init__(self) -> None:
        self._turn = Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cli.mother"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment(),
            text=True,
            process_group=0,
        )

    def run(
        self, line: list[str], cwd: Path | None, environment: dict[str, str], stdin: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, or to the end of patience."""
        with self._turn, TemporaryDirectory() as folder:
            files = [Path(folder) / name for name in ("in", "out", "err")]
            for file, content in zip(files, (stdin, "", ""), strict=True):
                file.write_text(content)
            where = str(cwd or Path.cwd())
            order = {"arguments": line, "cwd": where, "environment": environment, "files": list(map(str, files))}
            self._tell(order)
            patience = Timer(LIMIT_S, os.kill, (self._hear()["pid"], signal.SIGKILL))
            patience.start()
            code = self._hear()["code"]
            patience.cancel()
            return subprocess.CompletedProcess(line, code, *(file.read_text() for file in files[1:]))

    def _tell(self, order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, int]:
        assert self._process.stdout is not None
        told: dict[str, int] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        """It ends with its orders."""
        self._process.communicate(timeout=LIMIT_S)
        assert self._process.returncode == 0


@cache
def _mother() -> Mother:
    made = Mother()
    atexit.register(made.close)
    return made


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
    process: subprocess.Popen[bytes] | None = None
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
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [*MARSHRUT, "up", *self.flags, *more],
                env=environment(**self.settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
            )
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
