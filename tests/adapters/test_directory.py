from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from marshrut.adapters.directory import DirectoryError, YamlDirectory
from marshrut.domain.state import CaseState
from marshrut.domain.words import Flag, Role
from marshrut.ports import Language

HOSPITALS = {"GKB29", "SKLIF"}
GOOD = """\
people:
  - user: anna
    role: coordinator
    hospitals: [GKB29]
    mail: anna@example.org
  - user: anna
    role: supervisor
    hospitals: [SKLIF]
    mail: anna@example.org
    language: en
  - { user: pavel, role: supervisor, mail: pavel@example.org }
"""


def read(folder: Path, text: str) -> YamlDirectory:
    file = folder / "people.yaml"
    file.write_text(text)
    return YamlDirectory.read(file, HOSPITALS)


def test_people_are_found_by_role_and_hospital_or_by_name(tmp_path: Path) -> None:
    """Without hospitals somebody works for all; a named user is found wherever they work, each address once."""
    people = read(tmp_path, GOOD)

    def found(hospital: str, role: Role, user: str | None = None) -> list[str]:
        return [one.address for one in people.find(hospital=hospital, role=role, user=user, about=None)]

    assert found("GKB29", Role.COORDINATOR) == ["anna@example.org"]
    assert found("SKLIF", Role.COORDINATOR) == []
    assert found("SKLIF", Role.SUPERVISOR) == ["anna@example.org", "pavel@example.org"]
    assert found("GKB29", Role.SUPERVISOR) == ["pavel@example.org"]
    assert found("SKLIF", Role.COORDINATOR, "anna") == ["anna@example.org"]
    assert found("SKLIF", Role.COORDINATOR, "nobody") == []


def test_of_a_guarded_case_those_are_told_who_need_to_know(tmp_path: Path) -> None:
    """Of a protected patient the owner is written to, a colleague of the same role is not; a senior is."""
    people = read(tmp_path, GOOD)

    def found(role: Role, **case: Any) -> list[str]:
        about = CaseState(case_id="c", hospital="GKB29", **case)
        return [one.address for one in people.find(hospital="GKB29", role=role, user=None, about=about)]

    assert found(Role.COORDINATOR) == ["anna@example.org"]
    assert found(Role.COORDINATOR, flags=(Flag.PROTECTED,), owner="anna") == ["anna@example.org"]
    assert found(Role.COORDINATOR, flags=(Flag.PROTECTED,), owner="boris") == []
    assert found(Role.SUPERVISOR, flags=(Flag.PROTECTED,), owner="boris") == ["pavel@example.org"]


def test_a_language_is_russian_unless_said(tmp_path: Path) -> None:
    """Who says nothing reads Russian; and an address is in no repr."""
    found = read(tmp_path, GOOD).find(hospital="SKLIF", role=Role.SUPERVISOR, user=None, about=None)
    assert [one.language for one in found] == [Language.EN, Language.RU]
    assert "@" not in repr(found)


def entry(**changes: str) -> str:
    usual = {"user": "anna", "role": "coordinator", "hospitals": "[GKB29]", "mail": "anna@example.org"}
    lines = [f"{name}: {value}" for name, value in (usual | changes).items()]
    return "people:\n  - { user: olga, role: head, mail: o@example.org }\n  - " + "\n    ".join(lines) + "\n"


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("", 1, "is empty"),
        ("- anna\n", 1, "a list under `people` is expected, and nothing else"),
        ("people: {}\n", 1, "a list under `people` is expected, and nothing else"),
        ("people: []\nmore: []\n", 1, "a list under `people` is expected, and nothing else"),
        ("people:\n  - anna\n", 2, "an entry is a mapping"),
        ("people:\n  - [\n", 3, "is no YAML"),
        ("people:\n  - user: 2026-13-45\n", 2, "this value cannot be read"),
        ("people:\n  - *secret\n", 2, "is no YAML"),
        (entry() + "    secret: 1\n    secret: 2\n", 8, "this key is given twice"),
        (entry() + "    2026-01-01: secret\n", 7, "this key has to be text"),
        (entry(mail="secret"), 3, "mail: does not look as it should"),
        (entry(mail="secret@exämple.org"), 3, "mail: does not look as it should"),
        (entry(role="secret"), 3, "role: Input should be 'coordinator'"),
        (entry(language="de"), 3, "language: Input should be 'ru' or 'en'"),
        (entry(hospitals="[secret@example.org]"), 3, "hospitals.0: is not in the catalogue"),
        (entry(hospitals="[GKB29, SECRET]"), 3, "hospitals.1: is not in the catalogue"),
        (entry(hospitals="[]"), 3, "hospitals: "),
        (entry(phone="secret"), 3, "an unknown key: Extra inputs are not permitted"),
        (entry(**{"secret@example.org": "head"}), 3, "an unknown key: Extra inputs are not permitted"),
        (entry(user="two words"), 3, "user: does not look as it should"),
        (entry(user="5"), 3, "user: Input should be a valid string"),
        ("people:\n  - { role: head, mail: o@example.org }\n", 2, "user: Field required"),
        (entry() + "    role: head\n", 7, "this key is given twice"),
    ],
)
def test_a_fault_is_told_by_file_and_line_and_never_repeats_a_value(
    tmp_path: Path, text: str, line: int, fault: str
) -> None:
    """One line that says where and what; neither an address nor what stood in its place is in it."""
    with pytest.raises(DirectoryError) as told:
        read(tmp_path, text)
    said = str(told.value)
    assert said.startswith(f"{tmp_path / 'people.yaml'}:{line}: {fault}")
    assert "\n" not in said
    assert "secret" not in said.lower()


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    """A missing or unreadable file is said so."""
    for name in ("missing.yaml", "."):
        with pytest.raises(DirectoryError, match="cannot be read"):
            YamlDirectory.read(tmp_path / name, HOSPITALS)
    (tmp_path / "bytes.yaml").write_bytes(b"people: \xff\n")
    with pytest.raises(DirectoryError, match="cannot be read"):
        YamlDirectory.read(tmp_path / "bytes.yaml", HOSPITALS)
