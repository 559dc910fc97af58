"""An installation's own catalogue: `--catalogue`, or MARSHRUT_CATALOGUE."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import System, marshrut, system
from tests.fixtures.system import admission

OWN = """\
steps:
  first_contact:
    clock: { term: 6h, mark: S, source: order 1 of the region }
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """An overlay that changes one clock, and names itself."""
    folder = tmp_path / "own"
    (folder / "steps").mkdir(parents=True)
    (folder / "catalogue.yaml").write_text("name: tula\n", encoding="utf-8")
    (folder / "steps" / "contact.yaml").write_text(OWN, encoding="utf-8")
    return folder


@pytest.fixture
def faulty(tmp_path: Path) -> Path:
    """An overlay with two faults."""
    folder = tmp_path / "faulty"
    folder.mkdir()
    (folder / "hours.yaml").write_text("hours:\n  office:\n    zone: Moscow\n", encoding="utf-8")
    (folder / "reasons.yaml").write_text("reasons:\n  dispute:\n    responsible: nobody\n", encoding="utf-8")
    return folder


def admitted(running: System) -> str:
    """The first contact with a patient who was admitted now."""
    body = admission(admitted_at=datetime.now(UTC).isoformat())
    case_id = running.post("/api/v1/admissions", body).json()["case_id"]
    card = running.get(f"/api/v1/cases/{case_id}").json()
    return str(next(step["step_id"] for step in card["steps"] if step["name"] == "first_contact"))


def clock(running: System, step_id: str) -> tuple[str, timedelta]:
    """The name of the catalogue that a step's clock goes by, and its time from the start to the due time."""
    told = running.get(f"/api/v1/steps/{step_id}/clock").json()
    start, due = told["clock"]["start"]["occurred_at"], told["clock"]["due_at"]
    return told["catalogue"].partition("-")[0], datetime.fromisoformat(due) - datetime.fromisoformat(start)


@pytest.mark.slow
def test_new_cases_open_by_it_and_running_ones_keep_theirs(tmp_path: Path, own: Path) -> None:
    """After a start with an overlay a new case's due time follows it; a running case goes on by the one before."""
    with system(tmp_path / "data") as lived:
        lived.start("--no-samples")
        before = admitted(lived)
        assert clock(lived, before) == ("base", timedelta(hours=24))
        assert lived.stop() == Exit.OK
        lived.start("--catalogue", str(own))
        assert " tula-" in lived.said
        assert clock(lived, admitted(lived)) == ("tula", timedelta(hours=6))
        assert clock(lived, before) == ("base", timedelta(hours=24))
        assert lived.stop() == Exit.OK


@pytest.mark.parametrize("command", ["up", "api", "worker"])
def test_a_faulty_one_starts_nothing(tmp_path: Path, faulty: Path, command: str) -> None:
    """Each fault is told in a line, with file and line; nothing has been started, and no database made."""
    (tmp_path / "data").mkdir()
    marshrut("keys", "new", tmp_path / "data" / "keys.json")
    flags = System(tmp_path / "data").flags if command == "up" else ["--data", str(tmp_path / "data")]
    result = marshrut(command, *flags, MARSHRUT_CATALOGUE=str(faulty))
    assert result.returncode == Exit.USAGE
    assert result.stderr.splitlines() == [
        f"marshrut: {faulty / 'hours.yaml'}:3: hours.office.zone: there is no time zone Moscow",
        f"marshrut: {faulty / 'reasons.yaml'}:3: reasons.dispute.responsible: there is no nobody in parties",
    ]
    assert not (tmp_path / "data" / "marshrut.sqlite").exists()


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """A misspelt folder is not taken for an empty one."""
    marshrut("keys", "new", tmp_path / "keys.json")
    result = marshrut("api", "--data", tmp_path, "--catalogue", tmp_path / "nowhere")
    assert result.returncode == Exit.USAGE
    assert result.stderr == f"marshrut: {tmp_path / 'nowhere'}:1: holds no file of a catalogue\n"


def test_check_and_token_read_it(tmp_path: Path, own: Path) -> None:
    """`catalogue check` without a folder checks the installation's, and `token` knows its hospitals."""
    hospital = (
        "  OKB: {title: {ru: ОКБ, en: OKB}, region: moscow, zone: Europe/Moscow, profile: general, hours: team}\n"
    )
    (own / "hospitals.yaml").write_text(f"hospitals:\n{hospital}", encoding="utf-8")
    checked = marshrut("catalogue", "check", MARSHRUT_CATALOGUE=str(own))
    assert (checked.returncode, checked.stdout.startswith("OK tula-")) == (Exit.OK, True)
    marshrut("keys", "new", tmp_path / "keys.json")
    asked = ("token", "--data", tmp_path, "--user", "anna", "--role", "coordinator", "--hospital", "OKB")
    assert marshrut(*asked).returncode == Exit.USAGE
    assert marshrut(*asked, "--catalogue", own).returncode == Exit.OK
