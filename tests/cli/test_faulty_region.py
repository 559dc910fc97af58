"""A fault in one region's overlay: told with file and line, and no reason not to start for the others."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from marshrut.cli.exits import Exit
from tests.cli.processes import System, marshrut, system
from tests.fixtures.system import admission

CONTACT = "regions/lipetsk/steps/contact.yaml"
OWN = "steps:\n  first_contact:\n    clock: { term: 6h, mark: S, source: order 1 of the region }\n"
FAULTY = "steps:\n  first_contact:\n    clock:\n      term: soon\n"


def write(folder: Path, file: str, text: str) -> Path:
    """A file of an overlay; the overlay."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, encoding="utf-8")
    return folder


def first_contact(running: System, hospital: str) -> str:
    """The first contact with a patient who was admitted now."""
    body = admission(facility=hospital, admitted_at=datetime.now(UTC).isoformat())
    answer = running.post("/api/v1/admissions", body)
    assert answer.status_code == 201, answer.text
    card = running.get(f"/api/v1/cases/{answer.json()['case_id']}").json()
    return str(next(step["step_id"] for step in card["steps"] if step["name"] == "first_contact"))


def term(running: System, step: str) -> tuple[str, timedelta]:
    """By which version a step's clock goes, and its time."""
    told = running.get(f"/api/v1/steps/{step}/clock").json()
    start, due = told["clock"]["start"]["occurred_at"], told["clock"]["due_at"]
    return told["catalogue"], datetime.fromisoformat(due) - datetime.fromisoformat(start)


def hospitals(running: System) -> dict[str, dict[str, Any]]:
    """The hospitals as the catalogue in force shows them."""
    return {each["code"]: each for each in running.get("/api/v1/catalogue/hospitals").json()["items"]}


@pytest.mark.slow
def test_a_faulty_region_goes_by_what_held_before(tmp_path: Path) -> None:
    """Running cases by their own slice, new ones of the region by its last sound version, all others by the new one."""
    folder = write(write(tmp_path / "own", "catalogue.yaml", "name: own\n"), CONTACT, OWN)
    hours = timedelta(hours=1)
    with system(tmp_path / "data") as lived:
        lived.settings["MARSHRUT_CATALOGUE"] = str(folder)
        lived.start("--no-samples")
        running = first_contact(lived, "LOKB")
        sound, counted = term(lived, running)
        assert counted == 6 * hours
        assert not any(each["faulty"] for each in hospitals(lived).values())
        assert lived.stop() == Exit.OK

        write(folder, CONTACT, FAULTY)
        write(folder, "steps/contact.yaml", "steps: {first_contact: {clock: {term: 5h, mark: A, source: ours}}}")
        checked = marshrut("catalogue", "check", folder)
        assert checked.returncode == Exit.FINDINGS
        assert f"{folder / CONTACT}:4: steps.first_contact.clock.term: soon is no term" in checked.stdout

        lived.start("--no-samples")
        assert f"region lipetsk keeps what held before: {folder / CONTACT}:4" in " ".join(lived.said.split())
        assert term(lived, running) == (sound, 6 * hours)
        assert term(lived, first_contact(lived, "LOKB")) == (sound, 6 * hours)
        version, counted = term(lived, first_contact(lived, "GKB29"))
        assert (version != sound, counted) == (True, 5 * hours)
        shown = hospitals(lived)
        assert {code for code, each in shown.items() if each["faulty"]} == {"LOKB"}
        assert (shown["LOKB"]["opens_by"], shown["GKB29"]["opens_by"]) == (sound, version)
        (fault, *_) = shown["LOKB"]["faults"]
        assert (fault["file"], fault["line"]) == (CONTACT, 4)
        assert str(tmp_path) not in str(shown)
        assert lived.stop() == Exit.OK

        write(folder, CONTACT, OWN)
        lived.start("--no-samples")
        mended, counted = term(lived, first_contact(lived, "LOKB"))
        assert (mended not in {sound, version}, counted) == (True, 6 * hours)
        assert lived.stop() == Exit.OK


@pytest.mark.slow
def test_without_an_earlier_version_the_base_holds(tmp_path: Path) -> None:
    """On the first start nothing was kept yet: the region's cases open by the base, which is logged and shown."""
    folder = write(tmp_path / "own", CONTACT, FAULTY)
    with system(tmp_path / "data") as lived:
        lived.settings["MARSHRUT_CATALOGUE"] = str(folder)
        lived.start("--no-samples")
        version, counted = term(lived, first_contact(lived, "LOKB"))
        assert counted == timedelta(hours=24)
        shown = hospitals(lived)["LOKB"]
        assert (shown["faulty"], shown["opens_by"]) == (True, version)
        assert lived.stop() == Exit.OK
        logs = "".join(path.read_text() for path in sorted((lived.data / "log").glob("*")) if path.is_file())
        assert "catalogue.region_faulty" in logs


def test_a_fault_in_the_base_starts_nothing(tmp_path: Path) -> None:
    """Also beside a fault in a region: both are told, each with file and line."""
    folder = write(write(tmp_path / "own", CONTACT, FAULTY), "steps/contact.yaml", FAULTY.replace("soon", "later"))
    result = marshrut("up", *System(tmp_path / "data").flags, MARSHRUT_CATALOGUE=str(folder))
    assert result.returncode == Exit.USAGE
    for file, term_ in ((CONTACT, "soon"), ("steps/contact.yaml", "later")):
        assert f"{folder / file}:4: steps.first_contact.clock.term: {term_} is no term" in result.stderr
    assert not (tmp_path / "data" / "marshrut.sqlite").exists()


def test_a_token_is_issued_all_the_same(tmp_path: Path) -> None:
    """Whoever mends the overlay has to sign in."""
    folder = write(tmp_path / "own", CONTACT, FAULTY)
    marshrut("keys", "new", tmp_path / "keys.json")
    asked = ("token", "--data", tmp_path, "--user", "anna", "--role", "coordinator", "--hospital", "LOKB")
    assert marshrut(*asked, "--catalogue", folder).returncode == Exit.OK
