"""`python -m tests.chaos.nursery`: forks our programs on request, and forks anew what was killed.

It reads orders from its input and tells what it did on its output, a JSON object a line. When its input ends it kills
everything and leaves.
"""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any, NoReturn
from unittest.mock import patch

import uvicorn  # noqa: F401 - imported here once and not in each child
from temporalio.worker import Worker

import worker  # noqa: F401 - the same
from api import app  # noqa: F401 - the same
from marshrut.catalogue.loader import load_what_holds
from marshrut.cli import main, service  # noqa: F401 - the same
from tests.chaos import kill_points

Run = Callable[[], NoReturn]
# So long the server keeps a journey's next task for a worker that may be dead; ten seconds are usual.
STICKY = timedelta(seconds=1)
# Read before a program is forked, and not in each of its lives; nobody writes to it meanwhile.
loaded = cache(load_what_holds)


@dataclass
class Child:
    """A program, whichever process it is at the moment."""

    order: Mapping[str, Any]
    life: int = 0
    pid: int | None = None
    ending: bool = False


class Nursery:
    """Follows orders until they end."""

    def __init__(self) -> None:
        self._children: dict[str, Child] = {}
        self._woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        self._selector = selectors.DefaultSelector()
        self._selector.register(0, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._unread = b""

    def serve(self) -> Run | None:
        """Follow orders. In a forked process: what it has to run."""
        while True:
            for key, _ in self._selector.select():
                if key.fd == self._woken:
                    os.read(self._woken, 4096)
                    run = self._replace_the_dead()
                elif read := os.read(0, 65536):
                    *lines, self._unread = (self._unread + read).split(b"\n")
                    run = self._follow(lines)
                else:
                    self._kill_all()
                    return None
                if run is not None:
                    return run

    def _follow(self, lines: list[bytes]) -> Run | None:
        for line in lines:
            order = json.loads(line)
            if order["do"] == "start":
                loaded(_catalogue(order))
                child = self._children[order["name"]] = Child(order)
                if (run := self._fork(child)) is not None:
                    return run
            else:
                child = self._children[order["name"]]
                child.ending = True
                if child.pid is not None:
                    os.kill(child.pid, order["signal"])
        return None

    def _fork(self, child: Child) -> Run | None:
        child.life += 1
        child.pid = os.fork()
        if child.pid:
            _tell(name=child.order["name"], pid=child.pid)
            return None
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        return partial(_become, child)

    def _replace_the_dead(self) -> Run | None:
        for name, child in self._children.items():
            if child.pid is None:
                continue
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if not pid:
                continue
            child.pid, code = None, os.waitstatus_to_exitcode(status)
            _tell(name=name, code=code)
            if code == -signal.SIGKILL and not child.ending and (run := self._fork(child)) is not None:
                return run
        return None

    def _kill_all(self) -> None:
        for child in self._children.values():
            if child.pid is not None:
                os.kill(child.pid, signal.SIGKILL)
                os.waitpid(child.pid, 0)


def _tell(**what: object) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def _catalogue(order: Mapping[str, Any]) -> Path:
    return Path(order["environment"]["MARSHRUT_CATALOGUE"])


def _become(child: Child) -> NoReturn:
    """Be `marshrut <program>`, with whatever kill points the order names."""
    order = child.order
    nothing = os.open(os.devnull, os.O_RDONLY)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for ours, theirs in ((nothing, 0), (log, 1), (log, 2)):
        os.dup2(ours, theirs)
    os.chdir(order["folder"])
    os.environ.update(order["environment"])
    kill_points.install(child.life, order["options"])
    with (
        patch("worker.Worker", partial(Worker, sticky_queue_schedule_to_start_timeout=STICKY)),
        patch("marshrut.composition.load_what_holds", loaded),
    ):
        main([order["program"]])


if __name__ == "__main__":
    gc.collect()
    gc.freeze()  # what is loaded stays: a program that looked it over would have to copy it
    if (todo := Nursery().serve()) is not None:
        todo()
    sys.exit(0)
