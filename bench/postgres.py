"""A PostgreSQL server of one's own, for as long as it is needed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg


@dataclass(frozen=True)
class Server:
    """A running PostgreSQL server."""

    process: subprocess.Popen[bytes]
    port: int

    def url(self, database: str) -> str:
        """Where a database of it is."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str) -> None:
        """Run a statement outside any transaction, as those about databases must be."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """The server stands still: it takes connections, keeps those it has, and answers nothing."""
        main = psutil.Process(self.process.pid)
        stopped = [main, *main.children(recursive=True)]
        for process in stopped:
            process.suspend()
        try:
            yield
        finally:
            for process in stopped:
                process.resume()


@contextmanager
def server(**settings: object) -> Iterator[Server]:
    """A server with these settings; it forgets everything at the end."""
    programs = _programs()
    # The server refuses to run as root, and its folder must not lie in one that only root may enter.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="marshrut-pg-"))
    if user is not None:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
    data, port = folder / "data", _free_port()
    run: dict[str, Any] = {"user": user, "group": user, "extra_groups": [] if user else None, "cwd": folder}
    initdb = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync"]
    subprocess.run([programs / "initdb", *initdb, "-D", data], check=True, stdout=subprocess.DEVNULL, **run)  # noqa: S603 - PostgreSQL's own
    places = {"listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": folder}
    options = [part for name, value in {**places, **settings}.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([programs / "postgres", "-D", data, *options], stdout=log, stderr=log, **run)  # noqa: S603 - the same
    try:
        _wait_for(process, port, folder / "log")
        yield Server(process, port)
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    if (elsewhere := shutil.which("postgres")) is not None:
        return Path(elsewhere).resolve().parent
    raise RuntimeError("PostgreSQL's server is missing; Debian's package is postgresql")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    for _ in range(200):
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres", connect_timeout=5).close()
        except psycopg.OperationalError:
            if process.poll() is not None:
                raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("PostgreSQL does not answer")
