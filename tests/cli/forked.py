"""Commands that are forked for a test by a process that has loaded everything (`tests.cli.mother`)."""

from __future__ import annotations

import atexit
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock, Timer
from typing import Protocol

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 60


def environment(**more: str) -> dict[str, str]:
    """The environment of a command: nothing of the developer's own settings, and bytecode kept between runs."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MARSHRUT_") and k != "PYTHONDONTWRITEBYTECODE"}
    return clean | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"} | more


class Process(Protocol):
    """A command that goes on while a test does other things, as `subprocess.Popen` has it."""

    @property
    def pid(self) -> int: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float) -> int: ...

    def send_signal(self, sig: int) -> None: ...

    def kill(self) -> None: ...


class Forked:
    """Such a command that was forked."""

    def __init__(self, mother: Mother, pid: int) -> None:
        self.pid = pid
        self._mother = mother
        self._code: int | None = None

    def poll(self) -> int | None:
        """Its exit code, if it has ended."""
        if self._code is None:
            self._code = self._mother.code_of(self.pid)
        return self._code

    def wait(self, timeout: float) -> int:
        """Its exit code, once it has ended."""
        ends = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > ends:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.05)
        return code

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


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
            self._tell(_order(line, where, environment, files, stays=False))
            patience = Timer(LIMIT_S, os.kill, (self._hear()["pid"], signal.SIGKILL))
            patience.start()
            code = self._hear()["code"]
            patience.cancel()
            assert code is not None
            return subprocess.CompletedProcess(line, code, *(file.read_text() for file in files[1:]))

    def start(self, line: list[str], environment: dict[str, str], files: Sequence[Path]) -> Forked:
        """Start a command that goes on."""
        with self._turn:
            self._tell(_order(line, str(Path.cwd()), environment, files, stays=True))
            pid = self._hear()["pid"]
        assert pid is not None
        return Forked(self, pid)

    def code_of(self, pid: int) -> int | None:
        """The exit code of a command that was started, if it has ended; it is told once."""
        with self._turn:
            self._tell({"asked": pid})
            return self._hear()["code"]

    def _tell(self, order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{json.dumps(order)}\n")
        self._process.stdin.flush()

    def _hear(self) -> dict[str, int | None]:
        assert self._process.stdout is not None
        told: dict[str, int | None] = json.loads(self._process.stdout.readline())
        return told

    def close(self) -> None:
        """It ends with its orders."""
        self._process.communicate(timeout=LIMIT_S)
        assert self._process.returncode == 0


def _order(
    line: list[str], cwd: str, environment: dict[str, str], files: Sequence[Path], *, stays: bool
) -> dict[str, object]:
    return {
        "arguments": line,
        "cwd": cwd,
        "environment": environment,
        "files": list(map(str, files)),
        "stays": stays,
    }


@cache
def mother() -> Mother:
    made = Mother()
    atexit.register(made.close)
    return made
