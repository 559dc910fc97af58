"""`marshrut messages` on a running system."""

import json
from pathlib import Path

import httpx
import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import System, free_ports, marshrut
from tests.cli.test_admit import admission, er7

MIB = 1024 * 1024


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_what_was_refused_is_listed_and_tried_again(running: System, tmp_path: Path) -> None:
    """A line a message with its fault and place; a replay tells what is wrong today, and counts as findings."""
    at = ("--url", running.url, "--data", running.data)
    file = tmp_path / "adt.hl7"
    file.write_text(er7("L-1", "L1") + "\n" + er7("L-2", "L2", facility="NEVERLAND"))
    assert marshrut("admit", file, *at).returncode == Exit.FINDINGS
    marshrut("admit", "-", *at, stdin=json.dumps(admission("L3", patient={})))

    listed = marshrut("messages", "list", "--state", "parked", *at)
    assert (listed.returncode, listed.stderr) == (Exit.OK, "")
    lines = [line.split() for line in listed.stdout.splitlines()]
    invalid, unknown = lines[:2]
    assert invalid[2:] == ["json-admission", "GKB29", "parked", "invalid", "patient.mrn"]
    assert unknown[2:] == ["hl7v2", "unknown", "parked", "unknown_facility", "PV1-3"]
    assert len(marshrut("messages", "list", "--state", "done", "--limit", "3", *at).stdout.splitlines()) == 3

    again = marshrut("messages", "replay", invalid[0], unknown[0], *at)
    assert again.stdout.splitlines() == [
        f"{invalid[0]} refused invalid (patient.mrn: Field required)",
        f"{unknown[0]} refused unknown_facility PV1-3",
    ]
    assert again.returncode == Exit.FINDINGS
    by_code = marshrut("messages", "replay", "--code", "invalid", *at)
    assert [line.split()[0] for line in by_code.stdout.splitlines()] == [invalid[0]]
    every = marshrut("messages", "replay", "--all", *at)
    assert [line.split()[0] for line in every.stdout.splitlines()] == [line[0] for line in reversed(lines)]


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_a_token_of_the_wrong_role_is_told_in_a_line(running: System) -> None:
    """Who may not read the inbox hears so, with a code of findings."""
    token = marshrut("token", "--user", "anna", "--role", "coordinator", "--data", running.data).stdout.strip()
    result = marshrut("messages", "list", "--url", running.url, "--token", token)
    assert (result.returncode, result.stderr) == (Exit.FINDINGS, "marshrut: refused role_not_allowed\n")


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_a_body_beyond_the_limit_is_answered_and_its_beginning_kept(running: System) -> None:
    """Over a real socket, with or without a length: HL7 hears AR, JSON 413, and both leave what was read."""
    token = marshrut("token", "--user", "his", "--role", "integrator", "--hospital", "GKB29", "--data", running.data)
    headers = {"Authorization": f"Bearer {token.stdout.strip()}", "Content-Type": "text/plain"}
    large = (er7("BIG", "BIG") + "NTE|1||").encode() + b"x" * 3 * MIB
    with httpx.Client(base_url=running.url, headers=headers, timeout=30, trust_env=False) as client:
        for body in (large, iter([large[:MIB], large[MIB:]])):
            assert "|oversize|" in client.post("/hl7v2", content=body).text
        assert client.post("/api/v1/referrals", content=large).status_code == 413
        kept = client.get("/api/v1/messages", params={"limit": 2}).json()["items"]
        assert [row["code"] for row in kept] == ["too_large", "oversize"]
        assert client.get(f"/api/v1/messages/{kept[1]['id']}/raw").content == large[:MIB]


def test_nobody_there_or_nothing_named() -> None:
    """A system that is away is told in one line; a replay of nothing is a mistake of usage."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    away = marshrut("messages", "list", "--url", url, "--token", "any")
    assert (away.returncode, away.stderr.count("\n")) == (Exit.UNREACHABLE, 1)
    assert marshrut("messages", "replay", "--url", url, "--token", "any").returncode == Exit.USAGE
