import signal
import socket
from pathlib import Path

import httpx
import psutil
import pytest

from tests.cli.processes import System, eventually, system

pytestmark = pytest.mark.slow

SAMPLES = 8
CASES = 7  # one sample is a planned admission, which opens none


def cases(running: System) -> list[str]:
    return sorted(case["case_id"] for case in running.get("/api/v1/cases?limit=100").json()["items"])


def test_the_life_of_a_system(tmp_path: Path) -> None:
    """Started, used, stopped, started again, killed, started again: each time it is whole, and it loses nothing."""
    with system(tmp_path / "my data") as lived:
        first_start_brings_everything_up(lived)
        mllp_takes_a_message(lived)
        temporal_is_started_again(lived)
        sigterm_stops_all_of_it(lived)
        second_start_goes_on(lived)
        sigkill_leaves_no_orphan(lived)
        start_after_sigkill(lived)
        logs_are_json_and_name_nobody(lived)


def first_start_brings_everything_up(lived: System) -> None:
    """One command brings API, Temporal with its pages, and MLLP, all on loopback, with every sample's case open."""
    lived.start()
    assert f"{SAMPLES} messages taken, {CASES} cases open" in lived.said
    assert httpx.get(f"{lived.url}/readyz", trust_env=False).json()["status"] == "ready"
    assert httpx.get(f"{lived.url}/openapi.json", trust_env=False).json()["info"]["title"] == "Marshrut"
    assert httpx.get(f"http://127.0.0.1:{lived.ports[2]}", trust_env=False).is_success
    assert len(cases(lived)) == CASES
    assert len(lived.get("/api/v1/steps?state=open").json()["items"]) >= CASES
    listening = [
        connection.laddr
        for process in lived.tree()
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {address.ip for address in listening} == {"127.0.0.1"}
    assert set(lived.ports) <= {address.port for address in listening}


def mllp_takes_a_message(lived: System) -> None:
    """What comes over MLLP is acknowledged, and its case opens."""
    message = (
        "MSH|^~\\&|HIS|GKB29|MARSHRUT|DTSZN|20260312091200+0300||ADT^A01^ADT_A01|MLLP-1|P|2.5\r"
        "EVN|A01|20260312091130+0300\rPID|1||M1^^^GKB29^MR\r"
        "PV1|1|I|W^1^1^GKB29|E|||||||||||||||V-MLLP|||||||||||||||||||||||||20260312084500+0300\r"
    )
    with socket.create_connection(("127.0.0.1", lived.ports[3]), timeout=10) as sender:
        sender.sendall(b"\x0b" + message.encode() + b"\x1c\r")
        assert b"\rMSA|AA|MLLP-1" in sender.recv(4096)
    assert eventually(lambda: len(cases(lived)) == CASES + 1)


def temporal_is_started_again(lived: System) -> None:
    """When the Temporal server dies the system says so, starts it again, and is ready once more."""
    child = next(process for process in lived.tree() if process.name() == "temporal")
    child.kill()
    assert eventually(lambda: "Temporal is ready again" in lived.said), lived.said
    assert eventually(lambda: httpx.get(f"{lived.url}/readyz", trust_env=False).is_success)


def sigterm_stops_all_of_it(lived: System) -> None:
    """SIGTERM ends in exit 0, with no process left and no traceback said."""
    tree = lived.tree()
    assert len(tree) == 2
    assert lived.stop() == 0
    assert lived.said.endswith("stopping\nstopped\n")
    assert "Traceback" not in lived.said
    assert not any(process.is_running() for process in tree)


def second_start_goes_on(lived: System) -> None:
    """A second start on the same folder has every case that there was, and loads no samples."""
    lived.start()
    assert "samples" not in lived.said
    assert len(cases(lived)) == CASES + 1


def sigkill_leaves_no_orphan(lived: System) -> None:
    """When the system is killed outright its Temporal server dies with it."""
    child = next(process for process in lived.tree() if process.name() == "temporal")
    assert lived.stop(signal.SIGKILL) == -signal.SIGKILL
    assert eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def start_after_sigkill(lived: System) -> None:
    """After a SIGKILL the next start works and has every case; Ctrl-C stops it with exit 0."""
    lived.start()
    assert len(cases(lived)) == CASES + 1
    assert lived.stop(signal.SIGINT) == 0
    assert lived.said.endswith("stopping\nstopped\n")


def logs_are_json_and_name_nobody(lived: System) -> None:
    """The log is one JSON object a line, and no sample patient's name, phone or address is in any file of it."""
    text = "".join(file.read_text() for file in (lived.data / "log").iterdir())
    lines = (lived.data / "log" / "marshrut.log").read_text().splitlines()
    assert lines
    assert all(line.startswith("{") and line.endswith("}") for line in lines)
    for told in ("Лебедева", "Крылова", "0000101", "Примерная", "900101"):
        assert told not in text


def test_no_samples(tmp_path: Path) -> None:
    """With --no-samples an empty folder stays empty, and a second signal during the stop still ends in exit 0."""
    with system(tmp_path / "data") as empty:
        empty.start("--no-samples")
        assert cases(empty) == []
        tree = empty.tree()
        assert empty.process is not None
        empty.process.send_signal(signal.SIGINT)
        assert eventually(lambda: "stopping" in empty.said)
        empty.process.send_signal(signal.SIGINT)
        assert empty.process.wait(10) == 0
        assert not any(process.is_running() for process in tree)
