import json
from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from marshrut.cli.messages import Kind, messages
from tests.adapters.fhir.resources import BY_UUID, contained, encounter, patient, transaction
from tests.cli.processes import System, free_ports, marshrut


def er7(control_id: str, visit: str, *, facility: str = "GKB29", kind: str = "E", end: str = "\r") -> str:
    segments = [
        f"MSH|^~\\&|HIS|{facility}|MARSHRUT|DTSZN|20260312091200+0300||ADT^A01^ADT_A01|{control_id}|P|2.5",
        "EVN|A01|20260312091130+0300",
        f"PID|1||M-{visit}^^^{facility}^MR",
        f"PV1|1|I|W^1^1^{facility}|{kind}|||||||||||||||{visit}|||||||||||||||||||||||||20260312084500+0300",
    ]
    return "".join(segment + end for segment in segments)


def admission(visit: str, **more: object) -> dict[str, object]:
    return {
        "facility": "GKB29",
        "visit": visit,
        "admitted_at": "2026-03-12T08:45:00+03:00",
        "emergency": True,
        "patient": {"identified": True, "mrn": f"M-{visit}"},
    } | more


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("between", ["", "\n", "\n\n", "\x1c\r\x0b"])
def test_er7_files_are_split(end: str, between: str) -> None:
    """Messages stand one after the other, with blank lines or MLLP frames between, whatever ends their segments."""
    file = "\ufeff" * (between == "") + between.join(er7(name, name, end=end) for name in ("A", "B", "C"))
    found = messages("file", file.encode())
    assert [(message.kind, message.name) for message in found] == [
        (Kind.ER7, "file A"),
        (Kind.ER7, "file B"),
        (Kind.ER7, "file C"),
    ]
    assert all(message.content.count(b"PV1|") == 1 for message in found)


def test_json_files_are_split() -> None:
    """An object, an array and an object a line are all understood; FHIR is told apart by its resourceType."""
    one, two, fhir = admission("1"), admission("2"), {"resourceType": "Encounter"}
    array = messages("file", json.dumps([one, two, fhir], indent=1).encode())
    lines = messages("file", "\n".join(map(json.dumps, [one, two, fhir])).encode())
    assert [message.kind for message in array] == [Kind.JSON, Kind.JSON, Kind.FHIR]
    assert array == lines
    assert [message.name for message in messages("file", json.dumps(one).encode())] == ["file"]


def test_a_sentence_makes_a_referral() -> None:
    """JSON with a sentence asks for help; without one it is an admission."""
    both = json.dumps([{"facility": "GKB29", "sentence": "просит помощи"}, admission("1")])
    assert [message.kind for message in messages("file", both.encode())] == [Kind.REFERRAL, Kind.JSON]


@pytest.mark.parametrize("content", ["", "hello", "[1]", '"MSH"', "\x00\x01"])
def test_anything_else_is_unknown(content: str) -> None:
    """What is neither is one unknown message, never a crash."""
    assert [message.kind for message in messages("file", content.encode())] == [Kind.UNKNOWN]


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_hl7_file(running: System, tmp_path: Path) -> None:
    """Each message of a file is answered on a line of its own; one refused message makes the exit code 1."""
    file = tmp_path / "adt.hl7"
    file.write_text(er7("F-1", "F1") + "\n" + er7("F-2", "F2", facility="NOWHERE"))
    result = marshrut("admit", file, "--url", running.url, "--data", running.data)
    assert result.stdout.splitlines() == [f"{file} F-1 AA", f"{file} F-2 AE unknown_facility PV1-3"]
    assert (result.returncode, result.stderr) == (Exit.FINDINGS, "")


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_json_from_standard_input(running: System) -> None:
    """JSON is created, attached when it comes again, screened when it is planned, and refused with its code."""
    walk_up = {"facility": "GKB29", "visit": "J1", "sentence": "просит помощи"}
    sent = [admission("J1"), walk_up, admission("J2", emergency=False), admission("J3", facility="NOWHERE")]
    lines = "\n".join(map(json.dumps, sent))
    result = marshrut("admit", "-", "--url", running.url, "--data", running.data, stdin=lines)
    said = [line.split()[1:] for line in result.stdout.splitlines()]
    assert [line[0] for line in said] == ["created", "attached", "screened", "refused"]
    assert said[0][1] == said[1][1]
    assert said[3][1] == "unknown_facility"
    assert result.returncode == Exit.FINDINGS


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_all_taken(running: System, tmp_path: Path) -> None:
    """When every message of every file was taken the exit code is 0; a token that is given is used."""
    (tmp_path / "a.hl7").write_text(er7("T-1", "T1"))
    (tmp_path / "b.json").write_text(json.dumps([admission("T2")]))
    token = marshrut(
        *("token", "--user", "his", "--role", "integrator", "--hospital", "GKB29", "--data", running.data)
    ).stdout.strip()
    result = marshrut(
        *("admit", tmp_path / "a.hl7", tmp_path / "b.json", "--url", running.url, "--token", token),
        *("--data", tmp_path / "none"),
    )
    assert (result.returncode, result.stderr) == (Exit.OK, "")
    assert result.stdout.splitlines()[0].endswith("T-1 AA")


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_fhir_is_told_a_line_a_resource(running: System) -> None:
    """A stay is created, then attached; what cannot be taken is refused with the element."""
    stay = contained(patient("F-1"), visit="26-F1")
    lines = [stay, transaction(patient("F-1"), encounter(BY_UUID, "26-F1")), patient("F-1"), {**stay, "status": "gone"}]
    told = "\n".join(map(json.dumps, lines))
    result = marshrut("admit", "-", "--url", running.url, "--data", running.data, stdin=told)
    created, attached, taken, refused = result.stdout.splitlines()
    assert created.removeprefix("-#1 created ") == attached.removeprefix("-#2 attached ")
    assert taken == "-#3 taken"
    assert refused.startswith("-#4 refused invalid_resource (Encounter.status: ")
    assert result.returncode == Exit.FINDINGS


@pytest.mark.slow
@pytest.mark.xdist_group("cli_running")
def test_wrong_token(running: System) -> None:
    """A token that is not valid is a refusal, in one line."""
    result = marshrut("admit", "-", "--url", running.url, "--token", "wrong", stdin=json.dumps(admission("W")))
    assert (result.stdout, result.returncode) == ("- refused unauthenticated\n", Exit.FINDINGS)


def test_nobody_there(tmp_path: Path) -> None:
    """A system that is not running is told in one line, with an exit code of its own."""
    url = f"http://127.0.0.1:{free_ports(1)[0]}"
    result = marshrut("admit", "-", "--url", url, "--token", "any", stdin=er7("N-1", "N1"))
    assert result.returncode == Exit.UNREACHABLE
    assert result.stderr.startswith(f"marshrut: {url}")
    assert result.stderr.count("\n") == 1
