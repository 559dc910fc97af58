"""What is sent in ends no line early: neither of a log, nor of an answer's head."""

from __future__ import annotations

import json
import socket
from urllib.parse import urlsplit

import httpx

from tests.cli.processes import System

# As a line of the log would look, and as one of an answer's head.
FORGED = '\r\n{"event": "forged", "level": "info"}\r\n\x1b[2K\u2028'
HEAD = "\r\nSet-Cookie: forged=1\r\n\r\n<p>forged"
QUOTED = "%0d%0aSet-Cookie:%20forged=1%0d%0a%0d%0aforged"


def test_no_line_of_a_log_is_ended_by_whoever_calls(running: System) -> None:
    """Line ends and escapes in addresses, parameters, bodies, messages, keys and headers: a line stays one object."""
    token = {"Authorization": f"Bearer {running.token}"}
    with httpx.Client(base_url=running.url, headers=token, timeout=30, trust_env=False) as http:
        for path in ("/api/v1/cases", "/api/v1/steps", "/fhir/Encounter", "/desk/cases", "/status"):
            http.get(f"{path}/{QUOTED}")
            http.get(path, params={"hospital": FORGED, "cursor": FORGED, "next": FORGED, FORGED: FORGED})
        http.post("/api/v1/admissions", json={"facility": FORGED, "visit": FORGED, FORGED: FORGED})
        http.post("/hl7v2", content=f"MSH|^~\\&|HIS|GKB29{FORGED}|M|M|{FORGED}||ADT^A01|{FORGED}|P|2.5".encode())
        http.post("/desk/signin", data={"user": FORGED, "password": FORGED}, headers={"Sec-Fetch-Site": "same-origin"})
        http.post("/oauth/token", data={"grant_type": FORGED, "client_id": FORGED, "client_secret": FORGED})
        http.get("/api/v1/cases", headers={"Authorization": "Bearer \x1b[2Kforged", "User-Agent": "\x1b]0;forged\x07"})
    lines = (running.data / "log" / "marshrut.log").read_text("utf-8").split("\n")
    told = [json.loads(line) for line in lines if line]
    assert told
    assert [each for each in told if each.get("event") == "forged"] == []
    assert [line for line in lines if "\x1b" in line or "\u2028" in line] == []


def received(line: socket.socket) -> bytes:
    """All that is answered until the other side hangs up."""
    return b"".join(iter(lambda: line.recv(65536), b""))


def test_no_head_of_an_answer_is_ended_by_whoever_calls(running: System) -> None:
    """Where what was sent comes back in a head (a way on, a name of a file, a key, an id), no line is added to it."""
    where = urlsplit(running.url)
    paths = [
        f"/desk/language/ru?next=/desk/{QUOTED}",
        f"/desk/signin?next=/desk/{QUOTED}",
        f"/desk/cases/{QUOTED}",
        f"/status/{QUOTED}",
        f"/partner/{QUOTED}",
        f"/api/v1/messages/{QUOTED}/raw",
        f"/fhir/Encounter/{QUOTED}",
        f"/{QUOTED}",
    ]
    for path in paths:
        for method in ("GET", "POST", QUOTED[:9]):
            head = f"{method} {path} HTTP/1.1\r\nHost: {where.netloc}\r\nAuthorization: Bearer {running.token}\r\n"
            head += f"Idempotency-Key: {QUOTED}\r\nX-Request-ID: {QUOTED}\r\nConnection: close\r\n\r\n"
            with socket.create_connection((str(where.hostname), where.port or 80), timeout=30) as line:
                line.sendall(head.encode())
                answer = received(line)
            names = answer.partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
            assert answer.startswith(b"HTTP/1.1 "), (method, path, answer[:80])
            assert not [each for each in names if each.startswith(b"set-cookie: forged")], (method, path)
