import json
import signal
import subprocess
from pathlib import Path

import httpx
import pytest

from marshrut.cli.embedded.binary import dev_server, find_binary
from marshrut.cli.exits import Exit
from tests.cli.processes import eventually, free_ports, marshrut, started

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and a database for both processes."""
    made = tmp_path_factory.mktemp("service")
    marshrut("keys", "new", made / "keys.json")
    marshrut("db", "upgrade", "--data", made)
    return made


def events(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def test_api_and_worker_wait_for_nothing(folder: Path, tmp_path: Path) -> None:
    """Started before Temporal they say what is away, once; when it comes they work; SIGTERM ends both with exit 0."""
    port, temporal, ui = free_ports(3)
    shared = ("--data", str(folder), "--temporal-address", f"127.0.0.1:{temporal}")
    api_log, worker_log = tmp_path / "api.log", tmp_path / "worker.log"
    server = dev_server(find_binary(None), tmp_path / "temporal.sqlite", temporal, ui)
    with (
        started("api", "--port", port, *shared, log=api_log) as api,
        started("worker", *shared, log=worker_log) as worker,
    ):
        assert eventually(lambda: "api.waits" in events(api_log))
        assert eventually(lambda: "worker.waits" in events(worker_log))
        assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
        not_ready = httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False)
        assert (not_ready.status_code, not_ready.json()["sql"]) == (503, True)
        with subprocess.Popen(server, stderr=subprocess.DEVNULL) as there:
            try:
                assert eventually(lambda: "api.ready" in events(api_log)), api_log.read_text()
                assert httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).is_success
                for one in (api, worker):
                    one.send_signal(signal.SIGTERM)
                assert (api.wait(20), worker.wait(20)) == (0, 0)
            finally:
                there.terminate()
    assert events(worker_log).count("worker.waits") == 1
    assert events(worker_log)[-1] == "worker.stopped"
    assert events(api_log)[-1] == "api.stopped"


def test_worker_leaves_while_it_waits(folder: Path, tmp_path: Path) -> None:
    """A worker that still waits for Temporal leaves with exit 0 at once when it is told to."""
    log = tmp_path / "worker.log"
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with started("worker", "--data", folder, "--temporal-address", address, log=log) as worker:
        assert eventually(lambda: "worker.waits" in events(log))
        worker.send_signal(signal.SIGINT)
        assert worker.wait(10) == 0


@pytest.mark.parametrize("command", ["api", "worker", "mllp"])
def test_without_keys(tmp_path: Path, command: str) -> None:
    """Without the installation's keys neither starts, and says so in one line."""
    result = marshrut(command, "--data", tmp_path)
    assert (result.returncode, result.stderr.count("\n")) == (Exit.KEYS, 1)
    assert "keys new" in result.stderr


@pytest.mark.parametrize("command", ["api", "worker"])
def test_a_fault_in_the_directory(folder: Path, tmp_path: Path, command: str) -> None:
    """Neither starts with a directory of people that does not fit; file and line are told, no address is."""
    people = tmp_path / "people.yaml"
    people.write_text("people:\n  - { user: anna, role: boss, mail: anna@example.org }\n")
    result = marshrut(
        command,
        "--data",
        folder,
        MARSHRUT_DIRECTORY=str(people),
        MARSHRUT_SMTP_URL="smtp://127.0.0.1",
        MARSHRUT_MAIL_FROM="m@example.org",
    )
    assert (result.returncode, result.stderr.count("\n")) == (Exit.USAGE, 1)
    assert f"{people}:2: role" in result.stderr
    assert "anna" not in result.stderr
