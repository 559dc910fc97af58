"""`marshrut mllp` as a process of its own, spoken to by senders that are not ours."""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from sqlalchemy import create_engine, text

from marshrut.cli.exits import Exit
from tests.adapters.hl7v2.certificates import Authority
from tests.adapters.hl7v2.messages import adt
from tests.cli.forked import ROOT, Process
from tests.cli.processes import eventually, free_ports, marshrut, started
from tests.fixtures.npm import modules

pytestmark = pytest.mark.slow

SENDERS = ROOT / "tests" / "senders"
CLIENTS = "clients:\n  - { certificate: his.gkb29.example, user: his-gkb29, hospitals: [GKB29] }\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys and a database; no Temporal anywhere."""
    made = tmp_path_factory.mktemp("mllp")
    marshrut("keys", "new", made / "keys.json")
    marshrut("db", "upgrade", "--data", made)
    return made


@contextmanager
def listening(folder: Path, log: Path, *options: object) -> Iterator[tuple[int, Process]]:
    """A listener, once it says that it is ready; its port."""
    (port,) = free_ports(1)
    with started("mllp", "--port", port, "--data", folder, *options, log=log) as process:
        assert eventually(lambda: "mllp.ready" in events(log)), log.read_text()
        yield port, process


def events(log: Path) -> list[str]:
    return [json.loads(line)["event"] for line in log.read_text().splitlines()]


def states(folder: Path) -> dict[str, tuple[str, str | None, str]]:
    """How each message of the inbox stands, its fault and its sender, by its control id."""
    with create_engine(f"sqlite:///{folder / 'marshrut.sqlite'}").connect() as conn:
        rows = conn.execute(text("SELECT coalesce(idem_key, id) AS name, state, code, actor FROM commands")).all()
    return {row.name: (row.state, row.code, row.actor) for row in rows}


def numbered(name: str, **more: Any) -> bytes:
    """An admission under that control id, of a visit of its own."""
    return adt(header={10: name} | more.pop("header", {}), pv1={19: name}, **more)


def say(connection: socket.socket, raw: bytes) -> bytes:
    """One frame, and what comes back of it first."""
    connection.sendall(b"\x0b" + raw + b"\x1c\r")
    return connection.recv(65536)


def test_it_needs_nothing_but_sql(folder: Path, tmp_path: Path) -> None:
    """Without Temporal: ready, `mllp_send` is answered, messages are stored, and SIGTERM ends it with exit 0."""
    log, file = tmp_path / "log", tmp_path / "messages.hl7"
    file.write_bytes(b"".join(b"\x0b" + numbered(f"SEND-{number}") + b"\x1c" for number in range(3)))
    with listening(folder, log) as (port, process):
        tool = str(Path(sys.executable).with_name("mllp_send"))
        sent = subprocess.run([tool, "-p", str(port), "-f", str(file), "127.0.0.1"], capture_output=True, check=True)
        for number in range(3):
            assert f"MSA|AA|SEND-{number}".encode() in sent.stdout
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert events(log)[0] == "mllp.listening"
    assert events(log)[-1] == "mllp.stopped"
    assert [states(folder)[f"SEND-{number}"] for number in range(3)] == [("pending", None, "mllp")] * 3


def test_a_message_in_hand_is_answered_before_it_stops(folder: Path, tmp_path: Path) -> None:
    """SIGTERM while senders talk: whoever has sent a whole message is answered, and what was answered is stored."""
    log = tmp_path / "log"
    answered = []
    with listening(folder, log) as (port, process), ExitStack() as stack:
        senders = [stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20)) for _ in range(12)]
        for number, sender in enumerate(senders):
            assert b"MSA|AA" in say(sender, numbered(f"FIRST-{number}"))
            sender.sendall(b"\x0b" + numbered(f"LAST-{number}") + b"\x1c\r")
        assert b"MSA|AA|LAST-0" in senders[0].recv(65536)  # those after it are in hand
        answered.append("LAST-0")
        process.send_signal(signal.SIGTERM)
        for number, sender in enumerate(senders[1:], 1):
            if f"MSA|AA|LAST-{number}".encode() in received(sender):
                answered.append(f"LAST-{number}")
        assert process.wait(20) == 0
    assert len(answered) > 1
    stored = states(folder)
    assert [name for name in answered if name not in stored] == []


def received(sender: socket.socket) -> bytes:
    """What comes until the end of the connection."""
    found = b""
    try:
        while chunk := sender.recv(65536):
            found += chunk
    except ConnectionError:
        pass
    return found


def test_somebody_elses_client_by_tls(folder: Path, tmp_path: Path) -> None:
    """The npm client node-hl7-client, with a certificate: good, broken and foreign messages on one connection."""
    ours = Authority(tmp_path / "ours")
    server, his = ours.signs("127.0.0.1", file="server"), ours.signs("his.gkb29.example")
    clients = tmp_path / "clients.yaml"
    clients.write_text(CLIENTS)
    options = (
        "--mllp-certificate", server.certificate, "--mllp-key", server.key,
        "--mllp-clients-ca", ours.certificate, "--mllp-clients", clients,
    )  # fmt: skip
    messages = [
        numbered("NPM-1", header={15: "AL", 16: "NE"}),
        numbered("NPM-2", header={12: "2.3"}),
        numbered("NPM-3", pid={3: ""}),
        numbered("NPM-4", header={4: "MOROZ", 9: "ADT^A31", 12: "2.8"}, evn={1: "A31"}),
    ]
    messages[3] = messages[3].replace(b"^GKB29|E|", b"^MOROZ|E|")
    tls = {"ca": str(ours.certificate), "cert": str(his.certificate), "key": str(his.key)}
    with listening(folder, tmp_path / "log", *options) as (port, process):
        told = json.dumps({"port": port, "tls": tls, "messages": [raw.decode() for raw in messages]})
        command = ["node", str(SENDERS / "send.mjs"), str(modules(SENDERS, "the senders of HL7")), told]
        sent = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        assert sent.returncode == 0, sent.stderr
        assert json.loads(sent.stdout) == [
            ["CA", "NPM-1", "2.5"], ["AA", "NPM-2", "2.3"], ["AE", "NPM-3", "2.5"], ["AR", "NPM-4", "2.8"],
        ]  # fmt: skip
        # In the clear, and without a certificate, nobody is heard.
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            assert b"MSA" not in say(plain, numbered("PLAIN"))
        context = ssl.create_default_context(cafile=ours.certificate)
        with (
            suppress(ssl.SSLError, ConnectionError),
            socket.create_connection(("127.0.0.1", port)) as bare,
            context.wrap_socket(bare, server_hostname="127.0.0.1") as spoken,
        ):
            assert say(spoken, numbered("BARE")) == b""
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    stored = states(folder)
    assert [stored[f"NPM-{number}"] for number in (1, 2)] == [("pending", None, "his-gkb29")] * 2
    assert {"PLAIN", "BARE"}.isdisjoint(stored)
    parked = {(code, actor) for state, code, actor in stored.values() if state == "parked"}
    assert parked <= {("missing_field", "his-gkb29"), ("facility_not_allowed", "his-gkb29")}


def test_memory_stays_flat_over_many_messages(folder: Path, tmp_path: Path) -> None:
    """Two thousand messages, a fifth refused and some large: hardly more memory than after the first five hundred."""
    with listening(folder, tmp_path / "log") as (port, process):
        measured = psutil.Process(process.pid)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:

            def batch(name: str, count: int) -> int:
                for number in range(count):
                    broken = {"pid": {3: ""}} if number % 5 == 0 else {}
                    large = {"more": ("ZZZ|" + "x" * 50_000,)} if number % 50 == 0 else {}
                    assert b"MSA|A" in say(sender, numbered(f"{name}-{number}", **broken, **large))
                return measured.memory_info().rss

            before = batch("WARM", 500)
            after = batch("FLAT", 1500)
        assert after - before < 12 * 2**20
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


FAULTS = [
    (("--mllp-certificate", "nowhere.pem"), Exit.USAGE, "nowhere.pem: cannot be read"),
    (("--mllp-key", "nowhere.pem"), Exit.USAGE, "mllp_key"),
    (("--mllp-certificate", "nowhere.pem", "--mllp-clients-ca", "ca.pem"), Exit.USAGE, "mllp_clients"),
    (("--data", "nowhere"), Exit.KEYS, "keys new"),
]


@pytest.mark.parametrize(("options", "code", "told"), FAULTS)
def test_what_is_wrong_is_told_in_one_line(folder: Path, options: tuple[str, ...], code: Exit, told: str) -> None:
    """Certificates that are not there, settings that make no sense alone, no keys: a documented code and a line."""
    result = marshrut("mllp", "--data", folder, *options)
    assert (result.returncode, result.stderr.count("\n")) == (code, 1), result.stderr
    assert told in result.stderr


def test_a_taken_port_is_told(folder: Path) -> None:
    """Exit 4, and which option chooses another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = marshrut("mllp", "--data", folder, "--port", taken.getsockname()[1])
    assert (result.returncode, result.stderr.count("\n")) == (Exit.PORT_BUSY, 1)
    assert "--port" in result.stderr
