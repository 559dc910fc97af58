"""`python -m tests.cli.mother`: has loaded what commands load, and forks a process for each that it is told of.

Loading takes a command ten times as long as its work. The forked process gets its own input, output, folder and
environment, and runs the command. One that goes on ends as any Python process does; of one that is run to its end only
the work is asked for, and clearing away all that its mother loaded would take longer than that: how commands leave by
themselves is `test_commands.py`'s. Orders and answers are JSON, one a line: a command
is run to its end, or started and asked after.
"""

from __future__ import annotations

import gc
import json
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

from marshrut.cli import main

# What commands load once they are called.
LOADED = (
    *("worker", "api.app", "api.kpi.counting", "alembic.command", "marshrut.composition", "marshrut.store.rebuild"),
    *(
        "marshrut.cli.schema",
        "marshrut.cli.people",
        "marshrut.cli.report",
        "marshrut.cli.sending",
        "marshrut.cli.export",
    ),
    *("marshrut.cli.embedded.plan", "marshrut.cli.embedded.system"),
)


def orders() -> Iterator[Mapping[str, Any]]:
    """What comes in, read past `sys.stdin`: a forked process has an input of its own."""
    unread = b""
    while read := os.read(0, 65536):
        *lines, unread = (unread + read).split(b"\n")
        yield from map(json.loads, lines)


def tell(**what: int | None) -> None:
    os.write(1, json.dumps(what).encode() + b"\n")


def served() -> Mapping[str, Any] | None:
    """Follow orders until they end; in a forked process: the order that it has to follow."""
    for order in orders():
        if "asked" in order:
            ended, status = os.waitpid(order["asked"], os.WNOHANG)
            tell(code=os.waitstatus_to_exitcode(status) if ended else None)
            continue
        child = os.fork()
        if not child:
            return order
        tell(pid=child)
        if not order["stays"]:
            tell(code=os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    return None


def become(order: Mapping[str, Any]) -> list[str]:
    """Take over what the order names; the command's arguments."""
    if order["stays"]:
        os.setpgid(0, 0)  # what is sent to the terminal's group is not sent to it
    write = os.O_WRONLY | os.O_APPEND
    for number, (path, flags) in enumerate(zip(order["files"], (os.O_RDONLY, write, write), strict=True)):
        opened = os.open(path, flags)
        os.dup2(opened, number)
        os.close(opened)
    os.environ.clear()
    os.environ.update(order["environment"])
    if order["cwd"] is not None:
        os.chdir(order["cwd"])
    arguments: list[str] = order["arguments"]
    return arguments


if __name__ == "__main__":
    for name in LOADED:
        import_module(name)
    gc.freeze()
    if (todo := served()) is not None:
        try:
            main(become(todo))
        except SystemExit as left:
            if todo["stays"] or not isinstance(left.code, int):
                raise
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(left.code)
    sys.exit(0)
